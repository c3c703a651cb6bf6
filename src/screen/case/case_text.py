"""A case as the text of its file, and one answer changed in a text of which all else stays.

In: a case, or the document of a case file. Out: texts. Left alone: the disk (`writer`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

from screen.case.case_file import FORMAT, Case
from screen.case.evidence import Credibility, RecordedAnswer
from screen.case.record import OPEN_RECORD, Record, record_data
from screen.diagnostics import DiagnosticsError
from screen.file_types import is_json_file
from screen.rulebook.answers import to_plain
from screen.rulebook.yaml_reader import LINE_ENDS, Document, KeyPath, comments, lines_of, parse_document

#: Characters that the reader would refuse, or take for the end of a line, where they stand as themselves.
_ESCAPED = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


def format_case(path: Path, case: Case) -> str:
    """Return a whole case as the text of a new file of this name: YAML, or JSON where its ending says so."""
    data: dict[str, Any] = {"format": FORMAT, "case": case.name}
    if case.profile:
        data["profile"] = case.profile
    if case.record != OPEN_RECORD:
        data["record"] = record_data(case.record)
    if case.about:
        data["about"] = {key: list(lines) if len(lines) > 1 else lines[0] for key, lines in case.about.items()}
    if case.claim is not None:
        data["claim"] = case.claim
    data["facts"] = {name: _answer_data(given) for name, given in case.given.items()}
    return _json(data) if is_json_file(path) else _yaml(data)


def changed_data(data: Mapping[str, Any], case: Case, fact: str) -> dict[str, Any]:
    """Return what a file says once it holds a case of which one answer, or the profile, is new; all else as it was."""
    changed = dict(data)
    if case.profile != data.get("profile"):
        above = {key: data[key] for key in data if key in ("format", "case")}
        changed = {**above, "profile": case.profile, **data} | {"profile": case.profile}
    answers = dict(data.get("facts") or {})
    if fact in case.given:
        answers[fact] = _answer_data(case.given[fact])
    else:
        answers.pop(fact, None)
    return {**changed, "facts": answers}


def data_with_record(data: Mapping[str, Any], record: Record | None) -> dict[str, Any]:
    """Return what a file says with this record, or without one; all else as it was."""
    others = {key: value for key, value in data.items() if key != "record"}
    if record is None:
        return others
    above = {key: value for key, value in others.items() if key in ("format", "case", "profile")}
    return {**above, "record": record_data(record), **others}


def is_same_data(read: Mapping[str, Any], data: Mapping[str, Any]) -> bool:
    """Tell whether two texts say the same in any order of their keys; 1, 1.0 and true are not the same."""
    return json.dumps(read, sort_keys=True) == json.dumps(data, sort_keys=True)


def possible_texts(path: Path, document: Document, data: Mapping[str, Any], fact: str) -> Iterator[str]:
    """Yield the texts that may say this, `fact` being new in it, from the one that leaves most of a file as it was."""
    if is_json_file(path) and _is_json_text(document.text):
        yield _json(data)
        return
    edited = document
    if data.get("profile") != document.data.get("profile"):
        for text in _replace_entry(document, (), "profile", {"profile": data["profile"]}, below="case"):
            with suppress(DiagnosticsError):
                edited = parse_document(text.encode(), str(path))
    answers = data["facts"]
    if answers and document.data.get("facts"):
        yield from _replace_entry(edited, ("facts",), fact, {fact: answers[fact]} if fact in answers else {})
    yield from _replace_entry(edited, (), "facts", {"facts": answers})
    yield _rewritten(document, data)


def possible_texts_with_record(path: Path, document: Document, data: Mapping[str, Any]) -> Iterator[str]:
    """Yield the texts that may say this, the record being new in it or gone, as `possible_texts` does for an answer."""
    if is_json_file(path) and _is_json_text(document.text):
        yield _json(data)
        return
    entry = {"record": data["record"]} if "record" in data else {}
    below = "profile" if "profile" in document.data else "case"
    yield from _replace_entry(document, (), "record", entry, below=below)
    yield _rewritten(document, data)


def _rewritten(document: Document, data: Mapping[str, Any]) -> str:
    """Return a whole file laid out again, the comments of the old one above."""
    kept = "".join(f"{words}\n" for _, words in comments(document.text).values())
    return (kept + _yaml(data)).replace("\n", _line_ending(document.text))


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


def _replace_entry(
    document: Document, above: KeyPath, key: str, new: Mapping[str, Any], *, below: str | None = None
) -> Iterator[str]:
    """Yield the text with the lines of one entry changed and all else, comments too, as it was.

    A new entry goes below the one that `below` names, else below the last. Comments in the lines of an answer go with
    it; those in the lines of anything else stay, above it.

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
    comments_by_line = comments(document.text)
    added = [f"{indent}{line}{ending}" for line in _yaml(new).removesuffix("\n").split("\n")] if new else []
    last = starts[below][0] if below in starts else max(line for line, _ in starts.values())
    start = starts[key][0] - 1 if key in starts else _end_of_entry(lines, last - 1, indent, comments_by_line)
    end = _end_of_entry(lines, start, indent, comments_by_line) if key in starts else start
    if not above:
        kept = [words for line, (_, words) in comments_by_line.items() if start <= line < end]
        added = [f"{indent}{words}{ending}" for words in kept] + added
    if added and start and not lines[start - 1].endswith(tuple(LINE_ENDS)):
        added[0] = ending + added[0]
    yield "".join([*lines[:start], *added, *lines[end:]])


