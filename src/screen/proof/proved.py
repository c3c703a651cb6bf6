"""Properties proved for every possible case, or broken by one.

In: a rule book. Out: for each property the profiles under which it holds and fails, and where it fails the shortest
case that shows it, which the evaluator has confirmed. Left alone: the clock, the screen.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import assert_never

from screen.answer import Answer
from screen.engine.evaluate import evaluate
from screen.facts import Given
from screen.language.terms import (
    All,
    AnyOf,
    Apart,
    AtLeast,
    Between,
    Binds,
    ByReading,
    Change,
    Every,
    Fact,
    Formula,
    Holds,
    Includes,
    InForce,
    Is,
    Met,
    Never,
    NeverChanged,
    NeverFlipped,
    NeverWeaker,
    Not,
    NotRuledOut,
    Property,
    RuleBook,
    Some,
    Takes,
    Term,
    Whenever,
    conditions,
    within,
)  # fmt: skip
from screen.proof.bits import Bit, Rail, alike, all_of, any_of, differ, free, not_
from screen.proof.cases import shortest
from screen.proof.confirmed import breaks, shown
from screen.proof.values import asked, terms_of
from screen.proof.working import Answers, Law, Working


@dataclass(frozen=True)
class Counterexample:
    """A case that breaks a property, confirmed by the evaluator.

    `other` holds the answers of a second case where the property speaks of two; `shows` the findings that break it: the
    name, how it ends, and how it ends in the second case.
    """

    profile: str
    given: dict[str, Given]
    other: dict[str, Given] | None
    shows: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class Verdict:
    """What came of one property. `asks` is what a part that must stand apart is asked, where that is what breaks it."""

    of: Property
    holds_under: tuple[str, ...]
    fails_under: tuple[str, ...]
    counterexample: Counterexample | None = None
    asks: tuple[str, ...] = ()

    @property
    def proved(self) -> bool:
        """True where it holds in every case under every profile that was looked at."""
        return not self.fails_under and not self.asks


class Prover:
    """A rule book worked out once, for one property after the other."""

    def __init__(self, book: RuleBook, profiles: Iterable[str] | None = None) -> None:
        self.book = book
        self.profiles = tuple(profiles or book.profiles)
        said = [term for one in book.properties.values() for term in _terms_in(one)]
        self.law = Law(book, asked(book, [*terms_of(book), *said]))
        self.working = Working(self.law)

    def verdict(self, one: Property) -> Verdict:
        """Return what comes of a property."""
        under = tuple(name for name in self.profiles if not one.profiles or name in one.profiles)
        if isinstance(one.statement, Apart):
            asks = tuple(_asks_of(self.book, one.statement.parts))
            return Verdict(one, () if asks else under, under if asks else (), asks=asks)
        # What is written out for the case itself stays for the next property; what is written for the second does not.
        for name in self._criteria(one):
            self.working.criterion(name)
        broken = self._broken(one.statement, None) if isinstance(one.statement, Never | Whenever) else None
        with self.law.for_now():
            other = self._other(one.statement) if broken is None else None
            wanted = [broken if broken is not None else self._broken(one.statement, other), *self._silent(one)]
            fails = self._failing(wanted, under)
            example = self._example(one, other, wanted, fails) if fails else None
        return Verdict(one, tuple(name for name in under if name not in fails), fails, example)

    def _criteria(self, one: Property) -> Iterable[str]:
        match one.statement:
            case NeverWeaker(_, criteria) | NeverFlipped(criteria):
                return criteria
            case NeverChanged(_, criteria, recommendation):
                return self.book.order if recommendation else criteria
            case _:
                return ()

    def _silent(self, one: Property) -> list[Bit]:
        """Return that nothing is answered but what the property lets be."""
        if one.answering is None:
            return []
        said = [answers for name, answers in self.working.said.items() if name not in one.answering]
        return [not_(any_of(*(any_of(answers.given, answers.known) for answers in said)))]

    def _failing(self, wanted: list[Bit], under: tuple[str, ...]) -> tuple[str, ...]:
        """Return the profiles under which all of this is possible. Most often one question rules them all out."""
        bits = [self.law.profiles[name] for name in under]
        if self.law.possible(*wanted, self.law.named(any_of(*bits), "looked at")) is None:
            return ()
        return tuple(name for name, bit in zip(under, bits, strict=True) if self.law.possible(*wanted, bit) is not None)

    def _example(
        self, one: Property, other: Working | None, wanted: list[Bit], fails: tuple[str, ...]
    ) -> Counterexample:
        """Return the shortest case that breaks a property, after the evaluator has looked at it."""
        profile = self.book.default_profile if self.book.default_profile in fails else fails[0]
        workings = (self.working,) if other is None else (self.working, other)
        cases = shortest(self.law, workings, [*wanted, self.law.profiles[profile]])
        assert cases is not None
        found = [evaluate(self.book, case, profile) for case in cases]
        second = found[1] if other is not None else None
        if not breaks(one, cases[0], found[0], None if second is None else (cases[1], second)):
            raise AssertionError(f"{one.name}: the evaluator does not find what the proof found")
        shows = shown(one, found[0], second)
        return Counterexample(profile, cases[0], cases[1] if other is not None else None, shows)

    # ── two cases ───────────────────────────────────────────────────────────────────────────────────────────────────

    def _other(self, statement: object) -> Working:
        """Return the second case that a statement speaks of."""
        match statement:
            case NeverWeaker(changes):
                return self._changed(changes, ordered=True)
            case NeverChanged(changes):
                return self._changed(changes, ordered=False)
            case _:
                return self._withdrawn()

    def _changed(self, changes: tuple[Change, ...], *, ordered: bool) -> Working:
        """Return a case with other answers to these facts; where ordered each is as before, or there is more of it."""
        other = {one.fact: self.law.answers(one.fact, "other ") for one in changes if one.fact in self.law.facts}
        for one in changes:
            if one.fact not in other:
                continue
            before, after = self.working.said[one.fact], other[one.fact]
            if one.options is not None:
                rest = [option for option in before.asked.options if option not in one.options]
                self.law.add(*(alike(before.bits[option], after.bits[option]) for option in rest))
                self.law.add(alike(before.known, after.known), alike(before.given, after.given))
            if ordered:
                same = all_of(
                    *(alike(bit, after.bits[value]) for value, bit in before.bits.items()),
                    alike(before.known, after.known),
                    alike(before.given, after.given),
                )
                more = any_of(*_more(before, after))
                self.law.add(any_of(same, all_of(before.known, after.known, more)))
        return Working(self.law, "other ", like=self.working, other=other)

    def _withdrawn(self) -> Working:
        """Return a case that lacks some answers; where a presumption would step in the answer stays."""
        other: dict[str, Answers] = {}
        kept: dict[str, Bit] = {}
        for name, answers in self.working.said.items():
            keeps = kept[name] = free(f"keeps {name}")
            bits = {value: self.law.named(all_of(bit, keeps), "kept") for value, bit in answers.bits.items()}
            known = self.law.named(all_of(answers.known, keeps), "kept")
            given = known if answers.given is answers.known else self.law.named(all_of(answers.given, keeps), "kept")
            other[name] = Answers(answers.asked, bits, known, given)
        working = Working(self.law, "fewer ", like=self.working, other=other)
        for name, bit in kept.items():
            if working.known[name].known is not other[name].known:
                self.law.add(any_of(bit, not_(self.working.said[name].given), not_(working.known[name].known)))
        return working

    def _broken(self, statement: object, other: Working | None) -> Bit:
        """Return where a statement is broken."""
        one = self.working
        match statement:
            case Never(formula):
                return one.holds(formula)
            case Whenever(whenever, then):
                return all_of(one.holds(whenever), not_(one.holds(then)))
        assert other is not None
        match statement:
            case NeverWeaker(_, criteria):
                return any_of(*(self._weaker(name, other) for name in criteria))
            case NeverChanged(_, criteria, recommendation):
                parts = [differ(one.criterion(name), other.criterion(name)) for name in criteria]
                if recommendation:
                    names = dict.fromkeys(given.name for given in self.book.recommendations)
                    parts += [not_(alike(one.recommended(name), other.recommended(name))) for name in names]
                return any_of(*parts)
            case NeverFlipped(criteria):
                return any_of(*(self._flipped(name, other) for name in criteria))
        raise TypeError(f"{type(statement).__name__} speaks of no two cases")

    def _weaker(self, name: str, other: Working) -> Bit:
        before, after = self.working.criterion(name), other.criterion(name)
        if self.book.criteria[name].adverse:
            before, after = (Rail(one.fails, one.met, one.none) for one in (before, after))
        return any_of(all_of(before.met, not_(after.met)), all_of(after.fails, not_(before.fails)))

    def _flipped(self, name: str, other: Working) -> Bit:
        before, after = self.working.criterion(name), other.criterion(name)
        return any_of(*(all_of(b, not_(a)) for a, b in zip(before, after, strict=True)))


def _more(before: Answers, after: Answers) -> Iterator[Bit]:
    """Yield the ways in which there is more of a fact: yes for no, a higher level, options added to a set."""
    if before.asked.fact.type == "many":
        yield all_of(*(any_of(not_(bit), after.bits[option]) for option, bit in before.bits.items()))
        return
    ranks = {value: _rank(before.asked.fact, value) for value in before.bits}
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
    asking = [(one.name, term) for one in book.criteria.values() for term in conditions(one)]
    asking += [(f"presumption of {one.fact}", one.when) for one in book.presumptions if one.when is not None]
    asking += [(f"recommendation {one.name}", one.when) for one in book.recommendations]
    for who, term in asking:
        for inner in within(term):
            for name in _named_by(inner):
                if name in apart or not _is_law(book, inner):
                    yield f"{who} asks {name}"


def _names(book: RuleBook, part: str) -> Iterator[str]:
    for one in getattr(book, part).values() if isinstance(getattr(book, part), dict) else getattr(book, part):
        yield one.name


def _named_by(term: Term) -> tuple[str, ...]:
    match term:
        case Met(name) | NotRuledOut(name):
            return (name,)
        case Is() | Includes() | Between() | Binds():
            return (term.fact,)
        case Takes(reading) | ByReading(reading):
            return (reading,)
        case All() | AnyOf() | AtLeast() | Not() | InForce():
            return ()
        case _:
            assert_never(term)


def _is_law(book: RuleBook, term: Term) -> bool:
    match term:
        case Met(name) | NotRuledOut(name):
            return name in book.criteria
        case Takes(reading) | ByReading(reading):
            return reading in book.readings
        case Is(name) | Includes(name) | Between(name) | Binds(_, name):
            return name in book.facts
        case _:
            return True


def _terms_in(one: Property) -> Iterator[Term]:
    match one.statement:
        case Never(formula):
            yield from _terms_of_formula(formula)
        case Whenever(whenever, then):
            yield from _terms_of_formula(whenever)
            yield from _terms_of_formula(then)


def _terms_of_formula(formula: Formula) -> Iterator[Term]:
    match formula:
        case Holds(term):
            yield term
        case Every(parts) | Some(parts):
            for part in parts:
                yield from _terms_of_formula(part)
