"""Text made safe to show, and fitted into columns.

What a witness said can hold terminal escapes, invisible characters and right-to-left overrides. None of these may reach
the screen: `rich.markup.escape` and `rich.text.Text` let them through.
"""

from __future__ import annotations

import unicodedata
from unicodedata import combining, east_asian_width

_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
# Zero-width joiners shape letters in several scripts and move nothing on the screen.
_JOINERS = "\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}"
# Control, format (bidirectional marks are here), surrogate, private use, line and paragraph separators.
_UNSAFE = frozenset(("Cc", "Cf", "Cs", "Co", "Zl", "Zp"))


def sanitize(text: str, *, keep: str = "\n") -> str:
    """Return the text with every character that is not plainly visible replaced by U+FFFD, but for those in `keep`."""
    if text.isprintable():
        return text
    return "".join(
        char
        if char in keep or char in _JOINERS or unicodedata.category(char) not in _UNSAFE
        else " "
        if char == "\t"
        else _REPLACEMENT
        for char in text
    )


def sanitize_line(text: str) -> str:
    """Return the text on one line, safe to show."""
    return sanitize(" ".join(text.split()), keep="")


def sanitize_json(text: str) -> str:
    """Return JSON, as `json.dumps` writes it, that says the same and shows what is not plainly visible as escapes."""
    shown = sanitize(text)
    if shown == text:
        return text
    return "".join(char if char == seen else _escape(char) for char, seen in zip(text, shown, strict=True))


def _escape(char: str) -> str:
    units = char.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))


def display_width(text: str) -> int:
    """Return how many columns a text takes: Korean and Chinese letters take two, combining marks none."""
    if text.isascii():
        return len(text)
    return sum(map(_cell, text))


def _cell(char: str) -> int:
    return 0 if combining(char) else 2 if east_asian_width(char) in "WF" else 1


def wrap(text: str, width: int) -> list[str]:
    """Return the text in lines of so many columns, broken between words; what it begins with stays."""
    margin = text[: len(text) - len(text.lstrip(" "))]
    lines, used = [margin], len(margin)
    for word in text.lstrip(" ").split(" "):
        size = display_width(word)
        if used > len(margin) and used + 1 + size > width:
            lines.append(margin + word)
            used = len(margin) + size
        else:
            lines[-1], used = (
                (f"{lines[-1]} {word}", used + 1 + size) if used > len(margin) else (margin + word, used + size)
            )
    return lines


def truncate(line: str, width: int) -> str:
    """Return a line cut to so many columns, dots at its end where something is missing."""
    used, fits = 0, 0
    for place, char in enumerate(line):
        used += _cell(char)
        if used > width:
            return line[:fits].rstrip() + "..."
        if used <= width - 3:
            fits = place + 1
    return line
