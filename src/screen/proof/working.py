"""The law worked out for every possible case at once.

In: a rule book. Out: formulas of propositional logic: for each criterion three bits (met, not met, not applicable;
undetermined where none is set), each a name of its own with one line that says what it means, so that a criterion that
many others need is written out once. What is free are the answers of a case and the sides of the profile.

This is the third working of the law, beside `evaluate` and `lanes`; tests hold the three together, cell by cell.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

from screen.answer import MET, NOT_MET, Answer
from screen.engine.finding import UNDETERMINED
from screen.facts import Given, compared, worth
from screen.language.in_force import holds
from screen.language.terms import (
    ORIGIN_FACT,
    All,
    AnyOf,
    AtLeast,
    Between,
    Binds,
    ByReading,
    Criterion,
    Ends,
    Every,
    Formula,
    Holds,
    Includes,
    InForce,
    Is,
    Leaf,
    Met,
    Not,
    NotRuledOut,
    Presumption,
    Recommended,
    RuleBook,
    Some,
    SomeAdverse,
    Takes,
    Term,
    Value,
    conditions,
    parts_of,
)  # fmt: skip
from screen.proof.bits import (
    Bit,
    Rail,
    Solver,
    alike,
    all_of,
    any_of,
    any_rail,
    at_least,
    at_most_one,
    exactly_one,
    free,
    implies,
    not_,
)  # fmt: skip
from screen.proof.values import Asked


class Answers:
    """What one case says of one fact, as bits: each value or option that matters, and whether it is known at all."""

    def __init__(self, asked: Asked, bits: Mapping[Value, Bit], known: Bit, given: Bit) -> None:
        self.asked, self.bits = asked, bits
        self.known = known
        #: Differs from known where silence matters: asked for, and the answer is not known.
        self.given = given

    def rail(self, leaf: Leaf, book: RuleBook) -> Rail:
        """Return how a comparison ends."""
        if isinstance(leaf, Includes):
            met = any_of(*(self.bits[option] for option in self.asked.options if option in leaf.options))
            return Rail(met, all_of(self.known, not_(met)))
        ends = [(compared(leaf, value, book), bit) for value, bit in self.bits.items()]
        met = any_of(*(bit for state, bit in ends if state is MET))
        return Rail(met, any_of(*(bit for state, bit in ends if state is NOT_MET)))

    def has(self, value: Value) -> Bit:
        """Return where the fact has exactly this value."""
        if isinstance(value, frozenset):
            return all_of(
                self.known, *(bit if option in value else not_(bit) for option, bit in self.bits.items())
            )  # fmt: skip
        return self.bits.get(value, False)

    def filled(self, value: Value, where: Bit) -> Answers:
        """Return these answers with a value presumed there; what is given stays what was given."""
        chosen = value if isinstance(value, frozenset) else {value}
        bits = {one: any_of(bit, where) if one in chosen else bit for one, bit in self.bits.items()}
        return Answers(self.asked, bits, any_of(self.known, where), self.given)


class Law(Solver):
    """A solver that knows the sides of every profile. `Working` puts the law of one case into it."""

    def __init__(self, book: RuleBook, facts: Mapping[str, Asked]) -> None:
        super().__init__()
        self.book, self.facts = book, facts
        self._behind: dict[int, tuple[frozenset[str], bool]] = {}
        self._kept: list[Term] = []  # so that no other term takes the place of one in memory
        #: True in a query that holds for one profile, or for those that are not ruled out.
        self.profiles: dict[str, Bit] = {name: free(f"profile {name}") for name in book.profiles}
        self.add(exactly_one(list(self.profiles.values())))
        self.sides = self._sides()

    def behind(self, term: Term) -> tuple[frozenset[str], bool]:
        """Return the facts that a term hangs on, through all that it needs, and whether it hangs on a reading."""
        # By identity: the terms of a book stay as long as the book, and to compare them would be to walk them.
        if id(term) not in self._behind:
            match term:
                case Met(name) | NotRuledOut(name):
                    below, facts, reads = conditions(self.book.criteria[name]), frozenset[str](), False
                case Is() | Includes() | Between() | Binds():
                    below, facts, reads = (), frozenset({term.fact}), False
                case _:
                    below, facts, reads = parts_of(term), frozenset(), isinstance(term, Takes | ByReading)
            for part in below:
                more, also = self.behind(part)
                facts, reads = facts | more, reads or also
            self._behind[id(term)] = (facts, reads)
            self._kept.append(term)
        return self._behind[id(term)]

    def asked_by(self, presumption: Presumption) -> set[str]:
        """Return the facts that a presumption fills and that it always asks."""
        return {presumption.fact, ORIGIN_FACT}

    def _sides(self) -> dict[str, dict[str, Bit]]:
        """Return for each contested point which profiles take each side."""
        return {
            name: {
                one.name: self.named(any_of(*self._taking(name, one.name)), f"{name}:{one.name}")
                for one in reading.sides
            }
            for name, reading in self.book.readings.items()
        }

    def other_sides(self, reading: str) -> dict[str, Bit]:
        """Return the sides of one contested point, of which any one is taken, whatever the profile."""
        names = [one.name for one in self.book.readings[reading].sides]
        bits: dict[str, Bit] = {name: free(f"other {reading}:{name}") for name in names}
        self.add(exactly_one(list(bits.values())))
        return bits

    def _taking(self, reading: str, side: str) -> list[Bit]:
        profiles = self.book.profiles.values()
        return [self.profiles[one.name] for one in profiles if one.readings[reading] == side]

    def answers(self, name: str, tag: str) -> Answers:
        """Return free answers to a fact: one value or none, or a set or none."""
        asked = self.facts[name]
        values: tuple[Value, ...] = asked.options if asked.fact.type == "many" else asked.values
        bits: dict[Value, Bit] = {value: free(f"{tag}{name}={_shown(value)}") for value in values}
        known: Bit = free(f"{tag}{name} known")
        if asked.fact.type == "many":
            self.add(*(implies(bit, known) for bit in bits.values()))
        else:
            self.add(alike(known, any_of(*bits.values())), at_most_one(list(bits.values())))
        given = known
        if asked.silence_matters:
            given = free(f"{tag}{name} given")
            self.add(implies(known, given))
        return Answers(asked, bits, known, given)


class Working:
    """The law of one case. Where `like` is given, all but some answers, or sides, are those of that other case.

    What does not hang on those that differ is then not written out a second time.
    """

    def __init__(
        self,
        law: Law,
        tag: str = "",
        *,
        like: Working | None = None,
        other: Mapping[str, Answers] | None = None,
        sides: Mapping[str, Mapping[str, Bit]] | None = None,
    ) -> None:
        self.law, self.book, self.tag, self.like = law, law.book, tag, like
        self.sides: Mapping[str, Mapping[str, Bit]] = sides or (like.sides if like else law.sides)
        self.criteria: dict[str, Rail] = {}
        self._terms: dict[int, Rail] = {}
        if like is None:
            self.said = {name: law.answers(name, tag) for name in law.facts}
            self.touched = set(law.facts)
        else:
            self.said = {**like.said, **(other or {})}
            self.touched = set(other or {})
        self.known = dict(self.said)
        self._presume()

    # ── facts ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def _presume(self) -> None:
        """Fill what nobody has answered, each presumption after what it asks."""
        if self.like is not None:
            # What a changed answer can reach through presumptions is presumed anew, and all else is as it was.
            for one in self.book.presumptions:
                if not self.touched.isdisjoint(self.law.asked_by(one)) or (
                    one.when is not None and self._differs(one.when)
                ):
                    self.touched.add(one.fact)
            self.known |= {name: self.like.known[name] for name in self.known if name not in self.touched}
        waits: dict[str, Bit] = {}
        for number, one in enumerate(self.book.presumptions):
            if one.fact not in self.touched:
                continue
            now = self.known[one.fact]
            # What holds for every State fills only what nobody was asked.
            silent = not_(now.known) if one.origin else all_of(not_(now.known), not_(now.given))
            # And while the State is not known, what its information says cannot come first.
            state = self.known[ORIGIN_FACT]
            origin = state.has(one.origin) if one.origin else state.known
            self._terms.clear()  # a comparison reads the values as they are by now
            when = self.rail(one.when) if one.when is not None else Rail(True, False)
            may = all_of(silent, origin) if one.origin else all_of(silent, origin, not_(waits.get(one.fact, False)))
            waits[one.fact] = any_of(waits.get(one.fact, False), all_of(may, when.open))
            where = self.law.named(all_of(may, when.met), f"{self.tag}presumed {one.fact} {number}")
            if where is not False:
                value = one.value if now.asked.options else now.asked.standing_for(one.value, self.book)
                self.known[one.fact] = now.filled(value, where)
        self._terms.clear()

    def _differs(self, term: Term) -> bool:
        """Tell whether a term can end otherwise than in the case that this one is like."""
        facts, reads = self.law.behind(term)
        return not self.touched.isdisjoint(facts) or (
            reads and self.like is not None and self.sides is not self.like.sides
        )

    def is_case(self, given: Mapping[str, Given]) -> list[Bit]:
        """Return the bits that hold in exactly this case; its answers are taken for what they are worth."""
        bits: list[Bit] = []
        for name, answers in self.said.items():
            value = worth(given.get(name))
            if value is Answer.UNKNOWN:
                bits.append(not_(answers.known))
                if answers.asked.silence_matters:
                    bits.append(answers.given if name in given else not_(answers.given))
            elif isinstance(value, frozenset):
                bits += [answers.known, answers.has(value & frozenset(answers.asked.options))]
            else:
                bits.append(answers.has(answers.asked.standing_for(value, self.book)))
        return bits

    # ── terms ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def criterion(self, name: str) -> Rail:
        """Return how a criterion ends; what it needs is written out before it, once."""
        if name not in self.criteria:
            one = self.book.criteria[name]
            if self.like is not None and not any(self._differs(term) for term in conditions(one)):
                rail = self.like.criterion(name)
            else:
                rail = Rail(*(
                    self.law.named(bit, f"{self.tag}{name} {end}")
                    for bit, end in zip(self._examined(one), ("met", "not_met", "none"), strict=True)
                ))  # fmt: skip
            self.criteria[name] = rail
        return self.criteria[name]

    def _examined(self, one: Criterion) -> Rail:
        met, fails, none = self.rail(one.holds_if)
        if one.unless:
            defeated = any_rail([self.rail(part) for part in one.unless])
            stands = any_of(defeated.fails, defeated.none)
            met, fails, none = all_of(met, stands), any_of(fails, defeated.met), all_of(none, stands)
        if one.applies_if is None:
            return Rail(met, fails, none)
        when = self.rail(one.applies_if)
        return Rail(
            all_of(when.met, met), all_of(when.met, fails), any_of(when.fails, when.none, all_of(when.met, none))
        )

    def rail(self, term: Term) -> Rail:
        """Return how a term ends."""
        if self.like is not None and not self._differs(term):
            return self.like.rail(term)
        if id(term) not in self._terms:
            self._terms[id(term)] = self._rail(term)
        return self._terms[id(term)]

    def _rail(self, term: Term) -> Rail:
        match term:
            case Met(name):
                return self.criterion(name)
            case Is() | Includes() | Between() | Binds():
                return self.known[term.fact].rail(term, self.book)
            case All(parts):
                rails = [self.rail(part) for part in parts]
                none = all_of(*(one.none for one in rails))
                met = all_of(*(any_of(one.met, one.none) for one in rails), not_(none))
                return Rail(met, any_of(*(one.fails for one in rails)), none)
            case AnyOf(parts):
                return any_rail([self.rail(part) for part in parts])
            case AtLeast(needed, parts):
                return at_least(needed, [self.rail(part) for part in parts])
            case Not(part):
                inner = self.rail(part)
                return Rail(inner.fails, inner.met, inner.none)
            case ByReading(reading, sides):
                taken = [(self.sides[reading][side], self.rail(inner)) for side, inner in sides]
                return Rail(*(
                    any_of(*(all_of(bit, rail[end]) for bit, rail in taken)) for end in range(3)
                ))  # fmt: skip
            case Takes(reading, names):
                taken_sides = any_of(*(bit for side, bit in self.sides[reading].items() if side in names))
                return Rail(taken_sides, not_(taken_sides))
            case InForce(since, until):
                in_force = holds(since, until, self.book.law_as_of)
                return Rail(in_force, not in_force)
            case NotRuledOut(name):
                inner = self.criterion(name)
                out = any_of(inner.fails, inner.none)
                return Rail(not_(out), out)
            case _:
                assert_never(term)

    # ── the whole ───────────────────────────────────────────────────────────────────────────────────────────────────

    def recommended(self, name: str) -> Bit:
        """Return where this is recommended: the first whose condition is met, else that nothing is decided."""
        found: list[Bit] = []
        none_before: list[Bit] = []
        for one in self.book.recommendations:
            met = self.rail(one.when).met
            if one.name == name:
                found.append(all_of(*none_before, met))
            none_before.append(not_(met))
        if name == UNDETERMINED:
            found.append(all_of(*none_before))
        return any_of(*found)

    def holds(self, formula: Formula) -> Bit:
        """Return where something that is said of a whole evaluation holds."""
        match formula:
            case Holds(term):
                return self.rail(term).met
            case Ends(name, states):
                return any_of(*(self.criterion(name).ends(state) for state in sorted(states)))
            case SomeAdverse(states):
                adverse = [one.name for one in self.book.criteria.values() if one.adverse]
                return any_of(*(self.criterion(name).ends(state) for name in adverse for state in sorted(states)))
            case Recommended(names):
                return any_of(*(self.recommended(name) for name in sorted(names)))
            case Every(parts):
                return all_of(*(self.holds(part) for part in parts))
            case Some(parts):
                return any_of(*(self.holds(part) for part in parts))
            case _:
                assert_never(formula)


def _shown(value: Value) -> str:
    return value.value if isinstance(value, Answer) else str(value)
