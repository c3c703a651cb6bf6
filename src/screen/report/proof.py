"""What was proved of a rule book, in words.

In: verdicts, each with the seconds that it took, and doubts. Out: lines of text; every counterexample is a case file
that `rsd assess` reads.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from screen.case.case_file import Case
from screen.case.case_text import format_case
from screen.case.evidence import RecordedAnswer
from screen.report.text import prefixed_lines, wrap_words
from screen.report.wording import format_count
from screen.rulebook.answers import to_plain

if TYPE_CHECKING:  # these modules import the solver, which `rsd rules schema` does without
    from screen.proof.prover import Counterexample, Verdict
    from screen.proof.vacuity import ProofDoubt

_WIDTH = 100
DOUBT_LABELS = {
    "never_met": "is met in no case",
    "never_fails": "never ends as not met",
    "equivalent": "end the same way in every case",
    "exception_swallows": "holds only where an exception defeats it",
    "exception_never_bites": "has an exception that never defeats it",
    "fact_never_matters": "changes nothing that is reported",
    "reading_never_matters": "changes nothing, whichever side is taken",
    "not_so": "is listed in intended.yaml and no longer true",
}


def table_head() -> str:
    """Return the line above the table."""
    return f"{'property':44}{'profiles':>9}  {'result':8}{'seconds':>8}"


def table_row(verdict: Verdict, seconds: float) -> str:
    """Return the line of one property."""
    profiles = len(verdict.holds_under) + len(verdict.fails_under)
    result = "proved" if verdict.is_proved else "FAILS"
    return f"{verdict.subject.name:44}{profiles:>9}  {result:8}{seconds:8.2f}"


def failure_lines(verdicts: Iterable[Verdict]) -> Iterator[str]:
    """Yield the lines on each property that fails, with the case that breaks it."""
    for verdict in verdicts:
        if verdict.is_proved:
            continue
        name = verdict.subject.name
        yield ""
        yield from wrap_words(f"{name} fails: {verdict.subject.title}", _WIDTH)
        yield from wrap_words(verdict.subject.says, _WIDTH)
        yield from (f"  {question}" for question in verdict.asks)
        if verdict.counterexample is not None:
            fails = ", ".join(verdict.fails_under) if verdict.holds_under else "every profile that was examined"
            holds = f" It holds under {', '.join(verdict.holds_under)}." if verdict.holds_under else ""
            yield from wrap_words(f"Broken under {fails}.{holds} The shortest case that shows it:", _WIDTH)
            yield ""
            yield from _example_lines(name, verdict.counterexample)


def _example_lines(name: str, example: Counterexample) -> Iterator[str]:
    """Yield a case file; its comments say what it breaks."""
    yield f"# Breaks {name} under {example.profile}:"
    for finding, status, second_status in example.violations:
        second = f", and with the other answers {second_status}" if second_status else ""
        yield f"#   {finding}: {status}{second}"
    if example.second is not None:
        yield "# The other answers, as `rsd whatif` takes them:"
        yield from (f"#   {answer}" for answer in differing_answers(example.given, example.second))
    yield from format_case(Path("case.yaml"), Case(name[:64], example.given, example.profile)).splitlines()


def differing_answers(first: Mapping[str, RecordedAnswer], second: Mapping[str, RecordedAnswer]) -> list[str]:
    """Return the answers of the second case that are not those of the first, as `fact=value`."""
    names = [name for name in {**first, **second} if first.get(name) != second.get(name)]
    return [f"{name}={_argument(to_plain(second[name].value)) if name in second else 'unknown'}" for name in names]


def _argument(value: object) -> str:
    """Return a value as it is typed on the command line."""
    if isinstance(value, list):
        return ",".join(map(str, value)) or "[]"
    return str(value)


def doubt_lines(doubts: Iterable[ProofDoubt]) -> Iterator[str]:
    """Yield the lines on what looks like a slip, then those on what is intended, by kind and reason."""
    intended: dict[tuple[str, str], list[str]] = {}
    for doubt in doubts:
        if doubt.reason is None:
            yield from prefixed_lines(f"Doubt: {doubt_text(doubt)}.", _WIDTH, "", "  ")
        else:
            intended.setdefault((doubt.kind, doubt.reason), []).append(" with ".join(doubt.names))
    for (kind, reason), names in intended.items():
        yield from prefixed_lines(f"Intended ({kind}): {', '.join(names)}. {reason}", _WIDTH, "", "  ")


def doubt_text(doubt: ProofDoubt) -> str:
    """Return a doubt in words."""
    label = DOUBT_LABELS[doubt.kind]
    if doubt.kind == "not_so":
        kind, *names = doubt.names
        return f"{kind} of {', '.join(names)} {label}"
    return f"{' and '.join(doubt.names)} {label} ({doubt.kind})"


def summary_line(verdicts: list[Verdict], doubts: list[ProofDoubt] | None, seconds: float) -> str:
    """Return the last line."""
    proved = sum(verdict.is_proved for verdict in verdicts)
    text = f"{proved} of {len(verdicts)} properties proved for every possible case"
    if doubts is not None:
        unexplained = sum(doubt.reason is None for doubt in doubts)
        text += f", {format_count(unexplained, 'doubt')}, {len(doubts) - unexplained} more that are intended"
    return f"{text}, in {seconds:.1f} s."
