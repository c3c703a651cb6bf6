"""The shapes of rule files, as pydantic models: which keys there are, and which kinds of value.

Whether names exist and conditions make sense is checked later (`resolve`, `conditions`). Unknown keys are refused
everywhere: a mistyped key must not lose a condition of law. `rsd rules schema` prints the models as JSON Schema.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag, WithJsonSchema

from screen.rulebook.answers import parse_date
from screen.rulebook.model import Bounds, RecommendationName

NAME = r"^[a-z][a-z0-9_]*$"
CODE = r"^[A-Z]{2}$"
DAY = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
Name = Annotated[str, Field(pattern=NAME)]
Code = Annotated[str, Field(pattern=CODE, description="ISO 3166-1 alpha-2 code of a State")]
Words = Annotated[str, Field(min_length=1)]
Claim = Annotated[str, Field(pattern=r"^P[0-9]{2,3}$")]
NonNegativeFloat = Annotated[float, Field(ge=0)]
Probability = Annotated[float, Field(ge=0, le=1)]


def _as_date(value: object) -> object:
    """Return a date that is written as 2022-06-28; pydantic alone would also accept 1656374400."""
    if isinstance(value, date):
        return value
    if (day := parse_date(value)) is not None:
        return day
    raise ValueError("a date is written as 2022-06-28")


Day = Annotated[date, BeforeValidator(_as_date), WithJsonSchema({"type": "string", "format": "date"})]
Burden = Literal["applicant", "shared", "authority"]
KnownFrom = Literal["applicant", "officer", "country"]
Distress = Literal["low", "medium", "high"]
About = Literal["origin", "flight", "host", "return", "person"]
FactType = Literal["yes_no", "choice", "level", "many", "number", "date", "country", "text"]
SourceKind = Literal["treaty", "guidance", "decision", "statute", "agreement", "report", "scholarship"]
FindingName = Literal["met", "not_met", "undetermined", "not_applicable"]
ResultName = Literal[
    "recognised",
    "other_protection",
    "refused",
    "remitted",
    "ceased",
    "point_of_law_only",
    "not_applicable",
]
Use = Literal[
    "fact",
    "criterion",
    "exception",
    "objection",
    "rebuttal",
    "obligation",
    "response",
    "human_security",
    "statistic",
    "cessation",
    "context",
]
#: The keys of homes that name their kind; a criterion, fact, objection, rebuttal or response is a name alone.
HOMES = {
    "reading": "reading",
    "source": "source",
    "presumes": "presumption",
    "host": "host",
    "statistic": "statistic",
    "human_security": "human_security",
}


#: Marks a condition in JSON Schema, where `json_schema` puts its own definition.
TERM_MARK = "a condition"
RawTerm = Annotated[Any, WithJsonSchema({"description": TERM_MARK})]
RawValue = Annotated[Any, WithJsonSchema({"type": ["string", "number", "array"], "items": {"type": "string"}})]


def _home_schema() -> dict[str, Any]:
    """Return the JSON Schema of a home. Whether the home exists is checked in `paper`."""
    name = {"type": "string"}
    keyed = [
        {"type": "object", "properties": {key: name}, "required": [key], "additionalProperties": False} for key in HOMES
    ]
    return {"anyOf": [{**name, "description": "a criterion, fact, objection, rebuttal or response"}, *keyed]}


RawHome = Annotated[Any, WithJsonSchema(_home_schema())]


RawFormula = Annotated[
    Any, WithJsonSchema({"description": "a condition, or {finding: …}, {recommend: …}, {adverse: …}"})
]
RawChange = Annotated[Any, WithJsonSchema({"description": "a fact, or {fact: …, options: […]}"})]
BookPart = Literal["objections", "responses", "human_security", "claims", "statistics"]
#: What `rsd rules prove` can find doubtful in a book.
Doubt = Literal[
    "never_met",
    "never_fails",
    "equivalent",
    "exception_swallows",
    "exception_never_bites",
    "fact_never_matters",
    "reading_never_matters",
]


class Shape(BaseModel):
    """The base of all shapes: no unknown keys, and no conversion from one kind of value to another."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, populate_by_name=True)


