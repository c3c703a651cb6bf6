"""`rsd train progress` and `rsd train export`: what a trainee has done, shown and handed on."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from screen.cli import console
from screen.cli.options import Rules, book_of, help_text
from screen.cli.train import progress_store as kept


class Export(StrEnum):
    """How progress is written out."""

    json = "json"
    csv = "csv"


@help_text("Show how you stand with each law point: marks, strength, when it is due again.")
def progress(rules: Rules = None) -> None:
    from screen.report.training import due_words, point_words
    from screen.training.marking import Mark
    from screen.training.schedule import can_schedule, due, in_book_order, standings

    book, now = book_of(rules), kept.now()
    known = standings(kept.own())
    if not known:
        console.say("Nothing has been worked yet: rsd train.")
        return
    rows = [
        (
            point_words(book, one.point),
            console.bar(one.strength) if one.counted else "nothing counted",
            *(str(one.marks[mark]) for mark in (Mark.CORRECT, Mark.MINOR, Mark.SIGNIFICANT)),
            due_words(one, now.date()),
        )
        for one in in_book_order(known, book)
    ]
    console.table(("Law point", "Correct of tried", "Correct", "Minor", "Significant", "Due"), rows)
    waiting = len(due(known, now))
    console.say(f"{waiting} due: rsd train --due." if waiting else "Nothing is due.")
    if not can_schedule():
        console.say("Install the extra `train` to be told when a point is due again.")


@help_text("Write progress out, for a supervisor or a spreadsheet. It holds no name: the file's name is all there is.")
def export(
    form: Annotated[Export, typer.Option("--format", "-f", help="json or csv.")] = Export.json,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write there; nothing is written over.")
    ] = None,
) -> None:
    from screen.case.case_file import new_case
    from screen.report.wording import number_of

    attempts = kept.own()
    text = kept.written(attempts) if form is Export.json else kept.as_csv(attempts)
    if out is None:
        sys.stdout.write(text)
        return
    new_case(out, text)
    console.say(f"{number_of(len(attempts), 'attempt')} written to {out}.")
