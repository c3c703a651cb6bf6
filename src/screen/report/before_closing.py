"""What was not put to the applicant, told to whoever closes the record.

In: the open questions of a case. Out: a mistake for everything that forbids closing, and blocks with the other
questions that decide. The words of the law come from the rule book.
"""

from __future__ import annotations

from collections.abc import Iterator

from screen.diagnostics import Diagnostic, Location
from screen.engine.before_closing import OpenQuestions
from screen.report.document import Block, Paragraph, capped_list
from screen.report.wording import Wording

_MAX_SHOWN = 12  # questions that are listed; the rest are counted


def not_put_diagnostics(questions: OpenQuestions, file: str) -> Iterator[Diagnostic]:
    """Yield a diagnostic for everything that must be put to the applicant first."""
    wording = Wording(questions.findings)
    for refusal in questions.not_put:
        authority = wording.citations(refusal.entry.sources)
        message = f"{wording.fill(refusal.entry.says)}{f' ({authority}.)' if authority else ''}"
        hint = f"Ask, and write down each answer; `unknown` is one: {', '.join(refusal.facts)}."
        yield Diagnostic(Location(file), "not-put", message, hint)


def other_question_blocks(questions: OpenQuestions) -> Iterator[Block]:
    """Yield the other questions that decide on the closed record and were not put; nothing where there is none."""
    if not questions.others:
        return
    wording = Wording(questions.findings)
    yield Paragraph("Other questions that decide and were not put:")
    yield from capped_list([f"{wording.question(name)} ({name})" for name in questions.others], _MAX_SHOWN)