class SectionShape(Shape):
    section: Name
    title: Words


class ChapterShape(Shape):
    chapter: Name
    title: Words


class RecommendationShape(Shape):
    recommend: RecommendationName
    when: RawTerm
    says: Words


class LimbShape(Shape):
    title: Words
    departure: Name | None = None
    sur_place: Name | None = None


class NotJudgedShape(Shape):
    says: Words
    sources: list[Name] = Field(min_length=1)


class BeforeClosingShape(Shape):
    """What must be put to the applicant before the record may be closed, and when."""

    when: RawTerm
    unless: list[RawTerm] = []
    ask: list[Name] = Field(min_length=1)
    says: Words
    sources: list[Name] = []


class BookShape(Shape):
    title: Words
    version: Words
    law_from: Day | None = None
    law_as_of: Day
    default_profile: Name
    treaties: dict[Name, Words]
    standards: dict[Name, Words]
    sections: list[SectionShape]
    chapters: list[ChapterShape]
    conclusions: list[Name]
    recommendations: list[RecommendationShape]
    before_closing: list[BeforeClosingShape] = []
    limbs: list[LimbShape] = []
    not_judged: list[NotJudgedShape] = []


class SourceShape(Shape):
    source: Name
    kind: SourceKind
    cite: Words
    short: Words | None = None
    pinpoint: Words
    year: int | None = None
    decision: Words | None = None
    says: Words | None = None
    unverified: bool = False
    in_force_from: Day | None = None
    until: Day | None = None


class FactShape(Shape):
    fact: Name
    ask: Words
    type: FactType
    options: dict[Name, Words] = {}
    chapter: Name
    why: Words | None = None
    help: Words | None = None
    sources: list[Name] = []
    burden: Burden
    distress: Distress
    about: About
    known_from: KnownFrom | None = None
    judgement: bool = False
    at_least: int | float | None = None
    at_most: int | float | None = None
    whole: bool = False

    @property
    def bounds(self) -> Bounds | None:
        """The numbers that can be an answer, or None where any can."""
        has_bounds = self.whole or self.at_least is not None or self.at_most is not None
        return Bounds(self.at_least, self.at_most, self.whole) if has_bounds else None


class SaysShape(Shape):
    met: Words
    not_met: Words
    undetermined: Words
    not_applicable: Words | None = None


class BurdenByReadingShape(Shape):
    reading: Name
    as_: dict[Name, Literal["applicant", "shared", "authority", "none"]] = Field(alias="as")


def _kind_of_burden(value: object) -> str:
    return "bearer" if isinstance(value, str) else "by_reading"


#: One who bears it, or one for each side of a reading; told apart first, so that a mistake is told of one of the two.
AnyBurden = Annotated[
    Annotated[BurdenByReadingShape, Tag("by_reading")] | Annotated[Burden, Tag("bearer")],
    Discriminator(_kind_of_burden),
]


class CriterionShape(Shape):
    criterion: Name
    title: Words
    section: Name
    sources: list[Name] = []
    contrary: list[Name] = []
    claims: list[Claim] = []
    standard: Name | None = None
    burden: AnyBurden | None = None
    adverse: bool = False
    applies_if: RawTerm = None
    holds_if: RawTerm
    unless: list[RawTerm] = []
    says: SaysShape | None = None
    weakness: Words | None = None
    in_force_from: Day | None = None
    until: Day | None = None


class SideShape(Shape):
    side: Name
    says: Words
    sources: list[Name] = []


class ReadingShape(Shape):
    reading: Name
    title: Words
    sides: list[SideShape] = Field(min_length=2)


class ProfileShape(Shape):
    profile: Name
    title: Words
    extends: Name | None = None
    before: dict[Annotated[str, Field(pattern=DAY)], Name] = {}
    readings: dict[Name, Name] = {}
    sources: list[Name] = []


