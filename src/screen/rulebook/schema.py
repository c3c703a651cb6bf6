"""The shape of rule files, as pydantic models: which keys, which kinds of value.

In: plain data from `reader`. Out: a model, or mistakes with places. Left alone: whether names exist and terms make
sense (`resolve`). Unknown keys are refused everywhere: a mistyped key must not lose a condition of law.

`rsd rules schema` prints these models as JSON Schema.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError, WithJsonSchema

from screen.diagnostics import MAX_SUGGESTIONS, Diagnostic, did_you_mean, shorten
from screen.rulebook.answers import describe_type, parse_date
from screen.rulebook.terms import Bounds, RecommendationName
from screen.rulebook.yaml_reader import Document, KeyPath

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
    """A date is written 2022-06-28 and nothing else; pydantic alone would take 1656374400 as one."""
    if isinstance(value, date):
        return value
    if (day := parse_date(value)) is not None:
        return day
    raise ValueError("a date is written as 2022-06-28")


Day = Annotated[date, BeforeValidator(_as_date), WithJsonSchema({"type": "string", "format": "date"})]
Burden = Literal["applicant", "shared", "authority"]
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
#: What a home that needs its kind said is written with; a criterion, fact, objection, rebuttal or response needs none.
HOMES = {
    "reading": "reading",
    "source": "source",
    "presumes": "presumption",
    "host": "host",
    "statistic": "statistic",
    "human_security": "human_security",
}


def _term_schema() -> dict[str, Any]:
    """JSON Schema of a term. The meaning is checked in `resolve`; an editor is helped as far as a schema can."""
    names, term, terms = (
        {"type": "string"},
        {"$ref": "#/$defs/term"},
        {"type": "array", "items": {"$ref": "#/$defs/term"}},
    )
    value = {"type": ["string", "number"]}
    values = {"type": "array", "items": value}

    def form(required: list[str], **keys: object) -> dict[str, Any]:
        return {"type": "object", "properties": keys, "required": required, "additionalProperties": False}

    compare = ("is", "at_least", "at_most", "over", "under", "before", "after", "includes")
    return {
        "anyOf": [
            {**names, "description": "a criterion that must be met, or a yes/no fact that must be yes"},
            form(["all"], all=terms),
            form(["any"], any=terms),
            form(["not"], **{"not": term}),
            form(["at_least", "of"], at_least={"type": "integer"}, of=terms),
            *(form(["fact", key], fact=names, **{key: value}) for key in compare),
            *(form(["fact", key], fact=names, **{key: values}) for key in ("in", "includes_any")),
            form(["binds"], binds=names, on={"enum": ["host", "origin"]}),
            form(["reading", "is"], reading=names, **{"is": names}),
            form(["reading", "in"], reading=names, **{"in": {"type": "array", "items": names}}),
            form(["reading", "as"], reading=names, **{"as": {"type": "object", "additionalProperties": term}}),
            form(["not_ruled_out"], not_ruled_out=names),
        ]
    }


_HERE_A_TERM = "a condition"  # marks where a term stands: pydantic cannot know a definition that is ours
RawTerm = Annotated[Any, WithJsonSchema({"description": _HERE_A_TERM})]
RawValue = Annotated[Any, WithJsonSchema({"type": ["string", "number", "array"], "items": {"type": "string"}})]


def _home_schema() -> dict[str, Any]:
    """JSON Schema of a home. Whether it exists is checked in `resolve`."""
    name = {"type": "string"}
    told = [
        {"type": "object", "properties": {key: name}, "required": [key], "additionalProperties": False} for key in HOMES
    ]
    return {"anyOf": [{**name, "description": "a criterion, fact, objection, rebuttal or response"}, *told]}


RawHome = Annotated[Any, WithJsonSchema(_home_schema())]


RawFormula = Annotated[
    Any, WithJsonSchema({"description": "a condition, or {finding: …}, {recommend: …}, {adverse: …}"})
]
RawChange = Annotated[Any, WithJsonSchema({"description": "a fact, or {fact: …, options: […]}"})]
BookPart = Literal["objections", "responses", "human_security", "claims", "statistics"]
#: What `rsd rules prove` doubts of a book.
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
    """What every rule file's parts have in common: no unknown keys, no conversion from one kind of value to another."""

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
    judgement: bool = False
    at_least: int | float | None = None
    at_most: int | float | None = None
    whole: bool = False

    @property
    def bounds(self) -> Bounds | None:
        """Which numbers can answer it, or None where any can."""
        given = self.whole or self.at_least is not None or self.at_most is not None
        return Bounds(self.at_least, self.at_most, self.whole) if given else None


