"""Text into plain data in a hurry, without places.

In: the bytes of a YAML or JSON file. Out: the very data that `reader` would give, or None wherever that is not sure: a
mistake, a tag, an alias, an odd byte, a file that is large or deep. `reader` then says what is the matter, and where.
A folder of twenty thousand case files is read here; one case file, and every rule file, is read there.

What takes the time in PyYAML is finding out, in Python, which kind of scalar each word is, and making places. Here the
C parser composes nodes without asking, and a word is looked at once, when it is used.
"""

from __future__ import annotations

import json
import re
from typing import Any

import yaml

from screen.rulebook.yaml_reader import FORBIDDEN, MAX_DIGITS, resolve_scalar

MAX_BYTES = 64 * 1024  # a case file is a few kilobytes; the C parser's stack is safe for whatever fits in this …
MAX_DEPTH = 500  # … and opens no more than so many brackets, or items and keys on one line

_ODD = re.compile(r"(?:^|[\s,\[\]{}:?-])[&*!]", re.MULTILINE)  # where an anchor, an alias or a tag may begin
_PLAIN = bytes((9, 10, 13, *range(0x20, 0x7F)))  # of ASCII all that `FORBIDDEN` lets stand
_DEEPER = re.compile(r"[\[{]|[-?:][ \t]")
_AS_IT_IS = "as-it-is"
_SCALAR, _SEQUENCE, _MAPPING = yaml.ScalarNode, yaml.SequenceNode, yaml.MappingNode
_Parser: Any = getattr(getattr(yaml, "cyaml", None), "CParser", None)


class _NotSure(Exception):
    """The quick reader leaves this to the one that knows places."""


class _Quick:
    """What a parser asks of its loader, answered at once: no scalar is resolved, no constructor is needed."""

    # `format` of a text without places is that text, whatever it is given: an answer that C gives to C, for each node.
    resolve = _AS_IT_IS.format
    descend_resolver = ascend_resolver = "".format


_LOADER: Any = type("_Loader", (_Parser, _Quick), {}) if _Parser is not None else None


def fast_yaml(data: bytes) -> Any:
    """Return what a YAML text says as plain data, or None where the slow reader is to look at it."""
    text = _text(data)
    if text is None or _LOADER is None or _is_odd(text) or _may_be_deep(text):
        return None
    loader = _LOADER(text)
    try:
        root = loader.get_single_node()
        return None if root is None else _value(root)
    except (yaml.YAMLError, _NotSure):
        return None
    finally:
        loader.dispose()


def _is_odd(text: str) -> bool:
    """Tell whether there may be an anchor, an alias or a tag; most texts have not even one of their marks."""
    return ("&" in text or "*" in text or "!" in text) and _ODD.search(text) is not None


def _may_be_deep(text: str) -> bool:
    brackets = text.count("[") + text.count("{")
    if brackets > MAX_DEPTH:
        return True
    if brackets + text.count(" ") + text.count("\t") > 4 * MAX_DEPTH and len(_DEEPER.findall(text)) > 4 * MAX_DEPTH:
        return True
    return text.count("- ") + text.count("? ") > MAX_DEPTH and any(
        line.count("- ") + line.count("? ") > MAX_DEPTH for line in text.split("\n")
    )


def fast_json(data: bytes) -> Any:
    """Return what a JSON text says as plain data, or None where the slow reader is to look at it."""
    text = _text(data)
    if text is None or text.count("[") + text.count("{") > MAX_DEPTH:
        return None
    if "\\u" in text or "\t" in text:  # YAML, as which `reader` reads JSON, takes these otherwise
        return None
    try:
        return json.loads(text, object_pairs_hook=_once, parse_constant=_refuse, parse_int=_whole, parse_float=_refuse)
    except (ValueError, _NotSure):
        return None


def _text(data: bytes) -> str | None:
    if len(data) > MAX_BYTES:
        return None
    if data.isascii():
        return None if data.translate(None, _PLAIN) else data.decode("ascii")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    return None if text.startswith("\ufeff") or FORBIDDEN.search(text) else text


def _value(node: Any) -> Any:
    kind = type(node)
    if kind is _SCALAR:
        return node.value if node.style else resolve_scalar(node)
    if kind is _SEQUENCE:
        return [_value(child) for child in node.value]
    data: dict[str, Any] = {}
    for key_node, child in node.value:
        if type(key_node) is not _SCALAR:
            raise _NotSure
        key = key_node.value
        if key in data or key == "<<":
            raise _NotSure
        data[key] = _value(child)
    return data


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    data = dict(pairs)
    if len(data) != len(pairs):
        raise _NotSure
    return data


def _refuse(text: str) -> Any:
    raise _NotSure


def _whole(text: str) -> int:
    if len(text) > MAX_DIGITS or text == "-0":
        raise _NotSure
    return int(text)
