"""`rsd train`: exercises and drills on the law, marked step by step; progress, exports, a class."""

import io
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer
from typer.core import TyperGroup

from screen.cli import display
from screen.cli.settings import ProfileName, Rules, book_of, data_folder, exercise_folder, profile_of

if TYPE_CHECKING:
    from screen.cli.lessons import Lesson
    from screen.engine.finding import Findings
    from screen.facts import Given
    from screen.language.terms import RuleBook
    from screen.mistake import Mistake
    from screen.training.exercise import Exercise
    from screen.training.memory import Attempt


class _Work(TyperGroup):
    """What is no command is something to work on: `rsd train left_for_food` is `rsd train work left_for_food`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if not args or (args[0] not in self.commands and args[0] != "--help"):
            args = ["work", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=_Work,
    rich_markup_mode=None,
    help="Learn the law on exercises: facts spotted, elements decided, interviews held, reasons written.",
)

From = Annotated[
    Path | None, typer.Option("--from", metavar="FOLDER", help="Folder of exercises, instead of the rule book's.")
]


class Way(StrEnum):
    """How an exercise is worked."""

    spot = "spot"
    decide = "decide"
    interview = "interview"
    write = "write"


class Export(StrEnum):
    """How progress is written out."""

    json = "json"
    csv = "csv"


@app.command()
def work(
    what: Annotated[
        str | None,
        typer.Argument(metavar="[EXERCISE|CASE]", show_default=False, help="An exercise; for drills also a case file."),
    ] = None,
    way: Annotated[
        Way | None, typer.Option("--way", "-w", help="How the exercise is worked; `decide` where left out.")
    ] = None,
    twist: Annotated[bool, typer.Option("--twist", help="Drills: one decisive fact is changed.")] = False,
    courts: Annotated[
        str | None,
        typer.Option("--courts", metavar="A,B", help="Drills: two profiles side by side; `any` draws the pairs."),
    ] = None,
    due: Annotated[bool, typer.Option("--due", help="Work an exercise on what is due, longest first.")] = False,
    difficulty: Annotated[int | None, typer.Option("--difficulty", min=1, max=3, help="Only this difficulty.")] = None,
    seed: Annotated[int, typer.Option("--seed", help="The same seed makes the same lists and drills.")] = 0,
    count: Annotated[
        int | None, typer.Option("--count", min=1, max=50, help="So many drills at most; 3 where left out.")
    ] = None,
    plain: Annotated[bool, typer.Option("--plain", help="Plain lines: no panel, no arrow keys.")] = False,
    answers: Annotated[
        Path | None, typer.Option("--answers", metavar="FILE", help="Read the answers from a file, a line each.")
    ] = None,
    text: Annotated[
        Path | None, typer.Option("--text", metavar="FILE", help="With --way write: reasons from a file, no editor.")
    ] = None,
    from_: From = None,
    profile: ProfileName = None,
    rules: Rules = None,
) -> None:
    """Work an exercise, or drills on an exercise or a case; each answer is marked, and progress kept at once.

    Without a name the next exercise is taken: what is due first, then what is new, easier ones first.
    """
    drills = twist or courts is not None
    if twist and courts is not None:
        raise typer.BadParameter("Give --twist or --courts, not both.", param_hint="--twist")
    # An option that would change nothing is somebody's mistake about what they will get.
    for option, given, here, goes_with in (
        ("--way", way, not drills, "an exercise; drills are worked in one way"),
        ("--text", text, way is Way.write, "--way write"),
        ("--count", count, drills, "drills: --twist or --courts"),
        ("--due", due or None, what is None, "no name: it chooses the exercise"),
        ("--difficulty", difficulty, what is None, "no name: it chooses the exercise"),
    ):
        if given is not None and not here:
            raise typer.BadParameter(f"It goes with {goes_with}.", param_hint=option)
    book = book_of(rules)
    known = _exercises(book, exercise_folder(rules, from_))
    file = Path(what) if what and what.endswith((".yaml", ".json")) else None
    if file is not None and not drills:
        raise typer.BadParameter("A case file is for drills: add --twist or --courts.", param_hint="[EXERCISE|CASE]")
    exercise = None if file else _chosen(known, what, due, difficulty)
    if exercise is not None and profile is not None and not drills:
        raise typer.BadParameter("An exercise has its own profile; drills may take another.", param_hint="--profile")
    from screen.cli.progress import ready

    ready(_training())
    lines = _lines(answers)
    if drills:
        _drills(book, exercise, file, courts, seed, count or 3, profile, plain, lines)
    else:
        assert exercise is not None
        _lesson(book, exercise, (way or Way.decide).value, seed, plain, lines, text)


def _exercises(book: "RuleBook", folder: Path) -> "list[Exercise]":
    """Return the exercises of a folder. Raises Mistakes: a model answer that does not hold teaches what is wrong."""
    from screen.language.book import exercise_parts
    from screen.mistake import Mistakes
    from screen.training.exercise import exercises_of

    found, mistakes = exercises_of(exercise_parts(folder), book)
    if mistakes:
        raise Mistakes(mistakes)
    return found


def _chosen(known: "list[Exercise]", name: str | None, due: bool, difficulty: int | None) -> "Exercise":
    """Return the exercise of this name, or the next one. Raises a usage error where there is none."""
    from screen.mistake import nearest
    from screen.training.choosing import next_exercise

    if name is not None:
        found = next((one for one in known if one.name == name), None)
        if found is None:
            remedy = nearest(name, [one.name for one in known], "`rsd train list` lists them.")
            raise typer.BadParameter(f'There is no exercise "{name}". {remedy}', param_hint="EXERCISE")
        return found
    wanted = [one for one in known if difficulty in (None, one.difficulty)]
    chosen = next_exercise(wanted, _progress(), _now(), due_alone=due)
    if chosen is None and due:
        display.say("Nothing is due.")
        raise typer.Exit
    if chosen is None:
        raise typer.BadParameter("There is no such exercise; `rsd train list` lists them.", param_hint="EXERCISE")
    return chosen


def _progress() -> "tuple[Attempt, ...]":
    from screen.cli.progress import read

    return read(_training())


def _training() -> Path:
    return data_folder() / "training"


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def _lines(file: Path | None) -> "TextIO | None":
    """Return the lines of a file of answers, where one is named. Raises Mistakes where they cannot be read."""
    from screen.language.files import text_of

    return None if file is None else io.StringIO(text_of(file))


class _Kept:
    """The marks of a sitting on their way to the disk. One that cannot be written waits, and is tried with the next."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.waiting: list[Attempt] = []

    def keep(self, attempts: "Sequence[Attempt]") -> None:
        """Keep marks; where it cannot be, say so once. The trainee goes on: what was answered earns its mark."""
        from screen.cli import progress
        from screen.mistake import Mistakes

        told = bool(self.waiting)
        self.waiting += attempts
        try:
            progress.add(self._folder, self.waiting)
        except Mistakes as error:
            if not told:
                for mistake in error.all:
                    display.complain(str(mistake))
            return
        self.waiting.clear()


