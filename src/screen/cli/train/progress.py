"""`rsd train progress` and `rsd train export`: what a trainee has done, shown and handed on."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from screen.case.writer import write_new_case
from screen.cli import console
from screen.cli.options import RulesOption, book_from_options, help_text
from screen.cli.train import progress_store
from screen.cli.train.export_files import attempts_csv
from screen.report.training.labels import due_text, law_point_label
from screen.report.wording import format_count
from screen.training.marking import Mark
from screen.training.schedule import due_points, in_book_order, is_scheduler_installed, progress_by_point


class ExportFormat(StrEnum):
    """How progress is written out."""

    json = "json"
    csv = "csv"


@help_text("Show your progress on each law point: marks, strength, when it is due again.")
def progress(rules: RulesOption = None) -> None:
    book, now = book_from_options(rules), progress_store.current_time()
    points = progress_by_point(progress_store.read_own_progress())
    if not points:
        console.info("You have not worked any exercise yet: rsd train.")
        return
    rows = [
        (
            law_point_label(book, point.point),
            console.share_bar(point.strength) if point.counted_marks else "nothing counted",
            *(str(point.marks[mark]) for mark in (Mark.CORRECT, Mark.MINOR, Mark.SIGNIFICANT)),
            due_text(point, now.date()),
        )
        for point in in_book_order(points, book)
    ]
    console.print_table(("Law point", "Correct of tried", "Correct", "Minor", "Significant", "Due"), rows)
    due = len(due_points(points, now))
    console.info(f"{due} due: rsd train --due." if due else "Nothing is due.")
    if not is_scheduler_installed():
        console.info("Install the extra `train` to see when a point is due again.")


@help_text("Write your progress out, for a supervisor or a spreadsheet. It holds no name but that of the file.")
def export(
    form: Annotated[ExportFormat, typer.Option("--format", "-f", help="json or csv.")] = ExportFormat.json,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write to this file; an existing file stays.")
    ] = None,
) -> None:
    attempts = progress_store.read_own_progress()
    as_json = form is ExportFormat.json
    text = progress_store.progress_text(attempts) if as_json else attempts_csv(attempts)
    if out is None:
        sys.stdout.write(text)
        return
    write_new_case(out, text)
    console.info(f"{format_count(len(attempts), 'attempt')} written to {out}.")
