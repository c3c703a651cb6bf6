"""A case file read: completely, or refused with every diagnostic of it.

In: the path of a YAML or JSON file. Out: a `Case`, or diagnostics with locations. No message quotes what a case says
beyond the name of a key or of an option. Left alone: writing (`writer`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from screen.case.evidence import Credibility, RecordedAnswer
from screen.case.record import CLOSED, OPEN_RECORD, RECORD_KEYS, STATES, Record
from screen.diagnostics import Diagnostic, DiagnosticsError, Location, Suggestions
from screen.logic import Answer
from screen.regular_files import read_file
from screen.rulebook.answers import InvalidAnswer, describe_type, parse_answer, parse_date
from screen.rulebook.model import RuleBook
from screen.rulebook.yaml_reader import Document, KeyPath, parse_document

FORMAT = 1
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")

#: What the header of a determination can hold, each a line or a list of lines.
ABOUT = {
    "office": "Office",
    "officer": "Eligibility officer",
    "reviewer": "Reviewing officer",
    "registered": "Registered",
    "interviews": "Interviews",
    "interpreter": "Interpreter and language",
    "representative": "Representative",
    "others_present": "Others present",
    "documents": "Documents presented",
    "dependants": "Dependants",
    "needs": "Specific needs",
    "earlier_claims": "Earlier claims",
}
_TOP = ("format", "case", "profile", "record", "about", "claim", "facts")
_ANSWER = ("answer", "credibility", "source", "note", "date")


@dataclass(frozen=True, slots=True)
class Case:
    """What a case file says. `name` is a pseudonym or a registration number, never a person's name."""

    name: str
    given: Mapping[str, RecordedAnswer] = field(default_factory=dict)
    profile: str | None = None
    about: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    claim: str | None = None
    record: Record = OPEN_RECORD


def record_is_closed(case: Case, as_if_closed: bool = False) -> bool:
    """Tell whether a case is read on the closed record: its file says so, or the caller looks ahead (`--closed`)."""
    return as_if_closed or case.record.is_closed


def read_case(path: Path, book: RuleBook, today: date | None = None) -> Case:
    """Return the case that a file holds. Raises DiagnosticsError with everything that is wrong with it.

    `today` is the last day on which a record can have been closed; without it no day is too late.
    """
    case, diagnostics = check_case(path, book, today)
    if case is None or diagnostics:
        raise DiagnosticsError(diagnostics)
    return case


def check_case(path: Path, book: RuleBook, today: date | None = None) -> tuple[Case | None, list[Diagnostic]]:
    """Return the case of a file as far as it can be read, and every diagnostic of it; `today` as in `read_case`."""
    try:
        document = parse_document(read_file(path), str(path))
    except DiagnosticsError as error:
        return None, list(error.diagnostics)
    return check_document(document, book, today=today)


def check_document(
    document: Document, book: RuleBook, suggestions: Suggestions | None = None, today: date | None = None
) -> tuple[Case | None, list[Diagnostic]]:
    """Return the case of a document as far as it can be read, and every diagnostic of it.

    `suggestions` are those of a text that holds many documents; `today` as in `read_case`.
    """
    reader = _CaseReader(document, book, suggestions, today)
    case = reader.case()
    return case, sorted(reader.diagnostics)


_BAD_NAME = "this cannot be the name of a case."
#: What a case is resolve_links by, in words for whoever is to name one.
CASE_NAME_HINT = "Write a registration number or a pseudonym: letters, digits, `.`, `_`, `-`. Never a person's name."


def require_case_name(name: str, place: str) -> str:
    """Return a name that a new case may have. Raises DiagnosticsError, before anything is written, where it is none."""
    if not is_case_name(name):
        raise DiagnosticsError([Diagnostic(Location(place), "bad-name", _BAD_NAME, CASE_NAME_HINT)])
    return name


def is_case_name(raw: object) -> bool:
    """Tell whether this can be the name of a case: a registration number or a pseudonym."""
    return isinstance(raw, str | int) and not isinstance(raw, bool) and bool(_NAME.match(str(raw)))


def explain_case_name(raw: object) -> tuple[str, str]:
    """Return what is wrong with a name that `is_case_name` refuses, and a hint. It may look like a number."""
    if raw is None:
        return "the case has no name.", CASE_NAME_HINT
    if isinstance(raw, bool | float):
        return f"{describe_type(raw)} where the name of a case is wanted.", 'Put the name in quotes: `case: "…"`.'
    return _BAD_NAME, CASE_NAME_HINT


def read_answers(
    document: Document, path: KeyPath, book: RuleBook
) -> tuple[dict[str, RecordedAnswer], list[Diagnostic]]:
    """Return the answers that stand at a path of a document, as law cases have them, and every mistake in them."""
    reader = _CaseReader(document, book)
    data: Any = document.data
    for step in path:
        data = data[step]
    return reader.facts(data, path), reader.diagnostics


