"""The rule book in words: one criterion, fact, reading, profile, authority or position, or the list of them.

In: a rule book. Out: blocks.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from screen.case.evidence import cited, filled
from screen.logic import Answer
from screen.report.document import Block, Heading, ItemList, LabelledRows, NestedList, Paragraph
from screen.report.wording import BURDEN_LABELS, STATUS_LABELS, in_force_period
from screen.rulebook import terms
from screen.rulebook.dependencies import criteria_in, facts_in, readings_in
from screen.rulebook.model import Criterion, Dimension, Fact, Objection, Response, RuleBook, criterion_terms


def criteria_blocks(book: RuleBook) -> Iterator[Block]:
    """Yield every criterion with words, section by section."""
    yield Heading(1, book.title)
    for section, title in book.sections.items():
        criteria = [one for one in book.criteria.values() if one.section == section]
        if criteria:
            yield Heading(2, title)
            yield LabelledRows(tuple((one.name, _plain(book, one.title)) for one in criteria))


def entry_blocks(book: RuleBook, name: str) -> Iterator[Block] | None:
    """Return what the book says of a name, or None where it names nothing."""
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
    named: dict[str, Objection | Response | Dimension] = {}
    named |= {one.name: one for one in book.objections}
    named |= {one.name: one for one in book.responses}
    named |= {one.name: one for one in book.human_security}
    named |= {reply.rebuttal: one for one in book.objections for reply in one.answers if reply.rebuttal}
    return _beside(book, named[name]) if name in named else None


def contested_point_blocks(book: RuleBook) -> Iterator[Block]:
    """Yield every contested point with the profiles on each side."""
    yield Heading(1, "Contested points and who takes which side")
    for name in book.readings:
        yield from _reading(book, name, level=2)


def _criterion(book: RuleBook, one: Criterion) -> Iterator[Block]:
    yield Heading(1, _plain(book, one.title))
    rows = [("Name", one.name), ("Section", book.sections[one.section])]
    if one.adverse:
        rows.append(("Bearing", "against the claim if met"))
    if one.standard:
        reading = book.readings.get(one.standard)
        standard = book.standards.get(one.standard) or (reading.title if reading else "")
        rows.append(("Standard", standard))
    if one.burden:
        rows.append(("Burden", BURDEN_LABELS[one.burden]))
    if one.claims:
        rows.append(("The paper", ", ".join(one.claims)))
    yield LabelledRows(tuple(rows))
    if one.applies_if is not None:
        yield Heading(2, "Applies if")
        yield NestedList(tuple(_told(book, one.applies_if)))
    yield Heading(2, "Holds if")
    yield NestedList(tuple(_told(book, one.holds_if)))
    if one.unless:
        yield Heading(2, "Unless")
        yield NestedList(tuple(line for term in one.unless for line in _told(book, term)))
    if one.says:
        yield Heading(2, "Words")
        words = ((STATUS_LABELS[state], getattr(one.says, state.value)) for state in STATUS_LABELS)
        yield LabelledRows(tuple((label, _plain(book, text)) for label, text in words if text))
    if one.weakness:
        yield Heading(2, "Weakness")
        yield Paragraph(_plain(book, one.weakness))
    for title, names in (("Authority", one.sources), ("Authority against", one.contrary)):
        if names:
            yield Heading(2, title)
            yield from _sources(book, names)
    for contested_point in readings_in(criterion_terms(one)):
        yield from _reading(book, contested_point, level=2)
    needed = sorted(criteria_in(criterion_terms(one)))
    asked = sorted(facts_in(criterion_terms(one)))
    needing = [name for name, other in book.criteria.items() if one.name in criteria_in(criterion_terms(other))]
    yield Heading(2, "Needs and is needed by")
    yield LabelledRows(
        tuple(
            (label, ", ".join(names) or "none")
            for label, names in (("Criteria", needed), ("Facts", asked), ("Needed by", needing))
        )
    )


def _sources(book: RuleBook, names: tuple[str, ...]) -> Iterator[Block]:
    cites = ((cited(book.sources[name], whole=True), book.sources[name].says) for name in names)
    yield ItemList(tuple(f"{cite}: {says}" if says else cite for cite, says in cites))


def _fact(book: RuleBook, fact: Fact) -> Iterator[Block]:
    yield Heading(1, filled(fact.ask, book, Answer.UNKNOWN, Answer.UNKNOWN))
    rows = [
        ("Name", fact.name),
        ("Type", fact.type),
        ("Chapter", book.chapters[fact.chapter]),
        ("About", fact.about),
        ("Burden", BURDEN_LABELS[fact.burden]),
        ("Distress", fact.distress),
    ]
    if fact.judgement:
        rows.append(("Judgement", "yes: reasons are asked for, and no interview asks it"))
    rows += [(label, _plain(book, text)) for label, text in (("Why", fact.why), ("Help", fact.help)) if text]
    users = [name for name, one in book.criteria.items() if fact.name in facts_in(criterion_terms(one))]
    rows.append(("Used by", ", ".join(users) or "nothing"))
    yield LabelledRows(tuple(rows))
    if fact.options:
        yield Heading(2, "Answers")
        yield LabelledRows(fact.options)
    if fact.sources:
        yield Heading(2, "Authority")
        yield from _sources(book, fact.sources)


def _reading(book: RuleBook, name: str, level: int = 1) -> Iterator[Block]:
    reading = book.readings[name]
    yield Heading(level, f"{reading.name}: {_plain(book, reading.title)}")
    for side in reading.sides:
        takers = [one.name for one in book.profiles.values() if one.readings[name] == side.name]
        cites = "; ".join(cited(book.sources[source]) for source in side.sources)
        rows = [("", _plain(book, side.says)), ("Profiles", ", ".join(takers) or "none")]
        yield Heading(3, side.name)
        yield LabelledRows((*(row for row in rows if row[1]), *((("Authority", cites),) if cites else ())))


def _profile(book: RuleBook, name: str) -> Iterator[Block]:
    profile = book.profiles[name]
    yield Heading(1, profile.title)
    if profile.extends:
        yield Paragraph(f"Extends {profile.extends}.")
    yield LabelledRows(
        tuple(
            (reading, f"{side}: {_plain(book, book.readings[reading].side(side).says)}")
            for reading, side in profile.readings.items()
        )
    )
    if profile.sources:
        yield Heading(2, "Authority")
        yield from _sources(book, profile.sources)


def _source(book: RuleBook, name: str) -> Iterator[Block]:
    source = book.sources[name]
    yield Heading(1, cited(source, whole=True))
    rows = [("Name", source.name), ("Kind", source.kind)]
    if source.decision:
        rows.append(("Decision", source.decision))
    if source.says:
        rows.append(("Says", source.says))
    users = [one.name for one in book.criteria.values() if name in (*one.sources, *one.contrary)]
    rows.append(("Cited by", ", ".join(users) or "no criterion"))
    yield LabelledRows(tuple(rows))


def _beside(book: RuleBook, one: Objection | Response | Dimension) -> Iterator[Block]:
    """Yield what stands beside the law under a name: what it says, when, what is said to it, on what authority."""
    yield Heading(1, f"{one.name}. {_plain(book, one.title)}")
    parts: list[tuple[str, terms.Term | None]] = []
    rows: list[tuple[str, str]] = []
    match one:
        case Objection():
            yield Paragraph(_plain(book, one.says))
            parts = [("Raised if", one.raised_if)]
            parts += [(f"Answer {reply.rebuttal or ''}".strip(), reply.holds_if) for reply in one.answers]
            rows = [(f"Answer {reply.rebuttal or ''}".strip(), _plain(book, reply.says)) for reply in one.answers]
            rows += [("Weakness", _plain(book, one.weakness))]
        case Response():
            yield Paragraph(_plain(book, one.says))
            parts = [("Owed or apt if", one.owed_if)]
        case Dimension():
            parts = [("Shows if", one.shown_if)]
            parts += [(f"Severity: {grade}", when) for grade, when in one.severity]
            parts += [(f"Pervasiveness: {grade}", when) for grade, when in one.pervasiveness]
    rows += [("The paper", ", ".join(one.claims))] if one.claims else []
    yield LabelledRows((*rows, ("Bearing", "none on any finding")))
    for label, when in parts:
        if when is not None:
            yield Heading(2, label)
            yield NestedList(tuple(_told(book, when)))
    if one.sources:
        yield Heading(2, "Authority")
        yield from _sources(book, one.sources)


def _plain(book: RuleBook, text: str) -> str:
    return filled(text, book, Answer.UNKNOWN, Answer.UNKNOWN)


_GROUPS: dict[type[terms.Term], str] = {terms.All: "all of:", terms.AnyOf: "any of:"}


def _told(book: RuleBook, term: terms.Term, level: int = 0) -> Iterator[tuple[int, str]]:
    """Yield a term in words, a line a part, with how deep it stands."""
    match term:
        case terms.All(parts) | terms.AnyOf(parts) | terms.AtLeast(_, parts):
            yield (
                level,
                f"at least {term.needed} of:" if isinstance(term, terms.AtLeast) else _GROUPS[type(term)],
            )
            for part in parts:
                yield from _told(book, part, level + 1)
        case terms.Not(part):
            yield level, "not:"
            yield from _told(book, part, level + 1)
        case terms.ByReading(reading, sides):
            for side, inner in sides:
                yield level, f"where {reading} is read as {side}:"
                yield from _told(book, inner, level + 1)
        case _:
            yield level, _leaf(book, term)


def _leaf(book: RuleBook, term: terms.Term) -> str:
    match term:
        case terms.Met(name):
            return f"{_plain(book, book.criteria[name].title)} ({name})"
        case terms.NotRuledOut(name):
            return f"not ruled out: {_plain(book, book.criteria[name].title)} ({name})"
        case terms.Is(name, values):
            words = sorted(_option(book, book.facts[name], value) for value in values)
            return f"{_ask(book, name)} {' or '.join(words)} ({name})"
        case terms.Includes(name, options):
            words = [label for option, label in book.facts[name].options if option in options]
            return f"{_ask(book, name)} includes {' or '.join(words)} ({name})"
        case terms.Between(name, low, high, low_in, high_in):
            lower = "" if low is None else f"{'at least' if low_in else 'more than'} {_bound(book, name, low)}"
            upper = "" if high is None else f"{'at most' if high_in else 'less than'} {_bound(book, name, high)}"
            return f"{_ask(book, name)} {' and '.join(part for part in (lower, upper) if part)} ({name})"
        case terms.Binds(treaty, fact):
            return f"the {book.treaties[treaty]} binds the State of {fact}"
        case terms.InForce():
            return f"the law of the day is that in force {in_force_period(term)}"
        case terms.TakesSide(reading, sides):
            return f"the profile reads {reading} as {' or '.join(sorted(sides))}"
        case _:
            raise TypeError(f"{type(term).__name__} is a group")


def _ask(book: RuleBook, name: str) -> str:
    return filled(book.facts[name].ask, book, Answer.UNKNOWN, Answer.UNKNOWN)


def _option(book: RuleBook, fact: Fact, value: Answer | str) -> str:
    if isinstance(value, Answer):
        return value.value
    return book.countries.get(value, value) if fact.type == "country" else fact.label(value)


def _bound(book: RuleBook, name: str, bound: float | date) -> str:
    fact = book.facts[name]
    if fact.type == "level" and isinstance(bound, int):
        return fact.options[bound][1]
    return str(bound)
