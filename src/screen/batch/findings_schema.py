"""The columns of a table of findings, with their types: the kernel fills them, and a joined output must fit them.

The types come from `Status`, from the recommendations and priority levels of `screen.rulebook.model`, and from the
names that the rule book declares.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from screen.batch.cells import ID, PROFILE, RECORD, RECORD_STATES
from screen.logic import Status
from screen.rulebook.model import LEVELS, RECOMMENDATIONS, RuleBook
from screen.version import VERSION

RECOMMENDATION = "recommendation"
FACTS_MISSING = "facts_missing"
OPEN_QUESTIONS = "open_questions"
FACTS_PRESUMED = "facts_presumed"
COMPLETENESS = "completeness"
#: How soon a case is to be taken up, the priorities that are met, and those that nobody can rule out yet.
PRIORITY, PRIORITY_REASONS, PRIORITY_OPEN = "priority", "priority_reasons", "priority_open"
#: What is found on the closed record stands in columns of this ending, beside what is found on the record as it stands.
CLOSED = "_closed"
LAW, BOOK, PROGRAM = "law_as_of", "rule_book", "program"

STATUS_TYPE = pl.Enum([status.value for status in Status])
RECOMMENDATION_TYPE = pl.Enum(RECOMMENDATIONS)
LEVEL_TYPE = pl.Enum(LEVELS)


def findings_schema(book: RuleBook) -> dict[str, pl.DataType]:
    """Return the columns that the kernel writes for one profile: the conclusions come before the other criteria."""
    facts = pl.List(pl.Enum(list(book.facts)))
    priorities = pl.List(pl.Enum([rule.name for rule in book.priorities]))
    criteria = (*book.conclusions, *(name for name in book.criteria if name not in book.conclusions))
    positions = [rule.name for rule in book.objections] + [rule.name for rule in book.responses]
    schema: dict[str, pl.DataType] = {
        RECOMMENDATION: RECOMMENDATION_TYPE,
        **dict.fromkeys((*criteria, *positions), STATUS_TYPE),
        FACTS_MISSING: facts,
        OPEN_QUESTIONS: pl.UInt16(),
        FACTS_PRESUMED: facts,
        COMPLETENESS: pl.Float64(),
    }
    if book.priorities:
        schema |= {PRIORITY: LEVEL_TYPE, PRIORITY_REASONS: priorities, PRIORITY_OPEN: priorities}
    schema |= {f"{RECOMMENDATION}{CLOSED}": RECOMMENDATION_TYPE}
    return schema | {f"{name}{CLOSED}": STATUS_TYPE for name in criteria}


def default_columns(book: RuleBook) -> list[str]:
    """Return the columns that are written where nobody names any: on the closed record only the conclusions."""
    on_request = {f"{name}{CLOSED}" for name in book.criteria if name not in book.conclusions}
    return [name for name in findings_schema(book) if name not in on_request]


def run_values(book: RuleBook) -> dict[str, str]:
    """Return the columns that are the same in every row of a run: the day of the law, the rule book, the program."""
    day = getattr(book, "day", book.law_as_of)
    return {LAW: day.isoformat(), BOOK: book.hash, PROGRAM: f"rsd {VERSION}"}


def output_schema(book: RuleBook, profiles: Sequence[str] = ()) -> dict[str, pl.DataType]:
    """Return every column that an output may have, in order; those of further profiles are called `name@profile`.

    A cell of `profile` names the profile of its case, or, where the run has several, all of them; one of `record.state`
    says whether the findings are those of an open record or of a closed one.
    """
    findings = findings_schema(book)
    return {
        ID: pl.String(),
        PROFILE: pl.Enum([",".join(profiles)] if len(profiles) > 1 else list(book.profiles)),
        RECORD: pl.Enum(RECORD_STATES),
        **findings,
        **{f"{name}@{profile}": dtype for profile in profiles[1:] for name, dtype in findings.items()},
        **{name: pl.Enum([value]) for name, value in run_values(book).items()},
    }


def base_name(column: str) -> str:
    """Return the name of a column without the profile that it belongs to."""
    return column.partition("@")[0]
