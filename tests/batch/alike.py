"""What the evaluator finds, told as the batch kernel tells it, so that the two can be held against each other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from screen.batch.layout import Layout
from screen.batch.score.kernel import Kernel
from screen.case.evidence import RecordedAnswer
from screen.engine.evaluate import Evaluator, evaluate
from screen.engine.finding import Finding, Findings
from screen.engine.triage import triage
from screen.logic import MET, UNDETERMINED, Status
from screen.rulebook.model import ORIGIN_FACT, RuleBook
from screen.rulebook.terms import Is, Leaf, Term

Case = Mapping[str, RecordedAnswer]


def assert_alike(
    book: RuleBook,
    cases: Sequence[Case],
    profiles: Sequence[str],
    *,
    benefit: bool = True,
    told: Callable[[RuleBook, Case, str], dict[str, Any]] | None = None,
) -> list[dict[str, Any]]:
    """Assert that evaluator and kernel agree on every cell of every case under these profiles; return the rows.

    `told` gives the evaluator's row of a case where somebody has it already.
    """
    table = Layout(book).frame_from_cases({f"case-{index}": one for index, one in enumerate(cases)})
    kernel = Kernel(book, profiles, benefit=benefit)
    found = kernel.findings(table)
    assert tuple(found.columns) == kernel.writes
    rows = found.to_dicts()
    assert len(rows) == len(cases)
    for index, (one, row) in enumerate(zip(cases, rows, strict=True)):
        expected: dict[str, Any] = {"id": f"case-{index}"}
        for number, profile in enumerate(profiles):
            evaluated = told(book, one, profile) if told else told_by_evaluator(book, one, profile, benefit=benefit)
            expected |= {f"{name}@{profile}" if number else name: value for name, value in evaluated.items()}
        wrong = {name: (row.get(name), expected[name]) for name in expected if row.get(name) != expected[name]}
        assert not wrong, f"case {index}: (kernel, evaluator) {wrong}"
        assert row.keys() == expected.keys()
    return rows


def told_by_evaluator(book: RuleBook, one: Case, profile: str, *, benefit: bool = True) -> dict[str, Any]:
    """Return the row that a case must have under a profile."""
    findings = evaluate(book, one, profile, benefit=benefit)
    evaluator = Evaluator.from_findings(findings)
    row: dict[str, Any] = {name: finding.status.value for name, finding in findings.criteria.items()}
    positions = [(one.name, one.raised_if) for one in book.objections]
    positions += [(one.name, one.owed_if) for one in book.responses]
    for name, term in positions:
        row[name] = Status.MET.value if term is None else evaluator.examine(term).status.value
    missing, asked_for = _missing(findings)
    if book.priorities:
        urgency = triage(findings)
        row["priority"] = urgency.level
        row["priority_reasons"] = [one.name for one in urgency.reasons]
        row["priority_open"] = [one.name for one in urgency.open_reasons]
    known = sum(findings.established[name].is_known for name in asked_for)
    return row | {
        "recommendation": findings.recommendation,
        "facts_missing": [name for name in book.facts if name in missing],
        "open_questions": sum(name not in one for name in missing),
        "facts_presumed": [known.fact.name for known in findings.presumed],
        "completeness": known / (known + len(missing)) if known + len(missing) else 1.0,
    }


def _missing(findings: Findings) -> tuple[set[str], set[str]]:
    """Return the unknown facts that an open conclusion hangs on, and every fact that a conclusion can ask for."""
    book, evaluator = findings.book, Evaluator.from_findings(findings)
    missing: set[str] = set()
    asked_for: set[str] = set()
    seen: set[tuple[int, bool]] = set()  # criteria are shared: without this a tree is walked once for each of its paths

    def look(finding: Finding, under_open: bool) -> None:
        under_open = under_open and finding.status is UNDETERMINED
        if (id(finding), under_open) in seen:
            return
        if finding.criterion is not None:  # these live as long as the findings do, so that no number is used again
            seen.add((id(finding), under_open))
        if isinstance(finding.term, Leaf):
            asked_for.add(finding.term.fact)
            if under_open and not findings.established[finding.term.fact].is_known:
                missing.add(finding.term.fact)
        for part in finding.parts:
            look(part, under_open)

    def look_at(term: Term | None, under_open: bool) -> Status:
        if term is None:
            return MET
        finding = evaluator.examine(term)
        look(finding, under_open)
        return finding.status

    for name in book.conclusions:
        look(findings[name], True)
    for one in reversed(book.presumptions):
        if one.fact not in asked_for:
            continue
        origin = Is(ORIGIN_FACT, frozenset({one.origin})) if one.origin is not None else None
        from_there = MET if origin is None else evaluator.examine(origin).status
        fillable = one.origin is not None or findings.established[one.fact].given is None
        wanted = one.fact in missing and fillable and from_there in (MET, UNDETERMINED)
        look_at(origin, wanted)
        look_at(one.when, wanted)
    return missing, asked_for


def every_profile(book: RuleBook) -> Iterable[str]:
    """Return the names of the profiles, the book's own first."""
    return (book.default_profile, *(name for name in book.profiles if name != book.default_profile))
