"""Compressed text as plain bytes, up to where the file is damaged or breaks off.

In: a file compressed with gzip or zstd. Out: its bytes, and whether they end because the file is broken. Left alone:
what the text says.
"""

from __future__ import annotations

import gzip
import zlib
from typing import Any, Protocol

_PIECE = 64 * 1024


class ByteReader(Protocol):
    """What text is read from."""

    def read(self, size: int, /) -> bytes:
        """Return this many bytes, fewer only at the end."""
        ...

    def __enter__(self) -> Any: ...

    def __exit__(self, *_: object) -> None: ...


def open_decompressed(file: Any, compression: str) -> DecompressingReader:
    """Return the content of a compressed file, from its beginning."""
    if compression == "gzip":
        return DecompressingReader(file, gzip.GzipFile(fileobj=file), (EOFError, gzip.BadGzipFile, zlib.error))
    import pyarrow as pa  # `rsd batch` names its sources and outputs before anything large is loaded

    return DecompressingReader(file, pa.CompressedInputStream(file, compression), (OSError,))


class DecompressingReader:
    """Bytes as they are decompressed. After the last of them `broken` says whether the file ended too early."""

    def __init__(self, file: Any, stream: Any, errors: tuple[type[Exception], ...]) -> None:
        self.file, self.stream, self.errors = file, stream, errors
        self.broken = False

    def __enter__(self) -> DecompressingReader:
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()

    def read(self, size: int) -> bytes:
        """Return this many bytes, fewer only at the end or before damage."""
        pieces: list[bytes] = []
        missing = size
        while missing and not self.broken:
            try:  # `read1` gives what could be decompressed before it raises; `read` would lose up to its whole size
                piece = self.stream.read1(min(missing, _PIECE))
            except self.errors:
                self.broken = True
                break
            if not piece:
                break
            pieces.append(piece)
            missing -= len(piece)
        return b"".join(pieces)
