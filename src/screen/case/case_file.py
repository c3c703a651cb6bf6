"""A case file: read whole or refused, written whole or not at all.

In: the path of a YAML or JSON file. Out: a `Case`, or Mistakes with every place. Files are written 0600 and swapped in
in one step, so that a crash leaves the old file or the new one. What a case says is never part of a mistake's words
beyond the name of a key or of an option.
"""

from __future__ import annotations

import errno
import json
import re
import stat
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from screen import files
from screen.case.evidence import Credibility, RecordedAnswer
from screen.diagnostics import Diagnostic, DiagnosticsError, Location, Suggestions
from screen.file_types import is_json_file
from screen.logic import Answer
from screen.regular_files import read_file
from screen.rulebook.answers import InvalidAnswer, describe_type, parse_answer, parse_date, to_plain
from screen.rulebook.model import RuleBook
from screen.rulebook.yaml_reader import LINE_ENDS, Document, KeyPath, comments, lines_of, parse_document

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
_TOP = ("format", "case", "profile", "about", "claim", "facts")
_ANSWER = ("answer", "credibility", "source", "note", "date")


@dataclass(frozen=True, slots=True)
class Case:
    """What a case file says. `name` is a pseudonym or a registration number, never a person's name."""

    name: str
    given: Mapping[str, RecordedAnswer] = field(default_factory=dict)
    profile: str | None = None
    about: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    claim: str | None = None


def read_case(path: Path, book: RuleBook) -> Case:
    """Return the case that a file holds. Raises Mistakes with everything that is wrong with it."""
    case, mistakes = check_case(path, book)
    if case is None or mistakes:
        raise DiagnosticsError(mistakes)
    return case


def check_case(path: Path, book: RuleBook) -> tuple[Case | None, list[Diagnostic]]:
    """Return the case of a file as far as it can be read, and every mistake in it."""
    try:
        document = parse_document(read_file(path), str(path))
    except DiagnosticsError as error:
        return None, list(error.diagnostics)
    return check_document(document, book)


def check_document(
    document: Document, book: RuleBook, suggestions: Suggestions | None = None
) -> tuple[Case | None, list[Diagnostic]]:
    """Return the case of a document as far as it can be read, and every mistake in it.

    `suggestions` are those of a text that holds many documents.
    """
    reader = _Reader(document, book, suggestions)
    case = reader.case()
    return case, sorted(reader.mistakes)


_NO_NAME = "this cannot be the name of a case."
#: What a case is named by, in words for whoever is to name one.
NAMED = "Write a registration number or a pseudonym: letters, digits, `.`, `_`, `-`. Never a person's name."


def case_name(name: str, place: str) -> str:
    """Return a name that a new case may have. Raises Mistakes, before anything is written, where it is none."""
    if not is_name(name):
        raise DiagnosticsError([Diagnostic(Location(place), "bad-name", _NO_NAME, NAMED)])
    return name


def is_name(raw: object) -> bool:
    """Tell whether this can be the name of a case: a registration number or a pseudonym."""
    return isinstance(raw, str | int) and not isinstance(raw, bool) and bool(_NAME.match(str(raw)))


def why_no_name(raw: object) -> tuple[str, str]:
    """Return what is wrong with what `is_name` refuses, and what to do. A name may look like a number or a boolean."""
    if raw is None:
        return "the case has no name.", NAMED
    if isinstance(raw, bool | float):
        return f"{describe_type(raw)} where the name of a case is wanted.", 'Put the name in quotes: `case: "…"`.'
    return _NO_NAME, NAMED


def read_given(document: Document, path: KeyPath, book: RuleBook) -> tuple[dict[str, RecordedAnswer], list[Diagnostic]]:
    """Return the answers that stand at a path of a document, as law cases have them, and every mistake in them."""
    reader = _Reader(document, book)
    data: Any = document.data
    for step in path:
        data = data[step]
    return reader.facts(data, path), reader.mistakes


