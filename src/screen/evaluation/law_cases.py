"""Law cases: facts with the findings that they must give.

In: the cases of a checked rule folder. Out: what each gave against what it expects. They are sentences that a lawyer
can nod at, many of them real decisions, and the law is only trusted as far as they hold.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from screen.case.case_file import read_given
from screen.case.evidence import RecordedAnswer
from screen.diagnostics import Diagnostic, Location, did_you_mean
from screen.engine.evaluate import evaluate
from screen.engine.finding import Findings
from screen.logic import Status
from screen.rulebook.at_date import book_at
from screen.rulebook.model import RuleBook

if TYPE_CHECKING:
    from screen.rulebook.declarations import ParsedPart


@dataclass(frozen=True, slots=True)
class LawCase:
    """Facts, a profile, and the findings that are expected."""

    name: str
    decision: str | None
    profile: str
    as_of: date | None
    given: Mapping[str, RecordedAnswer]
    expect: Mapping[str, Status]
    recommend: str | None
    disputed: str | None
    not_yet: str | None
    location: Location


@dataclass(frozen=True, slots=True)
class LawCaseResult:
    """A law case with what the rule book gave: each expectation that it did not meet."""

    case: LawCase
    findings: Findings
    differences: tuple[tuple[str, str, str], ...]

    @property
    def passes(self) -> bool:
        """True where every expectation is met."""
        return not self.differences

    @property
    def excuse(self) -> str | None:
        """Why it need not hold: the yardstick is believed wrong, or the rule book cannot say it yet."""
        if self.case.disputed:
            return f"Disputed: {self.case.disputed}"
        return f"Not yet: {self.case.not_yet}" if self.case.not_yet else None


def read_law_cases(parts: Iterable[ParsedPart], book: RuleBook) -> tuple[list[LawCase], list[Diagnostic]]:
    """Return the law cases of a checked folder, and a mistake for each that could test nothing or names what is not."""
    cases: list[LawCase] = []
    mistakes: list[Diagnostic] = []
    for part in parts:
        raw, place = part.shape, part.document.location((*part.path, "name"))
        given, wrong = read_given(part.document, (*part.path, "facts"), book)
        mistakes += wrong
        if not raw.expect and raw.recommend is None:
            # A case that expects nothing can never fail, and would stand there as if it proved something.
            mistakes.append(Diagnostic(place, "expects-nothing", "the case expects nothing.", "Add `expect`."))
        profile = raw.profile or book.default_profile
        if profile not in book.profiles:
            where = part.document.location((*part.path, "profile"))
            remedy = did_you_mean(profile, book.profiles, "Known: " + ", ".join(book.profiles) + ".")
            mistakes.append(Diagnostic(where, "unknown-profile", f'"{profile}" is not declared.', remedy))
            continue
        for name in raw.expect:
            if name not in book.criteria:
                where = part.document.location((*part.path, "expect", name), key=True)
                remedy = did_you_mean(name, book.criteria, "Name a criterion.")
                mistakes.append(Diagnostic(where, "unknown-name", f'"{name}" is no criterion.', remedy))
        expect = {name: Status(finding) for name, finding in raw.expect.items() if name in book.criteria}
        cases.append(
            LawCase(
                raw.name,
                raw.decision,
                profile,
                raw.as_of,
                given,
                expect,
                raw.recommend,
                raw.disputed,
                raw.not_yet,
                place,
            )
        )
    return cases, mistakes


def try_law_case(case: LawCase, timeless_book: RuleBook) -> LawCaseResult:
    """Return what the rule book gives for a law case, by the law of its day; `whole` holds the law of all days."""
    findings = evaluate(book_at(timeless_book, case.as_of or timeless_book.law_as_of), case.given, case.profile)
    wrong = [
        (name, state.value, findings[name].status.value)
        for name, state in case.expect.items()
        if findings[name].status is not state
    ]
    if case.recommend and findings.recommendation != case.recommend:
        wrong.append(("recommendation", case.recommend, findings.recommendation))
    return LawCaseResult(case, findings, tuple(wrong))


def find_coverage_gaps(results: Iterable[LawCaseResult], book: RuleBook) -> dict[str, tuple[Status, ...]]:
    """Return for each criterion with words the findings that no law case ever gives it, if there are any.

    Not applicable is asked only of criteria that can be.
    """
    seen: dict[str, set[Status]] = {name: set() for name in book.criteria}
    for one in results:
        for name, finding in one.findings.criteria.items():
            seen[name].add(finding.status)
    gaps = {}
    for name, criterion in book.criteria.items():
        wanted = [Status.MET, Status.NOT_MET, Status.UNDETERMINED]
        wanted += [Status.NOT_APPLICABLE] if criterion.applies_if is not None else []
        if criterion.says and (missing := tuple(state for state in wanted if state not in seen[name])):
            gaps[name] = missing
    return gaps
