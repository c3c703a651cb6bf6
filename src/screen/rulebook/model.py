"""The parts of a rule book, and `RuleBook`, which holds them all; checked and frozen."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Literal, get_args

from screen.rulebook.formulas import Statement
from screen.rulebook.terms import Term, Value

ORIGIN_FACT = "country_of_origin"
HOST_FACT = "host_country"

#: What the program may recommend. There is no word for refusing anybody.
RecommendationName = Literal[
    "recognise", "complementary_protection", "undetermined_no_return", "refer_review", "refer_exclusion_specialist"
]
RECOMMENDATIONS: tuple[str, ...] = get_args(RecommendationName)

#: How soon a case is taken up, the most urgent first. The last is that of a case for which no rule of priority is met.
PriorityLevel = Literal["urgent", "high", "normal"]
LEVELS: tuple[str, ...] = get_args(PriorityLevel)

#: The sections of the paper: number, what it is about, the number of its last proposition.
PAPER_SECTIONS = (
    ("I", "Introduction", 16),
    ("II", "Human security in theory and practice", 25),
    ("III", "Are North Koreans in China refugees?", 73),
    ("IV", "Facts and figures", 112),
    ("V", "What UNHCR could do and does not", 119),
    ("VI", "A camp under UNHCR", 132),
    ("VII", "Conclusion, and the Korean abstract", 146),
)

#: Every proposition of the paper, in its order.
PROPOSITIONS = tuple(f"P{number:02}" for number in range(1, PAPER_SECTIONS[-1][2] + 1))

#: The grades of the two scales of human security, the highest first.
SEVERITY = ("critical", "serious", "some")
PERVASIVENESS = ("pervasive", "recurring", "single")

# No slots: making a class with slots takes twice the time, at every start, and a book holds few of each.


@dataclass(frozen=True)
class Source:
    """An authority with its pinpoint."""

    name: str
    kind: str
    cite: str
    short: str | None
    pinpoint: str
    year: int | None
    decision: str | None
    says: str | None
    unverified: bool
    in_force_from: date | None = None
    until: date | None = None
    out_of_force: str | None = None


@dataclass(frozen=True)
class Bounds:
    """The numbers that can answer a fact; None is open. A number outside is a slip, and not accepted as an answer."""

    at_least: int | float | None
    at_most: int | float | None
    whole: bool

    def contains(self, number: int | float) -> bool:
        """Tell whether a number can be an answer."""
        return (
            (self.at_least is None or number >= self.at_least)
            and (self.at_most is None or number <= self.at_most)
            and (not self.whole or number % 1 == 0)
        )

    def __str__(self) -> str:
        kind = "a whole number" if self.whole else "a number"
        match self.at_least, self.at_most:
            case None, None:
                return kind
            case low, None:
                return f"{kind}, {low:g} or more"
            case None, high:
                return f"{kind}, {high:g} or less"
            case low, high:
                return f"{kind} from {low:g} to {high:g}"


@dataclass(frozen=True)
class Fact:
    """Something that a person can be asked."""

    name: str
    ask: str
    type: str
    options: tuple[tuple[str, str], ...]
    chapter: str
    why: str | None
    help: str | None
    sources: tuple[str, ...]
    burden: str
    distress: str
    about: str
    judgement: bool = False  # a person's weighing, given with reasons where the considerations leave a question open
    bounds: Bounds | None = None  # of a number
    known_from: str | None = None  # who can tell: the applicant, the officer, sources on the country; None: not said

    @property
    def is_statement(self) -> bool:
        """Whether the answer is what the applicant says, and has to be assessed; so too where nobody said who tells."""
        return self.known_from in ("applicant", None)

    def label(self, option: str) -> str:
        """Return the words for an option."""
        return dict(self.options).get(option, option)

    def level(self, option: str) -> int:
        """Return the position of an option in the order of a level, from 0."""
        return [name for name, _ in self.options].index(option)


@dataclass(frozen=True)
class FindingTexts:
    """A criterion's words for each status."""

    met: str
    not_met: str
    undetermined: str
    not_applicable: str | None


@dataclass(frozen=True)
class BurdenByReading:
    """A burden that is contested: who bears it on each side of a reading, None where nobody does."""

    reading: str
    sides: tuple[tuple[str, str | None], ...]


