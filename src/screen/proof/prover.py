"""Properties proved for every possible case, or broken by one.

In: a rule book. Out: for each property the profiles under which it holds and fails, and where it fails the shortest
case that shows it, which the evaluator has confirmed. Left alone: the clock, the screen.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import assert_never

from screen.case.evidence import RecordedAnswer
from screen.circuit.circuit import FALSE, Node, Ternary
from screen.circuit.domains import every_term, find_domains
from screen.engine.evaluate import evaluate
from screen.logic import Answer
from screen.proof.counterexample import breaks_property, violating_findings
from screen.proof.encode import EncodedAnswer, EncodedCase, EncodedLaw, SecondCase
from screen.proof.shortest_case import shortest_cases
from screen.proof.solver import Bit, all_of, any_of, free_bit, iff, not_
from screen.rulebook import formulas, terms
from screen.rulebook.model import Fact, Property, RuleBook, criterion_terms


@dataclass(frozen=True)
class Counterexample:
    """A case that breaks a property, confirmed by the evaluator.

    `other` holds the answers of a second case where the property speaks of two; `shows` the findings that break it: the
    name, how it ends, and how it ends in the second case.
    """

    profile: str
    given: dict[str, RecordedAnswer]
    second: dict[str, RecordedAnswer] | None
    violations: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class Verdict:
    """What came of one property. `asks` is what a part that must stand apart is asked, where that is what breaks it."""

    subject: Property
    holds_under: tuple[str, ...]
    fails_under: tuple[str, ...]
    counterexample: Counterexample | None = None
    asks: tuple[str, ...] = ()

    @property
    def is_proved(self) -> bool:
        """True where it holds in every case under every profile that was looked at."""
        return not self.fails_under and not self.asks


class Prover:
    """A rule book encoded once, for one property after the other."""

    def __init__(self, book: RuleBook, profiles: Iterable[str] | None = None) -> None:
        self.book = book
        self.profiles = tuple(profiles or book.profiles)

    @cached_property
    def encoded(self) -> EncodedLaw:
        """The law as formulas. What must stand apart is looked for in the terms, and needs none."""
        all_terms = [term for each in self.book.properties.values() for term in _terms_in(each)]
        return EncodedLaw(self.book, find_domains(self.book, [*every_term(self.book), *all_terms]))

    def prove(self, one: Property) -> Verdict:
        """Return what comes of a property."""
        under = tuple(name for name in self.profiles if not one.profiles or name in one.profiles)
        if isinstance(one.statement, formulas.Apart):
            asks = tuple(_asks_of(self.book, one.statement.parts))
            return Verdict(one, () if asks else under, under if asks else (), asks=asks)
        # What is written out for the case itself stays for the next property; what is written for the second does not.
        compared = self._compared(one.statement)
        self.encoded.encode_nodes(compared)
        with self.encoded.scope():
            other = self._other(one.statement, compared)
            wanted = [self.encoded.formula(self._broken(one.statement, other)), *self._silent(one)]
            fails = self._failing(wanted, under)
            example = self._example(one, other, wanted, fails) if fails else None
        return Verdict(one, tuple(name for name in under if name not in fails), fails, example)

    def _compared(self, statement: object) -> list[Node]:
        """Return what a statement asks of a case, or compares between two."""
        match statement:
            case formulas.Never(formula):
                return [self.encoded.compile_formula(formula)]
            case formulas.Whenever(whenever, then):
                return [self.encoded.compile_formula(whenever), self.encoded.compile_formula(then)]
            case formulas.NeverWeaker(_, criteria) | formulas.NeverFlipped(criteria):
                return [node for name in criteria for node in self.encoded.law.criteria[name]]
            case formulas.NeverChanged(_, criteria, recommendation):
                ends = [node for name in criteria for node in self.encoded.law.criteria[name]]
                return [*ends, *self._recommended()] if recommendation else ends
        raise TypeError(f"{type(statement).__name__} speaks of no case")

    def _recommended(self) -> list[Node]:
        """Return where each recommendation is given."""
        names = dict.fromkeys(recommendation.name for recommendation in self.book.recommendations)
        return [self.encoded.is_recommended(name) for name in names]

    def _silent(self, one: Property) -> list[Bit]:
        """Return that nothing is answered but what the property lets be."""
        if one.answering is None:
            return []
        said = [answers for name, answers in self.encoded.answers.items() if name not in one.answering]
        return [not_(any_of(*(any_of(answers.asked, answers.known) for answers in said)))]

    def _failing(self, wanted: list[Bit], under: tuple[str, ...]) -> tuple[str, ...]:
        """Return the profiles under which all of this is possible. Most often one question rules them all out."""
        encoded = self.encoded
        bits = [encoded.profiles[name] for name in under]
        if encoded.find_model(*wanted, encoded.define(any_of(*bits), "looked at")) is None:
            return ()
        return tuple(
            name for name, bit in zip(under, bits, strict=True) if encoded.find_model(*wanted, bit) is not None
        )

    def _example(
        self, one: Property, other: SecondCase | None, wanted: list[Bit], fails: tuple[str, ...]
    ) -> Counterexample:
        """Return the shortest case that breaks a property, after the evaluator has looked at it."""
        profile = self.book.default_profile if self.book.default_profile in fails else fails[0]
        said = (self.encoded.answers,) if other is None else (self.encoded.answers, other.answers)
        cases = shortest_cases(self.encoded, said, [*wanted, self.encoded.profiles[profile]])
        assert cases is not None
        found = [evaluate(self.book, case, profile) for case in cases]
        second = found[1] if other is not None else None
        if not breaks_property(one, cases[0], found[0], None if second is None else (cases[1], second)):
            raise AssertionError(f"{one.name}: the evaluator does not find what the proof found")
        shows = violating_findings(one, found[0], second)
        return Counterexample(profile, cases[0], cases[1] if other is not None else None, shows)

    # ── two cases ───────────────────────────────────────────────────────────────────────────────────────────────────

    def _other(self, statement: object, compared: list[Node]) -> SecondCase | None:
        """Return the second case that a statement speaks of; None where it speaks of one."""
        match statement:
            case formulas.NeverWeaker(changes):
                return self.encoded.second_case(self._changed(changes, ordered=True), compared)
            case formulas.NeverChanged(changes):
                return self.encoded.second_case(self._changed(changes, ordered=False), compared)
            case formulas.NeverFlipped():
                return self._withdrawn(compared)
            case _:
                return None

    def _changed(self, changes: tuple[formulas.AnswerChange, ...], *, ordered: bool) -> EncodedCase:
        """Return other answers to these facts; where ordered each is as before, or there is more of it."""
        encoded = self.encoded
        others = {one.fact: encoded.free_answers(one.fact, "other ") for one in changes if one.fact in encoded.domains}
        for change in changes:
            if change.fact not in others:
                continue
            before, after = encoded.answers[change.fact], others[change.fact]
            same_silence = [iff(before.known, after.known), iff(before.asked, after.asked)]
            if change.options is not None:
                rest = [option for option in before.domain.options if option not in change.options]
                encoded.add(*(iff(before.bits[option], after.bits[option]) for option in rest), *same_silence)
            if ordered:
                same = all_of(*(iff(bit, after.bits[value]) for value, bit in before.bits.items()), *same_silence)
                more = any_of(*_more(before, after))
                encoded.add(any_of(same, all_of(before.known, after.known, more)))
        return others

    def _withdrawn(self, compared: list[Node]) -> SecondCase:
        """Return a case that lacks some answers; where a presumption would step in the answer stays."""
        encoded = self.encoded
        keeps: dict[str, Bit] = {name: free_bit(f"keeps {name}") for name in encoded.answers}
        others = {name: self._kept(answers, keeps[name]) for name, answers in encoded.answers.items()}
        law = encoded.law
        known = {name: law.is_known(name) for name in encoded.answers if law.is_presumed(name) != FALSE}
        second = encoded.second_case(others, [*compared, *known.values()])
        for name, node in known.items():
            stays_unknown = not_(encoded.formula(second.nodes[node]))
            encoded.add(any_of(keeps[name], not_(encoded.answers[name].asked), stays_unknown))
        return second

    def _kept(self, answers: EncodedAnswer, keeps: Bit) -> EncodedAnswer:
        """Return these answers where they are kept, and none elsewhere."""

        def kept(bit: Bit) -> Bit:
            return self.encoded.define(all_of(bit, keeps), "kept")

        known = kept(answers.known)
        given = known if answers.asked is answers.known else kept(answers.asked)
        return EncodedAnswer(answers.domain, {value: kept(bit) for value, bit in answers.bits.items()}, known, given)

    def _broken(self, statement: object, other: SecondCase | None) -> Node:
        """Return where a statement is broken."""
        circuit = self.encoded.circuit
        match statement:
            case formulas.Never(formula):
                return self.encoded.compile_formula(formula)
            case formulas.Whenever(whenever, then):
                return circuit.and_(
                    self.encoded.compile_formula(whenever), circuit.not_(self.encoded.compile_formula(then))
                )
        assert other is not None
        match statement:
            case formulas.NeverWeaker(_, criteria):
                return circuit.or_(*(self._weaker(name, other) for name in criteria))
            case formulas.NeverChanged():
                compared = self._compared(statement)
                return circuit.or_(*(circuit.xor_(node, other.nodes[node]) for node in compared))
            case formulas.NeverFlipped(criteria):
                ends = [node for name in criteria for node in self.encoded.law.criteria[name]]
                return circuit.or_(*(circuit.and_(other.nodes[node], circuit.not_(node)) for node in ends))
        raise TypeError(f"{type(statement).__name__} speaks of no two cases")

    def _weaker(self, name: str, other: SecondCase) -> Node:
        """Return where the second case ends worse for the claim."""
        circuit, before = self.encoded.circuit, self.encoded.law.criteria[name]
        after = other.counterpart(before)
        if self.book.criteria[name].adverse:
            before, after = (Ternary(end.not_met, end.met, end.not_applicable) for end in (before, after))
        lost = circuit.and_(before.met, circuit.not_(after.met))
        return circuit.or_(lost, circuit.and_(after.not_met, circuit.not_(before.not_met)))


def _more(before: EncodedAnswer, after: EncodedAnswer) -> Iterator[Bit]:
    """Yield the ways in which there is more of a fact: yes for no, a higher level, options added to a set."""
    if before.domain.fact.type == "many":
        yield all_of(*(any_of(not_(bit), after.bits[option]) for option, bit in before.bits.items()))
        return
    ranks = {value: _rank(before.domain.fact, value) for value in before.bits}
    for value, bit in before.bits.items():
        yield all_of(bit, any_of(*(after.bits[more] for more in ranks if ranks[more] > ranks[value])))


def _rank(fact: Fact, value: object) -> float:
    if isinstance(value, Answer):
        return 1 if value is Answer.YES else 0
    if isinstance(value, str):
        return fact.level(value)
    assert isinstance(value, int | float)
    return value


# ── structure ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _asks_of(book: RuleBook, parts: tuple[str, ...]) -> Iterator[str]:
    """Yield what criteria, presumptions and recommendations ask beyond answers, criteria, treaties and readings."""
    apart = {name for part in parts for name in _names(book, part)}
    asking = [(one.name, term) for one in book.criteria.values() for term in criterion_terms(one)]
    asking += [(f"presumption of {one.fact}", one.when) for one in book.presumptions if one.when is not None]
    asking += [(f"recommendation {one.name}", one.when) for one in book.recommendations]
    for who, term in asking:
        for inner in terms.subterms(term):
            for name in _named_by(inner):
                if name in apart or not _is_law(book, inner):
                    yield f"{who} asks {name}"


def _names(book: RuleBook, part: str) -> Iterator[str]:
    for one in getattr(book, part).values() if isinstance(getattr(book, part), dict) else getattr(book, part):
        yield one.name


def _named_by(term: terms.Term) -> tuple[str, ...]:
    match term:
        case terms.Met(name) | terms.NotRuledOut(name):
            return (name,)
        case terms.Is() | terms.Includes() | terms.Between() | terms.Binds():
            return (term.fact,)
        case terms.TakesSide(reading) | terms.ByReading(reading):
            return (reading,)
        case terms.All() | terms.AnyOf() | terms.AtLeast() | terms.Not() | terms.InForce():
            return ()
        case _:
            assert_never(term)


def _is_law(book: RuleBook, term: terms.Term) -> bool:
    match term:
        case terms.Met(name) | terms.NotRuledOut(name):
            return name in book.criteria
        case terms.TakesSide(reading) | terms.ByReading(reading):
            return reading in book.readings
        case terms.Is(name) | terms.Includes(name) | terms.Between(name) | terms.Binds(_, name):
            return name in book.facts
        case _:
            return True


def _terms_in(one: Property) -> Iterator[terms.Term]:
    match one.statement:
        case formulas.Never(formula):
            yield from _terms_of_formula(formula)
        case formulas.Whenever(whenever, then):
            yield from _terms_of_formula(whenever)
            yield from _terms_of_formula(then)


def _terms_of_formula(formula: formulas.Formula) -> Iterator[terms.Term]:
    match formula:
        case formulas.TermHolds(term):
            yield term
        case formulas.Every(parts) | formulas.Some(parts):
            for part in parts:
                yield from _terms_of_formula(part)
