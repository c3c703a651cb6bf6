"""The yardstick: what real decisions held, issue by issue, against what the rule book gives.

In: the table of issues, the decisions and the law cases of a checked rule folder. Out: every holding with whether the
book agrees. A holding is expected by a law case of its decision, or left out for a reason; a decision in doubt is
authority only and is not compared. Left alone: whether the law cases hold (`law_cases`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from screen.diagnostics import Diagnostic, Location, did_you_mean
from screen.evaluation.law_cases import LawCase, LawCaseResult
from screen.logic import Status

if TYPE_CHECKING:
    from screen.rulebook.checker import CheckedFolder
    from screen.rulebook.declarations import ParsedPart
    from screen.rulebook.model import RuleBook

#: Under which name the end of a whole case is left out.
RESULT = "result"


@dataclass(frozen=True, slots=True)
class Decision:
    """A real decision: its forum, what it held met or not met by issue, how it ended, what is left out and why."""

    name: str
    forum: str
    doubt: bool
    result: str
    held: Mapping[str, Status]
    left_out: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Yardstick:
    """What each issue and each result answers to in the rule book, the decisions, and why holdings are left out."""

    criteria: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    recommendations: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    endings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)
    decisions: Mapping[str, Decision] = field(default_factory=dict)

    def compares_result(self, one: Decision) -> bool:
        """Tell whether the end of this decision answers to anything here."""
        return not one.doubt and one.result in self.recommendations


@dataclass(frozen=True, slots=True)
class HoldingComparison:
    """One holding, or one result, of a decision: whether the book agrees, None where it is left out."""

    decision: Decision
    issue: str
    agrees: bool | None


def read_yardstick(
    checked: CheckedFolder, cases: Iterable[LawCase], book: RuleBook
) -> tuple[Yardstick, list[Diagnostic]]:
    """Return the yardstick of a checked folder, with a mistake for each unknown name and each holding passed over."""
    yard, mistakes = _tables(checked.issues, book)
    decisions: dict[str, Decision] = {}
    by_decision = _by_decision(cases)
    for part in checked.decisions:
        raw, at = part.shape, part.document.location((*part.path, "decision"))
        held = {issue: Status(finding) for issue, finding in raw.held.items()}
        one = Decision(raw.decision, raw.forum, raw.doubt, raw.result, held, dict(raw.left_out))
        if one.name in decisions:
            mistakes.append(Diagnostic(at, "declared-twice", f'"{one.name}" is declared twice.', "Delete one."))
        decisions[one.name] = one
        mistakes += _passed_over(part, one, yard, by_decision.get(one.name, []))
    for name, tried_by in by_decision.items() if decisions else ():
        if name not in decisions:
            told, remedy = f'"{name}" is no decision of decisions.yaml.', did_you_mean(name, decisions, "Add it.")
            mistakes += [Diagnostic(case.location, "unknown-decision", told, remedy) for case in tried_by]
    return replace(yard, decisions=decisions), sorted(mistakes)


def _tables(parts: Iterable[ParsedPart], book: RuleBook) -> tuple[Yardstick, list[Diagnostic]]:
    """Return what issues and results answer to, before any decision is read."""
    mistakes: list[Diagnostic] = []
    criteria: dict[str, tuple[str, ...]] = {}
    recommendations: dict[str, tuple[str, ...]] = {}
    endings: dict[str, tuple[str, ...]] = {}
    reasons: dict[str, str] = {}
    for part in parts:
        reasons |= part.shape.reasons
        for index, row in enumerate(part.shape.issues):
            place = part.document.location(("issues", index, "issue"))
            if row.issue in criteria:
                mistakes.append(Diagnostic(place, "declared-twice", f'"{row.issue}" is declared twice.', "Delete one."))
            if bool(row.criteria) == bool(row.none):
                found = f'"{row.issue}" has {"a criterion and a reason to have none" if row.none else "no criterion"}.'
                mistakes.append(
                    Diagnostic(place, "home-or-reason", found, "Write `criteria`, or else `none` with why.")
                )
            mistakes += _unknown_criteria(part, ("issues", index), row.criteria, book)
            criteria[row.issue] = tuple(row.criteria)
        for index, row in enumerate(part.shape.results):
            mistakes += _unknown_criteria(part, ("results", index), row.criteria, book)
            recommendations[row.result], endings[row.result] = tuple(row.recommend), tuple(row.criteria)
    return Yardstick(criteria, recommendations, endings, reasons), mistakes


def _unknown_criteria(
    part: ParsedPart, path: tuple[str | int, ...], names: list[str], book: RuleBook
) -> Iterator[Diagnostic]:
    for index, name in enumerate(names):
        if name not in book.criteria:
            place = part.document.location((*path, "criteria", index))
            remedy = did_you_mean(name, book.criteria, "Name a criterion.")
            yield Diagnostic(place, "unknown-name", f'"{name}" is no criterion.', remedy)


def _passed_over(part: ParsedPart, one: Decision, yard: Yardstick, cases: list[LawCase]) -> Iterator[Diagnostic]:
    """Yield a mistake for each holding that is neither tried nor left out, or both."""

    def at(*path: str) -> Location:
        return part.document.location((*part.path, *path), key=True)

    for issue in one.held:
        if issue not in yard.criteria:
            remedy = did_you_mean(issue, yard.criteria, "Declare it in issues.yaml.")
            yield Diagnostic(at("held", issue), "unknown-issue", f'"{issue}" is not declared.', remedy)
    tried = {issue for issue in one.held if _expecting(yard, one, issue, cases)}
    if yard.compares_result(one) and _ending(yard, one, cases):
        tried.add(RESULT)
    wanted = set() if one.doubt else {*one.held, *([RESULT] if yard.compares_result(one) else [])}
    for issue in (*one.held, RESULT):
        if issue in wanted and issue not in tried and issue not in one.left_out:
            what = "the result" if issue == RESULT else f'"{issue}"'
            remedy = "Expect it in a law case, or give the reason under `left_out`."
            yield Diagnostic(at("decision"), "untried-holding", f"no law case of {one.name} expects {what}.", remedy)
    for issue, reason in one.left_out.items():
        if issue not in wanted or issue in tried:
            what = "a law case expects it" if issue in tried else f"{one.name} does not hold it"
            told = f'"{issue}" is left out, and {what}.'
            yield Diagnostic(at("left_out", issue), "idle-reason", told, "Delete the reason.")
        if reason not in yard.reasons:
            remedy = did_you_mean(reason, yard.reasons, "Declare it under `reasons` in issues.yaml.")
            yield Diagnostic(at("left_out", issue), "unknown-name", f'the reason "{reason}" is not declared.', remedy)


def _by_decision(cases: Iterable[LawCase]) -> dict[str, list[LawCase]]:
    found: dict[str, list[LawCase]] = {}
    for case in cases:
        if case.decision is not None:
            found.setdefault(case.decision, []).append(case)
    return found


def _expecting(yard: Yardstick, one: Decision, issue: str, cases: Iterable[LawCase]) -> list[tuple[LawCase, str]]:
    """Return the law cases that expect what a decision held on an issue, each with the criterion that answers it."""
    names = yard.criteria.get(issue, ())
    return [(case, name) for case in cases for name in names if case.expect.get(name) is one.held[issue]]


def _ending(yard: Yardstick, one: Decision, cases: Iterable[LawCase]) -> list[tuple[LawCase, str]]:
    """Return the law cases that expect how a decision ended, each with what it expects."""
    recommended = yard.recommendations.get(one.result, ())
    found = [(case, "recommendation") for case in cases if case.recommend in recommended]
    ends = yard.endings.get(one.result, ())
    return found + [(case, name) for case in cases for name in ends if case.expect.get(name) is Status.MET]


def compare_holdings(yard: Yardstick, results: Iterable[LawCaseResult]) -> Iterator[HoldingComparison]:
    """Yield every holding and every result of the decisions, but for those in doubt, with whether the book agrees.

    A holding that several law cases expect agrees where each of them gives it.
    """
    wrong = {id(one.case): {name for name, _, _ in one.differences} for one in results}
    by_decision = _by_decision(one.case for one in results)
    for one in yard.decisions.values():
        if one.doubt:
            continue
        cases = by_decision.get(one.name, [])
        for issue in one.held:
            yield HoldingComparison(one, issue, _agrees(_expecting(yard, one, issue, cases), wrong))
        if yard.compares_result(one):
            yield HoldingComparison(one, RESULT, _agrees(_ending(yard, one, cases), wrong))


def _agrees(expecting: list[tuple[LawCase, str]], wrong: Mapping[int, set[str]]) -> bool | None:
    if not expecting:
        return None
    return not any(name in wrong[id(case)] for case, name in expecting)


@dataclass(frozen=True, slots=True)
class Agreement:
    """How many the book gives as the decisions did, of how many, and how many of these are left out for a reason."""

    agreeing: int
    total: int
    left_out: int


def count_agreement(rows: Iterable[tuple[str, bool | None]]) -> dict[str, Agreement]:
    """Return by name how far the rows agree, sorted by name."""
    found: dict[str, list[bool | None]] = {}
    for name, agrees in rows:
        found.setdefault(name, []).append(agrees)
    return {name: Agreement(all_.count(True), len(all_), all_.count(None)) for name, all_ in sorted(found.items())}
