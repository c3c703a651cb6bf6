"""The law as yes and no: every finding of a book under a profile, as nodes of a net.

In: a rule book, a profile, the columns that a table has. Out: for each criterion, recommendation and
position the nodes where it is met, not met, not applicable; for each fact where it is missing, known and presumed. It
is made from the checked terms alone and shares no working with the evaluator, so that each can be held against the
other. Left alone: tables (`kernel`).

Nothing here is ever null. A term is met, or not met, or not applicable; where it is none of these it is undetermined.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple, assert_never

from screen.answer import Answer
from screen.batch.cells import CREDIBILITY, WORDLESS
from screen.batch.net import NO, YES, Net, Node
from screen.facts import Credibility
from screen.language.answers import UNKNOWN
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
    Fact,
    Includes,
    InForce,
    Is,
    Leaf,
    Met,
    Not,
    NotRuledOut,
    Presumption,
    Profile,
    RuleBook,
    Takes,
    Term,
    Value,
)  # fmt: skip


class Truth(NamedTuple):
    """Where something is met, not met and not applicable; undetermined everywhere else."""

    met: Node
    not_met: Node
    none: Node = NO


@dataclass(frozen=True, slots=True)
class _Atom:
    """A comparison of one column of a table, false where the column is null."""

    fact: str

    @property
    def column(self) -> str:
        """The column that is compared."""
        return self.fact


@dataclass(frozen=True, slots=True)
class Said(_Atom):
    """The fact has an answer, and it is not unknown."""


@dataclass(frozen=True, slots=True)
class Asked(_Atom):
    """The cell holds something: an answer, or the word unknown."""


@dataclass(frozen=True, slots=True)
class NotKnown(_Atom):
    """Beside a set, a number or a day: somebody was asked, and the answer is not known."""

    @property
    def column(self) -> str:
        """The column that is compared."""
        return f"{self.fact}.{UNKNOWN}"


@dataclass(frozen=True, slots=True)
class Judged(_Atom):
    """The answer to the fact has this credibility."""

    credibility: Credibility

    @property
    def column(self) -> str:
        """The column that is compared."""
        return f"{self.fact}.{CREDIBILITY}"


@dataclass(frozen=True, slots=True)
class OneOf(_Atom):
    """The fact's answer is one of these words."""

    words: frozenset[str]


@dataclass(frozen=True, slots=True)
class HasOneOf(_Atom):
    """The fact's answer, a set, holds one of these words at least."""

    words: frozenset[str]


@dataclass(frozen=True, slots=True)
class Within(_Atom):
    """The fact's answer, a number or a day, lies between these bounds; None is open."""

    low: int | float | date | None
    high: int | float | date | None
    low_included: bool
    high_included: bool


Atom = Said | Asked | NotKnown | Judged | OneOf | HasOneOf | Within


@dataclass(frozen=True, slots=True)
class _Filled:
    """A presumption that fills a fact in the cases of this node."""

    where: Node
    value: Value