def _worked(
    book: "RuleBook",
    findings: "Findings",
    name: str,
    way: str,
    story: str,
    asking: "tuple[bool, TextIO | None]",
    do: "Callable[[Lesson], None]",
) -> None:
    """Hold one lesson; who stops keeps what was marked. Exits with 1 where marks could not be kept."""
    from screen.cli.ask import examiner
    from screen.cli.lessons import Lesson, Stopped

    plain, lines = asking
    kept = _Kept(_training())
    lesson = Lesson(book, findings, name, way, story, examiner(plain, lines), kept.keep, _now)
    stopped = False
    try:
        do(lesson)
    except Stopped:
        stopped = True
    if kept.waiting:
        display.complain(f"{len(kept.waiting)} marks are not kept.")
        raise typer.Exit(1)
    if stopped:
        display.say("Stopped. What was marked is kept.")
        return
    from screen.training.memory import can_schedule

    hint = "" if can_schedule() else " Install the extra `train` to be told when a point is due again."
    display.say(f"Kept. How you stand: rsd train progress.{hint}")


def _lesson(
    book: "RuleBook",
    exercise: "Exercise",
    way: str,
    seed: int,
    plain: bool,
    lines: "TextIO | None",
    text: Path | None,
) -> None:
    from screen.cli import lessons
    from screen.report.training import story
    from screen.report.wording import Words
    from screen.training.exercise import model

    findings = model(exercise, book)
    told = story(exercise, Words(findings))
    if way == "write":
        reasons = _reasons(exercise, findings, text)
        _worked(
            book, findings, exercise.name, way, told, (plain, lines), lambda one: lessons.write(one, exercise, reasons)
        )  # fmt: skip
        return
    do = {"spot": lessons.spot, "decide": lessons.decide, "interview": lessons.interview}[way]
    _worked(book, findings, exercise.name, way, told, (plain, lines), lambda one: do(one, exercise, seed))


