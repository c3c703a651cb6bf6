"""Law cases: answers with the findings that they must give.

Many of them are real decisions. The rule book is trusted only as far as its law cases pass.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from screen.case.case_file import read_answers
from screen.case.evidence import RecordedAnswer
from screen.diagnostics import Diagnostic, Location, did_you_mean
from screen.engine.evaluate import evaluate
from screen.engine.finding import Findings
from screen.logic import Status
from screen.rulebook.at_date import book_at
from screen.rulebook.declarations import ParsedPart
from screen.rulebook.model import RuleBook


@dataclass(frozen=True, slots=True)
class LawCase:
    """Answers, a profile and a date, with the findings that are expected: on the open record, and once it is closed."""

    name: str
    decision: str | None
    profile: str
    as_of: date | None
    given: Mapping[str, RecordedAnswer]
    expect: Mapping[str, Status]
    recommend: str | None
    expect_closed: Mapping[str, Status]
    recommend_closed: str | None
    disputed: str | None
    not_yet: str | None
    location: Location


@dataclass(frozen=True, slots=True)
class LawCaseResult:
    """The findings of a law case, open and closed, and each expectation that is not met: name, expected, actual."""

    case: LawCase
    findings: Findings
    closed: Findings
    differences: tuple[tuple[str, str, str], ...]

    @property
    def passes(self) -> bool:
        """True where every expectation is met."""
        return not self.differences

    @property
    def excuse(self) -> str | None:
        """Why it need not pass: the decision is believed to be wrong, or the rule book cannot express it yet."""
        if self.case.disputed:
            return f"Disputed: {self.case.disputed}"
        return f"Not yet: {self.case.not_yet}" if self.case.not_yet else None


def read_law_cases(parts: Iterable[ParsedPart], book: RuleBook) -> tuple[list[LawCase], list[Diagnostic]]:
    """Return the law cases of a checked folder, with diagnostics of those that test nothing or name unknown things."""
    cases: list[LawCase] = []
    diagnostics: list[Diagnostic] = []
    for part in parts:
        raw, location = part.shape, part.document.location((*part.path, "name"))
        given, invalid = read_answers(part.document, (*part.path, "facts"), book)
        diagnostics += invalid
        if not (raw.expect or raw.recommend or raw.expect_closed or raw.recommend_closed):
            # A case that expects nothing can never fail, and would only seem to prove something.
            diagnostics.append(Diagnostic(location, "expects-nothing", "the case expects nothing.", "Add `expect`."))
        profile = raw.profile or book.default_profile
        if profile not in book.profiles:
            where = part.document.location((*part.path, "profile"))
            hint = did_you_mean(profile, book.profiles, "Known: " + ", ".join(book.profiles) + ".")
            diagnostics.append(Diagnostic(where, "unknown-profile", f'"{profile}" is not declared.', hint))
            continue
        expect, unknown = _expected(part, "expect", book)
        expect_closed, unknown_closed = _expected(part, "expect_closed", book)
        diagnostics += [*unknown, *unknown_closed]
        cases.append(
            LawCase(
                raw.name,
                raw.decision,
                profile,
                raw.as_of,
                given,
                expect,
                raw.recommend,
                expect_closed,
                raw.recommend_closed,
                raw.disputed,
                raw.not_yet,
                location,
            )
        )
    return cases, diagnostics


def _expected(part: ParsedPart, key: str, book: RuleBook) -> tuple[dict[str, Status], list[Diagnostic]]:
    """Return the findings that a law case expects under a key, and a diagnostic for each name that is no criterion."""
    named, diagnostics = getattr(part.shape, key), []
    for name in named:
        if name not in book.criteria:
            where = part.document.location((*part.path, key, name), key=True)
            hint = did_you_mean(name, book.criteria, "Name a criterion.")
            diagnostics.append(Diagnostic(where, "unknown-name", f'"{name}" is not a criterion.', hint))
    return {name: Status(finding) for name, finding in named.items() if name in book.criteria}, diagnostics


def try_law_case(case: LawCase, timeless_book: RuleBook) -> LawCaseResult:
    """Evaluate a law case by the law of its date. `timeless_book` holds the law of all dates."""
    book = book_at(timeless_book, case.as_of or timeless_book.law_as_of)
    findings, closed = (evaluate(book, case.given, case.profile, closed=is_closed) for is_closed in (False, True))
    wrong = [
        *_differences(findings, case.expect, case.recommend),
        *_differences(closed, case.expect_closed, case.recommend_closed, " on the closed record"),
    ]
    return LawCaseResult(case, findings, closed, tuple(wrong))


def _differences(
    findings: Findings, expect: Mapping[str, Status], recommend: str | None, where: str = ""
) -> Iterator[tuple[str, str, str]]:
    for name, status in expect.items():
        if findings[name].status is not status:
            yield f"{name}{where}", status.value, findings[name].status.value
    if recommend and findings.recommendation != recommend:
        yield f"recommendation{where}", recommend, findings.recommendation


def find_coverage_gaps(results: Iterable[LawCaseResult], book: RuleBook) -> dict[str, tuple[Status, ...]]:
    """Return the statuses that no law case gives a criterion, for each criterion with wording that has such gaps.

    Not applicable is only expected of criteria with `applies_if`.
    """
    reached: dict[str, set[Status]] = {name: set() for name in book.criteria}
    for result in results:
        for name, finding in result.findings.criteria.items():
            reached[name].add(finding.status)
    gaps = {}
    for name, criterion in book.criteria.items():
        expected = [Status.MET, Status.NOT_MET, Status.UNDETERMINED]
        expected += [Status.NOT_APPLICABLE] if criterion.applies_if is not None else []
        if criterion.says and (missing := tuple(status for status in expected if status not in reached[name])):
            gaps[name] = missing
    return gaps
