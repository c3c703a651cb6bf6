"""What was proved of a rule book, in words.

In: verdicts, each with the seconds that it took, and doubts. Out: lines of text, with every counterexample as a case
file that `rsd assess` reads, or plain data for JSON.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from screen.case.case_file import Case, text_of_case
from screen.case.evidence import RecordedAnswer
from screen.report.text import wrap_words
from screen.rulebook.answers import to_plain
from screen.rulebook.model import RuleBook
from screen.text import sanitize_json
from screen.version import VERSION

if TYPE_CHECKING:  # these rooms need the solver, and words do not
    from screen.proof.prover import Counterexample, Verdict
    from screen.proof.vacuity import ProofDoubt

FORMAT = 1
_WIDTH = 100
DOUBT_LABELS = {
    "never_met": "is met in no case",
    "never_fails": "is not met in no case",
    "equivalent": "end alike in every case",
    "exception_swallows": "holds only where an exception defeats it",
    "exception_never_bites": "has an exception that never defeats it",
    "fact_never_matters": "moves nothing that anybody is told",
    "reading_never_matters": "moves nothing, whichever side is taken",
    "not_so": "stands in intended.yaml and is not so any more",
}


def table_head() -> str:
    """Return the line above the table."""
    return f"{'property':44}{'profiles':>9}  {'result':8}{'seconds':>8}"


def table_row(verdict: Verdict, seconds: float) -> str:
    """Return the line of one property."""
    count = len(verdict.holds_under) + len(verdict.fails_under)
    return f"{verdict.subject.name:44}{count:>9}  {'proved' if verdict.is_proved else 'FAILS':8}{seconds:8.2f}"


def failure_lines(verdicts: Iterable[Verdict]) -> Iterator[str]:
    """Yield the lines that tell each property that fails, with the case that breaks it."""
    for one in verdicts:
        if one.is_proved:
            continue
        yield ""
        yield from wrap_words(f"{one.subject.name} fails: {one.subject.title}", _WIDTH)
        yield from wrap_words(one.subject.says, _WIDTH)
        yield from (f"  {asked}" for asked in one.asks)
        if one.counterexample is not None:
            under = ", ".join(one.fails_under) if one.holds_under else "every profile that was looked at"
            holds = f" It holds under {', '.join(one.holds_under)}." if one.holds_under else ""
            yield from wrap_words(f"Broken under {under}.{holds} The shortest case that shows it:", _WIDTH)
            yield ""
            yield from _example(one.subject.name, one.counterexample)


def _example(name: str, one: Counterexample) -> Iterator[str]:
    """Yield a case file; what else there is to say stands in its comments."""
    yield f"# Breaks {name} under {one.profile}:"
    for finding, state, after in one.violations:
        yield f"#   {finding}: {state}" + (f", and with the other answers {after}" if after else "")
    if one.second is not None:
        yield "# The other answers, as `rsd whatif` takes them:"
        yield from (f"#   {answer}" for answer in differing_answers(one.given, one.second))
    yield from text_of_case(Path("case.yaml"), Case(name[:64], one.given, one.profile)).splitlines()


def differing_answers(given: Mapping[str, RecordedAnswer], other: Mapping[str, RecordedAnswer]) -> list[str]:
    """Return the answers of the second case that are not those of the first, as `fact=value`."""
    names = [name for name in {**given, **other} if given.get(name) != other.get(name)]
    return [f"{name}={_typed(to_plain(other[name].value)) if name in other else 'unknown'}" for name in names]


def _typed(value: object) -> str:
    if isinstance(value, list):
        return ",".join(map(str, value)) or "[]"
    return str(value)


def doubt_lines(doubts: Iterable[ProofDoubt]) -> Iterator[str]:
    """Yield the lines that tell what looks like a slip, and what of it is meant."""
    meant: dict[tuple[str, str], list[str]] = {}
    for one in doubts:
        if one.reason is None:
            yield from _hanging(f"Doubt: {doubt_text(one)}.")
        else:
            meant.setdefault((one.kind, one.reason), []).append(" with ".join(one.names))
    for (kind, because), names in meant.items():
        yield from _hanging(f"Meant ({kind}): {', '.join(names)}. {because}")


def doubt_text(one: ProofDoubt) -> str:
    """Return a doubt in words."""
    if one.kind == "not_so":
        kind, *names = one.names
        return f"{kind} of {', '.join(names)} {DOUBT_LABELS[one.kind]}"
    return f"{' and '.join(one.names)} {DOUBT_LABELS[one.kind]} ({one.kind})"


def _hanging(text: str) -> Iterator[str]:
    for place, line in enumerate(wrap_words(text, _WIDTH - 2)):
        yield line if place == 0 else f"  {line}"


def summary_line(verdicts: list[Verdict], doubts: list[ProofDoubt] | None, seconds: float) -> str:
    """Return the last line."""
    held = sum(one.is_proved for one in verdicts)
    text = f"{held} of {len(verdicts)} properties proved for every possible case"
    if doubts is not None:
        new = sum(one.reason is None for one in doubts)
        text += f", {new} {'doubt' if new == 1 else 'doubts'}, {len(doubts) - new} more that are meant"
    return f"{text}, in {seconds:.1f} s."


# ── JSON ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def proof_json(book: RuleBook, verdicts: Iterable[tuple[Verdict, float]], doubts: Iterable[ProofDoubt] | None) -> str:
    """Return what was proved as JSON."""
    return sanitize_json(json.dumps(proof_data(book, verdicts, doubts), ensure_ascii=False, indent=2)) + "\n"


def proof_data(
    book: RuleBook, verdicts: Iterable[tuple[Verdict, float]], doubts: Iterable[ProofDoubt] | None
) -> dict[str, Any]:
    """Return what was proved as plain data; `doubts` is null where nobody looked for any."""
    return {
        "format": FORMAT,
        "program": {"name": "rsd", "version": VERSION},
        "book": {
            "title": book.title,
            "version": book.version,
            "hash": book.hash,
            "law_as_of": book.law_as_of.isoformat(),
        },
        "properties": [
            {
                "property": one.subject.name,
                "title": one.subject.title,
                "says": one.subject.says,
                "proved": one.is_proved,
                "holds_under": list(one.holds_under),
                "fails_under": list(one.fails_under),
                "asks": list(one.asks),
                "counterexample": None if one.counterexample is None else _plain(one.counterexample),
                "seconds": round(seconds, 3),
            }
            for one, seconds in verdicts
        ],
        "doubts": None
        if doubts is None
        else [
            {"doubt": one.kind, "of": list(one.names), "says": doubt_text(one), "because": one.reason} for one in doubts
        ],
    }


def _plain(one: Counterexample) -> dict[str, Any]:
    def answers(given: Mapping[str, RecordedAnswer]) -> dict[str, object]:
        return {name: to_plain(said.value) for name, said in given.items()}

    return {
        "profile": one.profile,
        "facts": answers(one.given),
        "other_facts": None if one.second is None else answers(one.second),
        "shows": [
            {"finding": name, "ends": state, "otherwise": after or None} for name, state, after in one.violations
        ],
    }


_TEXT: dict[str, Any] = {"type": "string"}
_TEXTS: dict[str, Any] = {"type": "array", "items": _TEXT}


def _object(**keys: object) -> dict[str, Any]:
    return {"type": "object", "properties": keys, "required": list(keys), "additionalProperties": False}


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "null"}]}


def proof_schema() -> dict[str, Any]:
    """Return the JSON Schema of `json_of`."""
    shows = _object(finding=_TEXT, ends=_TEXT, otherwise=_or_null(_TEXT))
    example = _object(
        profile=_TEXT,
        facts={"type": "object"},
        other_facts=_or_null({"type": "object"}),
        shows={"type": "array", "items": shows},
    )
    verdict = _object(
        property=_TEXT,
        title=_TEXT,
        says=_TEXT,
        proved={"type": "boolean"},
        holds_under=_TEXTS,
        fails_under=_TEXTS,
        asks=_TEXTS,
        counterexample=_or_null(example),
        seconds={"type": "number"},
    )
    doubt = _object(doubt={"enum": list(DOUBT_LABELS)}, of=_TEXTS, says=_TEXT, because=_or_null(_TEXT))
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "What rsd proved of a rule book",
        **_object(
            format={"const": FORMAT},
            program=_object(name={"const": "rsd"}, version=_TEXT),
            book=_object(title=_TEXT, version=_TEXT, hash=_TEXT, law_as_of=_TEXT),
            properties={"type": "array", "items": verdict},
            doubts=_or_null({"type": "array", "items": doubt}),
        ),
    }
