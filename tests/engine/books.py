"""Small rule books and cases, drawn by Hypothesis.

A condition is drawn as docs/rule-language.md writes it and then made into a term; both are kept, so that a judge who
knows only the page (`judge`) can be asked about the same law.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from itertools import product
from typing import Any

from hypothesis import strategies as st

from screen.case.evidence import Credibility, RecordedAnswer, reliable_value
from screen.diagnostics import Location
from screen.logic import Answer
from screen.rulebook.dependencies import facts_in, order_of_presumptions
from screen.rulebook.model import (
    HOST_FACT,
    ORIGIN_FACT,
    Criterion,
    Fact,
    FindingTexts,
    Objection,
    ObjectionReply,
    Presumption,
    Profile,
    Reading,
    Recommendation,
    Response,
    RuleBook,
    Side,
    TreatyStanding,
    criterion_terms,
)
from screen.rulebook.terms import (
    All,
    AnyOf,
    AtLeast,
    Between,
    Binds,
    ByReading,
    Includes,
    InForce,
    Is,
    Met,
    Not,
    NotRuledOut,
    TakesSide,
    Term,
    Value,
)

Written = Any  # a condition, or another part of a book, as plain data

DAY = date(2022, 6, 28)
TYPES = {
    ORIGIN_FACT: "country",
    HOST_FACT: "country",
    "fears": "yes_no",
    "left": "yes_no",
    "child": "yes_no",
    "guard": "yes_no",
    "way": "choice",
    "penalty": "level",
    "harms": "many",
    "age": "number",
    "left_on": "date",
    "account": "text",
}
OPTIONS = {
    "way": ("river", "road", "air"),
    "penalty": ("none", "fine", "camp"),
    "harms": ("beating", "torture"),
}
#: Answers that tell apart whatever the conditions drawn here can tell apart.
ANSWERS: dict[str, tuple[Value, ...]] = {
    ORIGIN_FACT: ("KP", "CN", "NO", "FR"),
    HOST_FACT: ("CN", "NO", "FR"),
    **{name: (Answer.YES, Answer.NO) for name, kind in TYPES.items() if kind == "yes_no"},
    "way": OPTIONS["way"],
    "penalty": OPTIONS["penalty"],
    "harms": (frozenset(), frozenset({"beating"}), frozenset({"torture"}), frozenset({"beating", "torture"})),
    "age": (17, 18, 19),
    "left_on": (date(2022, 6, 27), DAY, date(2022, 6, 29)),
    "account": ("words",),
}
TREATIES = ("cat", "echr")
STANDINGS = {"CN": {"cat": "party", "echr": "signed"}, "NO": {"cat": "not_party", "echr": "party"}}
READINGS = {"exit": ("strict", "mild"), "standard": ("low", "high")}
PROFILES = {"first": {"exit": "strict", "standard": "low"}, "second": {"exit": "mild", "standard": "high"}}

#: Days between which a criterion is in force, on the day of the book and not.
DAYS_IN_FORCE = (
    {"in_force_from": "2022-06-28"},
    {"in_force_from": "2022-06-29"},
    {"until": "2022-06-28"},
    {"in_force_from": "2022-06-27", "until": "2022-06-29"},
)

ASKED = tuple(name for name in TYPES if name != "account")  # text is read by people alone


@dataclass(frozen=True)
class Small:
    """A small rule book, and the same law as plain data."""

    book: RuleBook
    written: Written

    @property
    def facts(self) -> tuple[str, ...]:
        """Return the facts that a criterion or a presumption asks for."""
        book = self.book
        terms = [term for criterion in book.criteria.values() for term in criterion_terms(criterion)]
        terms += [presumption.when for presumption in book.presumptions if presumption.when is not None]
        names = facts_in(terms) | ({ORIGIN_FACT} if book.presumptions else set())
        return tuple(name for name in book.facts if name in names)

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        parts = {name: self.written[name] for name in ("criteria", "presumptions", "recommendations")}
        printer.text(f"small({parts!r}, {self.book.conclusions!r})")


# ── conditions, as they are written ─────────────────────────────────────────────────────────────────────────────────

Draw = Callable[[st.SearchStrategy[Any]], Any]
_below = cache(lambda count: st.integers(0, count - 1))  # to make a strategy costs more than to draw from it


def pick(draw: Draw, choices: Sequence[Any]) -> Any:
    """Draw one of these, the first where it is simplest."""
    return choices[draw(_below(len(choices)))]


def one_in(draw: Draw, count: int) -> bool:
    """Draw true once in so many draws, on average."""
    return draw(_below(count)) == count - 1


def pick_several(draw: Draw, choices: Sequence[Any], least: int, most: int) -> list[Any]:
    """Draw several of these, none twice."""
    left = list(choices)
    return [left.pop(draw(_below(len(left)))) for _ in range(least + draw(_below(most - least + 1)))]


def _comparison(draw: Draw, fact: str) -> Written:
    """Draw a comparison of a fact, a treaty that binds it, or its name alone."""
    options = OPTIONS.get(fact, ())
    match TYPES[fact]:
        case "yes_no":
            return pick(draw, (fact, fact, {"fact": fact, "is": "yes"}, {"fact": fact, "is": "no"}))
        case "choice":
            return pick(draw, [{"fact": fact, "is": options[0]}, {"fact": fact, "in": list(options[1:])}])
        case "level":
            how = pick(draw, ("at_least", "at_most", "is"))
            return {"fact": fact, how: pick(draw, options)}
        case "many":
            several = [{"fact": fact, "includes": option} for option in options]
            return pick(draw, [*several, {"fact": fact, "includes_any": list(options)}])
        case "number":
            return {"fact": fact, pick(draw, ("at_least", "at_most", "over", "under")): 18}
        case "date":
            return {"fact": fact, pick(draw, ("before", "after")): DAY.isoformat()}
        case _:
            where = {"on": "origin"} if fact == ORIGIN_FACT else {}
            treaty = pick(draw, TREATIES)
            return pick(draw, [{"fact": fact, "is": "CN"}, {"binds": treaty} | where])


def _leaf(draw: Draw, facts: Sequence[str], criteria: Sequence[str]) -> Written:
    kinds = ["fact"] * 5 + ["criterion"] * (3 if criteria else 0) + ["reading"]
    match pick(draw, kinds):
        case "fact":
            return _comparison(draw, pick(draw, facts))
        case "criterion":
            return pick(draw, criteria)
        case _:
            reading = pick(draw, tuple(READINGS))
            sides = READINGS[reading]
            return pick(draw, ({"reading": reading, "is": sides[0]}, {"reading": reading, "in": [sides[1]]}))


def _condition(draw: Draw, facts: Sequence[str], criteria: Sequence[str], depth: int) -> Written:
    """Draw a condition over these facts and criteria, with groups nested up to a depth."""
    kind = pick(draw, ("leaf",) if depth == 0 else ("leaf", "all", "any", "all", "any", "not", "at_least", "as"))
    if kind == "leaf":
        return _leaf(draw, facts, criteria)
    if kind == "not":
        return {"not": _condition(draw, facts, criteria, depth - 1)}
    if kind == "as":
        reading = pick(draw, tuple(READINGS))
        sides = {side: _condition(draw, facts, criteria, depth - 1) for side in READINGS[reading]}
        return {"reading": reading, "as": sides}
    parts = [_condition(draw, facts, criteria, depth - 1) for _ in range(pick(draw, (2, 3, 1)))]
    if kind == "at_least":
        return {"at_least": 1 + draw(_below(len(parts))), "of": parts}
    return {kind: parts}


# ── the same, as the program has it ─────────────────────────────────────────────────────────────────────────────────


def term_of(written: Written) -> Term:
    """Return the term of a written condition."""
    match written:
        case str():
            return Is(written, frozenset({Answer.YES})) if written in TYPES else Met(written)
        case {"all": parts}:
            return All(tuple(map(term_of, parts)))
        case {"any": parts}:
            return AnyOf(tuple(map(term_of, parts)))
        case {"not": part}:
            return Not(term_of(part))
        case {"at_least": needed, "of": parts}:
            return AtLeast(needed, tuple(map(term_of, parts)))
        case {"not_ruled_out": criterion}:
            return NotRuledOut(criterion)
        case {"binds": treaty}:
            return Binds(treaty, ORIGIN_FACT if written.get("on") == "origin" else HOST_FACT)
        case {"reading": reading, "as": sides}:
            return ByReading(reading, tuple((side, term_of(part)) for side, part in sides.items()))
        case {"reading": reading}:
            return TakesSide(reading, frozenset(written["in"] if "in" in written else [written["is"]]))
        case {"fact": fact, "includes": option}:
            return Includes(fact, frozenset({option}))
        case {"fact": fact, "includes_any": options}:
            return Includes(fact, frozenset(options))
        case {"fact": fact, "is": value}:
            return Is(fact, frozenset({value_of(fact, value)}))
        case {"fact": fact, "in": values}:
            return Is(fact, frozenset(value_of(fact, value) for value in values))
        case {"fact": fact}:
            (how, bound), *_ = ((key, value) for key, value in written.items() if key != "fact")
            place = OPTIONS[fact].index(bound) if TYPES[fact] == "level" else value_of(fact, bound)
            low, included = how in ("at_least", "over", "after"), how in ("at_least", "at_most")
            bounds = {"low": place, "high": None} if low else {"low": None, "high": place}
            return Between(fact, **bounds, low_included=included or not low, high_included=included or low)
    raise AssertionError(f"not a condition: {written!r}")


def value_of(fact: str, plain: Any) -> Any:
    """Return the value of an answer as a file writes it."""
    match TYPES[fact]:
        case "yes_no":
            return Answer(plain)
        case "many":
            return frozenset(plain)
        case "date":
            return date.fromisoformat(plain)
        case _:
            return plain


def plain_of(value: Value) -> Any:
    """Return an answer as a file writes it."""
    if isinstance(value, Answer):
        return value.value
    if isinstance(value, date):
        return value.isoformat()
    return sorted(value) if isinstance(value, frozenset) else value


# ── books ───────────────────────────────────────────────────────────────────────────────────────────────────────────

CHAPTERS = {"flight": "Leaving", "home": "Life at home"}


@st.composite
def smalls(
    draw: Draw,
    *,
    facts: Sequence[str] = ASKED,
    most_facts: int = 6,
    most_criteria: int = 5,
    presumptions: bool = True,
    depth: int = 2,
) -> Small:
    """Draw a book over some of these facts."""
    used = pick_several(draw, facts, 2, most_facts)
    names = [f"c{index}" for index in range(1 + draw(_below(most_criteria)))]
    criteria = []
    for index, name in enumerate(names):
        criterion = {"criterion": name, "holds_if": _condition(draw, used, names[:index], depth)}
        if one_in(draw, 3):
            criterion["applies_if"] = _condition(draw, used, names[:index], 1)
        if one_in(draw, 3):
            criterion["unless"] = [_condition(draw, used, names[:index], 1) for _ in range(1 + draw(_below(2)))]
        if one_in(draw, 6):
            criterion.update(pick(draw, DAYS_IN_FORCE))
        criteria.append(criterion)
    presumed = list(_presumptions(draw, used)) if presumptions and one_in(draw, 2) else []
    criterion, other = pick(draw, names), pick(draw, names)
    recommendations = [
        {"recommend": "refer_exclusion_specialist", "when": {"all": [names[-1], {"not_ruled_out": criterion}]}},
        {"recommend": "recognise", "when": names[-1]},
        {"recommend": "refer_review", "when": {"all": [{"not": criterion}, {"not": other}]}},
    ]
    # The last criterion is the likeliest to need the others.
    conclusions = [*pick_several(draw, names[:-1], 0, min(1, len(names) - 1)), names[-1]]
    chapters = {name: pick(draw, tuple(CHAPTERS)) for name in used}
    distress = {name: pick(draw, ("low", "medium", "high")) for name in used}
    written = {"criteria": criteria, "presumptions": presumed, "recommendations": recommendations}
    return small(written, conclusions, chapters, distress)


def _presumptions(draw: Draw, facts: Sequence[str]) -> Iterable[Written]:
    """Draw presumptions of two States and for every State; none asks a fact that stands after its own."""
    for origin in ("KP", "CN", None):
        earlier: list[str] = []
        for fact in facts:
            if fact != ORIGIN_FACT and one_in(draw, 3):
                value = plain_of(pick(draw, ANSWERS[fact]))
                presumption = {"origin": origin, "presume": fact, "value": value}
                before = [ORIGIN_FACT, *(name for name in earlier if name != ORIGIN_FACT)]
                if one_in(draw, 2):
                    presumption["when"] = _condition(draw, before, (), 1)
                yield presumption
            earlier.append(fact)


def small(
    written: Written,
    conclusions: Iterable[str],
    chapters: Mapping[str, str] | None = None,
    distress: Mapping[str, str] | None = None,
) -> Small:
    """Return the book of what is written: criteria, and presumptions and recommendations if there are any."""
    chapters, distress = chapters or {}, distress or {}
    written_book = {
        "presumptions": [],
        "recommendations": [],
        **written,
        "types": TYPES,
        "options": OPTIONS,
        "treaties": STANDINGS,
        "day": DAY.isoformat(),
    }
    facts = [
        Fact(
            name,
            f"{name}?",
            kind,
            tuple((item, item) for item in OPTIONS.get(name, ())),
            chapters.get(name, "flight"),
            None,
            None,
            (),
            "shared",
            distress.get(name, "low"),
            "person",
        )
        for name, kind in TYPES.items()
    ]
    facts.sort(key=lambda fact: list(CHAPTERS).index(fact.chapter))
    criteria = [_criterion(item) for item in written_book["criteria"]]
    order = tuple(item.name for item in criteria)
    book = RuleBook(
        title="A small book",
        version="1",
        hash="",
        law_as_of=DAY,
        default_profile="first",
        treaties=dict.fromkeys(TREATIES, "A treaty"),
        standards={},
        sections={"status": "Status"},
        chapters=CHAPTERS,
        conclusions=tuple(conclusions),
        recommendations=tuple(
            Recommendation(item["recommend"], term_of(item["when"]), "Words.")
            for item in written_book["recommendations"]
        ),
        sources={},
        facts={fact.name: fact for fact in facts},
        # Files may name a criterion before what it needs; only `order` may not.
        criteria={item.name: item for item in reversed(criteria)},
        readings={
            name: Reading(name, name, tuple(Side(side, side, ()) for side in sides)) for name, sides in READINGS.items()
        },
        profiles={name: Profile(name, name, None, dict(sides), ()) for name, sides in PROFILES.items()},
        presumptions=_ordered_presumptions(
            Presumption(
                item["presume"],
                value_of(item["presume"], item["value"]),
                item["origin"],
                term_of(item["when"]) if "when" in item else None,
                "It is known.",
                "An answer.",
                (),
            )
            for item in written_book["presumptions"]
        ),
        standings={
            state: {treaty: TreatyStanding(standing, None, None, False) for treaty, standing in rows.items()}
            for state, rows in STANDINGS.items()
        },
        objections=(),
        responses=(),
        countries={"CN": "China", "FR": "France", "KP": "North Korea", "NO": "Norway"},
        order=order,
    )
    return Small(book, written_book)


def _ordered_presumptions(presumptions: Iterable[Presumption]) -> tuple[Presumption, ...]:
    every = tuple(presumptions)
    order, cycles = order_of_presumptions(
        every, {(presumption.origin, presumption.fact): Location("drawn") for presumption in every}
    )
    assert not cycles
    return order


def _criterion(written: Written) -> Criterion:
    applies = term_of(written["applies_if"]) if "applies_if" in written else None
    since, until = (date.fromisoformat(written[key]) if key in written else None for key in ("in_force_from", "until"))
    if since or until:
        in_force = InForce(since, until)
        applies = in_force if applies is None else AtLeast(2, (in_force, applies))
    unless = tuple(map(term_of, written.get("unless", ())))
    says = FindingTexts("Met.", "Not met.", "Open.", None if applies is None else "Does not apply.")
    return Criterion(
        written["criterion"],
        written["criterion"],
        "status",
        (),
        (),
        (),
        None,
        None,
        False,
        applies,
        term_of(written["holds_if"]),
        unless,
        says,
        None,
    )


@st.composite
def with_positions(draw: Draw) -> Small:
    """Draw a book with objections and responses, which may rest on criteria and facts alike."""
    law = draw(smalls())
    names = law.book.order

    def perhaps() -> Term | None:
        return term_of(_condition(draw, ASKED, names, 1)) if not one_in(draw, 4) else None

    objections = tuple(
        Objection(
            f"O{index}",
            "They all say that",
            "China",
            perhaps(),
            "Words.",
            tuple(ObjectionReply("Words.", perhaps(), (), ()) for _ in range(1 + draw(_below(2)))),
            "A weakness.",
            (),
            (),
        )
        for index in range(1 + draw(_below(3)))
    )
    responses = tuple(
        Response(f"B{index}", "obligation", "A duty", "Words.", perhaps(), (), ())
        for index in range(1 + draw(_below(3)))
    )
    return replace(law, book=replace(law.book, objections=objections, responses=responses))


# ── cases ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def answer(draw: Draw, fact: str) -> RecordedAnswer:
    """Draw an answer to a fact: mostly a known one that nobody has assessed."""
    if not one_in(draw, 3):
        return RecordedAnswer(pick(draw, ANSWERS[fact]))
    return RecordedAnswer(pick(draw, (*ANSWERS[fact], Answer.UNKNOWN)), pick(draw, tuple(Credibility)))


def case(draw: Draw, law: Small) -> dict[str, RecordedAnswer]:
    """Draw answers to some of the facts that a book asks for."""
    given = {name: answer(draw, name) for name in law.facts if not one_in(draw, 3)}
    if law.book.presumptions and not one_in(draw, 4):
        given[ORIGIN_FACT] = RecordedAnswer(pick(draw, ("KP", "CN")))
    return given


@st.composite
def books_and_cases(draw: Draw, **how: Any) -> tuple[Small, dict[str, RecordedAnswer], str]:
    """Draw a book, a case and a profile."""
    law = draw(smalls(**how))
    return law, case(draw, law), pick(draw, tuple(PROFILES))


def as_written(given: Mapping[str, RecordedAnswer]) -> dict[str, Written]:
    """Return a case as a file writes it."""
    return {
        name: {"answer": plain_of(recorded.value), "credibility": recorded.credibility.value}
        for name, recorded in given.items()
    }


def columns_of(cases: Sequence[Mapping[str, RecordedAnswer]]) -> dict[str, list[tuple[Value, int]]]:
    """Return many cases as columns: each fact's values, unknown among them, with the cases that have them."""
    columns: dict[str, dict[Value, int]] = {}
    for index, case in enumerate(cases):
        for name, recorded in case.items():
            masks = columns.setdefault(name, {})
            masks[reliable_value(recorded)] = masks.get(reliable_value(recorded), 0) | 1 << index
    return {name: list(masks.items()) for name, masks in columns.items()}