def _reasons(exercise: "Exercise", findings: "Findings", file: Path | None) -> str:
    """Return a trainee's reasons, from a file or the editor. Ends where none were written."""
    from screen.cli.progress import edited
    from screen.report.training import template, without_comments

    if file is not None:
        from screen.language.files import text_of

        written = without_comments(text_of(file))
        if not written:
            found = "It holds no reasons, so that nothing is marked; lines that begin with # are left out."
            raise typer.BadParameter(found, param_hint="--text")
        return written
    if not sys.stdin.isatty():
        raise typer.BadParameter("Without a terminal there is no editor: give --text FILE.", param_hint="--way")
    written = without_comments(edited(_training(), exercise.name, template(exercise, findings)))
    if not written:
        display.say("Nothing was written, so that nothing is marked. The draft stays for the next time.")
        raise typer.Exit
    return written


def _drills(
    book: "RuleBook",
    exercise: "Exercise | None",
    file: Path | None,
    courts: str | None,
    seed: int,
    count: int,
    profile: str | None,
    plain: bool,
    lines: "TextIO | None",
) -> None:
    from screen.engine.evaluate import evaluate
    from screen.report.text import text_of
    from screen.report.training import facts_of, opening, story
    from screen.report.wording import Words

    given, name, own, points = _subject(book, exercise, file)
    chosen = profile_of(book, profile, own)
    findings = evaluate(book, given, chosen)
    do, many = _made(book, given, name, chosen, courts, seed, count, points)
    if not many:
        display.say("Nothing here turns on one fact." if courts is None else "These courts do not part here.")
        return
    words = Words(findings)
    display.show(opening(exercise, findings) if exercise else facts_of(words))
    told = story(exercise, words) if exercise else text_of(facts_of(words))
    _worked(book, findings, name, "twist" if courts is None else "courts", told, (plain, lines), do)


def _subject(
    book: "RuleBook", exercise: "Exercise | None", file: Path | None
) -> "tuple[dict[str, Given], str, str | None, tuple[str, ...]]":
    """Return what drills are made from: the answers, a name to keep progress under, a profile, law points."""
    if exercise is not None:
        return dict(exercise.given), exercise.name, exercise.profile, tuple(exercise.teaches)
    from screen.case import read_case

    assert file is not None
    case = read_case(file, book)
    # The name of a case is not kept: progress leaves this machine in exports, and a case never does.
    return dict(case.given), "case", case.profile, ()


def _made(
    book: "RuleBook",
    given: "dict[str, Given]",
    name: str,
    profile: str,
    courts: str | None,
    seed: int,
    count: int,
    points: tuple[str, ...],
) -> "tuple[Callable[[Lesson], None], int]":
    """Return what holds the drills, and how many there are."""
    from screen.cli import lessons
    from screen.training import drills

    if courts is None:
        twists = drills.twists(book, given, profile, seed, points=points, count=count)

        def twisted(lesson: "Lesson") -> None:
            for number, one in enumerate(twists, 1):
                lessons.twist(lesson, one, number, len(twists))

        return twisted, len(twists)
    pairs = drills.pairs(book, given, seed, count) if courts == "any" else (_pair(book, courts),)
    made = [one for a, b in pairs if (one := drills.courts(book, given, a, b, seed)) is not None]

    def compared(lesson: "Lesson") -> None:
        for number, one in enumerate(made, 1):
            lessons.courts(lesson, one, number, len(made))

    return compared, len(made)


def _pair(book: "RuleBook", courts: str) -> tuple[str, str]:
    names = [name.strip() for name in courts.split(",")]
    if len(names) != 2 or names[0] == names[1]:
        raise typer.BadParameter("Write two profiles, such as paper,canada, or any.", param_hint="--courts")
    first, second = (profile_of(book, name, option="--courts") for name in names)
    return first, second


# ── progress ────────────────────────────────────────────────────────────────────────────────────────────────────────


@app.command("list")
def list_(difficulty: Annotated[int | None, typer.Option("--difficulty", min=1, max=3, help="Only this one.")] = None,
          from_: From = None, rules: Rules = None) -> None:  # fmt: skip
    """List the exercises: name, difficulty, title, and how often each was worked."""
    from screen.report.document import Paragraph, Rows

    known = _exercises(book_of(rules), exercise_folder(rules, from_))
    done = {one.exercise for one in _progress()}
    rows = [
        (one.name, f"{one.difficulty}  {one.title}{' (worked)' if one.name in done else ''}")
        for one in sorted(known, key=lambda one: (one.difficulty, one.name))
        if difficulty in (None, one.difficulty)
    ]
    display.show([Rows(tuple(rows)) if rows else Paragraph("There is none.")])


