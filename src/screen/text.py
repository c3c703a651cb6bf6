"""Make text safe to show, and fit it into columns.

What a witness said can contain terminal escapes, invisible characters and right-to-left overrides. None of these may
reach the screen: `rich.markup.escape` and `rich.text.Text` let them through.
"""

from __future__ import annotations

import unicodedata
from unicodedata import combining, east_asian_width

_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
# Zero-width joiners shape letters in several scripts and move nothing on the screen, so they are safe.
_JOINERS = "\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}"
# Control, format (bidirectional marks are here), surrogate, private use, line and paragraph separators.
_UNSAFE = frozenset(("Cc", "Cf", "Cs", "Co", "Zl", "Zp"))


def sanitize(text: str, *, keep: str = "\n") -> str:
    """Return the text with every character that cannot be seen replaced by U+FFFD, except those in `keep`."""
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
    """Return JSON text of the same data in which characters that cannot be seen are escaped."""
    shown = sanitize(text)
    if shown == text:
        return text
    return "".join(char if char == safe else _escape(char) for char, safe in zip(text, shown, strict=True))


def _escape(char: str) -> str:
    units = char.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[start : start + 4]}" for start in range(0, len(units), 4))


def display_width(text: str) -> int:
    """Return how many columns a text takes on a screen: wide letters such as Korean take two, combining marks none."""
    if text.isascii():
        return len(text)
    return sum(map(_char_width, text))


def _char_width(char: str) -> int:
    return 0 if combining(char) else 2 if east_asian_width(char) in "WF" else 1


def wrap(text: str, width: int) -> list[str]:
    """Return the text in lines of so many columns, broken between words; every line keeps its indentation."""
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
    """Return a line cut to so many columns, with `...` at its end where something is missing."""
    used, fits = 0, 0
    for index, char in enumerate(line):
        used += _char_width(char)
        if used > width:
            return line[:fits].rstrip() + "..."
        if used <= width - 3:
            fits = index + 1
    return line
