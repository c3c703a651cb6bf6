"""Bytes in, broken bytes out: what goes wrong with files on their way, and what somebody unkind writes into them."""

from __future__ import annotations

import codecs
import random
from collections.abc import Callable, Sequence

#: Values that readers of YAML, JSON, CSV, numbers, days, text and screens have tripped over.
WORDS: tuple[bytes, ...] = tuple(
    word if isinstance(word, bytes) else word.encode()
    for word in (
        # YAML that is more than a value
        "!!python/object/apply:os.system ['id']", "!!binary aGk=", "!foo x", "&a x", "*a", "<<: {age: 3}", "? [a]\n: b",
        "<<: x", "|\n  a\n b", ">-\n\n\n  x", "'a\n\n b'", "# c", "--- x", "...", "---", "%YAML 1.1\n---\n",
        "%TAG ! tag:x,2000:\n---\n", "\t", "\tx: y", "- a", "-", "a: b: c", "@x", "`x`", "x #y", "x: #y", ", ,",
        # yes, no, nothing
        "yes", "no", "Yes", "NO", "true", "false", "null", "~", "on", "off", "y", "n", "unknown", "Unknown", "''", '""',
        "[]", "{}", "[yes]", "[[]]",
        # numbers
        "0", "-0", "1", "-1", "0.0", "-0.0", "1e0", "1e3", "1e308", "1e309", "1e-400", "nan", ".nan", ".inf", "-.inf",
        "Infinity", "NaN", "0x10", "0o17", "010", "1_000", "190:20:30", "999999999999999", "9" * 16, "9" * 400,
        "0." + "3" * 40, "1.0000000000000001", "٢٠٢٢-٠٦-٢٨", "\uff11\uff12",
        # days
        "0001-01-01", "9999-12-31", "0000-00-00", "2022-02-30", "2022-13-01", "2022-6-28", "2022-06-28T00:00:00Z",
        "20220628", "+2022-06-28", "2022-W01-1",
        # countries
        "KP", "kp", "XX", "ZZ",
        # letters that hide, turn, steer or are none
        "\u202etxt", "\u2028", "\u2029", "\u0085", "\u00a0", "\ufeff", "\u200b", "\u3164", "\U000e0041", "e\u0301" * 20,
        "\U0001f468\u200d\U0001f469", b"\xed\xa0\x80", b"\xff", b"\xc0\x80", b"\xf4\x90\x80\x80", b"\0", b"\x1b[2J",
        b"\x9b2J", b"\x7f", b"\x08", b"\r", b"\r\n", b"\n\r", '"\\ud83d"', '"\\ud83d\\ude00"', '"\\e[2J"', '"\\x9b"',
        '"\\0"', '"\\u202e"',
        # formulas, markup, templates, paths
        "=1+1", "@SUM(1)", "-cmd|' /C calc'!A0", "<script>alert(1)</script>", "{{7*7}}", "${7*7}", "%(a)s", "%s%n",
        "{0.__class__}", "../../x",
    )
)  # fmt: skip

_LINE_ENDS = (b"\r\n", b"\r", "\u2028".encode(), "\u0085".encode(), b"\n\n", b"\n\t")
_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\0\0\xfe\xff", b"\xef\xbb\xbf\xef\xbb\xbf")
_ENCODINGS = ("utf-16", "utf-16-le", "utf-32", "cp1252", "utf-7")

Mutation = Callable[[bytes, random.Random], bytes]


def mutated(data: bytes, chance: random.Random, others: Sequence[bytes] = ()) -> bytes:
    """Return data changed in one to four ways; `others` are files that pieces may come from."""
    for _ in range(chance.choice((1, 1, 1, 2, 2, 3, 4))):
        if others and chance.random() < 0.05:
            data = _end_of_another(data, chance, others)
        else:
            data = chance.choices(_MUTATIONS, _WEIGHTS)[0](data, chance)
    return data


def _flip_a_bit(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data) or 1)
    return data[:at] + bytes(byte ^ 1 << chance.randrange(8) for byte in data[at : at + 1]) + data[at + 1 :]


def _change_a_byte(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data) or 1)
    return data[:at] + bytes([chance.randrange(256)]) + data[at + 1 :]


