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
import sys
from dataclasses import dataclass
from itertools import islice
from typing import Any

import yaml

from screen.diagnostics import Diagnostic, DiagnosticsError, Location, shorten
from screen.regular_files import MAX_BYTES

MAX_DIGITS = 15
MAX_FLOAT = 25  # no float is written longer than this, and most are shorter
MOST_REFUSED = 10  # of aliases and tags: whoever has so many has made them by the thousand
MAX_PARTS = 20_000  # the longest rule file has some 7,500; a million parts of a list take a gigabyte
MAX_DEPTH = 40  # the deepest rule is at 14; the C parser crashes near 20,000

KeyPath = tuple[str | int, ...]

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INTEGER = re.compile(r"(?:0|-?[1-9][0-9]*)\Z")
_NUMBER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]{1,3})?\Z")
FORBIDDEN = re.compile("[^\\t\\n\\r\\x20-\\x7e\\x85\\xa0-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Document:
    """What a file says, and where it says it. `places` has a key's place under its path followed by `"<key>"`."""

    file: str
    data: Any
    locations: dict[KeyPath, tuple[int, int]]
    text: str

    def location(self, path: KeyPath, *, key: bool = False) -> Location:
        """Return the place of the value at this path (or of its key), or of the nearest thing around it."""
        if key and (*path, "<key>") in self.locations:
            return Location(self.file, *self.locations[(*path, "<key>")])
        while path and path not in self.locations:
            path = path[:-1]
        return Location(self.file, *self.locations.get(path, (1, 1)))


def parse_document(data: bytes, name: str, *, may_quote: bool = False) -> Document:
    """Return what these bytes say, `name` standing for the file in places. Raises Mistakes.

    With `may_quote` a message may repeat a key. In a case file even a key may be a sentence of somebody's account.
    """
    if len(data) > MAX_BYTES:
        found = f"the file is larger than {MAX_BYTES // 1024 // 1024} MB."
        raise DiagnosticsError([Diagnostic(Location(name), "too-large", found, "Split it into several files.")])
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8-sig", "replace")
        found, remedy = "from here on this is not UTF-8 text.", "Save the file as UTF-8."
        raise DiagnosticsError([Diagnostic(_place_after(before, name), "not-utf8", found, remedy)]) from None
    if text.startswith("\ufeff"):  # the parser would pass over it, and other programs would not
        found, remedy = "a second byte order mark (U+FEFF) begins the file.", "Save the file as UTF-8 with one or none."
        raise DiagnosticsError([Diagnostic(Location(name, 1, 1), "control-character", found, remedy)])
    if bad := [
        Diagnostic(
            _place_after(text[: text.index(character)], name),
            "control-character",
            f"the character U+{ord(character):04X} may not stand in a file.",
            "Save the file as UTF-8." if character == "\0" else "Delete it.",
        )
        for character in {match[0] for match in islice(FORBIDDEN.finditer(text), 100_000)}
    ]:
        raise DiagnosticsError(bad)
    try:
        _scan(text, name)
        return _compose(text, name, may_quote=may_quote)
    except yaml.MarkedYAMLError as error:
        # The parser's problem line can quote the file, so a case's words never get further than its place.
        raise DiagnosticsError([_not_yaml(error, name)]) from None


def _place_after(before: str, name: str) -> Location:
    """Return the place right after this much of a file."""
    return Location(name, before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1)


#: What the parser says, and what we say: what was found, what to do.
_PROBLEMS = {
    "mapping values are not allowed": (
        "a colon where no key may stand.",
        "Put words that hold a colon in quotes, or mend the indentation.",
    ),
    "could not find expected ':'": (
        "a line that is no `key: value`.",
        "Add the colon, or indent the line if it belongs to the words above.",
    ),
    "cannot start any token": (
        "a value that begins with a tab, `@`, `%` or a backquote.",
        "Indent with spaces; put such words in quotes.",
    ),
    "unexpected end of stream": ("a quotation mark that is never closed.", "Close it."),
    "unexpected document indicator": ("a quotation mark that is not closed before `---` or `...`.", "Close it."),
    "expected ',' or ']'": ("a `[` that is not closed, or a comma that is missing in it.", "Add `]` or the comma."),
    "expected ',' or '}'": ("a `{` that is not closed, or a comma that is missing in it.", "Add `}` or the comma."),
    "did not find expected key": (
        "here a key should begin, in line with those above.",
        "Mend the indentation; inside '…' an apostrophe is ''.",
    ),
    "alphabetic or numeric character": ("a value that begins with `*`, `&` or `!`.", "Put such words in quotes."),
    "did not find expected '-' indicator": (
        "a line that is no item of the list above it.",
        "Begin it with `- `, or indent it like the item above.",
    ),
    "unknown escape character": (
        'a backslash that means nothing inside "…".',
        "Write two of them, or use '…', where one is plain text.",
    ),
    "invalid Unicode character escape": (
        "an escape (`\\ud83d`) that is half a character.",
        "Write the character itself.",
    ),
    "found a tab character": ("a tab where spaces are wanted.", "Indent with spaces."),
    "block sequence entries are not allowed": (
        "a `- ` where no list may begin.",
        "Begin the list on a line of its own, or put the words in quotes.",
    ),
    "did not find expected node content": (
        "a bracket or a comma where a value is wanted.",
        "Add the value, or put the words in quotes.",
    ),
    "<document start>": ("text after the end of the document.", "Delete the `...` or the text."),
}
_BEGINS_EARLIER = ("unexpected end of stream", "unexpected document indicator", "expected ',' or")


def _not_yaml(error: yaml.MarkedYAMLError, name: str) -> Diagnostic:
    """Return the parser's complaint in our words, at the place where a reader would mend it."""
    problem = error.problem or ""
    mark = error.problem_mark or error.context_mark
    if error.context_mark and any(text in problem for text in _BEGINS_EARLIER):
        mark = error.context_mark  # where the quotation mark or the bracket was opened
    place = Location(name, mark.line + 1, mark.column + 1) if mark else Location(name, 1, 1)
    otherwise = ("this cannot be read as YAML.", "Check indentation, colons and quotes here.")
    found, remedy = next((said for text, said in _PROBLEMS.items() if text in problem), otherwise)
    return Diagnostic(place, "not-yaml", found, remedy)


#: Where a line of YAML ends: also at marks that most editors show inside one.
LINE_ENDS = "\r\n\x85\u2028\u2029"
_LINE = re.compile(f"[^{LINE_ENDS}]*(?:\r\n|[{LINE_ENDS}]|\\Z)")
_COMMENT = re.compile(r"(?<![^ \t])#")


def lines_of(text: str) -> list[str]:
    """Return the lines of a YAML text, each with its ending, cut and counted as the parser does."""
    return [line for line in _LINE.findall(text) if line]


def comments(text: str) -> dict[int, tuple[int, str]]:
    """Return the comments of a YAML text by their line, from 0: the column, from 0, and the words from the # on.

    What begins with # within somebody's words is none.
    """
    said: dict[int, list[tuple[int, int]]] = {}
    for event in yaml.parse(text, Loader=_LOADER):
        start, end = event.start_mark, event.end_mark
        if isinstance(event, yaml.ScalarEvent) and start and end:
            # Block text begins on the line after its mark, beside which a comment may stand: `claim: |  # asked twice`.
            is_block = event.style in ("|", ">")
            for number in range(start.line + is_block, end.line + 1):
                first = start.column if number == start.line else 0
                said.setdefault(number, []).append((first, end.column if number == end.line else sys.maxsize))
    kept = {}
    for number, line in enumerate(lines_of(text)):
        start_of_gap = 0
        for first, last in [*said.get(number, ()), (len(line), len(line))]:
            if mark := _COMMENT.search(line, start_of_gap, first):
                kept[number] = (mark.start(), line[mark.start() :].rstrip(LINE_ENDS))
                break
            start_of_gap = last
    return kept


def _scan(text: str, name: str) -> None:
    """Refuse what would harm while composing: aliases, deep nesting, a second document, tags."""
    mistakes: list[Diagnostic] = []
    depth = documents = parts = 0

    def refuse(place: Location, code: str, found: str, remedy: str) -> None:
        if len(mistakes) < MOST_REFUSED:
            mistakes.append(Diagnostic(place, code, found, remedy))

    for event in yaml.parse(text, Loader=_LOADER):
        mark = event.start_mark
        place = Location(name, mark.line + 1, mark.column + 1) if mark else Location(name)
        if isinstance(event, yaml.AliasEvent):
            refuse(
                place,
                "alias",
                "an alias (`*name`).",
                "Write the value out, or put words that begin with `*` in quotes.",
            )
        elif isinstance(event, yaml.NodeEvent) and event.anchor:
            refuse(place, "alias", "an anchor (`&name`).", "Leave it out, or put words that begin with `&` in quotes.")
        if isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent) and event.tag:
            refuse(place, "tag", "a tag (`!name`).", "Leave it out, or put words that begin with `!` in quotes.")
        if isinstance(event, yaml.NodeEvent):
            parts += 1
            if parts > MAX_PARTS:
                found = f"the file has more than {MAX_PARTS} parts."
                raise DiagnosticsError(
                    [*mistakes, Diagnostic(place, "too-large", found, "Split it into several files.")]
                )
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                found, remedy = (
                    f"nesting deeper than {MAX_DEPTH} levels.",
                    "Close brackets earlier, or name the inner parts.",
                )
                raise DiagnosticsError([*mistakes, Diagnostic(place, "too-deep", found, remedy)])
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        elif isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents == 2:
                refuse(place, "second-document", "a second document (`---`).", "Keep one in a file.")
    if mistakes:
        raise DiagnosticsError(mistakes)