class SaysShape(Shape):
    met: Words
    not_met: Words
    undetermined: Words
    not_applicable: Words | None = None


class CriterionShape(Shape):
    criterion: Name
    title: Words
    section: Name
    sources: list[Name] = []
    contrary: list[Name] = []
    claims: list[Claim] = []
    standard: Name | None = None
    burden: Burden | None = None
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
    """What country information lets the examiner presume of one State; `presumptions.yaml` holds for every State."""

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
    """What no rule book may break. One way to say it: never · whenever, then · more_of, never_weakens · …"""

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
    """What looks like a slip of the book and is meant."""

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
    held: Words | None = None
    elsewhere: Words | None = None
    told: dict[Name, ScriptedAnswerShape] = {}
    distressing: list[Name] = []
    once_asked: dict[Name, FindingName] = {}


class FigureShape(Shape):
    """A published number that a draw is held against: the share of `of` must be that number, or lie in its range."""

    statistic: Name
    of: list[Words] = Field(min_length=1)


class DrawShape(Shape):
    """How one fact of a made-up case is drawn, or a trait that steers later draws and is never written."""

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
    """Declared distributions from which cases are made up."""

    population: Name
    title: Words
    says: Words
    warning: Words
    extends: Name | None = None
    draws: list[DrawShape] = Field(min_length=1)


#: Which files have which shape, as globs below the rule folder.
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

T = TypeVar("T")


def parse_shapes(document: Document, kind: Any) -> tuple[dict[KeyPath, Any], list[Diagnostic]]:
    """Return the models that a document holds, by their paths, and what keeps other parts of it from being one.

    A list is read item by item, so that one broken item does not hide the others.
    """
    of_items = getattr(kind, "__origin__", None) is list and isinstance(document.data, list)
    parts = {(index,): item for index, item in enumerate(document.data)} if of_items else {(): document.data}
    part_kind = kind.__args__[0] if of_items else kind
    models: dict[KeyPath, Any] = {}
    mistakes: list[Diagnostic] = []
    for path, part in parts.items():
        try:
            models[path] = _adapter(part_kind).validate_python(part)
        except ValidationError as error:
            for problem in error.errors(include_url=False):
                helped = len(mistakes) < MAX_SUGGESTIONS
                mistakes.append(_mistake(document, path, part_kind, problem, helped=helped))
    return models, mistakes


_ADAPTERS: dict[str, TypeAdapter[Any]] = {}


def _adapter(kind: Any) -> TypeAdapter[Any]:
    return _ADAPTERS.setdefault(repr(kind), TypeAdapter(kind))


