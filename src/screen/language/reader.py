"""Text into plain data with places.

In: the bytes of a YAML or JSON file. Out: a `Document`: dicts, lists, strings, numbers, booleans and nothing else, and
for each of them the place where it stands. Left alone: what the data means.

PyYAML as it comes reads `NO` (Norway) as false, `1e3` as text, keeps the last of two equal keys in silence, expands
aliases until memory ends, and its C parser crashes the interpreter on deep nesting. The events are therefore scanned
before anything is composed, and scalars are resolved here.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

import yaml

from screen.language.files import MAX_BYTES
from screen.mistake import Mistake, Mistakes
from screen.place import Place

MAX_DIGITS = 15
MAX_DEPTH = 40  # the deepest rule is at 14; the C parser crashes near 20,000

Path_ = tuple[str | int, ...]

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)\Z")
_NUMBER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]{1,3})?\Z")
_TEXT_TAG = "tag:yaml.org,2002:"


@dataclass(frozen=True, slots=True)
class Document:
    """What a file says, and where it says it. `places` has a key's place under its path followed by `"<key>"`."""

    file: str
    data: Any
    places: dict[Path_, tuple[int, int]]

    def place(self, path: Path_, *, key: bool = False) -> Place:
        """Return the place of the value at this path (or of its key), or of the nearest thing around it."""
        if key and (*path, "<key>") in self.places:
            return Place(self.file, *self.places[(*path, "<key>")])
        while path and path not in self.places:
            path = path[:-1]
        return Place(self.file, *self.places.get(path, (1, 1)))


def read_bytes(data: bytes, name: str) -> Document:
    """Return what these bytes say, `name` standing for the file in places. Raises Mistakes."""
    if len(data) > MAX_BYTES:
        found = f"the file is larger than {MAX_BYTES // 1024 // 1024} MB."
        raise Mistakes([Mistake(Place(name), "too-large", found, "Split it into several files.")])
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - (data.rfind(b"\n", 0, error.start) + 1) + 1
        raise Mistakes([
            Mistake(Place(name, line, column), "not-utf8", "this is not UTF-8 text.", "Save the file as UTF-8."),
        ]) from None  # fmt: skip
    try:
        _scan(text, name)
        return _compose(text, name)
    except yaml.MarkedYAMLError as error:
        # The parser's problem line can quote the file, so a case's words never get further than its place.
        mark = error.problem_mark or error.context_mark
        place = Place(name, mark.line + 1, mark.column + 1) if mark else Place(name, 1, 1)
        problem = _plain_problem(error.problem or "")
        raise Mistakes([Mistake(place, "not-yaml", problem, "Check indentation, colons and quotes here.")]) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        column = error.position - text.rfind("\n", 0, error.position)
        found = f"character U+{ord(text[error.position]):04X} may not stand in a file."
        raise Mistakes([Mistake(Place(name, line, column), "control-character", found, "Delete it.")]) from None


def _plain_problem(problem: str) -> str:
    known = (
        "mapping values are not allowed", "could not find expected ':'", "found character that cannot start any token",
        "found unexpected end of stream", "did not find expected key", "did not find expected '-' indicator",
        "did not find expected ',' or ']'", "did not find expected ',' or '}'", "found unknown escape character",
        "found a tab character", "block sequence entries are not allowed", "did not find expected node content",
        "found unexpected document indicator", "did not find expected <document start>",
        "did not find expected whitespace or line break",
    )  # fmt: skip
    return next((f"{text}." for text in known if text in problem), "the text cannot be read as YAML.")


def _scan(text: str, name: str) -> None:
    """Refuse what would harm while composing: aliases, deep nesting, a second document, tags."""
    mistakes: list[Mistake] = []
    depth = documents = 0
    for event in yaml.parse(text, Loader=_LOADER):
        place = Place(name, event.start_mark.line + 1, event.start_mark.column + 1)
        if isinstance(event, yaml.AliasEvent):
            mistakes.append(Mistake(place, "alias", "an alias (`*name`).", "Write the value out."))
        elif isinstance(event, yaml.NodeEvent) and event.anchor:
            mistakes.append(Mistake(place, "alias", "an anchor (`&name`).", "Write the value out where it is needed."))
        if isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent) and event.tag:
            mistakes.append(Mistake(place, "tag", "a tag (`!name`).", "Leave it out; plain text, numbers and lists do."))
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                found = f"nesting deeper than {MAX_DEPTH} levels."
                raise Mistakes([*mistakes, Mistake(place, "too-deep", found, "Name the inner parts as criteria.")])
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        elif isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents == 2:
                mistakes.append(Mistake(place, "second-document", "a second document (`---`).", "Keep one in a file."))
    if mistakes:
        raise Mistakes(mistakes)


def _compose(text: str, name: str) -> Document:
    loader = _LOADER(text)
    try:
        root = loader.get_single_node()
    finally:
        loader.dispose()
    places: dict[Path_, tuple[int, int]] = {}
    mistakes: list[Mistake] = []

    def value_of(node: yaml.Node, path: Path_) -> Any:
        places[path] = (node.start_mark.line + 1, node.start_mark.column + 1)
        if isinstance(node, yaml.ScalarNode):
            return _scalar(node)
        if isinstance(node, yaml.SequenceNode):
            return [value_of(child, (*path, index)) for index, child in enumerate(node.value)]
        data: dict[str, Any] = {}
        for key_node, child in node.value:
            mark = key_node.start_mark
            place = Place(name, mark.line + 1, mark.column + 1)
            if not isinstance(key_node, yaml.ScalarNode):
                mistakes.append(Mistake(place, "bad-key", "a key that is a list or a mapping.", "Write a plain word."))
                continue
            key = key_node.value
            if key == "<<" and not key_node.style:
                mistakes.append(Mistake(place, "alias", "a merge key (`<<`).", "Write the keys out."))
                continue
            if key in data:
                first = places[(*path, key, "<key>")]
                found = f'the key "{_short(key)}" stands twice; the first is on line {first[0]}.'
                mistakes.append(Mistake(place, "duplicate-key", found, "Delete one of them."))
                continue
            places[(*path, key, "<key>")] = (mark.line + 1, mark.column + 1)
            data[key] = value_of(child, (*path, key))
        return data

    data = None if root is None else value_of(root, ())
    if mistakes:
        raise Mistakes(mistakes)
    return Document(name, data, places)


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:40] + "…"


def _scalar(node: yaml.ScalarNode) -> Any:
    """Return a plain `true`, `false`, `null` or number as such and everything else as the text that stands there."""
    text: str = node.value
    if node.style:  # quoted or block text; the C parser gives "" for plain, the Python one None
        return text
    if text in ("true", "false"):
        return text == "true"
    if text in ("", "~", "null"):
        return None
    # A leading zero keeps its place: 010 is text (a case number), not ten and not eight. So does what is too long to be
    # a count of anything: a float would lose its last digits, and 1e999 would become infinity.
    if len(text) <= MAX_DIGITS:
        if _INTEGER.match(text):
            return int(text)
        if _NUMBER.match(text) and math.isfinite(number := float(text)):
            return number
    return text
