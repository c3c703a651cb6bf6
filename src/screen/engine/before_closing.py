"""What was not put to the applicant before the record is closed: what forbids closing, and what else would decide.

Not shown means asked. A record is not closed over a presumed danger, a doubt or a named place that the applicant could
say nothing about; the rule book lists these (`before_closing`). Other questions that were not put forbid nothing: they
are listed, so that whoever closes knows what is decided over.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from screen.case.evidence import RecordedAnswer
from screen.engine.evaluate import Evaluator, evaluate
from screen.engine.finding import Findings, leaves
from screen.logic import MET
from screen.rulebook.model import BeforeClosing, RuleBook


@dataclass(frozen=True, slots=True)
class NotPut:
    """Something that must be put to the applicant before the record may be closed, and the facts that were not."""

    entry: BeforeClosing
    facts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OpenQuestions:
    """What forbids closing, and the other facts that were not put and decide; `findings` are those once closed."""

    findings: Findings
    not_put: tuple[NotPut, ...]
    others: tuple[str, ...]


def open_questions(book: RuleBook, given: Mapping[str, RecordedAnswer], profile: str | None = None) -> OpenQuestions:
    """Return what was not put to the applicant, for a record that is to be closed.

    A fact was put where the case has a line for it: an answer of `unknown` is one. Facts that a conclusion rests on
    once the record is closed, as not shown or still open, are the deciding ones; a judgement is put to nobody.
    """
    evaluator = Evaluator.from_findings(evaluate(book, given, profile))

    def must_be_put(entry: BeforeClosing) -> bool:
        is_excused = any(evaluator.examine(term).status is MET for term in entry.unless)
        return evaluator.examine(entry.when).status is MET and not is_excused

    not_put = [
        NotPut(entry, facts)
        for entry in book.before_closing
        if (facts := tuple(name for name in entry.ask if name not in given)) and must_be_put(entry)
    ]
    findings = evaluate(book, given, profile, closed=True)
    refused = {name for entry in not_put for name in entry.facts}
    deciding = {
        leaf.established.fact.name
        for name in book.conclusions
        for leaf in leaves(findings[name])
        if leaf.established and not leaf.established.is_known and not leaf.established.fact.judgement
    }
    others = tuple(name for name in book.facts if name in deciding - refused and name not in given)
    return OpenQuestions(findings, tuple(not_put), others)
