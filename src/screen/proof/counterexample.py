"""What the evaluator says of a property, case by case.

In: a statement, and the findings of a case, or of two cases. Out: whether the statement is broken there, and which
findings show it. No counterexample is shown to anybody before this has confirmed it.
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

#: How much a finding helps a claim; undetermined and not applicable neither help nor hurt.
_STRENGTH = {"not_met": 0, "undetermined": 1, "not_applicable": 1, "met": 2}


#: A case with what the evaluator finds in it.
EvaluatedCase = tuple[Mapping[str, RecordedAnswer], Findings]


def breaks_property(
    one: Property, given: Mapping[str, RecordedAnswer], found: Findings, second: EvaluatedCase | None = None
) -> bool:
    """Tell whether a property is broken by a case, or by two cases of which the second has other answers."""
    if one.profiles and found.profile.name not in one.profiles:
        return False
    if one.answering is not None and given.keys() - one.answering:
        return False
    match one.statement:
        case formulas.Never(formula):
            return formula_holds(formula, found)
        case formulas.Whenever(whenever, then):
            return formula_holds(whenever, found) and not formula_holds(then, found)
        case formulas.Apart():
            return False  # no case can show it
        case _:
            assert second is not None
            return covers_pair(one, given, *second) and bool(list(violations(one, found, second[1])))


def covers_pair(
    one: Property, given: Mapping[str, RecordedAnswer], other: Mapping[str, RecordedAnswer], findings: Findings
) -> bool:
    """Tell whether a property speaks of these two cases: whether the answers differ as it says, and in nothing else."""
    differ = [name for name in {**given, **other} if given.get(name) != other.get(name)]
    match one.statement:
        case formulas.NeverWeaker(changes) | formulas.NeverChanged(changes):
            pairs = {name: (given.get(name, _SILENT).value, other.get(name, _SILENT).value) for name in differ}
            by_fact = {change.fact: change for change in changes}
            return all(name in by_fact and _within(by_fact[name], *pair) for name, pair in pairs.items()) and (
                not isinstance(one.statement, formulas.NeverWeaker)
                or all(_is_more(findings.book.facts[name], *pair) for name, pair in pairs.items())
            )
        case _:
            # Nothing steps in for an answer that is taken away.
            return all(name not in other and not findings.established[name].is_known for name in differ)


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


def formula_holds(formula: formulas.Formula, found: Findings) -> bool:
    """Tell whether something that is said of a whole evaluation holds in this one."""
    match formula:
        case formulas.TermHolds(term):
            return Evaluator.from_findings(found).examine(term).status is MET
        case formulas.EndsIn(name, states):
            return found[name].status.value in states
        case formulas.SomeAdverseEndsIn(states):
            adverse = [one.name for one in found.book.criteria.values() if one.adverse]
            return any(found[name].status.value in states for name in adverse)
        case formulas.Recommended(names):
            return found.recommendation in names
        case formulas.Every(parts):
            return all(formula_holds(part, found) for part in parts)
        case formulas.Some(parts):
            return any(formula_holds(part, found) for part in parts)
        case _:
            assert_never(formula)


def violations(one: Property, found: Findings, other: Findings) -> Iterator[tuple[str, str, str]]:
    """Yield what breaks a property between two cases: a name, how it ends in the first, how in the second."""
    match one.statement:
        case formulas.NeverWeaker(_, criteria):
            for name, before, after in _pairs(criteria, found, other):
                worse = _STRENGTH[after] - _STRENGTH[before]
                if worse > 0 if found.book.criteria[name].adverse else worse < 0:
                    yield name, before, after
        case formulas.NeverChanged(_, criteria, recommendation):
            yield from (pair for pair in _pairs(criteria, found, other) if pair[1] != pair[2])
            if recommendation and found.recommendation != other.recommendation:
                yield RECOMMENDATION, found.recommendation, other.recommendation
        case formulas.NeverFlipped(criteria):
            # Met, not met and not applicable may become undetermined, and nothing else.
            for name, before, after in _pairs(criteria, found, other):
                if after not in (before, "undetermined"):
                    yield name, before, after


def _pairs(criteria: tuple[str, ...], found: Findings, other: Findings) -> Iterator[tuple[str, str, str]]:
    for name in criteria:
        yield name, found[name].status.value, other[name].status.value


def violating_findings(one: Property, found: Findings, other: Findings | None) -> tuple[tuple[str, str, str], ...]:
    """Return the findings that show that a property is broken; the last is empty where there is one case alone."""
    if other is not None:
        return tuple(violations(one, found, other))
    names = [*dict.fromkeys(name for formula in _formulas(one) for name in _named(formula, found))]
    rows = [(name, found[name].status.value, "") for name in names]
    return (*rows, (RECOMMENDATION, found.recommendation, ""))


def _formulas(one: Property) -> tuple[formulas.Formula, ...]:
    match one.statement:
        case formulas.Whenever(whenever, then):
            return (whenever, then)
        case formulas.Never(formula):
            return (formula,)
        case _:
            return ()


def _named(formula: formulas.Formula, found: Findings) -> Iterator[str]:
    match formula:
        case formulas.TermHolds(term):
            yield from sorted(criteria_in([term]))
        case formulas.EndsIn(name, _):
            yield name
        case formulas.SomeAdverseEndsIn(states):
            criteria = found.book.criteria.values()
            yield from (one.name for one in criteria if one.adverse and found[one.name].status.value in states)
        case formulas.Every(parts) | formulas.Some(parts):
            for part in parts:
                yield from _named(part, found)
