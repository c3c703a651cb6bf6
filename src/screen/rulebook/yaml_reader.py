"""Read YAML and JSON as plain data, with the location of every value.

PyYAML by itself reads `NO` (Norway) as false and `1e3` as text, silently keeps the last of two equal keys, expands
aliases until memory ends, and its C parser crashes the interpreter on deep nesting. So the events are scanned before
anything is composed, and scalars are resolved here.
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
MAX_FLOAT = 25  # characters; Python writes no float longer than this
MAX_REFUSALS = 10  # aliases and tags that are reported: a file with more may hold thousands
MAX_PARTS = 20_000  # the longest rule file has about 7,500; a list of a million takes a gigabyte
MAX_DEPTH = 40  # the deepest rule is at 14 levels; the C parser crashes near 20,000

KeyPath = tuple[str | int, ...]

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INTEGER = re.compile(r"(?:0|-?[1-9][0-9]*)\Z")
_NUMBER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]{1,3})?\Z")
FORBIDDEN = re.compile("[^\\t\\n\\r\\x20-\\x7e\\x85\\xa0-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Document:
    """The data of a file, with line and column of each value; those of a key stand under its path and `"<key>"`."""

    file: str
    data: Any
    locations: dict[KeyPath, tuple[int, int]]
    text: str

    def location(self, path: KeyPath, *, key: bool = False) -> Location:
        """Return the location of the value at a path, or of its key; without one, of the nearest value around it."""
        if key and (*path, "<key>") in self.locations:
            return Location(self.file, *self.locations[(*path, "<key>")])
        while path and path not in self.locations:
            path = path[:-1]
        return Location(self.file, *self.locations.get(path, (1, 1)))


def parse_document(data: bytes, name: str, *, may_quote: bool = False) -> Document:
    """Return the data of a file and its locations; `name` is the file's name in them. Raises DiagnosticsError.

    With `may_quote` a message may repeat a key. In a case file even a key may be a sentence of somebody's account.
    """
    if len(data) > MAX_BYTES:
        message = f"the file is larger than {MAX_BYTES // 1024 // 1024} MB."
        raise DiagnosticsError([Diagnostic(Location(name), "too-large", message, "Split it into several files.")])
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8-sig", "replace")
        message, hint = "from here on this is not UTF-8 text.", "Save the file as UTF-8."
        raise DiagnosticsError([Diagnostic(_location_after(before, name), "not-utf8", message, hint)]) from None
    if text.startswith("\ufeff"):  # the parser would ignore it, and other programs would not
        message, hint = "a second byte order mark (U+FEFF) begins the file.", "Save the file as UTF-8 with one or none."
        raise DiagnosticsError([Diagnostic(Location(name, 1, 1), "control-character", message, hint)])
    if invalid := [
        Diagnostic(
            _location_after(text[: text.index(character)], name),
            "control-character",
            f"the character U+{ord(character):04X} is not allowed in a file.",
            "Save the file as UTF-8." if character == "\0" else "Delete it.",
        )
        for character in {match[0] for match in islice(FORBIDDEN.finditer(text), 100_000)}
    ]:
        raise DiagnosticsError(invalid)
    try:
        _scan(text, name)
        return _compose(text, name, may_quote=may_quote)
    except yaml.MarkedYAMLError as error:
        # The parser's own message can quote the file: only its place is reported, so that no words of a case are.
        raise DiagnosticsError([_not_yaml(error, name)]) from None


def _location_after(before: str, name: str) -> Location:
    """Return the location right after this much of a file."""
    return Location(name, before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1)


#: What the parser says, and what we say instead: message and hint.
_PROBLEMS = {
    "mapping values are not allowed": (
        "a colon where no key is allowed.",
        "Put words that hold a colon in quotes, or correct the indentation.",
    ),
    "could not find expected ':'": (
        "a line that is not `key: value`.",
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
        "a key should begin here, in line with those above.",
        "Correct the indentation; inside '…' an apostrophe is ''.",
    ),
    "alphabetic or numeric character": ("a value that begins with `*`, `&` or `!`.", "Put such words in quotes."),
    "did not find expected '-' indicator": (
        "a line that is not an item of the list above it.",
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
    "found a tab character": ("a tab where spaces are expected.", "Indent with spaces."),
    "block sequence entries are not allowed": (
        "a `- ` where no list can begin.",
        "Begin the list on a line of its own, or put the words in quotes.",
    ),
    "did not find expected node content": (
        "a bracket or a comma where a value is expected.",
        "Add the value, or put the words in quotes.",
    ),
    "<document start>": ("text after the end of the document.", "Delete the `...` or the text."),
}
_MARKED_AT_START = ("unexpected end of stream", "unexpected document indicator", "expected ',' or")


def _not_yaml(error: yaml.MarkedYAMLError, name: str) -> Diagnostic:
    """Return the parser's complaint in our words, at the place where a reader would correct it."""
    problem = error.problem or ""
    mark = error.problem_mark or error.context_mark
    if error.context_mark and any(text in problem for text in _MARKED_AT_START):
        mark = error.context_mark  # where the quotation mark or the bracket was opened
    location = Location(name, mark.line + 1, mark.column + 1) if mark else Location(name, 1, 1)
    otherwise = ("this cannot be read as YAML.", "Check indentation, colons and quotes here.")
    message, hint = next((words for text, words in _PROBLEMS.items() if text in problem), otherwise)
    return Diagnostic(location, "not-yaml", message, hint)