@app.command()
def progress(rules: Rules = None) -> None:
    """Show how you stand with each law point: marks, strength, when it is due again."""
    from screen.report.training import due_words, point_words
    from screen.training.marking import Mark
    from screen.training.memory import can_schedule, due, in_book_order, standings

    book, now = book_of(rules), _now()
    known = standings(_progress())
    if not known:
        display.say("Nothing has been worked yet: rsd train.")
        return
    rows = [
        (
            point_words(book, one.point),
            display.bar(one.strength) if one.counted else "nothing counted",
            *(str(one.marks[mark]) for mark in (Mark.CORRECT, Mark.MINOR, Mark.SIGNIFICANT)),
            due_words(one, now.date()),
        )
        for one in in_book_order(known, book)
    ]
    display.table(("Law point", "Correct of tried", "Correct", "Minor", "Significant", "Due"), rows)
    waiting = len(due(known, now))
    display.say(f"{waiting} due: rsd train --due." if waiting else "Nothing is due.")
    if not can_schedule():
        display.say("Install the extra `train` to be told when a point is due again.")


@app.command()
def export(
    form: Annotated[Export, typer.Option("--format", "-f", help="json or csv.")] = Export.json,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write there; nothing is written over.")
    ] = None,
) -> None:
    """Write progress out, for a supervisor or a spreadsheet. It holds no name: the file's name is all there is."""
    from screen.case import new_case
    from screen.cli.progress import as_csv, written
    from screen.report.wording import number_of

    attempts = _progress()
    text = written(attempts) if form is Export.json else as_csv(attempts)
    if out is None:
        sys.stdout.write(text)
        return
    new_case(out, text)
    display.say(f"{number_of(len(attempts), 'attempt')} written to {out}.")


@app.command("class")
def class_(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder with one export a trainee, JSON or CSV.")],
    most: Annotated[int, typer.Option("--most", min=1, help="So many questions at most.")] = 10,
    rules: Rules = None,
) -> None:
    """Sum a class up by law point, with the questions that most trainees miss. Trainees are counted, not ranked."""
    from screen.cli.progress import exported
    from screen.mistake import Mistakes
    from screen.report.training import PARTED, point_words
    from screen.report.wording import number_of
    from screen.training.classroom import one_each, summary
    from screen.training.marking import Mark

    book = book_of(rules)
    read: dict[str, tuple[Attempt, ...]] = {}
    wrong: list[Mistake] = []
    for file in _exports(folder):
        try:
            read[file.name] = exported(file)
        except Mistakes as error:
            wrong += error.all
    if not read:
        raise Mistakes(wrong)
    read, repeats = one_each(read)
    for name, whole in repeats.items():
        display.say(f"{name} holds nothing that {whole} does not hold; they count as one trainee.")
    found = summary(read)
    left_out = f", {number_of(len(wrong), 'export')} left out" if wrong else ""
    display.heading(f"{number_of(len(found.trainees), 'trainee')}{left_out}")
    display.table(
        ("Law point", "Trainees", "Correct", "Minor", "Significant", "They part over"),
        [
            (
                point_words(book, one.point), str(one.trainees), str(one.marks[Mark.CORRECT]),
                str(one.marks[Mark.MINOR]), str(one.marks[Mark.SIGNIFICANT]),
                ", ".join(f"{PARTED[kind]} {count}" for kind, count in sorted(one.parted.items())),
            )
            for one in found.points
        ],
    )  # fmt: skip
    if found.questions:
        display.heading("Missed most often at the first try")
        display.table(
            ("Exercise", "Way", "Law point", "Missed"),
            [
                (one.exercise, one.way, point_words(book, one.point), f"{one.missed} of {one.of}")
                for one in found.questions[:most]
            ],
        )
    if wrong:
        # A class without some of its trainees must not be told as if it were whole.
        raise Mistakes(wrong)


def _exports(folder: Path) -> list[Path]:
    """Return the exports in a folder. Raises a usage error where there is none."""
    if not folder.is_dir():
        there = "It is a file; name the folder that it is in." if folder.exists() else f"There is no folder {folder}."
        raise typer.BadParameter(there, param_hint="DIR")
    files = sorted(file for file in folder.glob("*") if file.suffix in (".json", ".csv"))
    if not files:
        raise typer.BadParameter("There is no export in it: rsd train export --out DIR/NAME.json.", param_hint="DIR")
    return files