class PresumptionShape(Shape):
    presume: Name
    value: RawValue
    when: RawTerm = None
    because: Words
    rebutted_by: Words
    sources: list[Name] = Field(min_length=1)
    in_force_from: Day | None = None
    until: Day | None = None


class OriginShape(Shape):
    """What country information lets the examiner presume about one State; presumptions.yaml is about every State."""

    origin: Code
    title: Words
    presumptions: list[PresumptionShape]


class TreatyShape(Shape):
    treaty: Name
    standing: Literal["party", "signed", "not_party"]
    since: Day | None = None
    until: Day | None = None
    note: Words | None = None
    unverified: bool = False


class HostShape(Shape):
    state: Code
    title: Words
    treaties: list[TreatyShape]


class ReplyShape(Shape):
    rebuttal: Annotated[str, Field(pattern=r"^R[0-9]+$")] | None = None
    says: Words
    holds_if: RawTerm = None
    sources: list[Name] = []
    claims: list[Claim] = []


class ObjectionShape(Shape):
    objection: Annotated[str, Field(pattern=r"^O[0-9]+$")]
    title: Words
    asserted_by: Words
    raised_if: RawTerm = None
    says: Words
    answers: list[ReplyShape] = Field(min_length=1)
    weakness: Words
    sources: list[Name] = []
    claims: list[Claim] = []


class ResponseShape(Shape):
    response: Annotated[str, Field(pattern=r"^[BS][0-9]+[ab]?$")]
    kind: Literal["obligation", "response", "policy"]
    title: Words
    says: Words
    owed_if: RawTerm = None
    sources: list[Name] = []
    claims: list[Claim] = []


class SeverityShape(Shape):
    critical: RawTerm = None
    serious: RawTerm = None
    some: RawTerm = None


class PervasivenessShape(Shape):
    pervasive: RawTerm = None
    recurring: RawTerm = None
    single: RawTerm = None


class DimensionShape(Shape):
    dimension: Name
    kind: Literal["component", "factor"]
    title: Words
    severity: SeverityShape | None = None
    pervasiveness: PervasivenessShape | None = None
    shown_if: RawTerm = None
    sources: list[Name] = Field(min_length=1)
    claims: list[Claim] = []


class ClaimShape(Shape):
    claim: Claim
    says: Words
    use: list[Use] = Field(min_length=1)
    footnote: Words | None = None
    caution: Words | None = None
    homes: list[RawHome] = []
    not_encoded: Words | None = None


class StatisticShape(Shape):
    statistic: Name
    value: int | float | None = None
    low: int | float | None = None
    high: int | float | None = None
    unit: Words
    of_what: Words
    year: int | None = None
    period: Words | None = None
    source: Name
    claim: Claim
    note: Words | None = None
    in_force_from: Day | None = None
    until: Day | None = None


class PropertyShape(Shape):
    """What no rule book may break, in exactly one form: never; whenever and then; more_of and never_weakens; …"""

    property: Name
    title: Words
    says: Words
    sources: list[Name] = []
    profiles: list[Name] = []
    answering: list[Name] | None = None
    never: RawFormula = None
    whenever: RawFormula = None
    then: RawFormula = None
    more_of: list[RawChange] = []
    never_weakens: list[Name] = []
    other_answers_to: list[RawChange] = []
    never_change: list[Name] = []
    fewer_answers_never_flip: list[Name] = []
    apart: list[BookPart] = []


class IntendedShape(Shape):
    """What looks like a slip of the book and is intended."""

    intended: Doubt
    of: list[Name] = Field(min_length=1)
    because: Words


class PriorityShape(Shape):
    priority: Name
    title: Words
    level: Literal["urgent", "high"]
    says: Words
    when: RawTerm
    sources: list[Name] = Field(min_length=1)