#: Where a line of YAML ends: also at characters that most editors show inside a line.
LINE_ENDS = "\r\n\x85\u2028\u2029"
_LINE = re.compile(f"[^{LINE_ENDS}]*(?:\r\n|[{LINE_ENDS}]|\\Z)")
_COMMENT = re.compile(r"(?<![^ \t])#")


def lines_of(text: str) -> list[str]:
    """Return the lines of a YAML text, each with its line end, as the parser counts them."""
    return [line for line in _LINE.findall(text) if line]


def comments(text: str) -> dict[int, tuple[int, str]]:
    """Return the comments of a YAML text by their line, from 0: the column, from 0, and the text from the # on.

    A # inside a value, such as a witness's words, begins no comment.
    """
    values: dict[int, list[tuple[int, int]]] = {}  # by line, the columns that values take
    for event in yaml.parse(text, Loader=_LOADER):
        start, end = event.start_mark, event.end_mark
        if isinstance(event, yaml.ScalarEvent) and start and end:
            # Block text begins on the line after its mark, beside which a comment may stand: `claim: |  # asked twice`.
            is_block = event.style in ("|", ">")
            for number in range(start.line + is_block, end.line + 1):
                first = start.column if number == start.line else 0
                values.setdefault(number, []).append((first, end.column if number == end.line else sys.maxsize))
    result = {}
    for number, line in enumerate(lines_of(text)):
        gap_start = 0
        for first, last in [*values.get(number, ()), (len(line), len(line))]:
            if mark := _COMMENT.search(line, gap_start, first):
                result[number] = (mark.start(), line[mark.start() :].rstrip(LINE_ENDS))
                break
            gap_start = last
    return result


