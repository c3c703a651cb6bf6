"""YAML and JSON text into plain data without locations: a second reader, for folders of many case files.

In: the bytes of a file. Out: the same data that `yaml_reader` gives, or None wherever that is in doubt: a syntax
error, a tag, an alias, a duplicate key, an odd byte, a file that is large or deeply nested. The caller then asks
`yaml_reader`, which says what is wrong and where. Rule files and single case files are never read here.

Most of PyYAML's time goes into resolving each scalar in Python and into making locations. Here the C parser composes
nodes without resolving them, and a scalar is resolved once, when it is used. What that saves was measured:
`docs/decisions/0014-what-stays-of-our-own-readers.md`.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

from screen.rulebook.yaml_reader import FORBIDDEN, resolve_scalar

# A case file is a few kilobytes. The C parser's stack is safe for whatever fits into this size and opens no more than
# so many brackets, or items and keys on one line.
MAX_BYTES = 64 * 1024
MAX_DEPTH = 500

_ANCHOR_OR_TAG = re.compile(r"(?:^|[\s,\[\]{}:?-])[&*!]", re.MULTILINE)
_ALLOWED_ASCII = bytes((9, 10, 13, *range(0x20, 0x7F)))  # the ASCII characters that `FORBIDDEN` lets stand
_OPENING = re.compile(r"[\[{]|[-?:][ \t]")
_SCALAR, _SEQUENCE = yaml.ScalarNode, yaml.SequenceNode
_Parser: Any = getattr(getattr(yaml, "cyaml", None), "CParser", None)


class _DoubtfulError(Exception):
    """This text is left to the reader that knows locations."""


class _NoResolver:
    """The methods that the C parser calls for each node, without resolving anything."""

    # `format` of a text without placeholders returns that text for any arguments, and runs in C.
    resolve = "unresolved".format
    descend_resolver = ascend_resolver = "".format


_Loader: Any = type("_Loader", (_Parser, _NoResolver), {}) if _Parser is not None else None


def fast_yaml(data: bytes) -> Any:
    """Return what YAML or JSON text says as plain data, or None where `yaml_reader` has to look at it."""
    text = _decode(data)
    if text is None or _Loader is None or _may_have_anchor_or_tag(text) or _may_be_deep(text):
        return None
    loader = _Loader(text)
    try:
        root = loader.get_single_node()
        return None if root is None else _construct(root)
    except (yaml.YAMLError, _DoubtfulError):
        return None
    finally:
        loader.dispose()


def _decode(data: bytes) -> str | None:
    if len(data) > MAX_BYTES:
        return None
    if data.isascii():
        return None if data.translate(None, _ALLOWED_ASCII) else data.decode("ascii")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    return None if text.startswith("\ufeff") or FORBIDDEN.search(text) else text


def _may_have_anchor_or_tag(text: str) -> bool:
    # Most texts have none of these characters, and looking for them first is quicker.
    return ("&" in text or "*" in text or "!" in text) and _ANCHOR_OR_TAG.search(text) is not None


def _may_be_deep(text: str) -> bool:
    brackets = text.count("[") + text.count("{")
    if brackets > MAX_DEPTH:
        return True
    if brackets + text.count(" ") + text.count("\t") > 4 * MAX_DEPTH and len(_OPENING.findall(text)) > 4 * MAX_DEPTH:
        return True
    return text.count("- ") + text.count("? ") > MAX_DEPTH and any(
        line.count("- ") + line.count("? ") > MAX_DEPTH for line in text.split("\n")
    )


def _construct(node: Any) -> Any:
    node_type = type(node)
    if node_type is _SCALAR:
        return node.value if node.style else resolve_scalar(node)
    if node_type is _SEQUENCE:
        return [_construct(child) for child in node.value]
    data: dict[str, Any] = {}
    for key_node, child in node.value:
        if type(key_node) is not _SCALAR:
            raise _DoubtfulError
        key = key_node.value
        if key in data or key == "<<":
            raise _DoubtfulError
        data[key] = _construct(child)
    return data
