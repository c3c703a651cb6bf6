"""The yardstick: what real decisions held, issue by issue, compared with what the rule book gives.

Every holding is either expected by a law case of its decision, or left out for a stated reason. A decision in doubt is
authority only and is not compared. Whether the law cases pass is tested in `law_cases`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from screen.diagnostics import Diagnostic, Location, did_you_mean
from screen.evaluation.law_cases import LawCase, LawCaseResult
from screen.logic import Status
from screen.rulebook.checker import CheckedFolder
from screen.rulebook.declarations import ParsedPart
from screen.rulebook.model import RuleBook

#: The name of the outcome of a whole case among its issues.
RESULT = "result"


@dataclass(frozen=True, slots=True)
class Decision:
    """A real decision: what it held on each issue (met, not met), its result, which holdings are left out and why."""

    name: str
    forum: str
    doubt: bool
    result: str
    held: Mapping[str, Status]
    left_out: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Yardstick:
    """The decisions, with the mapping to the rule book.

    An issue maps to `criteria`; a result to `recommendations`, and to the criteria of `endings`. `reasons` explain why
    holdings are left out.
    """

    criteria: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    recommendations: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    endings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)
    decisions: Mapping[str, Decision] = field(default_factory=dict)

    def compares_result(self, decision: Decision) -> bool:
        """Tell whether the result of this decision can be compared with the rule book."""
        return not decision.doubt and decision.result in self.recommendations


@dataclass(frozen=True, slots=True)
class HoldingComparison:
    """A holding or the result of a decision, and whether the book agrees; None where it is left out."""

    decision: Decision
    issue: str
    agrees: bool | None


def read_yardstick(
    checked: CheckedFolder, cases: Iterable[LawCase], book: RuleBook
) -> tuple[Yardstick, list[Diagnostic]]:
    """Return the yardstick of a checked folder, and diagnostics of unknown names and of holdings not covered."""
    yard, diagnostics = _read_tables(checked.issues, book)
    decisions: dict[str, Decision] = {}
    by_decision = _by_decision(cases)
    for part in checked.decisions:
        raw, location = part.shape, part.document.location((*part.path, "decision"))
        held = {issue: Status(finding) for issue, finding in raw.held.items()}
        decision = Decision(raw.decision, raw.forum, raw.doubt, raw.result, held, dict(raw.left_out))
        if decision.name in decisions:
            diagnostics.append(
                Diagnostic(location, "declared-twice", f'"{decision.name}" is declared twice.', "Delete one.")
            )
        decisions[decision.name] = decision
        diagnostics += _uncovered_holdings(part, decision, yard, by_decision.get(decision.name, []))
    for name, cases_of_decision in by_decision.items() if decisions else ():
        if name not in decisions:
            message, hint = f'"{name}" is not in decisions.yaml.', did_you_mean(name, decisions, "Add it.")
            diagnostics += [Diagnostic(case.location, "unknown-decision", message, hint) for case in cases_of_decision]
    return replace(yard, decisions=decisions), sorted(diagnostics)


def _read_tables(parts: Iterable[ParsedPart], book: RuleBook) -> tuple[Yardstick, list[Diagnostic]]:
    """Return the yardstick without decisions: how issues and results map to the rule book."""
    diagnostics: list[Diagnostic] = []
    criteria: dict[str, tuple[str, ...]] = {}
    recommendations: dict[str, tuple[str, ...]] = {}
    endings: dict[str, tuple[str, ...]] = {}
    reasons: dict[str, str] = {}
    for part in parts:
        reasons |= part.shape.reasons
        for index, row in enumerate(part.shape.issues):
            location = part.document.location(("issues", index, "issue"))
            if row.issue in criteria:
                diagnostics.append(
                    Diagnostic(location, "declared-twice", f'"{row.issue}" is declared twice.', "Delete one.")
                )
            if bool(row.criteria) == bool(row.none):
                message = (
                    f'"{row.issue}" has {"a criterion and a reason to have none" if row.none else "no criterion"}.'
                )
                diagnostics.append(
                    Diagnostic(location, "home-or-reason", message, "Write `criteria`, or `none` with the reason.")
                )
            diagnostics += _unknown_criteria(part, ("issues", index), row.criteria, book)
            criteria[row.issue] = tuple(row.criteria)
        for index, row in enumerate(part.shape.results):
            diagnostics += _unknown_criteria(part, ("results", index), row.criteria, book)
            recommendations[row.result], endings[row.result] = tuple(row.recommend), tuple(row.criteria)
    return Yardstick(criteria, recommendations, endings, reasons), diagnostics


def _unknown_criteria(
    part: ParsedPart, path: tuple[str | int, ...], names: list[str], book: RuleBook
) -> Iterator[Diagnostic]:
    for index, name in enumerate(names):
        if name not in book.criteria:
            location = part.document.location((*path, "criteria", index))
            hint = did_you_mean(name, book.criteria, "Name a criterion.")
            yield Diagnostic(location, "unknown-name", f'"{name}" is not a criterion.', hint)


def _uncovered_holdings(
    part: ParsedPart, decision: Decision, yard: Yardstick, cases: list[LawCase]
) -> Iterator[Diagnostic]:
    """Yield a diagnostic for each holding that is neither tested nor left out, or both."""

    def locate(*path: str) -> Location:
        return part.document.location((*part.path, *path), key=True)

    for issue in decision.held:
        if issue not in yard.criteria:
            hint = did_you_mean(issue, yard.criteria, "Declare it in issues.yaml.")
            yield Diagnostic(locate("held", issue), "unknown-issue", f'"{issue}" is not declared.', hint)
    tested = {issue for issue in decision.held if _cases_expecting_holding(yard, decision, issue, cases)}
    if yard.compares_result(decision) and _cases_expecting_result(yard, decision, cases):
        tested.add(RESULT)
    expected = set() if decision.doubt else {*decision.held, *([RESULT] if yard.compares_result(decision) else [])}
    for issue in (*decision.held, RESULT):
        if issue in expected and issue not in tested and issue not in decision.left_out:
            holding = "the result" if issue == RESULT else f'"{issue}"'
            hint = "Expect it in a law case, or give the reason under `left_out`."
            yield Diagnostic(
                locate("decision"), "untried-holding", f"no law case of {decision.name} expects {holding}.", hint
            )
    for issue, reason in decision.left_out.items():
        if issue not in expected or issue in tested:
            why = "a law case expects it" if issue in tested else f"{decision.name} does not hold it"
            message = f'"{issue}" is left out, but {why}.'
            yield Diagnostic(locate("left_out", issue), "idle-reason", message, "Delete the reason.")
        if reason not in yard.reasons:
            hint = did_you_mean(reason, yard.reasons, "Declare it under `reasons` in issues.yaml.")
            yield Diagnostic(locate("left_out", issue), "unknown-name", f'the reason "{reason}" is not declared.', hint)


def _by_decision(cases: Iterable[LawCase]) -> dict[str, list[LawCase]]:
    grouped: dict[str, list[LawCase]] = {}
    for case in cases:
        if case.decision is not None:
            grouped.setdefault(case.decision, []).append(case)
    return grouped


def _cases_expecting_holding(
    yard: Yardstick, decision: Decision, issue: str, cases: Iterable[LawCase], *, closed: bool = False
) -> list[tuple[LawCase, str]]:
    """Return the law cases that expect what a decision held on an issue, each with the criterion that it expects.

    On a closed record the holding may be expected of the open record, whose findings stay, or of the closed one.
    """
    names = yard.criteria.get(issue, ())
    return [(case, name) for case in cases for name in names if decision.held[issue] in _expected(case, name, closed)]


def _cases_expecting_result(
    yard: Yardstick, decision: Decision, cases: Iterable[LawCase], *, closed: bool = False
) -> list[tuple[LawCase, str]]:
    """Return the law cases that expect the result of a decision, each with what it expects."""
    recommended = yard.recommendations.get(decision.result, ())
    by_recommendation = [
        (case, "recommendation")
        for case in cases
        if case.recommend in recommended or (closed and case.recommend_closed in recommended)
    ]
    criteria = yard.endings.get(decision.result, ())
    return by_recommendation + [
        (case, name) for case in cases for name in criteria if Status.MET in _expected(case, name, closed)
    ]


def _expected(case: LawCase, name: str, closed: bool) -> tuple[Status | None, ...]:
    return (case.expect.get(name), case.expect_closed.get(name)) if closed else (case.expect.get(name),)


def compare_holdings(
    yard: Yardstick, results: Iterable[LawCaseResult], *, closed: bool = False
) -> Iterator[HoldingComparison]:
    """Yield the comparison of every holding and result, except of decisions in doubt; with `closed` on that record.

    A holding that several law cases expect agrees where all of them give it.
    """
    result_of = {id(result.case): result for result in results}
    by_decision = _by_decision(result.case for result in result_of.values())

    def agrees(expecting: list[tuple[LawCase, str]], held: Status, recommended: tuple[str, ...] = ()) -> bool | None:
        def gives(case: LawCase, name: str) -> bool:
            result = result_of[id(case)]
            findings = result.closed if closed else result.findings
            if name == "recommendation":
                return findings.recommendation in recommended
            return findings[name].status is held

        return all(gives(case, name) for case, name in expecting) if expecting else None

    for decision in yard.decisions.values():
        if decision.doubt:
            continue
        cases = by_decision.get(decision.name, [])
        for issue, held in decision.held.items():
            expecting = _cases_expecting_holding(yard, decision, issue, cases, closed=closed)
            yield HoldingComparison(decision, issue, agrees(expecting, held))
        if yard.compares_result(decision):
            expecting = _cases_expecting_result(yard, decision, cases, closed=closed)
            recommended = yard.recommendations[decision.result]
            yield HoldingComparison(decision, RESULT, agrees(expecting, Status.MET, recommended))


@dataclass(frozen=True, slots=True)
class Agreement:
    """Counts of holdings: those on which the book agrees, all, and those of them that are left out for a reason."""

    agreeing: int
    total: int
    left_out: int


def count_agreement(rows: Iterable[tuple[str, bool | None]]) -> dict[str, Agreement]:
    """Return the counts for each name, sorted by name."""
    by_name: dict[str, list[bool | None]] = {}
    for name, agrees in rows:
        by_name.setdefault(name, []).append(agrees)
    return {
        name: Agreement(results.count(True), len(results), results.count(None))
        for name, results in sorted(by_name.items())
    }