def every_combination() -> tuple[Small, list[dict[str, RecordedAnswer]]]:
    """Return a book with every combination of three parts, and cases that bring each part to each status."""
    answers = {
        "way": ("river", "road", "air", Answer.UNKNOWN),
        "penalty": ("none", "fine", "camp", Answer.UNKNOWN),
        "age": (19, 18, 17, Answer.UNKNOWN),
    }
    left, punished = {"not": {"fact": "way", "is": "air"}}, {"fact": "penalty", "at_most": "fine"}
    applies = (left, punished, {"fact": "age", "at_least": 18})
    holds = ({"fact": "way", "is": "river"}, {"fact": "penalty", "is": "none"}, {"fact": "age", "over": 18})
    names = ["p0", "p1", "p2"]
    parts = [
        {"criterion": name, "applies_if": when, "holds_if": rule}
        for name, when, rule in zip(names, applies, holds, strict=True)
    ]
    rules: dict[str, Written] = {
        **{f"all_{count}": {"holds_if": {"all": names[:count]}} for count in (1, 2, 3)},
        **{f"any_{count}": {"holds_if": {"any": names[:count]}} for count in (1, 2, 3)},
        **{f"least_{needed}": {"holds_if": {"at_least": needed, "of": names}} for needed in (1, 2, 3)},
        "least_2_of_2": {"holds_if": {"at_least": 2, "of": names[:2]}},
        "opposite": {"holds_if": {"not": "p0"}},
        "applied": {"applies_if": "p0", "holds_if": "p1"},
        "defeated": {"holds_if": "p0", "unless": ["p1"]},
        "whole": {"applies_if": "p0", "holds_if": "p1", "unless": ["p2"]},
        "twice_defeated": {"holds_if": "p0", "unless": ["p1", "p2"]},
    }
    criteria = [*parts, *({"criterion": name, **rule} for name, rule in rules.items())]
    cases = [
        {name: RecordedAnswer(value) for name, value in zip(answers, row, strict=True)}
        for row in product(*answers.values())
    ]
    return small({"criteria": criteria}, ["whole"]), cases


