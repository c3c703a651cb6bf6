"""The footer of a Parquet file, taken apart and put together again.

In: bytes of Thrift's compact protocol. Out: the same as plain Python values, and bytes again. A struct is a dict from a
field's number to its type and value, so that what is not understood here is kept as it is.
"""

from __future__ import annotations

from typing import Any

TRUE, FALSE, BYTE, I16, I32, I64, DOUBLE, BINARY, LIST, SET, MAP, STRUCT = range(1, 13)
Struct = dict[int, tuple[int, Any]]


class _Source:
    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def byte(self) -> int:
        self.at += 1
        return self.data[self.at - 1]

    def varint(self) -> int:
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7

    def zigzag(self) -> int:
        value = self.varint()
        return (value >> 1) ^ -(value & 1)

    def value(self, kind: int, *, inside: bool = False) -> Any:
        if kind in (TRUE, FALSE):
            return self.byte() == TRUE if inside else kind == TRUE
        if kind == BYTE:
            return self.byte()
        if kind in (I16, I32, I64):
            return self.zigzag()
        if kind == DOUBLE:
            self.at += 8
            return self.data[self.at - 8 : self.at]
        if kind == BINARY:
            size = self.varint()
            self.at += size
            return self.data[self.at - size : self.at]
        if kind in (LIST, SET):
            head = self.byte()
            size, of = head >> 4, head & 0x0F
            size = self.varint() if size == 15 else size
            return of, [self.value(of, inside=True) for _ in range(size)]
        if kind == STRUCT:
            return self.struct()
        raise ValueError("a footer holds no maps")

    def struct(self) -> Struct:
        fields: Struct = {}
        number = 0
        while head := self.byte():
            number = number + (head >> 4) if head >> 4 else self.zigzag()
            kind = head & 0x0F
            value = self.value(kind)
            fields[number] = (TRUE if kind == FALSE else kind, value)
        return fields


def parsed(data: bytes) -> Struct:
    """Return the struct that these bytes hold."""
    return _Source(data).struct()


def _varint(value: int) -> bytes:
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _zigzag(value: int) -> bytes:
    return _varint(value << 1 if value >= 0 else (-value << 1) - 1)


def _written(kind: int, value: Any, out: bytearray) -> None:
    if kind in (TRUE, FALSE):
        out.append(TRUE if value else FALSE)
    elif kind == BYTE:
        out.append(value)
    elif kind in (I16, I32, I64):
        out += _zigzag(value)
    elif kind == DOUBLE:
        out += value
    elif kind == BINARY:
        out += _varint(len(value)) + value
    elif kind in (LIST, SET):
        of, items = value
        out += bytes([len(items) << 4 | of]) if len(items) < 15 else bytes([0xF0 | of]) + _varint(len(items))
        for item in items:
            _written(of, item, out)
    elif kind == STRUCT:
        _struct(value, out)
    else:
        raise ValueError("a footer holds no maps")


def _struct(fields: Struct, out: bytearray) -> None:
    before = 0
    for number in sorted(fields):
        kind, value = fields[number]
        marked = kind if kind != TRUE else TRUE if value else FALSE
        step = number - before
        out += bytes([step << 4 | marked]) if 0 < step < 16 else bytes([marked]) + _zigzag(number)
        before = number
        if kind != TRUE:
            _written(kind, value, out)
    out.append(0)


def written(fields: Struct) -> bytes:
    """Return the bytes of a struct: the opposite of `parsed`."""
    out = bytearray()
    _struct(fields, out)
    return bytes(out)