def _compose(text: str, name: str, *, may_quote: bool) -> Document:
    loader = _LOADER(text)
    try:
        root = loader.get_single_node()
    finally:
        loader.dispose()
    places: dict[KeyPath, tuple[int, int]] = {}
    mistakes: list[Diagnostic] = []

    def value_of(node: yaml.Node, path: KeyPath) -> Any:
        places[path] = (node.start_mark.line + 1, node.start_mark.column + 1)
        if isinstance(node, yaml.ScalarNode):
            return resolve_scalar(node)
        if isinstance(node, yaml.SequenceNode):
            return [value_of(child, (*path, index)) for index, child in enumerate(node.value)]
        data: dict[str, Any] = {}
        for key_node, child in node.value:
            mark = key_node.start_mark
            place = Location(name, mark.line + 1, mark.column + 1)
            if not isinstance(key_node, yaml.ScalarNode):
                mistakes.append(
                    Diagnostic(place, "bad-key", "a key that is a list or a mapping.", "Write a plain word.")
                )
                continue
            key = key_node.value
            if key == "<<" and not key_node.style:
                mistakes.append(Diagnostic(place, "alias", "a merge key (`<<`).", "Write the keys out."))
                continue
            if key in data:
                first = places[(*path, key, "<key>")]
                which = f'the key "{shorten(key)}"' if may_quote else "this key"
                found = f"{which} stands twice; the first is on line {first[0]}."
                mistakes.append(Diagnostic(place, "duplicate-key", found, "Delete one of them."))
                continue
            places[(*path, key, "<key>")] = (mark.line + 1, mark.column + 1)
            data[key] = value_of(child, (*path, key))
        return data

    data = None if root is None else value_of(root, ())
    if mistakes:
        raise DiagnosticsError(mistakes)
    return Document(name, data, places, text)


def resolve_scalar(node: yaml.ScalarNode) -> Any:
    """Return a plain `true`, `false`, `null` or number as such and everything else as the text that stands there."""
    text: str = node.value
    if node.style:  # quoted or block text; the C parser gives "" for plain, the Python one None
        return text
    if text in ("true", "false"):
        return text == "true"
    if text in ("", "~", "null"):
        return None
    # A leading zero keeps its place: 010 is text (a case number), not ten and not eight. So does what is too long to be
    # a count of anything: a float would lose its last digits, and 1e999 would become infinity. (Python's own long
    # floats lose nothing, and are numbers.) A whole number is written in one way alone, so that it can name a case;
    # +5 and -0 count as 5.0 and -0.0 do, and name none.
    digits = len(text) - text.startswith(("-", "+"))
    if digits <= MAX_DIGITS and _INTEGER.match(text):
        return int(text)
    if digits <= MAX_FLOAT and _NUMBER.match(text):
        number = float(text)
        if math.isfinite(number) and (digits <= MAX_DIGITS or repr(number) == text):
            return number
    return text