# ── the same law, written differently ─────────────────────────────────────────────────────────────────────────────────


def changed(law: Small, change: Callable[[Term], Term], *more: Criterion) -> RuleBook:
    """Return the book with every group of every criterion changed, from the inside out, and further criteria."""
    criteria = {
        name: replace(
            criterion,
            applies_if=None if criterion.applies_if is None else rebuilt(criterion.applies_if, change),
            holds_if=rebuilt(criterion.holds_if, change),
            unless=tuple(rebuilt(part, change) for part in criterion.unless),
        )
        for name, criterion in law.book.criteria.items()
    }
    criteria |= {criterion.name: criterion for criterion in more}
    return replace(law.book, criteria=criteria, order=(*(criterion.name for criterion in more), *law.book.order))


def rebuilt(term: Term, change: Callable[[Term], Term]) -> Term:
    """Return a term with its parts changed first, and then itself."""
    match term:
        case All(parts):
            term = All(tuple(rebuilt(part, change) for part in parts))
        case AnyOf(parts):
            term = AnyOf(tuple(rebuilt(part, change) for part in parts))
        case AtLeast(needed, parts):
            term = AtLeast(needed, tuple(rebuilt(part, change) for part in parts))
        case Not(part):
            term = Not(rebuilt(part, change))
        case ByReading(reading, sides):
            term = ByReading(reading, tuple((side, rebuilt(part, change)) for side, part in sides))
    return change(term)


#: A criterion that never applies: no profile takes both sides.
NEVER = _criterion(
    {
        "criterion": "never",
        "applies_if": {"all": [{"reading": "exit", "is": "strict"}, {"reading": "exit", "is": "mild"}]},
        "holds_if": "fears",
    }
)
