"""Our own four engines: the evaluator case by case, bits of integers, the batch kernel, and a run of `rsd batch`."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pyarrow as pa

from benchmarks.peers.engine import ID, CaseEngine, Engine, TableEngine
from benchmarks.peers.law import CRITERIA, FACTS, Case
from screen.batch.input.sources import find_sources
from screen.batch.options import BatchOptions
from screen.batch.pipeline import run_batch
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
    """Return our engines; the kernel, with which the others are compared, comes first."""
    book = load_book(RULES)
    return [KernelEngine(book), BitParallelEngine(book), EvaluatorEngine(book), RunEngine(book)]


class _OurEngine(Engine):
    version, unknowns = VERSION, "three-valued"

    def __init__(self, book: RuleBook) -> None:
        self.book = book


class EvaluatorEngine(_OurEngine, CaseEngine):
    """Each case by itself, with the tree of reasons."""

    name, share = "rsd, evaluator", 0.1
    answers = {True: RecordedAnswer(Answer.YES), False: RecordedAnswer(Answer.NO), None: RecordedAnswer(Answer.UNKNOWN)}  # noqa: RUF012

    def evaluate(self, cases: list[Case]) -> list[Case]:
        results = []
        for case in cases:
            findings = evaluate(self.book, {fact: self.answers[case[fact]] for fact in FACTS})
            results.append({name: _TRUTH[findings[name].status] for name in CRITERIA})
        return results


class BitParallelEngine(_OurEngine, TableEngine):
    """A bit of an integer for each case: the bits of a boolean Arrow column, as they are stored."""

    name = "rsd, bits of integers"

    def __init__(self, book: RuleBook) -> None:
        super().__init__(book)
        self.law = BitParallelLaw(book, book.profiles[book.default_profile], CRITERIA)

    def evaluate(self, cases: pl.DataFrame) -> pl.DataFrame:
        count, columns = cases.height, {}
        for fact in FACTS:
            yes, no = cases[fact].fill_null(False), (~cases[fact]).fill_null(False)
            columns[fact] = [(Answer.YES, _bits(yes)), (Answer.NO, _bits(no))]
        ternaries = self.law.evaluate(self.law.inputs_of_columns(columns), count)
        return pl.DataFrame({name: _truths(ternaries[name], count) for name in CRITERIA})


def _bits(truths: pl.Series) -> int:
    """Return a column without nulls as an integer, its first row the lowest bit."""
    column = truths.rechunk().to_arrow()
    assert column.offset == 0
    return int.from_bytes(column.buffers()[1], "little") & (1 << len(column)) - 1


def _truths(ternary: Ternary, count: int) -> pl.Series:
    """Return met as true, not met as false and undetermined as null; in this law, nothing is not applicable."""
    known, met = ((bits.to_bytes((count + 7) // 8, "little")) for bits in (ternary.met | ternary.not_met, ternary.met))
    return pl.Series(pa.Array.from_buffers(pa.bool_(), count, [pa.py_buffer(known), pa.py_buffer(met)]))


class KernelEngine(_OurEngine, TableEngine):
    """Tables of cases; true and false are turned into the words that the kernel reads, and back."""

    name = "rsd, batch kernel"

    def __init__(self, book: RuleBook) -> None:
        super().__init__(book)
        self.kernel = Kernel(book, columns=CRITERIA)
        dtype = self.kernel.layout.dtype(FACTS[0])
        yes, no = pl.lit(Answer.YES.value, dtype), pl.lit(Answer.NO.value, dtype)
        self.words = [pl.when(fact).then(yes).when(~pl.col(fact)).then(no).alias(fact) for fact in FACTS]
        self.truths = [
            pl.when(pl.col(name) != Status.UNDETERMINED.value).then(pl.col(name) == Status.MET.value).alias(name)
            for name in CRITERIA
        ]  # fmt: skip

    def evaluate(self, cases: pl.DataFrame) -> pl.DataFrame:
        words = cases.select(pl.int_range(pl.len()).alias(ID), *self.words)
        return self.kernel.findings(words).select(self.truths)


class RunEngine(_OurEngine):
    """What `rsd batch` does: every record checked and accounted for, duplicates rejected, finished parts kept."""

    name, needs_words, takes_dicts = "rsd batch", True, False

    def evaluate_file(self, source: Path, out: Path) -> None:
        rejects = out.with_name(f"{out.name}.rejects.jsonl")
        summary = run_batch(
            self.book,
            BatchOptions(find_sources([str(source)], None), out, rejects, columns=CRITERIA, overwrite=True),
            _silent,
        )
        assert summary.rejected == 0, summary.codes


def _silent(*_: int) -> None:
    """Show no progress."""