class _Reader:
    """Reads one document and gathers its mistakes."""

    def __init__(self, document: Document, book: RuleBook, suggestions: Suggestions | None = None) -> None:
        self.document, self.book = document, book
        self.suggestions = suggestions or Suggestions()
        self.mistakes: list[Diagnostic] = []

    def wrong(self, path: KeyPath, code: str, found: str, remedy: str, *, key: bool = False) -> None:
        self.mistakes.append(Diagnostic(self.document.location(path, key=key), code, found, remedy))

    def case(self) -> Case | None:
        data = self.document.data
        if not isinstance(data, dict):
            found = f"a case file holds keys with values, and here is {describe_type(data)}."
            self.wrong((), "wrong-kind", found, "Run `rsd case new FILE` and fill that in.")
            return None
        self._keys((), data, _TOP)
        if type(data.get("format")) is not int or data["format"] != FORMAT:  # true is 1 to Python
            found = "the format is missing." if "format" not in data else "the format is not known."
            self.wrong(("format",), "unknown-format", found, f"Write `format: {FORMAT}`.")
        name = data.get("case")
        if not is_name(name):
            self.wrong(("case",), "bad-name", *why_no_name(name))
        profile = data.get("profile")
        if profile is not None and not (isinstance(profile, str) and profile in self.book.profiles):
            remedy = self._nearest(profile, self.book.profiles, "Known: " + ", ".join(self.book.profiles) + ".")
            self.wrong(("profile",), "unknown-profile", "there is no such profile.", remedy)
        claim = data.get("claim")
        if claim is not None and not isinstance(claim, str):
            self.wrong(("claim",), "wrong-kind", "the claim is not text.", "Write it as text, after `claim: |`.")
        facts = self.facts(data.get("facts"), ("facts",))
        profile = profile if isinstance(profile, str) else None
        return Case(str(name), facts, profile, self._about(data.get("about")), claim)

    def facts(self, data: Any, path: KeyPath) -> dict[str, RecordedAnswer]:
        if data is None:
            return {}
        if not isinstance(data, dict):
            self.wrong(path, "wrong-kind", "`facts` is not a mapping.", "Write `fact: answer`, one a line.")
            return {}
        given: dict[str, RecordedAnswer] = {}
        for name, raw in data.items():
            if name not in self.book.facts:
                self._unknown_fact(name, path)
                continue
            one = self._given(name, raw, (*path, name))
            if one is not None:
                given[name] = one
        return given

    def _unknown_fact(self, name: str, path: KeyPath) -> None:
        # An answer that nobody reads would be lost without a word.
        if name in self.book.criteria:
            found = f'"{name}" is a criterion, which the program finds.'
            remedy = f"Answer the facts that it rests on: `rsd rules show {name}`."
        else:
            found = f"{self._quoted(name, self.book.facts) or 'this'} is not a fact."
            remedy = self._nearest(name, self.book.facts, "`rsd rules show` lists the facts.")
        self.wrong((*path, name), "unknown-fact", found, remedy, key=True)

    def _nearest(self, raw: Any, known: Iterable[str], otherwise: str) -> str:
        """Return what to do about a name, the likeliest one where there is one; what stands there is not told."""
        return self.suggestions.did_you_mean(raw, known, otherwise) if isinstance(raw, str) else otherwise

    def _quoted(self, key: str, known: Iterable[str]) -> str:
        """Return a key in quotation marks where it is a known name with a slip in it; nothing of what else it says."""
        return f'"{key}"' if self.suggestions.is_slip(key, known) else ""

    def _given(self, name: str, raw: Any, path: KeyPath) -> RecordedAnswer | None:
        if not isinstance(raw, dict):
            value = self._value(name, raw, path)
            return None if value is None else self._reasoned(name, RecordedAnswer(value), path)
        self._keys(path, raw, _ANSWER)
        if "answer" not in raw:
            self.wrong(path, "missing-key", f'"{name}" has no answer.', "Add `answer`; `unknown` is one.")
            return None
        value = self._value(name, raw["answer"], (*path, "answer"))
        credibility = self._credibility(raw.get("credibility"), (*path, "credibility"))
        source, note = self._words(raw, "source", path), self._words(raw, "note", path)
        day = parse_date(raw.get("date"))
        if raw.get("date") is not None and day is None:
            self.wrong((*path, "date"), "bad-date", "this is not a date.", "Write a date as 2022-06-28.")
        if value is None:
            return None
        given = RecordedAnswer(value, credibility, source, note, day)
        # A note of the wrong kind is a mistake already; that it says no reasons would be a second one about it.
        return self._reasoned(name, given, path) if isinstance(raw.get("note"), str | None) else given

    def _words(self, raw: Mapping[str, Any], key: str, path: KeyPath) -> str | None:
        """Return the text under a key; anything else is noted as a mistake and never handed on as if it were text."""
        words = raw.get(key)
        if words is None or isinstance(words, str):
            return words
        self.wrong((*path, key), "wrong-kind", f"the {key} is not text.", "Put the words in quotes.")
        return None

    def _reasoned(self, name: str, given: RecordedAnswer, path: KeyPath) -> RecordedAnswer:
        """Return an answer as it is; a judgement that gives no reasons is noted as a mistake."""
        # A conclusion that rests on somebody's word alone could be neither reviewed nor appealed.
        if self.book.facts[name].judgement and given.value is not Answer.UNKNOWN and not (given.note or "").strip():
            found = f'"{name}" is a judgement, and its reasons are missing.'
            self.wrong(path, "judgement-without-reasons", found, "Write `{answer: …, note: the reasons}`.")
        return given

    def _value(self, name: str, raw: Any, path: KeyPath) -> Any:
        fact = self.book.facts[name]
        found = parse_answer(fact, raw, self.book.countries)
        if isinstance(found, InvalidAnswer):
            place = path if found.item is None else (*path, found.item)
            self.wrong(place, found.code, f"{name}: {found.message}", found.hint)
            return None
        return found

    def _credibility(self, raw: Any, path: KeyPath) -> Credibility:
        known = {one.value: one for one in Credibility}
        if raw is None:
            return Credibility.NOT_ASSESSED
        if isinstance(raw, str) and raw in known:
            return known[raw]
        remedy = self._nearest(raw, known, "Write one of: " + ", ".join(known) + ".")
        self.wrong(path, "not-a-choice", "this is no credibility.", remedy)
        return Credibility.NOT_ASSESSED

    def _about(self, raw: Any) -> dict[str, tuple[str, ...]]:
        if raw is None:
            return {}
        if not isinstance(raw, dict):
            self.wrong(("about",), "wrong-kind", "`about` is not a mapping.", "Write keys: " + ", ".join(ABOUT) + ".")
            return {}
        self._keys(("about",), raw, tuple(ABOUT))
        about = {}
        for key, value in raw.items():
            lines = value if isinstance(value, list) else [value]
            if key not in ABOUT:
                continue
            if any(isinstance(line, list | dict | bool | float) for line in lines):  # 1.50 would come back as 1.5
                found = f'"{key}" is neither text nor a list of texts.'
                self.wrong(("about", key), "wrong-kind", found, "Write a line, or `- …` lines; put numbers in quotes.")
            else:
                about[key] = tuple(str(line) for line in lines if line is not None)
        return {key: lines for key, lines in about.items() if lines}

    def _keys(self, path: KeyPath, data: Mapping[str, Any], known: tuple[str, ...]) -> None:
        for key in data:
            if key not in known:
                remedy = self._nearest(key, known, "Keys here: " + ", ".join(known) + ".")
                quoted = self._quoted(key, known)
                found = f"the key {quoted} is not known here." if quoted else "this key is not known here."
                self.wrong((*path, key), "unknown-key", found, remedy, key=True)


