"""What a case says of each fact, and what that is worth.

In: answers as a case file gives them. Out: the value that the law may rest on, and how a comparison reads that value.
Left alone: where the answers come from (`case`) and what follows from them (`engine`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum

from screen.logic import MET, NOT_MET, UNDETERMINED, Answer, Status
from screen.rulebook import terms
from screen.rulebook.model import Fact, Presumption, RuleBook, Source


class Credibility(Enum):
    """Whether the examiner accepts an answer."""

    ACCEPTED = "accepted"
    BENEFIT = "benefit_of_the_doubt"
    NOT_ASSESSED = "not_assessed"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class RecordedAnswer:
    """What a case says of one fact: the answer, who or what it comes from, and whether it is accepted."""

    value: terms.Value
    credibility: Credibility = Credibility.NOT_ASSESSED
    source: str | None = None
    note: str | None = None
    date: date | None = None


def awaits_assessment(given: RecordedAnswer | None, fact: Fact) -> bool:
    """Tell whether an answer is a statement of the applicant that nobody has assessed yet."""
    if given is None or given.credibility is not Credibility.NOT_ASSESSED or given.value is Answer.UNKNOWN:
        return False
    return fact.is_statement


#: One column of many cases: a code for each case, and what each code says. None: the case says nothing.
CodedColumn = tuple[Sequence[int], Sequence[terms.Value | None]]


@dataclass(frozen=True, slots=True)
class EstablishedFact:
    """What the law may take one fact to be, with the answer or the presumption that this rests on."""

    fact: Fact
    value: terms.Value
    given: RecordedAnswer | None = None
    presumed: Presumption | None = None

    @property
    def is_known(self) -> bool:
        """True where there is a value to rest on."""
        return self.value is not Answer.UNKNOWN

    @property
    def by_benefit(self) -> bool:
        """True where it is accepted by the benefit of the doubt alone; what is presumed needs no such benefit."""
        if self.given is None or self.presumed is not None or not self.is_known:
            return False
        return self.given.credibility is Credibility.BENEFIT


def reliable_value(given: RecordedAnswer | None, *, benefit: bool = True) -> terms.Value:
    """Return the value that an answer may be relied on for.

    A rejected yes counts as no: the claim was made and not believed. A rejected no, choice, number or list counts as
    unknown: not believing "no" does not prove yes, and not believing one option proves no other. With `benefit=False`
    what is accepted by the benefit of the doubt alone counts as unknown (Handbook 203-204).
    """
    if given is None:
        return Answer.UNKNOWN
    if given.credibility is Credibility.REJECTED:
        return Answer.NO if given.value is Answer.YES else Answer.UNKNOWN
    if given.credibility is Credibility.BENEFIT and not benefit:
        return Answer.UNKNOWN
    return given.value


def compare(leaf: terms.Leaf, value: terms.Value, book: RuleBook) -> Status:
    """Return how a comparison ends for this value of its fact; an unknown value leaves every comparison open."""
    if value is Answer.UNKNOWN:
        return UNDETERMINED
    match leaf:
        case terms.Is(_, values):
            return MET if value in values else NOT_MET
        case terms.Includes(_, options):
            assert isinstance(value, frozenset)
            return MET if options & value else NOT_MET
        case terms.Between(name, low, high, low_included, high_included):
            place = book.facts[name].level(value) if isinstance(value, str) else value
            above = low is None or (place >= low if low_included else place > low)  # type: ignore[operator]
            below = high is None or (place <= high if high_included else place < high)  # type: ignore[operator]
            return MET if above and below else NOT_MET
        case terms.Binds(treaty, _):
            # A State that no file describes may be bound or not: that is not known, and unknown is never no.
            standing = book.standing(str(value), treaty)
            if standing is None:
                return UNDETERMINED
            return MET if standing.standing == "party" else NOT_MET


def filled(text: str, book: RuleBook, origin: terms.Value, host: terms.Value) -> str:
    """Return words with {origin} and {host} replaced by the names of the two States, as far as they are known."""
    for mark, value, otherwise in (
        ("{origin}", origin, "the country of origin"),
        ("{host}", host, "the host State"),
    ):
        text = text.replace(mark, book.countries.get(str(value), otherwise))
    return text[:1].upper() + text[1:]


def answer_words(book: RuleBook, fact: Fact, value: terms.Value) -> str:
    """Return an answer in words: the label of an option, the name of a State, a day, a number."""
    if value is Answer.UNKNOWN:
        return "unknown"
    if isinstance(value, Answer):
        return str(value.value)
    if isinstance(value, frozenset):
        chosen = [label for option, label in fact.options if option in value]
        return "; ".join(chosen) if chosen else "none of these"
    if fact.type == "country":
        return book.countries.get(str(value), str(value))
    if isinstance(value, date):
        return f"{value.day} {value:%B %Y}"
    return fact.label(value) if isinstance(value, str) else str(value)


def cited(source: Source, *, whole: bool = False) -> str:
    """Return an authority as it is cited, by its short name unless the whole is wanted.

    It is marked where its pinpoint was not confirmed, and where it was not in force on the day of the book.
    """
    name = source.cite if whole or source.short is None else source.short
    return f"{name}, {source.pinpoint}{marks(source)}"


def marks(source: Source) -> str:
    """Return what must be known of an authority before it is relied on, in brackets; mostly nothing."""
    found = (source.out_of_force, "unverified" if source.unverified else None)
    return "".join(f" [{one}]" for one in found if one)
