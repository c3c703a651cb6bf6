"""Packed text as it was before it was packed, as far as it can be had.

In: a file packed by gzip or zstd. Out: its bytes up to where it is damaged or breaks off, and whether it does. Left
alone: what the text says.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Any, Protocol

_PIECE = 64 * 1024


class ByteReader(Protocol):
    """What text is read from."""

    def read(self, size: int, /) -> bytes:
        """Return so many bytes, fewer only at the end."""
        ...

    def __enter__(self) -> Any: ...

    def __exit__(self, *_: object) -> None: ...


def open_decompressed(file: Any, packed: str) -> DecompressingReader:
    """Return a packed file that can be sought in as the bytes that it holds."""
    return DecompressingReader(file, _gzip(file) if packed == "gzip" else _zstd(file))


class DecompressingReader:
    """Bytes unpacked piece by piece; `broken` tells, once they have come to an end, that it is not theirs."""

    def __init__(self, file: Any, pieces: Iterator[bytes]) -> None:
        self.file, self.pieces = file, pieces
        self.rest, self.broken = b"", False

    def __enter__(self) -> DecompressingReader:
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()

    def read(self, size: int) -> bytes:
        """Return so many bytes, fewer only at the end or before a break."""
        held, some = [self.rest], len(self.rest)
        try:
            while some < size and (piece := next(self.pieces, None)) is not None:
                held.append(piece)
                some += len(piece)
        except _Broken:
            self.broken = True
        data = b"".join(held)
        self.rest = data[size:]
        return data[:size]


class _Broken(Exception):
    """A packed file is damaged here, or breaks off."""


def _gzip(file: Any) -> Iterator[bytes]:
    """Yield what gzip packed, member after member; zeros may follow, as tapes leave them."""
    data = file.read(_PIECE)
    if not data:
        raise _Broken
    while data:
        packed = zlib.decompressobj(16 + zlib.MAX_WBITS)
        while not packed.eof:
            if not data:
                raise _Broken
            before = packed.copy()
            try:
                yield packed.decompress(data)
            except zlib.error:
                yield from _byte_by_byte(before, data)
                raise _Broken from None
            data = packed.unused_data if packed.eof else file.read(_PIECE)
        while not (data := data.lstrip(b"\0")):
            if not (data := file.read(_PIECE)):
                return


def _byte_by_byte(packed: Any, data: bytes) -> Iterator[bytes]:
    """Yield what can be had of packed bytes that are damaged somewhere."""
    try:
        for at in range(len(data)):
            yield packed.decompress(data[at : at + 1])
    except zlib.error:
        return


def _zstd(file: Any) -> Iterator[bytes]:
    import pyarrow as pa

    given = 0
    try:
        stream = pa.CompressedInputStream(file, "zstd")
        while piece := stream.read(_PIECE):
            given += len(piece)
            yield piece
    except OSError:
        # What stood before the break in the last piece is lost to Arrow, so that it is asked again for less at a time.
        file.seek(0)
        try:
            again = pa.CompressedInputStream(file, "zstd")  # the first one closes the file when it goes
            while given:
                given -= len(again.read(min(given, _PIECE)))
            while byte := again.read(1):
                yield byte
        except OSError:
            pass
        raise _Broken from None
