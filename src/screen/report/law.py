"""The rule book in words: one criterion, fact, reading, profile, authority or position, or the list of them.

In: a rule book. Out: blocks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from screen.case.evidence import cited
from screen.logic import Answer
from screen.report.document import Block, Heading, ItemList, LabelledRows, NestedList, Paragraph
from screen.report.wording import BURDEN_LABELS, KNOWN_FROM_LABELS, STATUS_LABELS, fill_without_case, in_force_period
from screen.rulebook import terms
from screen.rulebook.dependencies import criteria_in, facts_in, readings_in
from screen.rulebook.model import (
    BurdenByReading,
    Criterion,
    Dimension,
    Fact,
    Objection,
    Response,
    RuleBook,
    criterion_terms,
)

_Supplement = Objection | Response | Dimension


def criteria_blocks(book: RuleBook) -> Iterator[Block]:
    """Yield every criterion, section by section."""
    yield Heading(1, book.title)
    for section, title in book.sections.items():
        criteria = [criterion for criterion in book.criteria.values() if criterion.section == section]
        if criteria:
            yield Heading(2, title)
            yield LabelledRows(
                tuple((criterion.name, fill_without_case(book, criterion.title)) for criterion in criteria)
            )


def entry_blocks(book: RuleBook, name: str) -> Iterator[Block] | None:
    """Return what the book says under a name, or None where it has no such name."""
    if name in book.criteria:
        return _criterion(book, book.criteria[name])
    if name in book.facts:
        return _fact(book, book.facts[name])
    if name in book.readings:
        return _reading(book, name)
    if name in book.profiles:
        return _profile(book, name)
    if name in book.sources:
        return _source(book, name)
    entries: list[_Supplement] = [*book.objections, *book.responses, *book.human_security]
    supplements = {entry.name: entry for entry in entries}
    supplements |= {
        reply.rebuttal: objection for objection in book.objections for reply in objection.answers if reply.rebuttal
    }
    return _supplement(book, supplements[name]) if name in supplements else None


def contested_point_blocks(book: RuleBook) -> Iterator[Block]:
    """Yield every contested point with the profiles on each side."""
    yield Heading(1, "Contested points and who takes which side")
    for name in book.readings:
        yield from _reading(book, name, level=2)


def _criterion(book: RuleBook, criterion: Criterion) -> Iterator[Block]:
    yield Heading(1, fill_without_case(book, criterion.title))
    yield LabelledRows(tuple(_criterion_rows(book, criterion)))
    if criterion.applies_if is not None:
        yield Heading(2, "Applies if")
        yield NestedList(tuple(_term_lines(book, criterion.applies_if)))
    yield Heading(2, "Holds if")
    yield NestedList(tuple(_term_lines(book, criterion.holds_if)))
    if criterion.unless:
        yield Heading(2, "Unless")
        yield NestedList(tuple(line for term in criterion.unless for line in _term_lines(book, term)))
    if criterion.says:
        yield Heading(2, "Words")
        texts = ((label, getattr(criterion.says, status.value)) for status, label in STATUS_LABELS.items())
        yield LabelledRows(tuple((label, fill_without_case(book, text)) for label, text in texts if text))
    if criterion.weakness:
        yield Heading(2, "Weakness")
        yield Paragraph(fill_without_case(book, criterion.weakness))
    yield from _authorities(book, "Authority", criterion.sources)
    yield from _authorities(book, "Authority against", criterion.contrary)
    conditions = criterion_terms(criterion)
    for reading in readings_in(conditions):
        yield from _reading(book, reading, level=2)
    users = [name for name, other in book.criteria.items() if criterion.name in criteria_in(criterion_terms(other))]
    yield Heading(2, "Needs and is needed by")
    yield LabelledRows(
        (
            ("Criteria", _names(sorted(criteria_in(conditions)))),
            ("Facts", _names(sorted(facts_in(conditions)))),
            ("Needed by", _names(users)),
        )
    )


def _criterion_rows(book: RuleBook, criterion: Criterion) -> Iterator[tuple[str, str]]:
    yield "Name", criterion.name
    yield "Section", book.sections[criterion.section]
    if criterion.adverse:
        yield "Bearing", "against the claim if met"
    if criterion.standard:
        reading = book.readings.get(criterion.standard)
        yield "Standard", book.standards.get(criterion.standard) or (reading.title if reading else "")
    if isinstance(criterion.burden, BurdenByReading):
        reading = book.readings[criterion.burden.reading]
        sides = (f"{name}: {BURDEN_LABELS[who] if who else 'on nobody'}" for name, who in criterion.burden.sides)
        yield "Burden", f"{reading.title}: {'; '.join(sides)}"
    elif criterion.burden:
        yield "Burden", BURDEN_LABELS[criterion.burden]
    if criterion.claims:
        yield "The paper", ", ".join(criterion.claims)


def _authorities(book: RuleBook, heading: str, names: tuple[str, ...]) -> Iterator[Block]:
    if names:
        yield Heading(2, heading)
        citations = ((cited(book.sources[name], whole=True), book.sources[name].says) for name in names)
        yield ItemList(tuple(f"{citation}: {says}" if says else citation for citation, says in citations))


def _fact(book: RuleBook, fact: Fact) -> Iterator[Block]:
    yield Heading(1, fill_without_case(book, fact.ask))
    rows = [
        ("Name", fact.name),
        ("Type", fact.type),
        ("Chapter", book.chapters[fact.chapter]),
        ("About", fact.about),
        ("Burden", BURDEN_LABELS[fact.burden]),
        ("Distress", fact.distress),
    ]
    if fact.known_from:
        rows.append(("Known from", KNOWN_FROM_LABELS[fact.known_from]))
    if fact.judgement:
        rows.append(("Judgement", "yes: it needs reasons, and no interview asks it"))
    rows += [(label, fill_without_case(book, text)) for label, text in (("Why", fact.why), ("Help", fact.help)) if text]
    users = [name for name, criterion in book.criteria.items() if fact.name in facts_in(criterion_terms(criterion))]
    rows.append(("Used by", ", ".join(users) or "nothing"))
    yield LabelledRows(tuple(rows))
    if fact.options:
        yield Heading(2, "Answers")
        yield LabelledRows(fact.options)
    yield from _authorities(book, "Authority", fact.sources)


def _reading(book: RuleBook, name: str, level: int = 1) -> Iterator[Block]:
    reading = book.readings[name]
    yield Heading(level, f"{reading.name}: {fill_without_case(book, reading.title)}")
    for side in reading.sides:
        profiles = [profile.name for profile in book.profiles.values() if profile.readings[name] == side.name]
        says = fill_without_case(book, side.says)
        rows = [("", says)] if says else []
        rows.append(("Profiles", _names(profiles)))
        if side.sources:
            rows.append(("Authority", "; ".join(cited(book.sources[source]) for source in side.sources)))
        yield Heading(3, side.name)
        yield LabelledRows(tuple(rows))


def _profile(book: RuleBook, name: str) -> Iterator[Block]:
    profile = book.profiles[name]
    yield Heading(1, profile.title)
    if profile.extends:
        yield Paragraph(f"Extends {profile.extends}.")
    yield LabelledRows(
        tuple(
            (reading, f"{side}: {fill_without_case(book, book.readings[reading].side(side).says)}")
            for reading, side in profile.readings.items()
        )
    )
    yield from _authorities(book, "Authority", profile.sources)


def _source(book: RuleBook, name: str) -> Iterator[Block]:
    source = book.sources[name]
    yield Heading(1, cited(source, whole=True))
    rows = [("Name", source.name), ("Kind", source.kind)]
    if source.decision:
        rows.append(("Decision", source.decision))
    if source.says:
        rows.append(("Says", source.says))
    users = [
        criterion.name for criterion in book.criteria.values() if name in (*criterion.sources, *criterion.contrary)
    ]
    rows.append(("Cited by", ", ".join(users) or "no criterion"))
    yield LabelledRows(tuple(rows))


def _supplement(book: RuleBook, entry: _Supplement) -> Iterator[Block]:
    """Yield an objection, a response or a dimension: what it says, when, what is replied, on what authority."""
    yield Heading(1, f"{entry.name}. {fill_without_case(book, entry.title)}")
    conditions: list[tuple[str, terms.Term | None]] = []
    rows: list[tuple[str, str]] = []
    match entry:
        case Objection():
            yield Paragraph(fill_without_case(book, entry.says))
            conditions = [("Raised if", entry.raised_if)]
            for reply in entry.answers:
                label = f"Answer {reply.rebuttal or ''}".strip()
                conditions.append((label, reply.holds_if))
                rows.append((label, fill_without_case(book, reply.says)))
            rows.append(("Weakness", fill_without_case(book, entry.weakness)))
        case Response():
            yield Paragraph(fill_without_case(book, entry.says))
            conditions = [("Owed or suitable if", entry.owed_if)]
        case Dimension():
            conditions = [("Shown if", entry.shown_if)]
            conditions += [(f"Severity: {grade}", condition) for grade, condition in entry.severity]
            conditions += [(f"Pervasiveness: {grade}", condition) for grade, condition in entry.pervasiveness]
    if entry.claims:
        rows.append(("The paper", ", ".join(entry.claims)))
    yield LabelledRows((*rows, ("Bearing", "none on any finding")))
    for label, condition in conditions:
        if condition is not None:
            yield Heading(2, label)
            yield NestedList(tuple(_term_lines(book, condition)))
    yield from _authorities(book, "Authority", entry.sources)


def _names(names: Iterable[str]) -> str:
    return ", ".join(names) or "none"


# ── terms ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _term_lines(book: RuleBook, term: terms.Term, level: int = 0) -> Iterator[tuple[int, str]]:
    """Yield a term in words: the level of each part, and its line."""
    match term:
        case terms.All(parts):
            yield from _group_lines(book, "all of:", parts, level)
        case terms.AnyOf(parts):
            yield from _group_lines(book, "any of:", parts, level)
        case terms.AtLeast(needed, parts):
            yield from _group_lines(book, f"at least {needed} of:", parts, level)
        case terms.Not(part):
            yield from _group_lines(book, "not:", (part,), level)
        case terms.ByReading(reading, sides):
            for side, part in sides:
                yield from _group_lines(book, f"where {reading} is read as {side}:", (part,), level)
        case _:
            yield level, _leaf(book, term)


def _group_lines(book: RuleBook, heading: str, parts: Iterable[terms.Term], level: int) -> Iterator[tuple[int, str]]:
    yield level, heading
    for part in parts:
        yield from _term_lines(book, part, level + 1)


def _leaf(book: RuleBook, term: terms.Term) -> str:
    match term:
        case terms.Met(name):
            return f"{fill_without_case(book, book.criteria[name].title)} ({name})"
        case terms.NotRuledOut(name):
            return f"not ruled out: {fill_without_case(book, book.criteria[name].title)} ({name})"
        case terms.Is(name, values):
            labels = sorted(_option(book, book.facts[name], value) for value in values)
            return f"{_question(book, name)} {' or '.join(labels)} ({name})"
        case terms.Includes(name, options):
            labels = [label for option, label in book.facts[name].options if option in options]
            return f"{_question(book, name)} includes {' or '.join(labels)} ({name})"
        case terms.Between(name, low, high, low_included, high_included):
            bounds = []
            if low is not None:
                bounds.append(f"{'at least' if low_included else 'more than'} {_bound(book, name, low)}")
            if high is not None:
                bounds.append(f"{'at most' if high_included else 'less than'} {_bound(book, name, high)}")
            return f"{_question(book, name)} {' and '.join(bounds)} ({name})"
        case terms.Binds(treaty, fact):
            return f"the {book.treaties[treaty]} binds the State of {fact}"
        case terms.InForce():
            return f"the law of the day is that in force {in_force_period(term)}"
        case terms.TakesSide(reading, sides):
            return f"the profile reads {reading} as {' or '.join(sorted(sides))}"
        case _:
            raise TypeError(f"{type(term).__name__} is a group")


def _question(book: RuleBook, fact: str) -> str:
    return fill_without_case(book, book.facts[fact].ask)


def _option(book: RuleBook, fact: Fact, value: Answer | str) -> str:
    if isinstance(value, Answer):
        return value.value
    return book.countries.get(value, value) if fact.type == "country" else fact.label(value)


def _bound(book: RuleBook, name: str, bound: float | date) -> str:
    fact = book.facts[name]
    if fact.type == "level" and isinstance(bound, int):
        return fact.options[bound][1]
    return str(bound)
