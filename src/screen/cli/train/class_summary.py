"""`rsd train class`: the exports of many trainees summarised for a supervisor."""

from pathlib import Path
from typing import Annotated

import typer

from screen.cli import console
from screen.cli.options import RulesOption, book_from_options, help_text
from screen.cli.train.export_files import read_export
from screen.diagnostics import Diagnostic, DiagnosticsError
from screen.report.training.labels import STEP_KIND_LABELS, law_point_label
from screen.report.wording import format_count
from screen.training.classroom import drop_repeated_exports, summarise_class
from screen.training.marking import Mark
from screen.training.schedule import Attempt


@help_text(
    "Summarise a class by law point, with the questions that most trainees miss. Trainees are counted, not ranked."
)
def class_(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder with one export per trainee, JSON or CSV.")],
    most: Annotated[int, typer.Option("--most", min=1, help="At most this many questions.")] = 10,
    rules: RulesOption = None,
) -> None:
    book = book_from_options(rules)
    exports: dict[str, tuple[Attempt, ...]] = {}
    diagnostics: list[Diagnostic] = []
    for file in _export_files(folder):
        try:
            exports[file.name] = read_export(file)
        except DiagnosticsError as error:
            diagnostics += error.diagnostics
    if not exports:
        raise DiagnosticsError(diagnostics)
    exports, repeats = drop_repeated_exports(exports)
    for name, larger in repeats.items():
        console.info(f"{name} holds nothing that is not in {larger}; they count as one trainee.")
    summary = summarise_class(exports)
    left_out = f", {format_count(len(diagnostics), 'export')} left out" if diagnostics else ""
    console.print_heading(f"{format_count(len(summary.trainees), 'trainee')}{left_out}")
    console.print_table(
        ("Law point", "Trainees", "Correct", "Minor", "Significant", "They differ over"),
        [
            (
                law_point_label(book, point.point),
                str(point.trainees),
                str(point.marks[Mark.CORRECT]),
                str(point.marks[Mark.MINOR]),
                str(point.marks[Mark.SIGNIFICANT]),
                ", ".join(f"{STEP_KIND_LABELS[kind]} {count}" for kind, count in sorted(point.divergences.items())),
            )
            for point in summary.points
        ],
    )
    if summary.questions:
        console.print_heading("Missed most often at the first try")
        console.print_table(
            ("Exercise", "Way", "Law point", "Missed"),
            [
                (
                    question.exercise,
                    question.way,
                    law_point_label(book, question.point),
                    f"{question.missed} of {question.of}",
                )
                for question in summary.questions[:most]
            ],
        )
    if diagnostics:
        # A class without some of its trainees must not look complete.
        raise DiagnosticsError(diagnostics)


def _export_files(folder: Path) -> list[Path]:
    """Return the exports in a folder. Raises a usage error where there is none."""
    if folder.exists() and not folder.is_dir():
        raise typer.BadParameter("It is a file; name the folder that it is in.", param_hint="DIR")
    if not folder.is_dir():
        raise typer.BadParameter(f"There is no folder {folder}.", param_hint="DIR")
    files = sorted(file for file in folder.glob("*") if file.suffix.lower() in (".json", ".csv"))
    if not files:
        raise typer.BadParameter("There is no export in it: rsd train export --out DIR/NAME.json.", param_hint="DIR")
    return files
