"""`rsd train class`: the exports of many trainees as one picture for a supervisor."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from screen.cli import console
from screen.cli.options import RulesOption, book_from_options, help_text

if TYPE_CHECKING:
    from screen.diagnostics import Diagnostic
    from screen.training.schedule import Attempt


@help_text("Sum a class up by law point, with the questions that most trainees miss. Trainees are counted, not ranked.")
def class_(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder with one export a trainee, JSON or CSV.")],
    most: Annotated[int, typer.Option("--most", min=1, help="So many questions at most.")] = 10,
    rules: RulesOption = None,
) -> None:
    from screen.cli.train.progress_store import read_export
    from screen.diagnostics import DiagnosticsError
    from screen.report.training import STEP_KIND_LABELS, law_point_label
    from screen.report.wording import format_count
    from screen.training.classroom import drop_repeated_exports, summarise_class
    from screen.training.marking import Mark

    book = book_from_options(rules)
    read: dict[str, tuple[Attempt, ...]] = {}
    wrong: list[Diagnostic] = []
    for file in _exports(folder):
        try:
            read[file.name] = read_export(file)
        except DiagnosticsError as error:
            wrong += error.diagnostics
    if not read:
        raise DiagnosticsError(wrong)
    read, repeats = drop_repeated_exports(read)
    for name, whole in repeats.items():
        console.info(f"{name} holds nothing that {whole} does not hold; they count as one trainee.")
    found = summarise_class(read)
    left_out = f", {format_count(len(wrong), 'export')} left out" if wrong else ""
    console.print_heading(f"{format_count(len(found.trainees), 'trainee')}{left_out}")
    console.print_table(
        ("Law point", "Trainees", "Correct", "Minor", "Significant", "They part over"),
        [
            (
                law_point_label(book, one.point),
                str(one.trainees),
                str(one.marks[Mark.CORRECT]),
                str(one.marks[Mark.MINOR]),
                str(one.marks[Mark.SIGNIFICANT]),
                ", ".join(f"{STEP_KIND_LABELS[kind]} {count}" for kind, count in sorted(one.divergences.items())),
            )
            for one in found.points
        ],
    )
    if found.questions:
        console.print_heading("Missed most often at the first try")
        console.print_table(
            ("Exercise", "Way", "Law point", "Missed"),
            [
                (one.exercise, one.way, law_point_label(book, one.point), f"{one.missed} of {one.of}")
                for one in found.questions[:most]
            ],
        )
    if wrong:
        # A class without some of its trainees must not be told as if it were whole.
        raise DiagnosticsError(wrong)


def _exports(folder: Path) -> list[Path]:
    """Return the exports in a folder. Raises a usage error where there is none."""
    if not folder.is_dir():
        there = "It is a file; name the folder that it is in." if folder.exists() else f"There is no folder {folder}."
        raise typer.BadParameter(there, param_hint="DIR")
    files = sorted(file for file in folder.glob("*") if file.suffix.lower() in (".json", ".csv"))
    if not files:
        raise typer.BadParameter("There is no export in it: rsd train export --out DIR/NAME.json.", param_hint="DIR")
    return files