@dataclass(frozen=True)
class Criterion:
    """A test of law. One with a burden is an element: on a closed record it is shown or not shown."""

    name: str
    title: str
    section: str
    sources: tuple[str, ...]
    contrary: tuple[str, ...]
    claims: tuple[str, ...]
    standard: str | None
    burden: str | BurdenByReading | None
    adverse: bool
    applies_if: Term | None
    holds_if: Term
    unless: tuple[Term, ...]
    says: FindingTexts | None
    weakness: str | None

    def burden_under(self, profile: Profile) -> str | None:
        """Return who has to show this under a profile: `applicant`, `shared`, `authority`, or None for nobody."""
        if isinstance(self.burden, BurdenByReading):
            return dict(self.burden.sides)[profile.readings[self.burden.reading]]
        return self.burden


@dataclass(frozen=True)
class Side:
    """One side of a contested point."""

    name: str
    says: str
    sources: tuple[str, ...]


@dataclass(frozen=True)
class Reading:
    """A contested point with its sides."""

    name: str
    title: str
    sides: tuple[Side, ...]

    def side(self, name: str) -> Side:
        """Return the side of this name."""
        return next(side for side in self.sides if side.name == name)


@dataclass(frozen=True)
class Profile:
    """A choice of one side on every contested point.

    `before` lists days with the profile that stood in the place of this one before that day, the earliest first.
    """

    name: str
    title: str
    extends: str | None
    readings: dict[str, str]
    sources: tuple[str, ...]
    before: tuple[tuple[date, str], ...] = ()


@dataclass(frozen=True)
class Presumption:
    """A value for a fact without an answer, from information about one State of origin, or about every State (None).

    A presumption about every State settles what was never raised. It applies only to a fact that nobody was asked:
    where the question was put and the answer is not known, nothing is settled. Country information applies to both.
    While it is open whether information about the State says otherwise, nothing is presumed from what is presumed about
    every State: unknown would become no.
    """

    fact: str
    value: Value
    origin: str | None
    when: Term | None
    because: str
    rebutted_by: str
    sources: tuple[str, ...]
    in_force_from: date | None = None
    until: date | None = None


@dataclass(frozen=True)
class TreatyStanding:
    """Whether a State is party to a treaty, from when and until when."""

    standing: str
    since: date | None
    note: str | None
    unverified: bool
    until: date | None = None


@dataclass(frozen=True)
class ObjectionReply:
    """An answer to an objection; a rebuttal of the paper has a name, R1 to R6."""

    says: str
    holds_if: Term | None
    sources: tuple[str, ...]
    claims: tuple[str, ...]
    rebuttal: str | None = None


@dataclass(frozen=True)
class Objection:
    """A position that a State raises."""

    name: str
    title: str
    asserted_by: str
    raised_if: Term | None
    says: str
    answers: tuple[ObjectionReply, ...]
    weakness: str
    sources: tuple[str, ...]
    claims: tuple[str, ...]


@dataclass(frozen=True)
class Response:
    """What a State owes, or what may be done; it never changes a finding."""

    name: str
    kind: str
    title: str
    says: str
    owed_if: Term | None
    sources: tuple[str, ...]
    claims: tuple[str, ...]


@dataclass(frozen=True)
class Dimension:
    """A component of human security, or a factor by which people are left behind. It never changes a finding.

    A component has two scales: grades with their conditions, the highest first. A factor has `shown_if`.
    """

    name: str
    kind: str
    title: str
    severity: tuple[tuple[str, Term], ...]
    pervasiveness: tuple[tuple[str, Term], ...]
    shown_if: Term | None
    sources: tuple[str, ...]
    claims: tuple[str, ...]


@dataclass(frozen=True)
class LimbRow:
    """A row of the table of limbs: a criterion of the departure limb beside one of the sur place limb."""

    title: str
    departure: str | None
    sur_place: str | None


@dataclass(frozen=True)
class Priority:
    """A reason to take a case up before others; it never changes a finding."""

    name: str
    title: str
    level: str
    says: str
    when: Term
    sources: tuple[str, ...]