class Answers:
    """What the law may take each fact to be: the answers for what they are worth, then the presumptions."""

    def __init__(self, book: RuleBook, net: Net, columns: Collection[str], benefit: bool) -> None:
        self.book, self.net = book, net
        self._columns, self._benefit = columns, benefit
        self._filled: dict[str, list[_Filled]] = {}

    def presume(self, fact: str, where: Node, value: Value) -> None:
        """Note that a presumption fills this fact with this value in these cases."""
        self._filled.setdefault(fact, []).append(_Filled(where, value))

    def presumed(self, fact: str) -> Node:
        """Return where the fact stands on a presumption."""
        return self.net.any(one.where for one in self._filled.get(fact, ()))

    def known(self, fact: str) -> Node:
        """Return where there is a value to rest on."""
        return self.net.either(self._believed(fact), self.presumed(fact))

    def asked(self, fact: str) -> Node:
        """Return where somebody was asked, known or not."""
        if self.book.facts[fact].type in WORDLESS:
            return self.net.either(self._raw(Said(fact)), self._raw(NotKnown(fact)))
        return self._raw(Asked(fact))

    def compared(self, leaf: Leaf) -> Truth:
        """Return how a comparison ends; where its fact is unknown it is neither met nor not met."""
        net, fact = self.net, self.book.facts[leaf.fact]
        truth = self._of_answer(leaf, fact)
        met, not_met = [truth.met], [truth.not_met]
        for one in self._filled.get(leaf.fact, ()):
            # What is presumed is one value, so that how it compares is certain.
            certain = _of_value(leaf, one.value, self.book)
            if certain is not None:
                (met if certain else not_met).append(one.where)
        return Truth(net.any(met), net.any(not_met))

    def _raw(self, atom: Atom) -> Node:
        # A column that is not there answers nothing: unknown, and never no.
        return self.net.atom(atom) if atom.column in self._columns else NO

    def _judged_as(self, fact: str, *credibility: Credibility) -> Node:
        return self.net.any(self._raw(Judged(fact, one)) for one in credibility)

    def _worthless(self, fact: str) -> Node:
        """Return where an answer other than a rejected yes counts as unknown."""
        doubted = () if self._benefit else (Credibility.BENEFIT,)
        return self._judged_as(fact, Credibility.REJECTED, *doubted)

    def _believed(self, fact: str) -> Node:
        if self.book.facts[fact].type == "yes_no":
            yes, no = self._yes_or_no(fact)
            return self.net.either(yes, no)
        return self.net.both(self._raw(Said(fact)), self.net.no(self._worthless(fact)))

    def _yes_or_no(self, fact: str) -> tuple[Node, Node]:
        """Return where the answer counts as yes and where as no: a rejected yes was claimed and not believed."""
        net = self.net
        said_yes = self._raw(OneOf(fact, _YES))
        said_no = net.both(self._raw(Said(fact)), net.no(said_yes))
        believed = net.no(self._worthless(fact))
        disbelieved = net.both(said_yes, self._judged_as(fact, Credibility.REJECTED))
        return net.both(said_yes, believed), net.either(net.both(said_no, believed), disbelieved)

    def _of_answer(self, leaf: Leaf, fact: Fact) -> Truth:
        net = self.net
        if fact.type == "yes_no" and isinstance(leaf, Is):
            yes, no = self._yes_or_no(fact.name)
            held = [node for node, answer in ((yes, Answer.YES), (no, Answer.NO)) if answer in leaf.values]
            other = [node for node, answer in ((yes, Answer.YES), (no, Answer.NO)) if answer not in leaf.values]
            return Truth(net.any(held), net.any(other))
        believed = self._believed(fact.name)
        if isinstance(leaf, Binds):
            bound = net.both(believed, self._one_of(fact.name, _bound(self.book, leaf.treaty, True)))
            free = net.both(believed, self._one_of(fact.name, _bound(self.book, leaf.treaty, False)))
            return Truth(bound, free)
        holds = self._holds(leaf, fact)
        # An atom is false of a case without an answer: what it does not hold of is no only where there is an answer.
        return Truth(net.both(holds, net.no(self._worthless(fact.name))), net.both(believed, net.no(holds)))

    def _holds(self, leaf: Is | Includes | Between, fact: Fact) -> Node:
        match leaf:
            case Is(name, values):
                return self._one_of(name, frozenset(str(value) for value in values))
            case Includes(name, options):
                return self._raw(HasOneOf(name, options))
            case Between(name, low, high) if fact.type == "level":
                return self._one_of(name, frozenset(one for one, _ in fact.options if _of_level(leaf, fact.level(one))))
            case Between(name, low, high, low_included, high_included):
                return self._raw(Within(name, low, high, low_included, high_included))
            case _:
                assert_never(leaf)

    def _one_of(self, fact: str, words: frozenset[str]) -> Node:
        return self._raw(OneOf(fact, words)) if words else NO


_YES = frozenset({Answer.YES.value})


def _bound(book: RuleBook, treaty: str, party: bool) -> frozenset[str]:
    """Return the States that the treaty binds, or those that it is known not to bind; the rest is not known."""
    return frozenset(
        state for state in book.standings
        if (standing := book.standing(state, treaty)) is not None and (standing.standing == "party") is party
    )  # fmt: skip


def _of_level(leaf: Between, place: int | float | date) -> bool:
    above = leaf.low is None or (place >= leaf.low if leaf.low_included else place > leaf.low)  # type: ignore[operator]
    below = leaf.high is None or (place <= leaf.high if leaf.high_included else place < leaf.high)  # type: ignore[operator]
    return above and below