def _end_of_entry(lines: list[str], start: int, indent: str, comments_by_line: Mapping[int, tuple[int, str]]) -> int:
    """Return the line after an entry: the next that is not deeper, with the blank lines and comments before it."""
    end = start + 1
    # The items of a list may stand below their key without being deeper.
    while end < len(lines) and (not lines[end].strip() or lines[end].startswith((f"{indent} ", f"{indent}-"))):
        end += 1
    while end > start + 1 and (not lines[end - 1].strip() or _is_comment_alone(lines, end - 1, comments_by_line)):
        end -= 1
    return end


def _is_comment_alone(lines: list[str], number: int, comments_by_line: Mapping[int, tuple[int, str]]) -> bool:
    return number in comments_by_line and not lines[number][: comments_by_line[number][0]].strip()


def _json(data: Any) -> str:
    text = json.dumps(data, ensure_ascii=False, indent=2)
    return _ESCAPED.sub(lambda match: f"\\u{ord(match[0]):04x}", text) + "\n"


def _answer_data(given: RecordedAnswer) -> Any:
    """Return an answer as a file writes it: alone where nothing else is said of it."""
    data: dict[str, Any] = {"answer": to_plain(given.value)}
    if given.credibility is not Credibility.NOT_ASSESSED:
        data["credibility"] = given.credibility.value
    for key, value in (("source", given.source), ("note", given.note)):
        if value is not None:
            data[key] = value
    if isinstance(given.date, date):
        data["date"] = given.date.isoformat()
    return data["answer"] if len(data) == 1 else data


def _yaml(data: Any) -> str:
    import yaml

    class Dumper(yaml.SafeDumper):
        """Writes `yes`, `no` and dates as the plain words that our reader takes them for."""

    Dumper.yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith((":bool", ":timestamp", ":value"))]
        for first, resolvers in yaml.SafeDumper.yaml_implicit_resolvers.items()
    }

    def text(dumper: yaml.SafeDumper, words: str) -> yaml.ScalarNode:
        return dumper.represent_scalar("tag:yaml.org,2002:str", words, style='"' if _ESCAPED.search(words) else None)

    Dumper.add_representer(str, text)
    for first, word in (("t", "true"), ("f", "false")):
        Dumper.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(f"^{word}$"), [first])
    for first in "-+0123456789":  # what our reader would take for a number, PyYAML would not always quote: 1e3
        Dumper.add_implicit_resolver(
            "tag:yaml.org,2002:float", re.compile(r"^[-+]?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?$"), [first]
        )
    return yaml.dump(data, Dumper=Dumper, allow_unicode=True, sort_keys=False, width=110)