def _scan(text: str, name: str) -> None:
    """Refuse what would do harm in composing: aliases, deep nesting, a second document, tags."""
    diagnostics: list[Diagnostic] = []
    depth = documents = parts = 0

    def refuse(location: Location, code: str, message: str, hint: str) -> None:
        if len(diagnostics) < MAX_REFUSALS:
            diagnostics.append(Diagnostic(location, code, message, hint))

    for event in yaml.parse(text, Loader=_LOADER):
        mark = event.start_mark
        location = Location(name, mark.line + 1, mark.column + 1) if mark else Location(name)
        if isinstance(event, yaml.AliasEvent):
            hint = "Write the value out, or put words that begin with `*` in quotes."
            refuse(location, "alias", "an alias (`*name`).", hint)
        elif isinstance(event, yaml.NodeEvent) and event.anchor:
            hint = "Delete it, or put words that begin with `&` in quotes."
            refuse(location, "alias", "an anchor (`&name`).", hint)
        if isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent) and event.tag:
            refuse(location, "tag", "a tag (`!name`).", "Delete it, or put words that begin with `!` in quotes.")
        if isinstance(event, yaml.NodeEvent):
            parts += 1
            if parts > MAX_PARTS:
                message = f"the file has more than {MAX_PARTS} parts."
                too_large = Diagnostic(location, "too-large", message, "Split it into several files.")
                raise DiagnosticsError([*diagnostics, too_large])
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                message = f"nesting deeper than {MAX_DEPTH} levels."
                too_deep = Diagnostic(location, "too-deep", message, "Close brackets earlier, or name the inner parts.")
                raise DiagnosticsError([*diagnostics, too_deep])
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        elif isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents == 2:
                refuse(location, "second-document", "a second document (`---`).", "Keep one in a file.")
    if diagnostics:
        raise DiagnosticsError(diagnostics)


def _compose(text: str, name: str, *, may_quote: bool) -> Document:
    loader = _LOADER(text)
    try:
        root = loader.get_single_node()
    finally:
        loader.dispose()
    locations: dict[KeyPath, tuple[int, int]] = {}
    diagnostics: list[Diagnostic] = []

    def value_of(node: yaml.Node, path: KeyPath) -> Any:
        locations[path] = (node.start_mark.line + 1, node.start_mark.column + 1)
        if isinstance(node, yaml.ScalarNode):
            return resolve_scalar(node)
        if isinstance(node, yaml.SequenceNode):
            return [value_of(child, (*path, index)) for index, child in enumerate(node.value)]
        data: dict[str, Any] = {}
        for key_node, child in node.value:
            mark = key_node.start_mark
            location = Location(name, mark.line + 1, mark.column + 1)
            if not isinstance(key_node, yaml.ScalarNode):
                message = "a key that is a list or a mapping."
                diagnostics.append(Diagnostic(location, "bad-key", message, "Write a plain word."))
                continue
            key = key_node.value
            if key == "<<" and not key_node.style:
                diagnostics.append(Diagnostic(location, "alias", "a merge key (`<<`).", "Write the keys out."))
                continue
            if key in data:
                first = locations[(*path, key, "<key>")]
                which = f'the key "{shorten(key)}"' if may_quote else "this key"
                message = f"{which} appears twice; the first is on line {first[0]}."
                diagnostics.append(Diagnostic(location, "duplicate-key", message, "Delete one of them."))
                continue
            locations[(*path, key, "<key>")] = (mark.line + 1, mark.column + 1)
            data[key] = value_of(child, (*path, key))
        return data

    data = None if root is None else value_of(root, ())
    if diagnostics:
        raise DiagnosticsError(diagnostics)
    return Document(name, data, locations, text)


def resolve_scalar(node: yaml.ScalarNode) -> Any:
    """Return a plain `true`, `false`, `null` or number as such, and everything else as text."""
    text: str = node.value
    if node.style:  # quoted or block text; the C parser gives "" for plain, the Python one None
        return text
    if text in ("true", "false"):
        return text == "true"
    if text in ("", "~", "null"):
        return None
    # 010 stays text (a case number), neither ten nor eight. So does what is too long to count anything: a float would
    # lose its last digits, and 1e999 would become infinity. Long floats as Python writes them lose nothing. An
    # integer has one spelling, so that it can name a case: +5 and -0 are floats, as 5.0 and -0.0 are, and name none.
    digits = len(text) - text.startswith(("-", "+"))
    if digits <= MAX_DIGITS and _INTEGER.match(text):
        return int(text)
    if digits <= MAX_FLOAT and _NUMBER.match(text):
        number = float(text)
        if math.isfinite(number) and (digits <= MAX_DIGITS or repr(number) == text):
            return number
    return text
