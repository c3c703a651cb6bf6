"""JSON Schemas of everything that a person or another program writes or reads.

The schemas of rule files and of what the program writes come from types; that of a case file comes from the rule book.
"""

from __future__ import annotations

from typing import Any

from screen.case.case_file import ABOUT, FORMAT
from screen.case.evidence import Credibility
from screen.case.record import CLOSED, OPEN
from screen.report.comparison_json import comparison_schema
from screen.report.determination_json import determination_schema
from screen.report.json_schema import DIALECT
from screen.report.proof_json import proof_schema
from screen.rulebook.answers import number_schema
from screen.rulebook.json_schema import json_schema_of
from screen.rulebook.model import Fact, RuleBook
from screen.rulebook.schema import FILE_SHAPES


def all_schemas(book: RuleBook) -> dict[str, dict[str, Any]]:
    """Return a schema for each kind of rule file, for case files, determinations, comparisons and proofs, by name."""
    kinds = {glob.partition("/")[0].removesuffix(".yaml"): json_schema_of(kind) for glob, kind in FILE_SHAPES.items()}
    return {
        **kinds,
        "case": case_schema(book),
        "determination": determination_schema(),
        "comparison": comparison_schema(),
        "proof": proof_schema(),
    }


def case_schema(book: RuleBook) -> dict[str, Any]:
    """Return the schema of a case file: it knows every fact of this rule book and what may answer it."""
    return {
        "$schema": DIALECT,
        "title": "A case of rsd",
        "type": "object",
        "properties": {
            "format": {"const": FORMAT},
            "case": {"type": ["string", "integer"], "description": "a number or a pseudonym, never a name"},
            "profile": {"enum": list(book.profiles)},
            "record": {
                "description": "open while facts are gathered, closed once somebody has said that it is whole",
                "anyOf": [{"type": "null"}, _record(OPEN), _record(CLOSED, required=("state", "by", "on"))],
            },
            "about": {
                "type": "object",
                "properties": {key: {"description": label} for key, label in ABOUT.items()},
                "additionalProperties": False,
            },
            "claim": {"type": "string", "description": "the account in the applicant's own words"},
            "facts": {
                "type": ["object", "null"],
                "properties": {name: _fact(fact, book) for name, fact in book.facts.items()},
                "additionalProperties": False,
            },
        },
        "required": ["format", "case"],
        "additionalProperties": False,
    }


def _record(state: str, required: tuple[str, ...] = ("state",)) -> dict[str, Any]:
    """Return the schema of a record in this state."""
    keys = {
        "state": {"const": state},
        "by": {"type": "string", "pattern": r"\S", "description": "who closed it"},
        "on": {"type": "string", "format": "date"},
    }
    return {"type": "object", "properties": keys, "required": list(required), "additionalProperties": False}


def _fact(fact: Fact, book: RuleBook) -> dict[str, Any]:
    """Return the schema of what may stand under a fact: the answer alone, or the answer with what it rests on."""
    answer = _answer(fact, book)
    text = {"type": "string"}
    recorded_answer = {
        "type": "object",
        "properties": {
            "answer": answer,
            "credibility": {"enum": [credibility.value for credibility in Credibility]},
            "source": text,
            "note": text,
            "date": {"type": "string", "format": "date"},
        },
        "required": ["answer"],
        "additionalProperties": False,
    }
    return {"description": fact.ask, "anyOf": [answer, recorded_answer]}


def _answer(fact: Fact, book: RuleBook) -> dict[str, Any]:
    options = [option for option, _ in fact.options]
    unknown = {"const": "unknown"}
    match fact.type:
        case "yes_no":
            return {"enum": ["yes", "no", "unknown"]}
        case "many":
            return {"anyOf": [unknown, {"type": "array", "items": {"enum": options}, "uniqueItems": True}]}
        case "number":
            return {"anyOf": [unknown, number_schema(fact.bounds)]}
        case "date":
            return {"anyOf": [unknown, {"type": "string", "format": "date"}]}
        case "text":
            return {"type": "string"}
        case "country":
            return {"enum": [*book.countries, "unknown"]}
        case _:
            return {"enum": [*options, "unknown"]}