@dataclass(frozen=True)
class NotJudged:
    """An open norm that no rule decides, with the authorities that leave it to a person."""

    says: str
    sources: tuple[str, ...]


@dataclass(frozen=True)
class ClaimHome:
    """Where a proposition of the paper is taken up: a part of the book, by its kind and its name."""

    kind: str
    name: str


@dataclass(frozen=True)
class Claim:
    """A proposition of the paper, with its homes or with the reason why it has none."""

    name: str
    says: str
    use: tuple[str, ...]
    footnote: str | None
    caution: str | None
    homes: tuple[ClaimHome, ...]
    not_encoded: str | None


@dataclass(frozen=True)
class Statistic:
    """A published number about many people, which is never evidence about one.

    It has a value or a range; a bound of None is open.
    """

    name: str
    value: int | float | None
    low: int | float | None
    high: int | float | None
    unit: str
    of_what: str
    year: int | None
    period: str | None
    source: str
    claim: str
    note: str | None
    in_force_from: date | None = None
    until: date | None = None


@dataclass(frozen=True)
class Recommendation:
    """What the program recommends, and when."""

    name: str
    when: Term
    says: str


@dataclass(frozen=True)
class BeforeClosing:
    """What must be put to the applicant before the record may be closed: facts, when they must, and why.

    It must where `when` is met and none of `unless` is. Put is what the case file has a line for, `unknown` too.
    """

    when: Term
    unless: tuple[Term, ...]
    ask: tuple[str, ...]
    says: str
    sources: tuple[str, ...]


@dataclass(frozen=True)
class Property:
    """A property that no rule book may break, in any case.

    It is about the named profiles, or all where none is named. Cases answer no facts but those in `answering`, or any
    where it is None.
    """

    name: str
    title: str
    says: str
    statement: Statement
    profiles: tuple[str, ...]
    answering: frozenset[str] | None
    sources: tuple[str, ...]


@dataclass(frozen=True)
class Intended:
    """What looks like a slip of the book and is intended: a kind of doubt, the names it is about, and why."""

    doubt: str
    of: tuple[str, ...]
    because: str


@dataclass(frozen=True)
class RuleBook:
    """The checked law as it stood on one day, `law_as_of`; the rules state no law of days before `law_from`.

    `order` lists the criteria so that each comes after all that it needs.
    """

    title: str
    version: str
    hash: str
    law_as_of: date
    default_profile: str
    treaties: dict[str, str]
    standards: dict[str, str]
    sections: dict[str, str]
    chapters: dict[str, str]
    conclusions: tuple[str, ...]
    recommendations: tuple[Recommendation, ...]
    sources: dict[str, Source]
    facts: dict[str, Fact]
    criteria: dict[str, Criterion]
    readings: dict[str, Reading]
    profiles: dict[str, Profile]
    presumptions: tuple[Presumption, ...]
    standings: dict[str, dict[str, TreatyStanding]]
    objections: tuple[Objection, ...]
    responses: tuple[Response, ...]
    countries: dict[str, str]
    order: tuple[str, ...] = field(default=())
    claims: dict[str, Claim] = field(default_factory=dict)
    statistics: dict[str, Statistic] = field(default_factory=dict)
    human_security: tuple[Dimension, ...] = ()
    limbs: tuple[LimbRow, ...] = ()
    not_judged: tuple[NotJudged, ...] = ()
    properties: dict[str, Property] = field(default_factory=dict)
    intended: tuple[Intended, ...] = field(default=())
    priorities: tuple[Priority, ...] = field(default=())
    law_from: date | None = None
    country_names: dict[str, tuple[str, ...]] = field(default_factory=dict)
    before_closing: tuple[BeforeClosing, ...] = ()

    def standing(self, state: str, treaty: str) -> TreatyStanding | None:
        """Return a State's standing to a treaty; None where no host file says, which does not mean no."""
        return self.standings.get(state, {}).get(treaty)


def criterion_terms(criterion: Criterion) -> tuple[Term, ...]:
    """Return the terms of a criterion: whether it applies, whether it holds, and what defeats it."""
    applies = (criterion.applies_if,) if criterion.applies_if is not None else ()
    return (*applies, criterion.holds_if, *criterion.unless)