# ── writing ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def readable_by_others(path: Path) -> bool:
    """Tell whether anybody but the owner may read a case file."""
    return bool(stat.S_IMODE(path.stat().st_mode) & 0o077)


def named(path: Path) -> Path:
    """Return the file that a name leads to through its links. Raises Mistakes where they lead round in a circle."""
    try:
        path.stat()
        return path.resolve()
    except (OSError, RuntimeError) as error:  # a circle is the one before Python 3.13 and the other from then on
        if isinstance(error, OSError) and error.errno != errno.ELOOP:
            return path.resolve()
        raise _cannot_open(path, "the links lead round in a circle.") from None


def _cannot_open(path: Path, found: str) -> DiagnosticsError:
    return DiagnosticsError(
        [Diagnostic(Location(str(path)), "cannot-open", found, "Check the path and who may read it.")]
    )


def new_case(path: Path, text: str, say: files.Notify | None = None) -> None:
    """Write a new case file. Raises Mistakes where one of that name is there already: nothing is overwritten."""
    files.create(path, text.encode(), say)


def text_of_case(path: Path, case: Case) -> str:
    """Return a whole case as the text of a new file of this name: YAML, or JSON where its ending says so."""
    data: dict[str, Any] = {"format": FORMAT, "case": case.name}
    if case.profile:
        data["profile"] = case.profile
    if case.about:
        data["about"] = {key: list(lines) if len(lines) > 1 else lines[0] for key, lines in case.about.items()}
    if case.claim is not None:
        data["claim"] = case.claim
    data["facts"] = {name: _plain_given(given) for name, given in case.given.items()}
    return _json(data) if is_json_file(path) else _yaml(data)