class _CaseReader:
    """Reads one document and collects its diagnostics."""

    def __init__(
        self, document: Document, book: RuleBook, suggestions: Suggestions | None = None, today: date | None = None
    ) -> None:
        self.document, self.book, self.today = document, book, today
        self.suggestions = suggestions or Suggestions()
        self.diagnostics: list[Diagnostic] = []

    def report(self, path: KeyPath, code: str, message: str, hint: str, *, key: bool = False) -> None:
        self.diagnostics.append(Diagnostic(self.document.location(path, key=key), code, message, hint))

    def case(self) -> Case | None:
        data = self.document.data
        if not isinstance(data, dict):
            message = f"a case file holds keys with values, and here is {describe_type(data)}."
            self.report((), "wrong-kind", message, "Run `rsd case new FILE` and fill that in.")
            return None
        self._keys((), data, _TOP)
        if type(data.get("format")) is not int or data["format"] != FORMAT:  # true is 1 to Python
            message = "the format is missing." if "format" not in data else "the format is not known."
            self.report(("format",), "unknown-format", message, f"Write `format: {FORMAT}`.")
        name = data.get("case")
        if not is_case_name(name):
            self.report(("case",), "bad-name", *explain_case_name(name))
        profile = data.get("profile")
        if profile is not None and not (isinstance(profile, str) and profile in self.book.profiles):
            hint = self._nearest(profile, self.book.profiles, "Known: " + ", ".join(self.book.profiles) + ".")
            self.report(("profile",), "unknown-profile", "there is no such profile.", hint)
        claim = data.get("claim")
        if claim is not None and not isinstance(claim, str):
            self.report(("claim",), "wrong-kind", "the claim is not text.", "Write it as text, after `claim: |`.")
        facts = self.facts(data.get("facts"), ("facts",))
        profile = profile if isinstance(profile, str) else None
        about, record = self._about(data.get("about")), self._record(data.get("record"))
        return Case(str(name), facts, profile, about, claim, record)

    def facts(self, data: Any, path: KeyPath) -> dict[str, RecordedAnswer]:
        if data is None:
            return {}
        if not isinstance(data, dict):
            self.report(path, "wrong-kind", "`facts` is not a mapping.", "Write `fact: answer`, one a line.")
            return {}
        answers: dict[str, RecordedAnswer] = {}
        for name, raw in data.items():
            if name not in self.book.facts:
                self._unknown_fact(name, path)
                continue
            answer = self._recorded_answer(name, raw, (*path, name))
            if answer is not None:
                answers[name] = answer
        return answers

    def _unknown_fact(self, name: str, path: KeyPath) -> None:
        # An answer that nobody reads would be lost without a word.
        if name in self.book.criteria:
            message = f'"{name}" is a criterion, which the program finds.'
            hint = f"Answer the facts that it rests on: `rsd rules show {name}`."
        else:
            message = f"{self._quoted(name, self.book.facts) or 'this'} is not a fact."
            hint = self._nearest(name, self.book.facts, "`rsd rules show` lists the facts.")
        self.report((*path, name), "unknown-fact", message, hint, key=True)

    def _nearest(self, raw: Any, known: Iterable[str], otherwise: str) -> str:
        """Return a hint about a name, with the likeliest known one; what is written there is not quoted."""
        return self.suggestions.did_you_mean(raw, known, otherwise) if isinstance(raw, str) else otherwise

    def _quoted(self, key: str, known: Iterable[str]) -> str:
        """Return a key in quotation marks where it is a known name with a slip in it; nothing of what else it says."""
        return f'"{key}"' if self.suggestions.is_slip(key, known) else ""

    def _recorded_answer(self, name: str, raw: Any, path: KeyPath) -> RecordedAnswer | None:
        if not isinstance(raw, dict):
            value = self._value(name, raw, path)
            return None if value is None else self._require_reasons(name, RecordedAnswer(value), path)
        self._keys(path, raw, _ANSWER)
        if "answer" not in raw:
            self.report(path, "missing-key", f'"{name}" has no answer.', "Add `answer`; `unknown` is one.")
            return None
        value = self._value(name, raw["answer"], (*path, "answer"))
        credibility = self._credibility(raw.get("credibility"), (*path, "credibility"))
        source, note = self._words(raw, "source", path), self._words(raw, "note", path)
        day = parse_date(raw.get("date"))
        if raw.get("date") is not None and day is None:
            self.report((*path, "date"), "bad-date", "this is not a date.", "Write a date as 2022-06-28.")
        if value is None:
            return None
        answer = RecordedAnswer(value, credibility, source, note, day)
        # A note of the wrong kind has its diagnostic already; missing reasons would be a second one about it.
        return self._require_reasons(name, answer, path) if isinstance(raw.get("note"), str | None) else answer

    def _words(self, raw: Mapping[str, Any], key: str, path: KeyPath) -> str | None:
        """Return the text under a key; anything else is noted as a mistake and never handed on as if it were text."""
        words = raw.get(key)
        if words is None or isinstance(words, str):
            return words
        self.report((*path, key), "wrong-kind", f"the {key} is not text.", "Put the words in quotes.")
        return None

    def _require_reasons(self, name: str, answer: RecordedAnswer, path: KeyPath) -> RecordedAnswer:
        """Return an answer as it is; a judgement that gives no reasons is noted as a mistake."""
        # A conclusion that rests on somebody's word alone could be neither reviewed nor appealed.
        if self.book.facts[name].judgement and answer.value is not Answer.UNKNOWN and not (answer.note or "").strip():
            message = f'"{name}" is a judgement, and its reasons are missing.'
            self.report(path, "judgement-without-reasons", message, "Write `{answer: …, note: the reasons}`.")
        return answer

    def _value(self, name: str, raw: Any, path: KeyPath) -> Any:
        fact = self.book.facts[name]
        value = parse_answer(fact, raw, self.book.countries)
        if isinstance(value, InvalidAnswer):
            place = path if value.item is None else (*path, value.item)
            self.report(place, value.code, f"{name}: {value.message}", value.hint)
            return None
        return value

    def _credibility(self, raw: Any, path: KeyPath) -> Credibility:
        known = {credibility.value: credibility for credibility in Credibility}
        if raw is None:
            return Credibility.NOT_ASSESSED
        if isinstance(raw, str) and raw in known:
            return known[raw]
        hint = self._nearest(raw, known, "Write one of: " + ", ".join(known) + ".")
        self.report(path, "not-a-choice", "this is no credibility.", hint)
        return Credibility.NOT_ASSESSED

    def _record(self, raw: Any) -> Record:
        """Return what a file says of its record; what is wrong with it is noted, and an open one returned."""
        if raw is None:
            return OPEN_RECORD
        if not isinstance(raw, dict):
            hint = "Write `{state: closed, by: …, on: …}`."
            self.report(("record",), "wrong-kind", "`record` is not a mapping.", hint)
            return OPEN_RECORD
        self._keys(("record",), raw, RECORD_KEYS)
        state, by, on = raw.get("state"), raw.get("by"), raw.get("on")
        if "state" not in raw:
            self.report(("record",), "missing-key", "the record has no state.", "Add `state`: open or closed.")
        elif not (isinstance(state, str) and state in STATES):
            hint = self._nearest(state, STATES, "Write one of: " + ", ".join(STATES) + ".")
            self.report(("record", "state"), "not-a-choice", "this is no state of a record.", hint)
        elif state == CLOSED:
            # A record that nobody answers for could not be reviewed: by whom and when is part of closing it.
            is_blank = isinstance(by, str) and not by.strip()
            if by is None or is_blank:
                message = 'the record is closed, and "by" is missing.'
                self.report(("record",), "missing-key", message, "Add `by`: who closed it.")
            if on is None:
                message = 'the record is closed, and "on" is missing.'
                self.report(("record",), "missing-key", message, "Add `on`: the day, as 2022-06-28.")
        if by is not None and not isinstance(by, str):
            self.report(("record", "by"), "wrong-kind", '"by" is not text.', "Put the words in quotes.")
        day = parse_date(on)
        if on is not None and day is None:
            self.report(("record", "on"), "bad-date", "this is not a date.", "Write a date as 2022-06-28.")
        if day is not None and self.today is not None and day > self.today:
            hint = "Write the day on which the record was closed."
            self.report(("record", "on"), "bad-date", "this day is still to come.", hint)
        return Record(state == CLOSED, by if isinstance(by, str) else None, day)

    def _about(self, raw: Any) -> dict[str, tuple[str, ...]]:
        if raw is None:
            return {}
        if not isinstance(raw, dict):
            self.report(("about",), "wrong-kind", "`about` is not a mapping.", "Write keys: " + ", ".join(ABOUT) + ".")
            return {}
        self._keys(("about",), raw, tuple(ABOUT))
        about = {}
        for key, value in raw.items():
            lines = value if isinstance(value, list) else [value]
            if key not in ABOUT:
                continue
            if any(isinstance(line, list | dict | bool | float) for line in lines):  # 1.50 would come back as 1.5
                message = f'"{key}" is neither text nor a list of texts.'
                self.report(
                    ("about", key), "wrong-kind", message, "Write a line, or `- …` lines; put numbers in quotes."
                )
            else:
                about[key] = tuple(str(line) for line in lines if line is not None)
        return {key: lines for key, lines in about.items() if lines}

    def _keys(self, path: KeyPath, data: Mapping[str, Any], known: tuple[str, ...]) -> None:
        for key in data:
            if key not in known:
                hint = self._nearest(key, known, "Keys here: " + ", ".join(known) + ".")
                quoted = self._quoted(key, known)
                message = f"the key {quoted} is not known here." if quoted else "this key is not known here."
                self.report((*path, key), "unknown-key", message, hint, key=True)
