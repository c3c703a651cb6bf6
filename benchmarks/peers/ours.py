"""Our own four ways: the evaluator case by case, bits of integers, the batch kernel, a whole run of `rsd batch`."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pyarrow as pa

from benchmarks.peers.law import CRITERIA, FACTS, Case
from benchmarks.peers.roads import ID, ByCase, ByTable, Engine
from screen.batch.input.sources import find_sources
from screen.batch.pipeline import BatchOptions, run_batch
from screen.batch.score.kernel import Kernel
from screen.case.evidence import RecordedAnswer
from screen.circuit.bit_parallel import BitParallelLaw
from screen.circuit.circuit import Ternary
from screen.engine.evaluate import evaluate
from screen.logic import Answer, Status
from screen.rulebook.loader import load_book
from screen.rulebook.model import RuleBook
from screen.version import VERSION

RULES = Path(__file__).parent / "rules"
_TRUTH = {Status.MET: True, Status.NOT_MET: False, Status.UNDETERMINED: None}


def engines() -> list[Engine]:
    """Return our ways; the kernel, which the others are compared with, comes first."""
    book = load_book(RULES)
    return [ByKernel(book), ByBits(book), ByEvaluator(book), ByRun(book)]


class _Ours(Engine):
    version, unknowns = VERSION, "three-valued"

    def __init__(self, book: RuleBook) -> None:
        self.book = book


class ByEvaluator(_Ours, ByCase):
    """Each case by itself, with the tree of reasons."""

    name, share = "rsd, evaluator", 0.1
    said = {True: RecordedAnswer(Answer.YES), False: RecordedAnswer(Answer.NO), None: RecordedAnswer(Answer.UNKNOWN)}  # noqa: RUF012

    def found(self, cases: list[Case]) -> list[Case]:
        found = []
        for case in cases:
            findings = evaluate(self.book, {fact: self.said[case[fact]] for fact in FACTS})
            found.append({name: _TRUTH[findings[name].status] for name in CRITERIA})
        return found


class ByBits(_Ours, ByTable):
    """A bit of an integer for each case: the bits of an Arrow column of true and false, as they lie there."""

    name = "rsd, bits of integers"

    def __init__(self, book: RuleBook) -> None:
        super().__init__(book)
        self.law = BitParallelLaw(book, book.profiles[book.default_profile], CRITERIA)

    def found(self, cases: pl.DataFrame) -> pl.DataFrame:
        count, columns = cases.height, {}
        for fact in FACTS:
            yes, no = cases[fact].fill_null(False), (~cases[fact]).fill_null(False)
            columns[fact] = [(Answer.YES, _bits(yes)), (Answer.NO, _bits(no))]
        found = self.law.evaluate(self.law.inputs_of_columns(columns), count)
        return pl.DataFrame({name: _truths(found[name], count) for name in CRITERIA})


def _bits(truths: pl.Series) -> int:
    """Return a column without nulls as an integer, its first row the lowest bit."""
    column = truths.rechunk().to_arrow()
    assert column.offset == 0
    return int.from_bytes(column.buffers()[1], "little") & (1 << len(column)) - 1


def _truths(end: Ternary, count: int) -> pl.Series:
    """Return met as true, not met as false and undetermined as null; nothing in this law is not applicable."""
    known, met = ((bits.to_bytes((count + 7) // 8, "little")) for bits in (end.met | end.not_met, end.met))
    return pl.Series(pa.Array.from_buffers(pa.bool_(), count, [pa.py_buffer(known), pa.py_buffer(met)]))


class ByKernel(_Ours, ByTable):
    """Tables of cases; true and false become the words that the kernel reads, and back."""

    name = "rsd, batch kernel"

    def __init__(self, book: RuleBook) -> None:
        super().__init__(book)
        self.kernel = Kernel(book, columns=CRITERIA)
        word = self.kernel.layout.dtype(FACTS[0])
        yes, no = pl.lit(Answer.YES.value, word), pl.lit(Answer.NO.value, word)
        self.words = [pl.when(fact).then(yes).when(~pl.col(fact)).then(no).alias(fact) for fact in FACTS]
        self.truths = [
            pl.when(pl.col(name) != Status.UNDETERMINED.value).then(pl.col(name) == Status.MET.value).alias(name)
            for name in CRITERIA
        ]  # fmt: skip

    def found(self, cases: pl.DataFrame) -> pl.DataFrame:
        words = cases.select(pl.int_range(pl.len()).alias(ID), *self.words)
        return self.kernel.findings(words).select(self.truths)


class ByRun(_Ours):
    """What `rsd batch` does: every record checked and accounted for, names looked at for twins, finished parts kept."""

    name, reads_words, from_dicts = "rsd batch", True, False

    def of_file(self, source: Path, out: Path) -> None:
        rejects = out.with_name(f"{out.name}.rejects.jsonl")
        told = run_batch(
            self.book,
            BatchOptions(find_sources([str(source)], None), out, rejects, columns=CRITERIA, overwrite=True),
            _silent,
        )
        assert told.rejected == 0, told.codes


def _silent(*_: int) -> None:
    """Show nothing while it goes."""