class CaseChangedError(Exception):
    """A case file is not as it was shown; `now` is the case that it holds."""

    def __init__(self, now: Case) -> None:
        super().__init__()
        self.now = now


def save_answer(
    path: Path,
    book: RuleBook,
    fact: str,
    given: RecordedAnswer | None,
    say: files.Notify | None = None,
    *,
    shown: Case | None = None,
    profile: str | None = None,
) -> Case:
    """Put one answer into a case file (or take it out, with None) and return the case as it now stands.

    The file is read again first, so that what somebody else wrote into it meanwhile is kept. Comments and the order of
    the other answers stay. `shown` is the case that the answer was given to, `profile` the one that it is read under,
    which the file names from then on. Raises Changed where the file says something else than was shown; Mistakes,
    with the file unchanged, where it has become unusable.
    """
    real = named(path)  # a link stays a link; the file that it leads to is saved
    with files.open_parent(real) as folder, files.lock(folder, say):
        folder.clear_stale()
        seen = files.check_replaceable(folder, real.name)
        document = parse_document(read_file(path), str(path))
        before = _case_of(document, book)
        if shown is not None and not _as_shown(before, shown, fact, given, profile):
            raise CaseChangedError(before)
        answers = {name: one for name, one in before.given.items() if name != fact or given is not None}
        if given is not None:
            answers[fact] = given
        after = replace(before, given=answers, profile=profile or before.profile)
        data = _changed(document.data, after, fact)
        for text in _ways_to_write(path, document, data, fact):
            if _says(text, path, book, after, data):
                try:
                    folder.write(real.name, text.encode(), instead_of=seen)
                except OSError as error:
                    raise files.write_error(path, error) from None
                return after
    # Nothing is written that could not be read again: a file that cannot be read is a case that is lost.
    found = f'the answer to "{fact}" holds a character or a number that no case file can keep.'
    raise DiagnosticsError(
        [Diagnostic(Location(str(path)), "cannot-write", found, "Nothing was changed. Write it in other words.")]
    )


def must_be_saveable(path: Path) -> None:
    """Raise Mistakes where no answer could be saved in a case file: nobody should answer first and hear it then."""
    real = named(path)
    with files.open_parent(real) as folder:
        files.check_replaceable(folder, real.name)


