"""Prove properties of a rule book for every possible case, or find the shortest case that breaks one.

Every counterexample has been confirmed by the evaluator.
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

    `second` holds the answers of a second case where the property is about two. `violations` are the findings that
    break it: the name, its status, and its status in the second case.
    """

    profile: str
    given: dict[str, RecordedAnswer]
    second: dict[str, RecordedAnswer] | None
    violations: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class Verdict:
    """The result for a property: the profiles under which it holds and fails.

    `asks` lists the conditions that name what must stand apart, where that breaks the property.
    """

    subject: Property
    holds_under: tuple[str, ...]
    fails_under: tuple[str, ...]
    counterexample: Counterexample | None = None
    asks: tuple[str, ...] = ()

    @property
    def is_proved(self) -> bool:
        """True where the property holds in every case under every profile that was checked."""
        return not self.fails_under and not self.asks


class Prover:
    """Proves properties of a rule book, which is encoded once for all of them."""

    def __init__(self, book: RuleBook, profiles: Iterable[str] | None = None) -> None:
        self.book = book
        self.profiles = tuple(profiles or book.profiles)

    @cached_property
    def encoded(self) -> EncodedLaw:
        """The law as formulas, made when first needed: properties of the `apart` kind are checked without it."""
        all_terms = [term for prop in self.book.properties.values() for term in _terms_in(prop)]
        return EncodedLaw(self.book, find_domains(self.book, [*every_term(self.book), *all_terms]))

    def prove(self, prop: Property) -> Verdict:
        """Return whether a property holds, and a counterexample where it does not."""
        profiles = tuple(name for name in self.profiles if not prop.profiles or name in prop.profiles)
        if isinstance(prop.statement, formulas.Apart):
            asks = tuple(_forbidden_names(self.book, prop.statement.parts))
            return Verdict(prop, () if asks else profiles, profiles if asks else (), asks=asks)
        # The encoding of the first case is kept for the next property, that of a second case is not.
        nodes = self._nodes_of(prop.statement)
        self.encoded.encode_nodes(nodes)
        with self.encoded.scope():
            second = self._second_case(prop.statement, nodes)
            broken = [self.encoded.formula(self._violation(prop.statement, second)), *self._nothing_else_answered(prop)]
            failing = self._failing_profiles(broken, profiles)
            example = self._counterexample(prop, second, broken, failing) if failing else None
        return Verdict(prop, tuple(name for name in profiles if name not in failing), failing, example)

    def _nodes_of(self, statement: object) -> list[Node]:
        """Return the nodes that a statement tests in a case, or compares between two cases."""
        match statement:
            case formulas.Never(formula):
                return [self.encoded.compile_formula(formula)]
            case formulas.Whenever(whenever, then):
                return [self.encoded.compile_formula(whenever), self.encoded.compile_formula(then)]
            case formulas.NeverWeaker(_, criteria) | formulas.NeverFlipped(criteria):
                return [node for name in criteria for node in self.encoded.law.criteria[name]]
            case formulas.NeverChanged(_, criteria, recommendation):
                nodes = [node for name in criteria for node in self.encoded.law.criteria[name]]
                return [*nodes, *self._recommendation_nodes()] if recommendation else nodes
        raise TypeError(f"{type(statement).__name__} is not a statement about a case")

    def _recommendation_nodes(self) -> list[Node]:
        """Return the node where each recommendation is given."""
        names = dict.fromkeys(recommendation.name for recommendation in self.book.recommendations)
        return [self.encoded.is_recommended(name) for name in names]

    def _nothing_else_answered(self, prop: Property) -> list[Bit]:
        """Return the condition that only the facts that the property allows (`answering`) have answers."""
        if prop.answering is None:
            return []
        others = [answers for name, answers in self.encoded.answers.items() if name not in prop.answering]
        return [not_(any_of(*(any_of(answers.asked, answers.known) for answers in others)))]

    def _failing_profiles(self, broken: list[Bit], profiles: tuple[str, ...]) -> tuple[str, ...]:
        """Return the profiles under which all of this is possible. Usually a single check rules them all out."""
        encoded = self.encoded
        bits = [encoded.profiles[name] for name in profiles]
        if encoded.find_model(*broken, encoded.define(any_of(*bits), "looked at")) is None:
            return ()
        return tuple(
            name for name, bit in zip(profiles, bits, strict=True) if encoded.find_model(*broken, bit) is not None
        )

    def _counterexample(
        self, prop: Property, second: SecondCase | None, broken: list[Bit], failing: tuple[str, ...]
    ) -> Counterexample:
        """Return the shortest case that breaks a property, after the evaluator has confirmed it."""
        profile = self.book.default_profile if self.book.default_profile in failing else failing[0]
        encoded_cases = (self.encoded.answers,) if second is None else (self.encoded.answers, second.answers)
        cases = shortest_cases(self.encoded, encoded_cases, [*broken, self.encoded.profiles[profile]])
        assert cases is not None
        findings = [evaluate(self.book, case, profile) for case in cases]
        other = None if second is None else (cases[1], findings[1])
        if not breaks_property(prop, cases[0], findings[0], other):
            raise AssertionError(f"{prop.name}: the evaluator does not confirm the counterexample")
        shown = violating_findings(prop, findings[0], other and other[1])
        return Counterexample(profile, cases[0], other and other[0], shown)

    # ── two cases ───────────────────────────────────────────────────────────────────────────────────────────────────

    def _second_case(self, statement: object, nodes: list[Node]) -> SecondCase | None:
        """Return the second case of a statement; None where the statement is about a single case."""
        match statement:
            case formulas.NeverWeaker(changes):
                return self.encoded.second_case(self._changed_answers(changes, ordered=True), nodes)
            case formulas.NeverChanged(changes):
                return self.encoded.second_case(self._changed_answers(changes, ordered=False), nodes)
            case formulas.NeverFlipped():
                return self._case_with_fewer_answers(nodes)
            case _:
                return None

    def _changed_answers(self, changes: tuple[formulas.AnswerChange, ...], *, ordered: bool) -> EncodedCase:
        """Return other answers to these facts; with `ordered` each answer stays the same or increases."""
        encoded = self.encoded
        others = {
            change.fact: encoded.free_answers(change.fact, "other ")
            for change in changes
            if change.fact in encoded.domains
        }
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

    def _case_with_fewer_answers(self, nodes: list[Node]) -> SecondCase:
        """Return a case that lacks some of the answers; an answer stays where a presumption would take its place."""
        encoded = self.encoded
        keeps: dict[str, Bit] = {name: free_bit(f"keeps {name}") for name in encoded.answers}
        others = {name: self._kept_answer(answers, keeps[name]) for name, answers in encoded.answers.items()}
        law = encoded.law
        known = {name: law.is_known(name) for name in encoded.answers if law.is_presumed(name) != FALSE}
        second = encoded.second_case(others, [*nodes, *known.values()])
        for name, node in known.items():
            stays_unknown = not_(encoded.formula(second.nodes[node]))
            encoded.add(any_of(keeps[name], not_(encoded.answers[name].asked), stays_unknown))
        return second

    def _kept_answer(self, answers: EncodedAnswer, keeps: Bit) -> EncodedAnswer:
        """Return this answer where it is kept, and no answer elsewhere."""

        def kept(bit: Bit) -> Bit:
            return self.encoded.define(all_of(bit, keeps), "kept")

        known = kept(answers.known)
        asked = known if answers.asked is answers.known else kept(answers.asked)
        return EncodedAnswer(answers.domain, {value: kept(bit) for value, bit in answers.bits.items()}, known, asked)

    def _violation(self, statement: object, second: SecondCase | None) -> Node:
        """Return the node where a statement is broken."""
        circuit = self.encoded.circuit
        match statement:
            case formulas.Never(formula):
                return self.encoded.compile_formula(formula)
            case formulas.Whenever(whenever, then):
                return circuit.and_(
                    self.encoded.compile_formula(whenever), circuit.not_(self.encoded.compile_formula(then))
                )
        assert second is not None
        match statement:
            case formulas.NeverWeaker(_, criteria):
                return circuit.or_(*(self._weaker(name, second) for name in criteria))
            case formulas.NeverChanged():
                compared_nodes = self._nodes_of(statement)
                return circuit.or_(*(circuit.xor_(node, second.nodes[node]) for node in compared_nodes))
            case formulas.NeverFlipped(criteria):
                nodes = [node for name in criteria for node in self.encoded.law.criteria[name]]
                return circuit.or_(*(circuit.and_(second.nodes[node], circuit.not_(node)) for node in nodes))
        raise TypeError(f"{type(statement).__name__} is not a statement about two cases")

    def _weaker(self, name: str, second: SecondCase) -> Node:
        """Return the node where a criterion is worse for the claim in the second case."""
        circuit, before = self.encoded.circuit, self.encoded.law.criteria[name]
        after = second.counterpart(before)
        if self.book.criteria[name].adverse:
            before, after = (Ternary(end.not_met, end.met, end.not_applicable) for end in (before, after))
        lost = circuit.and_(before.met, circuit.not_(after.met))
        return circuit.or_(lost, circuit.and_(after.not_met, circuit.not_(before.not_met)))


def _more(before: EncodedAnswer, after: EncodedAnswer) -> Iterator[Bit]:
    """Yield the ways in which an answer increases: yes for no, a higher level, options added to a set."""
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


def _forbidden_names(book: RuleBook, parts: tuple[str, ...]) -> Iterator[str]:
    """Yield where criteria, presumptions and recommendations name these parts, or anything that is not law."""
    apart = {name for part in parts for name in _names(book, part)}
    asking = [(rule.name, term) for rule in book.criteria.values() for term in criterion_terms(rule)]
    asking += [(f"presumption of {entry.fact}", entry.when) for entry in book.presumptions if entry.when is not None]
    asking += [(f"recommendation {entry.name}", entry.when) for entry in book.recommendations]
    for who, term in asking:
        for inner in terms.subterms(term):
            for name in _named_by(inner):
                if name in apart or not _is_law(book, inner):
                    yield f"{who} asks {name}"


def _names(book: RuleBook, part: str) -> Iterator[str]:
    for entry in getattr(book, part).values() if isinstance(getattr(book, part), dict) else getattr(book, part):
        yield entry.name


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


def _terms_in(prop: Property) -> Iterator[terms.Term]:
    match prop.statement:
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
