"""Diagnostics: mistakes in files and arguments, collected and reported together.

    DiagnosticsError (ValueError)    every diagnostic of one operation
        Diagnostic                   location, code, message, hint

Every code has a heading in docs/mistakes.md; a test compares the two.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from screen.text import sanitize_line


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """A file with a line and a column, both counted from 1; without a line, the file as a whole."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


@dataclass(frozen=True, slots=True, order=True)
class Diagnostic:
    """A mistake: where it is, its code, what is wrong, and what to do about it."""

    location: Location
    code: str
    message: str
    hint: str

    def __str__(self) -> str:
        return sanitize_line(f"{self.location}: {self.code}: {self.message} {self.hint}")


class DiagnosticsError(ValueError):
    """Every diagnostic of one operation, sorted by location."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = tuple(sorted(set(diagnostics)))
        super().__init__("\n".join(map(str, self.diagnostics)))

    def __reduce__(self) -> tuple[type[DiagnosticsError], tuple[tuple[Diagnostic, ...]]]:
        """Pickle the diagnostics; the default would pickle the text alone and could not build the error again."""
        return type(self), (self.diagnostics,)


#: After so many diagnostics in one operation none gets a suggestion: comparing names takes time, and a hostile file can
#: hold ten thousand unknown names. Every diagnostic is still reported.
MAX_SUGGESTIONS = 100
_MAX_NAME = 60
_NAME = re.compile(r"[a-z0-9_.-]{1,40}")
_SLIP_RATIO = 0.8  # similarity from 0 to 1 from which on a name counts as a slip of another
_MAX_KNOWN = 5_000  # known names above which none is compared: no real book has so many


def did_you_mean(name: str, known: Iterable[str], otherwise: str) -> str:
    """Return `Did you mean "…"?` with the most similar known name, or `otherwise` where none is similar."""
    import difflib  # imported where there is a mistake: `rsd --help` starts without it

    folded = {candidate.casefold(): candidate for candidate in known}

    is_short = len(name) <= _MAX_NAME and len(folded) <= _MAX_KNOWN
    matches = difflib.get_close_matches(name.casefold(), folded, 1) if is_short else []
    return f'Did you mean "{folded[matches[0]]}"?' if matches else otherwise


def is_slip(name: str, known: Iterable[str]) -> bool:
    """Tell whether this is a misspelt known name, which a message about a case may then quote.

    Any other key of a case file or a record may be a person's name, or a sentence of somebody's account whose line is
    indented wrongly: it is reported by its location alone. `agnes` is three letters from `age`, and not a slip of it.
    """
    import difflib

    return _NAME.fullmatch(name) is not None and bool(difflib.get_close_matches(name, known, 1, _SLIP_RATIO))


class Suggestions:
    """Suggestions for the names of one operation: at most `MAX_SUGGESTIONS` searches, and one for each name.

    A search takes two milliseconds, which would be minutes where a file holds a hundred thousand names.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], str] = {}
        self._slips: dict[str, bool] = {}

    def did_you_mean(self, name: str, known: Iterable[str], otherwise: str) -> str:
        """Return what `did_you_mean` returns, or `otherwise` after `MAX_SUGGESTIONS` searches."""
        key = name, otherwise
        if key not in self._known:
            if len(self._known) >= MAX_SUGGESTIONS:
                return otherwise
            self._known[key] = did_you_mean(name, known, otherwise)
        return self._known[key]

    def is_slip(self, name: str, known: Iterable[str]) -> bool:
        """Tell what `is_slip` tells, or False after `MAX_SUGGESTIONS` searches."""
        if name not in self._slips:
            if len(self._slips) >= MAX_SUGGESTIONS:
                return False
            self._slips[name] = is_slip(name, known)
        return self._slips[name]


def shorten(text: str) -> str:
    """Return a name as a message quotes it, cut where it is too long to be one."""
    return text if len(text) <= _MAX_NAME else text[:_MAX_NAME] + "…"
