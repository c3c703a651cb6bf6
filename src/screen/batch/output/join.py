"""The outputs of several runs joined: the shards of one caseload, scored on several machines.

Outputs of `rsd batch` come in; a single output with the same columns comes out, complete or not at all, with the rows
in the order in which the outputs were named. A case whose name occurs twice is a reject and written once: no shard
could know of the other. The findings themselves are not checked against the law.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl

from screen.batch.cells import ID
from screen.batch.findings_schema import BOOK, LAW, PRIORITY, PROGRAM, RECOMMENDATION, base_name
from screen.batch.input.chunks import Chunk, read_chunks
from screen.batch.input.duplicates import DuplicateFilter
from screen.batch.input.rejects import duplicate_reject, to_json_lines
from screen.batch.input.sources import CaseSource
from screen.batch.options import ProgressCallback
from screen.batch.output.checkpoint import Checkpoint, Part
from screen.batch.output.findings_reader import FindingsReader
from screen.batch.output.formats import OutputFormat, output_format
from screen.batch.output.preflight import OutputGuard
from screen.batch.summary import RunSummary, summarize
from screen.diagnostics import Diagnostic, DiagnosticsError, Location
from screen.rulebook.model import RuleBook
from screen.version import VERSION

_HINT = "Join the shards of one run."


def join_findings(
    book: RuleBook,
    shards: Sequence[CaseSource],
    out: Path,
    rejects: Path,
    on_progress: ProgressCallback,
    *,
    overwrite: bool = False,
) -> RunSummary:
    """Join shards and return the summary, counted from their rows. With `overwrite` an existing output is replaced.

    Raises DiagnosticsError where the shards do not have the same law and columns, or where one holds what no run
    writes; nothing is written then.
    """
    out_format = output_format(out.name)
    if mistakes := [_other_format(shard, out_format) for shard in shards if shard.format != out_format.name]:
        raise DiagnosticsError(mistakes)
    plan = {"program": VERSION, "polars": pl.__version__, "join": [shard.fingerprint() for shard in shards]}
    with Checkpoint(out, plan, rejects, OutputGuard(book.facts, shards, overwrite), out_format) as checkpoint:
        try:
            duplicates = DuplicateFilter()
            for index, chunk, table in _read_same_law(shards, FindingsReader(book)):
                _add(checkpoint, index, chunk, table, duplicates, book)
                on_progress(checkpoint.tally.read, checkpoint.tally.rejected, checkpoint.tally.bytes)
        except DiagnosticsError:
            checkpoint.mark_stopped()
            raise
        summary = summarize(checkpoint.tally)
        checkpoint.finish()
        return summary


def _read_same_law(shards: Iterable[CaseSource], reader: FindingsReader) -> Iterator[tuple[int, Chunk, pl.DataFrame]]:
    """Yield the shards chunk by chunk, each with the index of its shard. Raises DiagnosticsError where runs differ."""
    schema, law = None, dict[str, Any]()
    for index, shard in enumerate(shards):
        for chunk in read_chunks(shard, lambda _: True):
            table = reader.read(chunk)
            schema = table.schema if schema is None else schema
            if list(table.schema) != list(schema) or (shard.format == "parquet" and table.schema != schema):
                message = "its columns are not those of the first shard."
                raise DiagnosticsError([Diagnostic(Location(shard.name), "other-columns", message, _HINT)])
            for name in {LAW, BOOK, PROGRAM} & set(table.columns):
                values = table[name].cast(pl.String).unique().to_list()
                if values and values != [law.setdefault(name, values[0])]:
                    message = f"its {name} is not that of the first shard."
                    raise DiagnosticsError([Diagnostic(Location(shard.name), "other-law", message, _HINT)])
            yield index, chunk, table


def _add(
    checkpoint: Checkpoint, index: int, chunk: Chunk, table: pl.DataFrame, duplicates: DuplicateFilter, book: RuleBook
) -> None:
    """Add a chunk of a shard, without the cases whose names occurred before."""
    is_duplicate, _ = duplicates.check_and_add(table[ID])
    before = checkpoint.tally.read_by_source[index]
    rejects = [
        replace(duplicate_reject(chunk.source.name, row + 1, None), row=before + row + 1)
        for row in is_duplicate.arg_true()
    ]
    kept = table.filter(~is_duplicate)
    rows = checkpoint.out_format.encode_part(kept, first=not checkpoint.tally.parts)
    counts: Mapping[str, Any] = {
        "source": index,
        "read": table.height,
        "scored": kept.height,
        "rejected": len(rejects),
        "bytes": chunk.size,
        "codes": {"duplicate-id": len(rejects)} if rejects else {},
        "counts": _count_words(kept, book),
    }
    checkpoint.add(Part(rows, to_json_lines(rejects), b"", counts))


def _count_words(table: pl.DataFrame, book: RuleBook) -> dict[str, dict[str, int]]:
    """Return how often each recommendation, priority and status of a conclusion occurs in a table of any format."""
    counted = (RECOMMENDATION, PRIORITY, *book.conclusions)
    names = [name for name in table.columns if base_name(name) in counted]
    return {name: dict(table[name].cast(pl.String).value_counts().sort(name).iter_rows()) for name in names}


def _other_format(shard: CaseSource, out_format: OutputFormat) -> Diagnostic:
    message = f"a shard of another format cannot be joined into .{out_format.name}."
    hint = "Give the output the ending of its shards."
    return Diagnostic(Location(shard.name), "unknown-source-format", message, hint)
