"""`rsd train class`: the exports of many trainees as one picture for a supervisor."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from screen.cli import console
from screen.cli.options import Rules, book_of, help_text

if TYPE_CHECKING:
    from screen.diagnostics import Diagnostic
    from screen.training.schedule import Attempt


@help_text("Sum a class up by law point, with the questions that most trainees miss. Trainees are counted, not ranked.")
def class_(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder with one export a trainee, JSON or CSV.")],
    most: Annotated[int, typer.Option("--most", min=1, help="So many questions at most.")] = 10,
    rules: Rules = None,
) -> None:
    from screen.cli.train.progress_store import exported
    from screen.diagnostics import DiagnosticsError
    from screen.report.training import PARTED, point_words
    from screen.report.wording import number_of
    from screen.training.classroom import one_each, summary
    from screen.training.marking import Mark

    book = book_of(rules)
    read: dict[str, tuple[Attempt, ...]] = {}
    wrong: list[Diagnostic] = []
    for file in _exports(folder):
        try:
            read[file.name] = exported(file)
        except DiagnosticsError as error:
            wrong += error.all
    if not read:
        raise DiagnosticsError(wrong)
    read, repeats = one_each(read)
    for name, whole in repeats.items():
        console.say(f"{name} holds nothing that {whole} does not hold; they count as one trainee.")
    found = summary(read)
    left_out = f", {number_of(len(wrong), 'export')} left out" if wrong else ""
    console.heading(f"{number_of(len(found.trainees), 'trainee')}{left_out}")
    console.table(
        ("Law point", "Trainees", "Correct", "Minor", "Significant", "They part over"),
        [
            (
                point_words(book, one.point),
                str(one.trainees),
                str(one.marks[Mark.CORRECT]),
                str(one.marks[Mark.MINOR]),
                str(one.marks[Mark.SIGNIFICANT]),
                ", ".join(f"{PARTED[kind]} {count}" for kind, count in sorted(one.parted.items())),
            )
            for one in found.points
        ],
    )
    if found.questions:
        console.heading("Missed most often at the first try")
        console.table(
            ("Exercise", "Way", "Law point", "Missed"),
            [
                (one.exercise, one.way, point_words(book, one.point), f"{one.missed} of {one.of}")
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
