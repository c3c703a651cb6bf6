"""Findings of several runs put together: the shares of one caseload, worked out on several machines.

In: outputs of `rsd batch`. Out: one of the same columns, whole or not at all, in the order in which they were named. A
name that stands twice is told and not written again; no share could know of the other. Left alone: what was found.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl

from screen.batch.cells import ID
from screen.batch.input.chunks import Chunk, read_chunks
from screen.batch.input.duplicates import DuplicateFilter
from screen.batch.input.rejects import duplicate_reject, to_json_lines
from screen.batch.input.sources import CaseSource
from screen.batch.output.checkpoint import Checkpoint, Part
from screen.batch.output.findings_reader import FindingsReader
from screen.batch.output.formats import OutputFormat, output_format
from screen.batch.output.preflight import OutputGuard
from screen.batch.pipeline import ProgressCallback, RunSummary, summarize
from screen.batch.score.kernel import PRIORITY, RECOMMENDATION
from screen.batch.score.scorer import BOOK, LAW, PROGRAM
from screen.diagnostics import Diagnostic, DiagnosticsError, Location
from screen.rulebook.model import RuleBook
from screen.version import VERSION

_LAW = (LAW, BOOK, PROGRAM)
_REMEDY = "Join outputs of one run in shares."


def join_findings(
    book: RuleBook,
    shares: Sequence[CaseSource],
    out: Path,
    rejects: Path,
    progress: ProgressCallback,
    *,
    overwrite: bool = False,
) -> RunSummary:
    """Put shares together. Raises Mistakes where they are not of one law or not of the same columns; none is written.

    So does a share in which anything stands that no run writes.

    The counts that are told are read off the shares. `anew` exchanges an output that is there already.
    """
    form = output_format(out.name)
    if wrong := [_other_form(share, form) for share in shares if share.format != form.name]:
        raise DiagnosticsError(wrong)
    plan = {"program": VERSION, "polars": pl.__version__, "join": [one.fingerprint() for one in shares]}
    with Checkpoint(out, plan, rejects, OutputGuard(book.facts, shares, overwrite), form) as checkpoint:
        try:
            seen = DuplicateFilter()
            for index, chunk, table in _in_one_law(shares, FindingsReader(book)):
                _add(checkpoint, index, chunk, table, seen, book)
                progress(checkpoint.tally.read, checkpoint.tally.rejected, checkpoint.tally.bytes)
        except DiagnosticsError:
            checkpoint.stop()
            raise
        account = summarize(checkpoint.tally)
        checkpoint.finish()
        return account


def _in_one_law(shares: Iterable[CaseSource], reader: FindingsReader) -> Iterator[tuple[int, Chunk, pl.DataFrame]]:
    """Yield the shares stretch by stretch, each with the number of its share. Raises Mistakes where runs differ."""
    first, law = None, dict[str, Any]()
    for index, share in enumerate(shares):
        for chunk in read_chunks(share, lambda _: True):
            table = reader.read(chunk)
            first = table.schema if first is None else first
            if list(table.schema) != list(first) or (share.format == "parquet" and table.schema != first):
                found = "its columns are not those of the first share."
                raise DiagnosticsError([Diagnostic(Location(share.name), "other-columns", found, _REMEDY)])
            for name in set(_LAW) & set(table.columns):
                values = table[name].cast(pl.String).unique().to_list()
                if values and values != [law.setdefault(name, values[0])]:
                    found = f"its {name} is not that of the first share."
                    raise DiagnosticsError([Diagnostic(Location(share.name), "other-law", found, _REMEDY)])
            yield index, chunk, table


def _add(
    checkpoint: Checkpoint, index: int, chunk: Chunk, table: pl.DataFrame, seen: DuplicateFilter, book: RuleBook
) -> None:
    """Add a stretch of a share, without the cases of names that were met before."""
    again, _ = seen.check_and_add(table[ID])
    before = checkpoint.tally.read_by_source[index]
    twice = [
        replace(duplicate_reject(chunk.source.name, row + 1, None), row=before + row + 1) for row in again.arg_true()
    ]
    kept = table.filter(~again)
    rows = checkpoint.form.encode_part(kept, first=not checkpoint.tally.parts)
    counts: Mapping[str, Any] = {
        "source": index,
        "read": table.height,
        "scored": kept.height,
        "rejected": len(twice),
        "bytes": chunk.size,
        "codes": {"duplicate-id": len(twice)} if twice else {},
        "counts": _counts(kept, book),
    }
    checkpoint.add(Part(rows, to_json_lines(twice), b"", counts))


def _counts(table: pl.DataFrame, book: RuleBook) -> dict[str, dict[str, int]]:
    """Return how often each recommendation, priority and finding of a conclusion stands in a table of any format."""
    wanted = (RECOMMENDATION, PRIORITY, *book.conclusions)
    names = [name for name in table.columns if name.partition("@")[0] in wanted]
    return {name: dict(table[name].cast(pl.String).value_counts().sort(name).iter_rows()) for name in names}


def _other_form(share: CaseSource, form: OutputFormat) -> Diagnostic:
    found = f"a share of another format cannot be joined into .{form.name}."
    return Diagnostic(Location(share.name), "unknown-source-format", found, "Give the output the ending of its shares.")