def clear_copies(path: Path) -> None:
    """Delete the hidden copies of a case that a killed program left beside its file; those being written stay.

    An answer that is saved clears them too, but a case may be opened, looked at and left.
    """
    with suppress(DiagnosticsError, OSError), files.open_parent(named(path)) as folder, files.lock(folder, timeout=0):
        folder.clear_stale()


def changes(now: Case, shown: Case) -> tuple[str, ...]:
    """Return the facts whose answers were changed or taken out since a case was shown; new ones lose nothing."""
    return tuple(name for name, given in shown.given.items() if now.given.get(name) != given)


def _as_shown(now: Case, shown: Case, fact: str, given: RecordedAnswer | None, profile: str | None) -> bool:
    """Tell whether an answer that was given to the case as it was shown loses nothing that the file says now."""
    same_answer = now.given.get(fact) in (shown.given.get(fact), given)
    others = [name for name in changes(now, shown) if name != fact]
    return now.name == shown.name and now.profile in (shown.profile, profile) and same_answer and not others


def _case_of(document: Document, book: RuleBook) -> Case:
    reader = _Reader(document, book)
    case = reader.case()
    if case is None or reader.mistakes:
        raise DiagnosticsError(reader.mistakes)
    return case


def _changed(data: Mapping[str, Any], case: Case, fact: str) -> dict[str, Any]:
    """Return what a file says once it holds a case of which one answer, or the profile, is new; all else as it was."""
    changed = dict(data)
    if case.profile != data.get("profile"):
        above = {key: data[key] for key in data if key in ("format", "case")}
        changed = {**above, "profile": case.profile, **data} | {"profile": case.profile}
    answers = dict(data.get("facts") or {})
    if fact in case.given:
        answers[fact] = _plain_given(case.given[fact])
    else:
        answers.pop(fact, None)
    return {**changed, "facts": answers}


def _says(text: str, path: Path, book: RuleBook, case: Case, data: Mapping[str, Any]) -> bool:
    """Tell whether a text would be read as exactly this case, down to what no case holds: a key of nothing."""
    try:
        document = parse_document(text.encode(), str(path))
        return _case_of(document, book) == case and _is_same({"facts": {}, **document.data}, data)
    except (DiagnosticsError, UnicodeEncodeError):  # half a surrogate pair can be typed, and is no text
        return False


def _is_same(read: Mapping[str, Any], data: Mapping[str, Any]) -> bool:
    """Tell whether two texts say the same in any order of their keys; 1, 1.0 and true are not the same."""
    return json.dumps(read, sort_keys=True) == json.dumps(data, sort_keys=True)


def _ways_to_write(path: Path, document: Document, data: Mapping[str, Any], fact: str) -> Iterator[str]:
    """Yield the texts that may say this, `fact` being new in it, from the one that leaves most of a file as it was."""
    if is_json_file(path) and _is_json_text(document.text):
        yield _json(data)
        return
    edited = document
    if data.get("profile") != document.data.get("profile"):
        for text in _exchanged(document, (), "profile", {"profile": data["profile"]}, below="case"):
            with suppress(DiagnosticsError):
                edited = parse_document(text.encode(), str(path))
    answers = data["facts"]
    if answers and document.data.get("facts"):
        yield from _exchanged(edited, ("facts",), fact, {fact: answers[fact]} if fact in answers else {})
    yield from _exchanged(edited, (), "facts", {"facts": answers})
    kept = "".join(f"{words}\n" for _, words in comments(document.text).values())
    yield (kept + _yaml(data)).replace("\n", _line_ending(document.text))


def _is_json_text(text: str) -> bool:
    """Tell whether a text is JSON: YAML under the name of a JSON file has comments, which JSON would lose."""
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _line_ending(text: str) -> str:
    """Return how the lines of a text end."""
    first = lines_of(text)[0]
    return next((ending for ending in ("\r\n", "\r") if first.endswith(ending)), "\n")


