"""Text from a case made safe to show.

What a witness said can hold terminal escapes, invisible characters and right-to-left overrides. None of these may reach
the screen: `rich.markup.escape` and `rich.text.Text` let them through.
"""

from __future__ import annotations

import unicodedata

_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
# Zero-width joiners shape letters in several scripts and move nothing on the screen.
_JOINERS = "\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}"
# Control, format (bidirectional marks are here), surrogate, private use, line and paragraph separators.
_UNSAFE = frozenset(("Cc", "Cf", "Cs", "Co", "Zl", "Zp"))


def visible(text: str, *, keep: str = "\n") -> str:
    """Return the text with every character that is not plainly visible replaced by U+FFFD, but for those in `keep`."""
    if text.isprintable():
        return text
    return "".join(
        char
        if char in keep or char in _JOINERS or unicodedata.category(char) not in _UNSAFE
        else " " if char == "\t" else _REPLACEMENT
        for char in text
    )  # fmt: skip


def one_line(text: str) -> str:
    """Return the text on one line, safe to show."""
    return visible(" ".join(text.split()), keep="")


def json_visible(text: str) -> str:
    """Return JSON, as `json.dumps` writes it, that says the same and shows what is not plainly visible as escapes."""
    shown = visible(text)
    if shown == text:
        return text
    return "".join(char if char == seen else _escape(char) for char, seen in zip(text, shown, strict=True))


def _escape(char: str) -> str:
    units = char.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))
