"""Mistakes that a reader can make, gathered and reported once.

    Mistakes (ValueError)    every mistake of one reading
        Mistake              one: code, place, what was found, what to do

Every code has a heading in docs/mistakes.md; a test holds the two together.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from screen.text import sanitize_line


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """A file with a line and a column, both counted from 1; line 0 means the file as a whole."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


@dataclass(frozen=True, slots=True, order=True)
class Diagnostic:
    """One mistake: where, which kind, what was found, what to do."""

    location: Location
    code: str
    message: str
    hint: str

    def __str__(self) -> str:
        return sanitize_line(f"{self.location}: {self.code}: {self.message} {self.hint}")


class DiagnosticsError(ValueError):
    """Every mistake that one reading found, sorted by place."""

    def __init__(self, mistakes: Iterable[Diagnostic]) -> None:
        self.diagnostics = tuple(sorted(set(mistakes)))
        super().__init__("\n".join(map(str, self.diagnostics)))

    def __reduce__(self) -> tuple[type[DiagnosticsError], tuple[tuple[Diagnostic, ...]]]:
        """Return what makes the same of it in another process; an error's own way would begin with its text."""
        return type(self), (self.diagnostics,)


#: After so many mistakes in one reading none gets a suggestion: comparing names takes time, and a file made to be
#: tiresome could hold ten thousand of them. The mistakes themselves are all told.
MAX_SUGGESTIONS = 100
_LONGEST = 60
_NAME = re.compile(r"[a-z0-9_.-]{1,40}")
_ALIKE = 0.8  # of 1: how much of a name a slip leaves
_MOST_KNOWN = 5_000  # names that one is compared with: whoever has more of them made them up


def did_you_mean(name: str, known: Iterable[str], otherwise: str) -> str:
    """Return `Did you mean "…"?` for the known name most like this one, or `otherwise` where none is like it."""
    folded = {one.casefold(): one for one in known}
    import difflib  # wanted only where there is a mistake; `rsd --help` starts without it

    is_short = len(name) <= _LONGEST and len(folded) <= _MOST_KNOWN
    near = difflib.get_close_matches(name.casefold(), folded, 1) if is_short else []
    return f'Did you mean "{folded[near[0]]}"?' if near else otherwise


def is_slip(name: str, known: Iterable[str]) -> bool:
    """Tell whether this is a known name with a slip in it, which a message about a case may then quote.

    Any other key of a case file or a record may be a sentence of somebody's account whose line is indented wrongly, or
    a person's name: it is told by its place alone. `agnes` is three letters from `age`, and no slip of it.
    """
    import difflib

    return _NAME.fullmatch(name) is not None and bool(difflib.get_close_matches(name, known, 1, _ALIKE))


class Suggestions:
    """Likeliest names for those of one reading: looked for `MANY` times at most, and once for each name.

    Two milliseconds a name are nothing for a slip, and minutes where a file holds a hundred thousand names.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], str] = {}
        self._slips: dict[str, bool] = {}

    def did_you_mean(self, name: str, known: Iterable[str], otherwise: str) -> str:
        """Return what `nearest` does, or `otherwise` where it was asked for too many names before."""
        key = name, otherwise
        if key not in self._known:
            if len(self._known) >= MAX_SUGGESTIONS:
                return otherwise
            self._known[key] = did_you_mean(name, known, otherwise)
        return self._known[key]

    def is_slip(self, name: str, known: Iterable[str]) -> bool:
        """Tell what `is_slip` does; False where it was asked for too many names before."""
        if name not in self._slips:
            if len(self._slips) >= MAX_SUGGESTIONS:
                return False
            self._slips[name] = is_slip(name, known)
        return self._slips[name]


def shorten(text: str) -> str:
    """Return a name as a message quotes it: no longer than a name can sensibly be."""
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"
