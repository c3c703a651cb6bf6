"""The paper in words: each proposition, where the program takes it up, and where the paper is not taken at its word.

In: a rule book. Out: blocks. Left alone: findings; no proposition and no statistic changes one.
"""

from __future__ import annotations

from collections.abc import Iterator

from screen.case.evidence import cited, filled
from screen.logic import Answer
from screen.report.document import Block, Heading, ItemList, LabelledRows, Paragraph
from screen.rulebook.model import PAPER_SECTIONS, Claim, ClaimHome, RuleBook, Statistic


def paper_blocks(book: RuleBook) -> Iterator[Block]:
    """Yield the whole paper, section by section, each proposition with its homes and its caution."""
    yield Heading(1, "The paper, argument by argument")
    every, taken_up = len(book.claims), sum(bool(one.homes) for one in book.claims.values())
    yield Paragraph(
        f"{every} propositions: {taken_up} are taken up in the rule book, {every - taken_up} are not, each with its "
        "reason. The numbers among them are context and never evidence about a person."
    )
    first = 1
    for number, title, last in PAPER_SECTIONS:
        yield Heading(2, f"{number}. {title}")
        for place in range(first, last + 1):
            if one := book.claims.get(f"P{place:02}"):
                yield Heading(3, f"{one.name}. {_plain(book, one.says)}")
                yield LabelledRows(tuple(_rows(book, one)))
        first = last + 1


def claim_blocks(book: RuleBook, name: str) -> Iterator[Block] | None:
    """Return what the book says of one proposition, or None where it has none of that name."""
    return _proposition(book, book.claims[name]) if name in book.claims else None


def format_statistic(one: Statistic) -> str:
    """Return a statistic's number or range with its unit and its date, such as `20 to 30 per cent (2014)`."""
    if one.value is not None:
        number = f"{one.value:,}"
    elif one.low is not None and one.high is not None:
        number = f"{one.low:,} to {one.high:,}"
    elif one.low is not None:
        number = f"at least {one.low:,}"
    else:
        number = f"up to {one.high:,}"
    return f"{number} {one.unit} ({one.year or one.period})"


def _rows(book: RuleBook, one: Claim) -> Iterator[tuple[str, str]]:
    if one.not_encoded:
        yield "Not taken up", _plain(book, one.not_encoded)
    else:
        yield "Taken up by", "; ".join(_in_short(book, home) for home in one.homes)
    if one.caution:
        yield "Caution", _plain(book, one.caution)


def _proposition(book: RuleBook, one: Claim) -> Iterator[Block]:
    yield Heading(1, one.name)
    yield Paragraph(_plain(book, one.says))
    section, title = next((number, title) for number, title, last in PAPER_SECTIONS if int(one.name[1:]) <= last)
    rows = [("Section", f"{section}. {title}"), ("Use", ", ".join(use.replace("_", " ") for use in one.use))]
    rows.append(("Footnote", one.footnote or "none"))
    if one.caution:
        rows.append(("Caution", _plain(book, one.caution)))
    if one.not_encoded:
        rows.append(("Not taken up", _plain(book, one.not_encoded)))
    yield LabelledRows(tuple(rows))
    if one.homes:
        yield Heading(2, "Taken up by")
        yield ItemList(tuple(_in_full(book, home) for home in one.homes))


def _in_short(book: RuleBook, home: ClaimHome) -> str:
    """Return a home by its kind and its name; a statistic by its number, since nothing else shows it."""
    if home.kind == "statistic":
        return format_statistic(book.statistics[home.name])
    if home.kind in ("objection", "rebuttal", "response"):
        return home.name
    return f"{home.kind.replace('_', ' ')} {home.name}"


def _in_full(book: RuleBook, home: ClaimHome) -> str:
    """Return a home with what it says, so that a reader need not look it up."""
    return f"{_in_short(book, home)}: {_plain(book, _words(book, home))}"


def _words(book: RuleBook, home: ClaimHome) -> str:
    match home.kind:
        case "criterion":
            return book.criteria[home.name].title
        case "fact":
            return book.facts[home.name].ask
        case "reading":
            return book.readings[home.name].title
        case "source":
            return cited(book.sources[home.name], whole=True)
        case "presumption":
            return next(one.because for one in book.presumptions if one.fact == home.name)
        case "host":
            return f"the treaties that bind {book.countries.get(home.name, home.name)}"
        case "objection":
            return next(one.title for one in book.objections if one.name == home.name)
        case "rebuttal":
            return next(each.says for one in book.objections for each in one.answers if each.rebuttal == home.name)
        case "human_security":
            return next(one.title for one in book.human_security if one.name == home.name)
        case "response":
            return next(one.title for one in book.responses if one.name == home.name)
        case _:
            one = book.statistics[home.name]
            note = f". {one.note.rstrip('.')}" if one.note else ""
            return f"{one.of_what}. {cited(book.sources[one.source])}{note}"


def _plain(book: RuleBook, text: str) -> str:
    return filled(text, book, Answer.UNKNOWN, Answer.UNKNOWN)
