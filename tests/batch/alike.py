"""The evaluator's findings as a row of the batch kernel, so that the two can be compared."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from screen.batch.findings_schema import CLOSED, default_columns, output_schema
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
    evaluate_row: Callable[[RuleBook, Case, str], dict[str, Any]] | None = None,
) -> list[dict[str, Any]]:
    """Assert that evaluator and kernel agree on every cell of every case under these profiles; return the rows.

    `evaluate_row` gives the evaluator's row of a case where the caller has it already.
    """
    table = Layout(book).frame_from_cases({f"case-{index}": case for index, case in enumerate(cases)})
    on_record = [
        name for name in default_columns(book) if not name.endswith(CLOSED)
    ]  # `closed_record_agrees` has those
    kernel = Kernel(book, profiles, columns=on_record, benefit=benefit)
    findings = kernel.findings(table)
    schema = output_schema(book, profiles)
    assert tuple(findings.columns) == kernel.output_columns
    assert dict(findings.schema) == {name: schema[name] for name in kernel.output_columns}
    rows = findings.to_dicts()
    assert len(rows) == len(cases)
    for index, (case, row) in enumerate(zip(cases, rows, strict=True)):
        expected: dict[str, Any] = {"id": f"case-{index}"}
        for number, profile in enumerate(profiles):
            evaluated = (
                evaluate_row(book, case, profile)
                if evaluate_row
                else evaluator_row(book, case, profile, benefit=benefit)
            )
            expected |= {f"{name}@{profile}" if number else name: value for name, value in evaluated.items()}
        different = {name: (row.get(name), expected[name]) for name in expected if row.get(name) != expected[name]}
        assert not different, f"case {index}: (kernel, evaluator) {different}"
        assert row.keys() == expected.keys()
    return rows


def evaluator_row(book: RuleBook, case: Case, profile: str, *, benefit: bool = True) -> dict[str, Any]:
    """Return the row that a case must have under a profile."""
    findings = evaluate(book, case, profile, benefit=benefit)
    evaluator = Evaluator.from_findings(findings)
    row: dict[str, Any] = {name: finding.status.value for name, finding in findings.criteria.items()}
    positions = [(rule.name, rule.raised_if) for rule in book.objections]
    positions += [(rule.name, rule.owed_if) for rule in book.responses]
    for name, term in positions:
        row[name] = Status.MET.value if term is None else evaluator.examine(term).status.value
    missing, relevant = _missing_and_relevant(findings)
    if book.priorities:
        urgency = triage(findings)
        row["priority"] = urgency.level
        row["priority_reasons"] = [rule.name for rule in urgency.reasons]
        row["priority_open"] = [rule.name for rule in urgency.open_reasons]
    known = sum(findings.established[name].is_known for name in relevant)
    return row | {
        "recommendation": findings.recommendation,
        "facts_missing": [name for name in book.facts if name in missing],
        "open_questions": sum(name not in case for name in missing),
        "facts_presumed": [known.fact.name for known in findings.presumed],
        "completeness": known / (known + len(missing)) if known + len(missing) else 1.0,
    }


def _missing_and_relevant(findings: Findings) -> tuple[set[str], set[str]]:
    """Return the unknown facts that an open conclusion depends on, and every fact that a conclusion can ask for."""
    book, evaluator = findings.book, Evaluator.from_findings(findings)
    missing: set[str] = set()
    relevant: set[str] = set()
    seen: set[tuple[int, bool]] = set()  # criteria are shared: without this a tree is walked once for each path

    def look(finding: Finding, under_open: bool) -> None:
        under_open = under_open and finding.status is UNDETERMINED
        if (id(finding), under_open) in seen or (id(finding), True) in seen:  # what is open was looked at for both
            return
        if finding.criterion is not None:  # these live as long as the findings, so that no id is used again
            seen.add((id(finding), under_open))
        if isinstance(finding.term, Leaf):
            relevant.add(finding.term.fact)
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
    for presumption in reversed(book.presumptions):
        if presumption.fact not in relevant:
            continue
        origin = Is(ORIGIN_FACT, frozenset({presumption.origin})) if presumption.origin is not None else None
        origin_status = MET if origin is None else evaluator.examine(origin).status
        can_fill = presumption.origin is not None or findings.established[presumption.fact].given is None
        is_needed = presumption.fact in missing and can_fill and origin_status in (MET, UNDETERMINED)
        look_at(origin, is_needed)
        look_at(presumption.when, is_needed)
    return missing, relevant


def every_profile(book: RuleBook) -> Iterable[str]:
    """Return the names of the profiles, the book's own first."""
    return (book.default_profile, *(name for name in book.profiles if name != book.default_profile))