def _cut_off(data: bytes, chance: random.Random) -> bytes:
    return data[: chance.randrange(len(data) + 1)]


def _take_out(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data) + 1)
    return data[:at] + data[at + chance.choice((1, 2, 5, 20, 200)) :]


def _put_a_word_in(data: bytes, chance: random.Random) -> bytes:
    return _put_in(data, chance.choice(WORDS), chance)


def _put_bytes_in(data: bytes, chance: random.Random) -> bytes:
    return _put_in(data, chance.randbytes(chance.randrange(1, 6)), chance)


def _repeat_a_stretch(data: bytes, chance: random.Random) -> bytes:
    begin = chance.randrange(len(data) + 1)
    return _put_in(data, data[begin : begin + chance.choice((5, 50, 500))], chance)


def _put_something_long_in(data: bytes, chance: random.Random) -> bytes:
    count = chance.choice((100, 1_000, 70_000, 1_000_000))
    word = chance.choice((b"a", b"[", b"- ", b"9", "é".encode(), b"x ", b"#", b"\n", b"'", b" ", b"\\", b"{a: "))
    return _put_in(data, word * min(count, 50_000 if word == b"{a: " else count), chance)


def _put_in(data: bytes, piece: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data) + 1)
    return data[:at] + piece + data[at:]


def _change_a_value(data: bytes, chance: random.Random) -> bytes:
    """Change the value of a `name: value` line, or a cell of a line with commas."""
    lines = data.split(b"\n")
    at = chance.randrange(len(lines))
    if b":" in lines[at]:
        lines[at] = lines[at].split(b":", 1)[0] + b": " + chance.choice(WORDS)
    else:
        cells = lines[at].split(b",")
        cells[chance.randrange(len(cells))] = chance.choice(WORDS)
        lines[at] = b",".join(cells)
    return b"\n".join(lines)


def _change_a_name(data: bytes, chance: random.Random) -> bytes:
    lines = data.split(b"\n")
    at = chance.randrange(len(lines))
    if b":" in lines[at]:
        name, value = lines[at].split(b":", 1)
        lines[at] = name[: len(name) - len(name.lstrip())] + chance.choice(WORDS) + b":" + value
    return b"\n".join(lines)


def _change_an_indentation(data: bytes, chance: random.Random) -> bytes:
    lines = data.split(b"\n")
    at = chance.randrange(len(lines))
    lines[at] = b" " * chance.randrange(9) + lines[at].lstrip()
    return b"\n".join(lines)


def _swap_lines(data: bytes, chance: random.Random) -> bytes:
    lines = data.split(b"\n")
    first, second = chance.randrange(len(lines)), chance.randrange(len(lines))
    lines[first], lines[second] = lines[second], lines[first]
    return b"\n".join(lines)


def _change_line_ends(data: bytes, chance: random.Random) -> bytes:
    return data.replace(b"\n", chance.choice(_LINE_ENDS), chance.choice((1, 5, -1)))


def _put_a_mark_first(data: bytes, chance: random.Random) -> bytes:
    return chance.choice(_MARKS) + data


def _encode_otherwise(data: bytes, chance: random.Random) -> bytes:
    try:
        return codecs.encode(data.decode(), chance.choice(_ENCODINGS))
    except UnicodeError:
        return data


def _end_of_another(data: bytes, chance: random.Random, others: Sequence[bytes]) -> bytes:
    other = chance.choice(others)
    return data[: chance.randrange(len(data) + 1)] + other[chance.randrange(len(other) + 1) :]


_MUTATIONS: tuple[Mutation, ...] = (
    _change_a_value, _flip_a_bit, _change_a_byte, _cut_off, _take_out, _put_a_word_in, _put_bytes_in, _repeat_a_stretch,
    _change_a_name, _change_an_indentation, _swap_lines, _change_line_ends, _put_a_mark_first, _encode_otherwise,
    _put_something_long_in,
)  # fmt: skip
#: Most of what is wrong in a file is a value; a megabyte of brackets costs more than it shows.
_WEIGHTS = (5.0,) + (1.0,) * 12 + (0.3, 0.15)