def _exchanged(
    document: Document, above: KeyPath, key: str, new: Mapping[str, Any], *, below: str | None = None
) -> Iterator[str]:
    """Yield the text with the lines of one entry changed and all else, comments too, as it was.

    A new entry goes below the one that is named, else below the last. Comments that stand in the lines of an answer go
    with it; those in the lines of anything else stay, above it.

    Nothing is yielded for a mapping of which several entries share a line, `{…}`; whether the lines of any other are
    what they seem to be is for the caller to find out.
    """
    entries: Any = document.data
    for step in above:
        entries = entries[step]
    starts = {name: document.locations[(*above, name, "<key>")] for name in entries}
    if len({line for line, _ in starts.values()}) < len(starts):
        return
    indent = " " * (min(column for _, column in starts.values()) - 1)
    ending = _line_ending(document.text)
    lines = lines_of(document.text)
    beside = comments(document.text)
    added = [f"{indent}{line}{ending}" for line in _yaml(new).removesuffix("\n").split("\n")] if new else []
    last = starts[below][0] if below in starts else max(line for line, _ in starts.values())
    start = starts[key][0] - 1 if key in starts else _end(lines, last - 1, indent, beside)
    end = _end(lines, start, indent, beside) if key in starts else start
    if not above:
        added = [f"{indent}{words}{ending}" for line, (_, words) in beside.items() if start <= line < end] + added
    if added and start and not lines[start - 1].endswith(tuple(LINE_ENDS)):
        added[0] = ending + added[0]
    yield "".join([*lines[:start], *added, *lines[end:]])


def _end(lines: list[str], start: int, indent: str, beside: Mapping[int, tuple[int, str]]) -> int:
    """Return the line after an entry: the next that is not deeper, with the blank lines and comments before it."""
    end = start + 1
    # The items of a list may stand below their key without being deeper.
    while end < len(lines) and (not lines[end].strip() or lines[end].startswith((f"{indent} ", f"{indent}-"))):
        end += 1
    while end > start + 1 and (not lines[end - 1].strip() or _is_comment_alone(lines, end - 1, beside)):
        end -= 1
    return end


def _is_comment_alone(lines: list[str], number: int, beside: Mapping[int, tuple[int, str]]) -> bool:
    return number in beside and not lines[number][: beside[number][0]].strip()


def _json(data: Any) -> str:
    text = json.dumps(data, ensure_ascii=False, indent=2)
    return _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text) + "\n"


#: What our reader would refuse, or take for the end of a line, where it stands as itself.
_UNSEEN = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


def _plain_given(given: RecordedAnswer) -> Any:
    """Return an answer as a file writes it: alone where nothing else is said of it."""
    said: dict[str, Any] = {"answer": to_plain(given.value)}
    if given.credibility is not Credibility.NOT_ASSESSED:
        said["credibility"] = given.credibility.value
    for key, value in (("source", given.source), ("note", given.note)):
        if value is not None:
            said[key] = value
    if isinstance(given.date, date):
        said["date"] = given.date.isoformat()
    return said["answer"] if len(said) == 1 else said


def _yaml(data: Any) -> str:
    import yaml

    class Dumper(yaml.SafeDumper):
        """Writes `yes`, `no` and dates as the plain words that our reader takes them for."""

    Dumper.yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in found if not tag.endswith((":bool", ":timestamp", ":value"))]
        for first, found in yaml.SafeDumper.yaml_implicit_resolvers.items()
    }

    def text(dumper: yaml.SafeDumper, words: str) -> yaml.ScalarNode:
        return dumper.represent_scalar("tag:yaml.org,2002:str", words, style='"' if _UNSEEN.search(words) else None)

    Dumper.add_representer(str, text)
    for first, word in (("t", "true"), ("f", "false")):
        Dumper.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(f"^{word}$"), [first])
    for first in "-+0123456789":  # what our reader would take for a number, PyYAML would not always quote: 1e3
        Dumper.add_implicit_resolver(
            "tag:yaml.org,2002:float", re.compile(r"^[-+]?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?$"), [first]
        )
    return yaml.dump(data, Dumper=Dumper, allow_unicode=True, sort_keys=False, width=110)