def _of_value(leaf: Leaf, value: Value, book: RuleBook) -> bool | None:
    """Return whether one certain value meets a comparison; None where even then it is not known."""
    match leaf:
        case Is():
            return value in leaf.values
        case Includes():
            assert isinstance(value, frozenset)
            return bool(leaf.options & value)
        case Between():
            assert isinstance(value, str | int | float | date)
            return _of_level(leaf, book.facts[leaf.fact].level(value) if isinstance(value, str) else value)
        case Binds():
            standing = book.standing(str(value), leaf.treaty)
            return None if standing is None else standing.standing == "party"
        case _:
            assert_never(leaf)


class Law:
    """A book under one profile as nodes of a net that several profiles may share."""

    def __init__(
        self,
        book: RuleBook,
        profile: Profile,
        net: Net,
        columns: Collection[str],
        *,
        benefit: bool = True,
    ) -> None:
        self.book, self.profile, self.net = book, profile, net
        self.answers = Answers(book, net, columns, benefit)
        self.criteria: dict[str, Truth] = {}
        self._presume()
        for name in book.order:
            self.criteria[name] = self._criterion(book.criteria[name])

    def _presume(self) -> None:
        """Fill what nobody has answered, in the order of the book: each presumption comes after what it asks.

        What is known of a State fills what is unknown; what is presumed for every State only what nobody was asked, and
        only where the State is known and it is settled that information on it says nothing else.
        """
        net, waits = self.net, dict[str, Node]()
        for one in self.book.presumptions:
            where = [self.fillable(one), self.origin(one.origin).met]
            if one.origin is None:
                where += [self.answers.known(ORIGIN_FACT), net.no(waits.get(one.fact, NO))]
            may, when = net.all(where), self.truth(one.when)
            waits[one.fact] = net.either(waits.get(one.fact, NO), net.both(may, self.is_open(when)))
            self.answers.presume(one.fact, net.both(may, when.met), one.value)

    def fillable(self, one: Presumption) -> Node:
        """Return where the fact of a presumption has no value yet, and may be given one."""
        unknown = self.net.no(self.answers.known(one.fact))
        return unknown if one.origin is not None else self.net.both(unknown, self.net.no(self.answers.asked(one.fact)))

    def origin(self, origin: str | None) -> Truth:
        """Return where the applicant comes from this State; a presumption without one holds for every State."""
        if origin is None:
            return Truth(YES, NO)
        return self.answers.compared(Is(ORIGIN_FACT, frozenset({origin})))

    # ── terms ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def truth(self, term: Term | None) -> Truth:
        """Return where a term is met, not met, not applicable; a condition that is not there is always met."""
        match term:
            case None:
                return Truth(YES, NO)
            case Met(name):
                return self.criteria[name]
            case Is() | Includes() | Between() | Binds():
                return self.answers.compared(term)
            case All(parts):
                return self._all([self.truth(part) for part in parts])
            case AnyOf(parts):
                return self._any([self.truth(part) for part in parts])
            case AtLeast(needed, parts):
                return self._at_least(needed, [self.truth(part) for part in parts])
            case Not(part):
                return _opposite(self.truth(part))
            case ByReading(reading):
                return self.truth(term.under(self.profile.readings[reading]))
            case Takes(reading, sides):
                return Truth(YES, NO) if self.profile.readings[reading] in sides else Truth(NO, YES)
            case InForce(since, until):
                return Truth(YES, NO) if holds(since, until, self.book.law_as_of) else Truth(NO, YES)
            case NotRuledOut(name):
                one = self.criteria[name]
                out = self.net.either(one.not_met, one.none)
                return Truth(self.net.no(out), out)
            case _:
                assert_never(term)

    def is_open(self, truth: Truth) -> Node:
        """Return where something is undetermined."""
        return self.net.no(self.net.either(*truth))

    def _all(self, parts: Sequence[Truth]) -> Truth:
        """What does not apply is passed over; where nothing else is left the whole does not apply."""
        net = self.net
        none = net.all(part.none for part in parts)
        held = net.all(net.either(part.met, part.none) for part in parts)
        return Truth(net.both(held, net.no(none)), net.any(part.not_met for part in parts), none)

    def _any(self, parts: Sequence[Truth]) -> Truth:
        return _opposite(self._all([_opposite(part) for part in parts]))

    def _at_least(self, needed: int, parts: Sequence[Truth]) -> Truth:
        """What is open counts once as met and once as not met: a sum that skips it would read unknown as no."""
        net = self.net
        surely = net.so_many(needed, [part.met for part in parts])
        perhaps = net.so_many(needed, [net.no(net.either(part.not_met, part.none)) for part in parts])
        applies = net.any(node for part in parts for node in (part.met, part.not_met))
        return Truth(surely, net.both(applies, net.no(perhaps)), net.all(part.none for part in parts))

    def _criterion(self, one: Criterion) -> Truth:
        """Whether it applies comes first; then what defeats it, even where the rest is not applicable."""
        net, applies, holds = self.net, self.truth(one.applies_if), self.truth(one.holds_if)
        defeated = self._any([self.truth(part) for part in one.unless])
        stands = net.either(defeated.not_met, defeated.none)
        return Truth(
            net.both(applies.met, holds.met, stands),
            net.both(applies.met, net.either(holds.not_met, defeated.met)),
            net.either(applies.not_met, applies.none, net.both(applies.met, holds.none, stands)),
        )


