"""The paper in words: each proposition, where the rule book takes it up, and where the paper needs caution.

In: a rule book. Out: blocks. No proposition and no statistic changes a finding.
"""

from __future__ import annotations

from collections.abc import Iterator

from screen.case.evidence import cited
from screen.report.document import Block, Heading, ItemList, LabelledRows, Paragraph
from screen.report.wording import fill_without_case
from screen.rulebook.model import PAPER_SECTIONS, Claim, ClaimHome, RuleBook, Statistic


def paper_blocks(book: RuleBook) -> Iterator[Block]:
    """Yield the whole paper, section by section, each proposition with its homes and its caution."""
    yield Heading(1, "The paper, argument by argument")
    total, taken_up = len(book.claims), sum(bool(claim.homes) for claim in book.claims.values())
    yield Paragraph(
        f"{total} propositions: {taken_up} are taken up in the rule book, {total - taken_up} are not, each with its "
        "reason. The numbers among them are context and never evidence about a person."
    )
    first = 1
    for section, title, last in PAPER_SECTIONS:
        yield Heading(2, f"{section}. {title}")
        for number in range(first, last + 1):
            if claim := book.claims.get(f"P{number:02}"):
                yield Heading(3, f"{claim.name}. {fill_without_case(book, claim.says)}")
                yield LabelledRows(tuple(_rows(book, claim)))
        first = last + 1


def claim_blocks(book: RuleBook, name: str) -> Iterator[Block] | None:
    """Return what the book says of one proposition, or None where it has none of that name."""
    return _claim_blocks(book, book.claims[name]) if name in book.claims else None


def format_statistic(statistic: Statistic) -> str:
    """Return a statistic's number or range with its unit and its date, such as `20 to 30 per cent (2014)`."""
    if statistic.value is not None:
        number = f"{statistic.value:,}"
    elif statistic.low is not None and statistic.high is not None:
        number = f"{statistic.low:,} to {statistic.high:,}"
    elif statistic.low is not None:
        number = f"at least {statistic.low:,}"
    else:
        number = f"up to {statistic.high:,}"
    return f"{number} {statistic.unit} ({statistic.year or statistic.period})"


def _rows(book: RuleBook, claim: Claim) -> Iterator[tuple[str, str]]:
    if claim.not_encoded:
        yield "Not taken up", fill_without_case(book, claim.not_encoded)
    else:
        yield "Taken up by", "; ".join(_home_name(book, home) for home in claim.homes)
    if claim.caution:
        yield "Caution", fill_without_case(book, claim.caution)


def _claim_blocks(book: RuleBook, claim: Claim) -> Iterator[Block]:
    yield Heading(1, claim.name)
    yield Paragraph(fill_without_case(book, claim.says))
    section, title = next((section, title) for section, title, last in PAPER_SECTIONS if int(claim.name[1:]) <= last)
    rows = [("Section", f"{section}. {title}"), ("Use", ", ".join(use.replace("_", " ") for use in claim.use))]
    rows.append(("Footnote", claim.footnote or "none"))
    if claim.caution:
        rows.append(("Caution", fill_without_case(book, claim.caution)))
    if claim.not_encoded:
        rows.append(("Not taken up", fill_without_case(book, claim.not_encoded)))
    yield LabelledRows(tuple(rows))
    if claim.homes:
        yield Heading(2, "Taken up by")
        yield ItemList(
            tuple(
                f"{_home_name(book, home)}: {fill_without_case(book, _home_text(book, home))}" for home in claim.homes
            )
        )


def _home_name(book: RuleBook, home: ClaimHome) -> str:
    """Return a home by its kind and its name; a statistic by its number, since its name says little."""
    if home.kind == "statistic":
        return format_statistic(book.statistics[home.name])
    if home.kind in ("objection", "rebuttal", "response"):
        return home.name
    return f"{home.kind.replace('_', ' ')} {home.name}"


def _home_text(book: RuleBook, home: ClaimHome) -> str:
    """Return what a home says, so that a reader need not look it up."""
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
            return next(presumption.because for presumption in book.presumptions if presumption.fact == home.name)
        case "host":
            return f"the treaties that bind {book.countries.get(home.name, home.name)}"
        case "objection":
            return next(objection.title for objection in book.objections if objection.name == home.name)
        case "rebuttal":
            replies = (reply for objection in book.objections for reply in objection.answers)
            return next(reply.says for reply in replies if reply.rebuttal == home.name)
        case "human_security":
            return next(dimension.title for dimension in book.human_security if dimension.name == home.name)
        case "response":
            return next(response.title for response in book.responses if response.name == home.name)
        case _:
            statistic = book.statistics[home.name]
            note = f". {statistic.note.rstrip('.')}" if statistic.note else ""
            return f"{statistic.of_what}. {cited(book.sources[statistic.source])}{note}"
