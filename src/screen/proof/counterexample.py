"""Check a property against the evaluator's findings in one case or two.

No counterexample is reported before the check here has confirmed it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import assert_never

from screen.case.evidence import RecordedAnswer
from screen.engine.evaluate import Evaluator
from screen.engine.finding import Findings
from screen.logic import MET, Answer
from screen.rulebook import formulas, terms
from screen.rulebook.dependencies import criteria_in
from screen.rulebook.model import Fact, Property
from screen.rulebook.properties import RECOMMENDATION

#: How far a status helps a claim; undetermined and not applicable neither help nor harm it.
_STRENGTH = {"not_met": 0, "undetermined": 1, "not_applicable": 1, "met": 2}


#: The answers of a case and its findings.
EvaluatedCase = tuple[Mapping[str, RecordedAnswer], Findings]


def breaks_property(
    prop: Property, given: Mapping[str, RecordedAnswer], findings: Findings, second: EvaluatedCase | None = None
) -> bool:
    """Tell whether a case breaks a property, or two cases of which the second has other answers."""
    if prop.profiles and findings.profile.name not in prop.profiles:
        return False
    if prop.answering is not None and given.keys() - prop.answering:
        return False
    match prop.statement:
        case formulas.Never(formula):
            return formula_holds(formula, findings)
        case formulas.Whenever(whenever, then):
            return formula_holds(whenever, findings) and not formula_holds(then, findings)
        case formulas.Apart():
            return False  # no case can show it
        case _:
            assert second is not None
            return covers_pair(prop, given, *second) and bool(list(violations(prop, findings, second[1])))


def covers_pair(
    prop: Property,
    given: Mapping[str, RecordedAnswer],
    other_given: Mapping[str, RecordedAnswer],
    findings: Findings,
) -> bool:
    """Tell whether a property covers these two cases: their answers differ as it says, and in nothing else."""
    differ = [name for name in {**given, **other_given} if given.get(name) != other_given.get(name)]
    match prop.statement:
        case formulas.NeverWeaker(changes) | formulas.NeverChanged(changes):
            pairs = {name: (given.get(name, _SILENT).value, other_given.get(name, _SILENT).value) for name in differ}
            by_fact = {change.fact: change for change in changes}
            return all(name in by_fact and _within(by_fact[name], *pair) for name, pair in pairs.items()) and (
                not isinstance(prop.statement, formulas.NeverWeaker)
                or all(_is_more(findings.book.facts[name], *pair) for name, pair in pairs.items())
            )
        case _:
            # Answers are only taken away, and no presumption takes their place.
            return all(name not in other_given and not findings.established[name].is_known for name in differ)


_SILENT = RecordedAnswer(Answer.UNKNOWN)


def _within(change: formulas.AnswerChange, before: terms.Value, after: terms.Value) -> bool:
    if change.options is None:
        return True
    return isinstance(before, frozenset) and isinstance(after, frozenset) and before ^ after <= change.options


def _is_more(fact: Fact, before: terms.Value, after: terms.Value) -> bool:
    if isinstance(before, frozenset) and isinstance(after, frozenset):
        return before < after
    if isinstance(before, Answer) or isinstance(after, Answer):
        return before is Answer.NO and after is Answer.YES
    if fact.type == "level":
        return fact.level(str(before)) < fact.level(str(after))
    assert isinstance(before, int | float)
    assert isinstance(after, int | float)
    return before < after


def formula_holds(formula: formulas.Formula, findings: Findings) -> bool:
    """Tell whether a formula holds in these findings."""
    match formula:
        case formulas.TermHolds(term):
            return Evaluator.from_findings(findings).examine(term).status is MET
        case formulas.EndsIn(name, statuses):
            return findings[name].status.value in statuses
        case formulas.SomeAdverseEndsIn(statuses):
            adverse = [criterion.name for criterion in findings.book.criteria.values() if criterion.adverse]
            return any(findings[name].status.value in statuses for name in adverse)
        case formulas.Recommended(names):
            return findings.recommendation in names
        case formulas.Every(parts):
            return all(formula_holds(part, findings) for part in parts)
        case formulas.Some(parts):
            return any(formula_holds(part, findings) for part in parts)
        case _:
            assert_never(formula)


def violations(prop: Property, findings: Findings, other: Findings) -> Iterator[tuple[str, str, str]]:
    """Yield what breaks a property between two cases: a name, its status in the first, and in the second."""
    match prop.statement:
        case formulas.NeverWeaker(_, criteria):
            for name, before, after in _pairs(criteria, findings, other):
                worse = _STRENGTH[after] - _STRENGTH[before]
                if worse > 0 if findings.book.criteria[name].adverse else worse < 0:
                    yield name, before, after
        case formulas.NeverChanged(_, criteria, recommendation):
            yield from (pair for pair in _pairs(criteria, findings, other) if pair[1] != pair[2])
            if recommendation and findings.recommendation != other.recommendation:
                yield RECOMMENDATION, findings.recommendation, other.recommendation
        case formulas.NeverFlipped(criteria):
            # Met, not met and not applicable may become undetermined, and nothing else.
            for name, before, after in _pairs(criteria, findings, other):
                if after not in (before, "undetermined"):
                    yield name, before, after


def _pairs(criteria: tuple[str, ...], findings: Findings, other: Findings) -> Iterator[tuple[str, str, str]]:
    for name in criteria:
        yield name, findings[name].status.value, other[name].status.value


def violating_findings(prop: Property, findings: Findings, other: Findings | None) -> tuple[tuple[str, str, str], ...]:
    """Return the findings that break a property, as `violations` does; for a single case the last item is empty."""
    if other is not None:
        return tuple(violations(prop, findings, other))
    names = [*dict.fromkeys(name for formula in _formulas(prop) for name in _named(formula, findings))]
    rows = [(name, findings[name].status.value, "") for name in names]
    return (*rows, (RECOMMENDATION, findings.recommendation, ""))


def _formulas(prop: Property) -> tuple[formulas.Formula, ...]:
    match prop.statement:
        case formulas.Whenever(whenever, then):
            return (whenever, then)
        case formulas.Never(formula):
            return (formula,)
        case _:
            return ()


def _named(formula: formulas.Formula, findings: Findings) -> Iterator[str]:
    match formula:
        case formulas.TermHolds(term):
            yield from sorted(criteria_in([term]))
        case formulas.EndsIn(name, _):
            yield name
        case formulas.SomeAdverseEndsIn(statuses):
            criteria = findings.book.criteria.values()
            yield from (
                criterion.name
                for criterion in criteria
                if criterion.adverse and findings[criterion.name].status.value in statuses
            )
        case formulas.Every(parts) | formulas.Some(parts):
            for part in parts:
                yield from _named(part, findings)
