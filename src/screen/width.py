"""How many columns text takes on a screen, and text fitted into them.

In: text that is safe to show (`visible`). Out: numbers of columns, lines of so many. Left alone: how wide a screen is.
"""

from __future__ import annotations

from unicodedata import combining, east_asian_width


def cells(text: str) -> int:
    """Return how many columns a text takes: Korean and Chinese letters take two, combining marks none."""
    if text.isascii():
        return len(text)
    return sum(map(_cell, text))


def _cell(char: str) -> int:
    return 0 if combining(char) else 2 if east_asian_width(char) in "WF" else 1


def wrapped(text: str, width: int) -> list[str]:
    """Return the text in lines of so many columns, broken between words; what it begins with stays."""
    margin = text[: len(text) - len(text.lstrip(" "))]
    lines, used = [margin], len(margin)
    for word in text.lstrip(" ").split(" "):
        size = cells(word)
        if used > len(margin) and used + 1 + size > width:
            lines.append(margin + word)
            used = len(margin) + size
        else:
            lines[-1], used = (
                (f"{lines[-1]} {word}", used + 1 + size) if used > len(margin) else (margin + word, used + size)
            )
    return lines


def cut(line: str, width: int) -> str:
    """Return a line cut to so many columns, dots at its end where something is missing."""
    used, fits = 0, 0
    for place, char in enumerate(line):
        used += _cell(char)
        if used > width:
            return line[:fits].rstrip() + "..."
        if used <= width - 3:
            fits = place + 1
    return line