def _opposite(truth: Truth) -> Truth:
    return Truth(truth.not_met, truth.met, truth.none)


class Missing:
    """For each fact, where it is unknown and an open conclusion hangs on it.

    From each undetermined conclusion down, through undetermined terms alone: a leaf whose fact has no value is missing.
    Where it is missing and a presumption could fill it, the unknown facts that the presumption asks are missing too.
    The interview asks fewer: it leaves out what no completion of the others lets matter.
    """

    def __init__(self, law: Law) -> None:
        self.law, net = law, law.net
        self.facts: dict[str, Node] = {}
        self._reached: dict[str, Node] = {}
        self._asked: dict[str, list[Node]] = {}
        for name in law.book.conclusions:
            self._reach(name, YES)
        for name in reversed(law.book.order):
            if name in self._reached:
                criterion = law.book.criteria[name]
                for term in (criterion.applies_if, criterion.holds_if, *criterion.unless):
                    self._descend(term, self._reached[name])
        for one in reversed(law.book.presumptions):
            if one.fact in self._asked:
                origin = law.origin(one.origin)
                wanted = net.both(self._missing(one.fact), law.fillable(one), net.no(origin.not_met))
                if one.origin is not None:
                    self._ask(ORIGIN_FACT, net.both(wanted, law.is_open(origin)))
                self._descend(one.when, wanted)
        #: In the order of the interview: every fact that a conclusion can ask for, with where it is missing.
        self.facts = {name: self._missing(name) for name in law.book.facts if name in self._asked}

    def _reach(self, criterion: str, where: Node) -> None:
        reached = self.law.net.both(where, self.law.is_open(self.law.criteria[criterion]))
        self._reached[criterion] = self.law.net.either(self._reached.get(criterion, NO), reached)

    def _ask(self, fact: str, where: Node) -> None:
        self._asked.setdefault(fact, []).append(where)

    def _missing(self, fact: str) -> Node:
        net = self.law.net
        return net.both(net.any(self._asked[fact]), net.no(self.law.answers.known(fact)))

    def _descend(self, term: Term | None, where: Node) -> None:
        """Note what a term asks for in the cases in which it is reached and open."""
        law = self.law
        match term:
            case None | Takes() | InForce():
                return
            case Met(name) | NotRuledOut(name):
                self._reach(name, where)
            case Is() | Includes() | Between() | Binds():
                self._ask(term.fact, where)
            case ByReading(reading):
                self._descend(term.under(law.profile.readings[reading]), where)
            case All(parts) | AnyOf(parts) | AtLeast(_, parts):
                self._through(parts, law.net.both(where, law.is_open(law.truth(term))))
            case Not(part):
                self._descend(part, where)
            case _:
                assert_never(term)

    def _through(self, parts: Iterable[Term], where: Node) -> None:
        for part in parts:
            self._descend(part, where)