class LawCaseShape(Shape):
    name: Words
    decision: Words | None = None
    profile: Name | None = None
    as_of: Day | None = None
    facts: dict[Name, Any]
    expect: dict[Name, FindingName] = {}
    recommend: RecommendationName | None = None
    expect_closed: dict[Name, FindingName] = {}
    recommend_closed: RecommendationName | None = None
    disputed: Words | None = None
    not_yet: Words | None = None


class IssueShape(Shape):
    issue: Name
    criteria: list[Name] = []
    none: Words | None = None
    note: Words | None = None


class ResultShape(Shape):
    result: ResultName
    recommend: list[RecommendationName] = []
    criteria: list[Name] = []


class IssuesShape(Shape):
    issues: list[IssueShape]
    results: list[ResultShape] = []
    reasons: dict[Name, Words] = {}


class DecisionShape(Shape):
    decision: Words
    forum: Words
    doubt: bool = False
    result: ResultName
    held: dict[Name, Literal["met", "not_met"]]
    left_out: dict[Name, Name] = {}


class ScriptedAnswerShape(Shape):
    says: Words
    answer: Any = None


class ExerciseShape(Shape):
    exercise: Name
    title: Words
    difficulty: Literal[1, 2, 3]
    profile: Name | None = None
    decision: Words | None = None
    sources: list[Name] = []
    claims: list[Claim] = []
    vignette: Words
    facts: dict[Name, Any]
    shown_by: dict[Name, Words] = {}
    open: list[Name] = []
    teaches: dict[Name, FindingName] = Field(min_length=1)
    recommend: RecommendationName
    teaches_closed: dict[Name, FindingName] = {}
    held: Words | None = None
    elsewhere: Words | None = None
    told: dict[Name, ScriptedAnswerShape] = {}
    distressing: list[Name] = []
    once_asked: dict[Name, FindingName] = {}


class FigureShape(Shape):
    """A published number that a draw must match: the share of the values `of` is that number, or in its range."""

    statistic: Name
    of: list[Words] = Field(min_length=1)


class DrawShape(Shape):
    """How one fact of a simulated case is drawn, or a trait that later draws depend on and no case shows."""

    fact: Name | None = None
    trait: Name | None = None
    given: dict[Name, RawValue] = {}
    values: dict[str, NonNegativeFloat] | None = None
    each: dict[Name, Probability] | None = None
    between: list[int] | None = Field(default=None, min_length=2, max_length=2)
    unknown: Probability = 0.0
    unasked: Probability = 0.0
    figures: list[FigureShape] = []
    claims: list[Claim] = []
    assumed: Words | None = None


class PopulationShape(Shape):
    """Declared distributions from which cases are simulated."""

    population: Name
    title: Words
    says: Words
    warning: Words
    extends: Name | None = None
    draws: list[DrawShape] = Field(min_length=1)


#: The shape of each file, by its path below the rule folder.
FILE_SHAPES: dict[str, Any] = {
    "book.yaml": BookShape,
    "sources.yaml": list[SourceShape],
    "readings.yaml": list[ReadingShape],
    "countries.yaml": dict[Code, Words],
    "country_names.yaml": dict[Code, list[Words]],
    "profiles/*.yaml": ProfileShape,
    "facts/*.yaml": list[FactShape],
    "criteria/*.yaml": list[CriterionShape],
    "origins/*.yaml": OriginShape,
    "presumptions.yaml": list[PresumptionShape],
    "hosts/*.yaml": HostShape,
    "objections.yaml": list[ObjectionShape],
    "responses.yaml": list[ResponseShape],
    "human_security.yaml": list[DimensionShape],
    "claims.yaml": list[ClaimShape],
    "statistics.yaml": list[StatisticShape],
    "properties.yaml": list[PropertyShape],
    "intended.yaml": list[IntendedShape],
    "priorities.yaml": list[PriorityShape],
    "cases/*.yaml": list[LawCaseShape],
    "issues.yaml": IssuesShape,
    "decisions.yaml": list[DecisionShape],
    "exercises/*.yaml": list[ExerciseShape],
    "populations/*.yaml": PopulationShape,
}