def json_schema_of(kind: Any) -> dict[str, Any]:
    """Return the JSON Schema of a kind of rule file."""
    schema = _adapter(kind).json_schema()
    if f"'description': '{_HERE_A_TERM}'" in str(schema):
        schema = _with_terms(schema)
        schema.setdefault("$defs", {})["term"] = _term_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _with_terms(schema: Any) -> Any:
    """Return a schema in which every place of a term refers to the one definition of a term."""
    if isinstance(schema, list):
        return [_with_terms(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("description") == _HERE_A_TERM:
        return {"$ref": "#/$defs/term", **{key: value for key, value in schema.items() if key in ("default", "title")}}
    return {key: _with_terms(value) for key, value in schema.items()}


_WANTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "`true` or `false`",
    "list_type": "a list (`- …` or `[…]`)",
    "dict_type": "keys with values (`key: value`)",
    "model_type": "keys with values (`key: value`)",
    "model_attributes_type": "keys with values (`key: value`)",
}


#: Inside `{…}` a comma ends the words, and what follows it becomes a key.
_COMMA = "If it belongs to the words before a comma, put them all in quotes."
#: Names that follow a pattern of their own, by how that pattern begins.
_LOOKS = {"^P": "P54", "^O": "O1", "^R": "R1", "^[BS]": "B6 or S2a"}


def _mistake(document: Document, above: KeyPath, shape: Any, problem: Any, *, helped: bool) -> Diagnostic:
    """Return pydantic's complaint as ours: its place in the file, our code, what to do."""
    loc: tuple[str | int, ...] = problem["loc"]
    path = _in_file(document, above, loc)
    last, kind, value = str(loc[-1]) if loc else "", problem["type"], problem["input"]
    where, context = document.location(path, key=last == "[key]"), problem.get("ctx", {})
    if kind == "extra_forbidden":
        model = _keys_at(shape, loc)
        known = "Keys here: " + ", ".join(model) + "." if model else "Delete it."
        remedy = did_you_mean(last, model, known) if helped else known
        remedy = _COMMA if " " in last and value is None else remedy
        return Diagnostic(
            document.location(path, key=True), "unknown-key", f'the key "{shorten(last)}" is not known here.', remedy
        )
    if kind == "missing":
        return Diagnostic(where, "missing-key", f'the key "{last}" is missing.', f'Add "{last}".')
    if kind in _WANTED:
        # A bare word that YAML would read as nothing, a number or a boolean is the usual cause.
        remedy = f"Write {_WANTED[kind]}."
        if kind == "string_type" and describe_type(value) == "a number":
            remedy = "Put it in quotes."
        elif kind == "int_type" and isinstance(value, str):
            remedy = "Write a whole number; one with a leading zero is text."
        found = f"{_what(path)} is {describe_type(value)}." if path or value is not None else "the file is empty."
        return Diagnostic(where, "wrong-kind", found, remedy)
    if kind == "literal_error":
        expected = context.get("expected", "")
        choices = re.findall(r"'([^']+)'", expected) or re.findall(r"\d+", expected)
        known = "Write one of: " + ", ".join(choices) + "."
        remedy = did_you_mean(str(value), choices, known) if helped else known
        return Diagnostic(where, "not-a-choice", f"{_shown(value)} is not a choice here.", remedy)
    if kind == "string_pattern_mismatch":
        pattern = context.get("pattern", "")
        found, remedy = f"{_shown(value)} is not a name.", "Names are small letters, digits and `_`, after a letter."
        if " " in str(value) and last == "[key]":
            remedy = _COMMA
        elif pattern == CODE:
            found = f"{_shown(value)} is not the code of a State."
            remedy = "Write the two-letter ISO 3166 code in capitals, such as KP."
        elif pattern != NAME:
            look = next((look for start, look in _LOOKS.items() if pattern.startswith(start)), pattern)
            remedy = f"It must look like {look}."
        return Diagnostic(where, "bad-name", found, remedy)
    if kind == "string_too_short":
        return Diagnostic(where, "empty", f"{_what(path)} is empty.", "Write the words.")
    if kind == "too_short":
        found = f"{_what(path)} has {context['actual_length']} items, and {context['min_length']} or more are wanted."
        return Diagnostic(where, "empty", found, "Add what is missing.")
    if kind in ("greater_than_equal", "less_than_equal"):
        found = f"{_shown(value)} is no share."
        return Diagnostic(where, "out-of-range", found, "Write a number from 0 to 1; a weight may be any from 0.")
    if kind == "value_error":
        return Diagnostic(where, "bad-date", f"{_shown(value)} is not a date.", "Write a date as 2022-06-28.")
    return Diagnostic(where, "wrong-kind", f"{_shown(value)} does not fit here.", problem["msg"] + ".")


def _in_file(document: Document, path: KeyPath, loc: tuple[str | int, ...]) -> KeyPath:
    """Return the path in the file: pydantic's own has union members and `[key]` marks that stand in no file."""
    for part in loc:
        if (*path, part) in document.locations:
            path = (*path, part)
    return path


def _keys_at(kind: Any, loc: tuple[str | int, ...]) -> list[str]:
    """Return the keys that the model around a refused key knows."""
    for part in loc[:-1]:
        kind = _inside(kind, part)
    return list(getattr(kind, "model_fields", {}))


def _inside(kind: Any, part: str | int) -> Any:
    if isinstance(part, int):
        return next(iter(getattr(kind, "__args__", ())), None)
    field = getattr(kind, "model_fields", {}).get(part)
    annotation = getattr(field, "annotation", None)
    if getattr(annotation, "__origin__", None) is None:
        options = [one for one in getattr(annotation, "__args__", ()) if one is not type(None)]
        return options[0] if options else annotation
    return annotation


def _what(path: KeyPath) -> str:
    if not path:
        return "the file"
    return f"item {path[-1] + 1}" if isinstance(path[-1], int) else f'"{shorten(path[-1])}"'


def _shown(value: object) -> str:
    if isinstance(value, str):
        return f'"{shorten(value)}"'
    if isinstance(value, bool) or not isinstance(value, int | float):
        return describe_type(value)
    return str(value)
