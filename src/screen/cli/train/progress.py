"""`rsd train progress` and `rsd train export`: what a trainee has done, shown and handed on."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from screen.cli import console
from screen.cli.options import RulesOption, book_from_options, help_text
from screen.cli.train import progress_store as kept


class Export(StrEnum):
    """How progress is written out."""

    json = "json"
    csv = "csv"


@help_text("Show how you stand with each law point: marks, strength, when it is due again.")
def progress(rules: RulesOption = None) -> None:
    from screen.report.training import due_text, law_point_label
    from screen.training.marking import Mark
    from screen.training.schedule import due_points, in_book_order, is_scheduler_installed, progress_by_point

    book, now = book_from_options(rules), kept.current_time()
    known = progress_by_point(kept.read_own_progress())
    if not known:
        console.info("Nothing has been worked yet: rsd train.")
        return
    rows = [
        (
            law_point_label(book, one.point),
            console.share_bar(one.strength) if one.counted_marks else "nothing counted",
            *(str(one.marks[mark]) for mark in (Mark.CORRECT, Mark.MINOR, Mark.SIGNIFICANT)),
            due_text(one, now.date()),
        )
        for one in in_book_order(known, book)
    ]
    console.print_table(("Law point", "Correct of tried", "Correct", "Minor", "Significant", "Due"), rows)
    waiting = len(due_points(known, now))
    console.info(f"{waiting} due: rsd train --due." if waiting else "Nothing is due.")
    if not is_scheduler_installed():
        console.info("Install the extra `train` to be told when a point is due again.")


@help_text("Write progress out, for a supervisor or a spreadsheet. It holds no name: the file's name is all there is.")
def export(
    form: Annotated[Export, typer.Option("--format", "-f", help="json or csv.")] = Export.json,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write there; nothing is written over.")
    ] = None,
) -> None:
    from screen.case.case_file import new_case
    from screen.report.wording import format_count

    attempts = kept.read_own_progress()
    text = kept.progress_text(attempts) if form is Export.json else kept.attempts_csv(attempts)
    if out is None:
        sys.stdout.write(text)
        return
    new_case(out, text)
    console.info(f"{format_count(len(attempts), 'attempt')} written to {out}.")
