"""`rsd train` as a trainee meets it: answers piped, from a file, at a real terminal; progress kept and never lost."""

from __future__ import annotations

import csv
import io
import json
import os
import stat
import sys
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pexpect
import pyte
import pytest
from hypothesis import given
from hypothesis import strategies as st

from screen.cli.train import progress_store
from screen.cli.train.export_files import attempts_csv, read_export
from screen.cli.train.reasons_editor import edit_reasons
from screen.diagnostics import DiagnosticsError
from screen.training.marking import Mark
from screen.training.schedule import Attempt
from tests.cli.commands.test_commands import MIN
from tests.command import rsd
from tests.training.real import exercise, exercises

MENU = ["met", "not_met", "undetermined", "not_applicable"]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "data"


def train(home, *words, lines=""):
    return rsd("train", *words, stdin=lines, XDG_DATA_HOME=str(home))


def right_answers(name: str) -> str:
    """Return the lines that decide every point of an exercise as the model does."""
    one = exercise(name)
    choices = ["recognise", "complementary_protection", "undetermined_no_return", "refer_review"]
    numbers = [MENU.index(state.value) + 1 for state in one.teaches.values()]
    return "".join(f"{number}\n" for number in (*numbers, choices.index(one.recommend) + 1))


def kept(home: Path) -> list[dict[str, str]]:
    return json.loads((home / "rsd/training/progress.json").read_text(encoding="utf-8"))["attempts"]


@pytest.mark.parametrize("one", exercises()[:4], ids=lambda one: one.name)
def test_who_decides_as_the_model_does_is_told_that_everything_is_correct(home, one):
    done = train(home, one.name, lines=right_answers(one.name))
    assert (done.returncode, "\x1b" in done.stdout) == (0, False)
    assert f"\nCorrect {len(one.teaches) + 1}.\n" in done.stdout
    assert {row["mark"] for row in kept(home)} == {"correct"}
    assert "Authority" in done.stdout
    assert "Why not otherwise" in done.stdout


def test_a_wrong_finding_is_traced_and_the_parting_is_kept(home):
    # The first point of the exercise, found met: the model leaves it open. Then the first fact of its steps.
    done = train(home, "left_for_food", lines="1\n1\n")
    assert "Significant error." in done.stdout
    assert "You and the model differ at" in done.stdout
    (row,) = kept(home)
    assert (row["said"], row["model"], row["parted"]) == ("met", "undetermined", "fact")
    assert row["over"] in done.stdout or row["over"] == "second_state_registered"


def test_the_end_of_input_keeps_what_was_marked_before(home):
    done = train(home, "left_for_food", lines="3\n")
    assert done.returncode == 0
    assert [row["point"] for row in kept(home)] == ["multiple_nationality"]
    assert "Stopped. Your marks so far are saved." in done.stderr


def test_a_wrong_finding_is_kept_though_the_follow_up_is_broken_off(home):
    train(home, "left_for_food", lines="1\n")
    (row,) = kept(home)
    assert (row["mark"], row["parted"]) == ("significant", "")


def test_what_the_court_held_is_told_after_marking_alone(home):
    held = "every North Korean is a citizen"
    before = train(home, "settled_in_seoul", lines="")
    assert held not in " ".join(before.stdout.split())
    after = train(home, "settled_in_seoul", lines=right_answers("settled_in_seoul"))
    assert held in " ".join(after.stdout.split())
    assert "[2014] UKUT 391" in after.stdout


def test_answers_come_from_a_file(home, tmp_path):
    file = tmp_path / "answers.txt"
    file.write_text(right_answers("left_for_food"), encoding="utf-8")
    assert "\nCorrect 8.\n" in train(home, "left_for_food", "--answers", file).stdout


@pytest.mark.parametrize("way", ["spot", "decide", "interview"])
def test_to_pass_at_every_question_is_no_error_of_a_finding(home, way):
    done = train(home, "left_for_food", "--way", way, lines="u\n" * 40)
    assert done.returncode == 0
    points = {row["point"]: row["mark"] for row in kept(home)}
    assert "significant" not in {mark for point, mark in points.items() if point in exercise("left_for_food").teaches}


def test_the_applicant_answers_in_the_words_of_the_exercise(home):
    shown = train(home, "left_for_food", "--way", "interview", lines="").stdout
    number = next(line.split(".")[0].strip() for line in shown.splitlines() if "did, ordered or served" in line)
    done = train(home, "left_for_food", "--way", "interview", lines=f"{number}\nu\n")
    assert "Applicant: I was in the fields all my life." in done.stdout


def test_reasons_from_a_file_are_held_against_the_checklist_which_says_what_it_is(home, tmp_path):
    file = tmp_path / "reasons.md"
    file.write_text("# a comment\nNobody kept food from his family.\n", encoding="utf-8")
    done = train(home, "left_for_food", "--way", "write", "--text", file, lines="none\n")
    assert "This looks for words. It cannot tell whether the reasons are good." in done.stdout
    assert {row["way"] for row in kept(home)} == {"write"}
    file.write_text("# only comments\n", encoding="utf-8")
    done = train(home, "left_for_food", "--way", "write", "--text", file)
    assert (done.returncode, "for --text: It holds no reasons" in done.stderr) == (2, True)


def test_a_seed_repeats_drills_and_another_makes_others(home):
    first, again, other = (
        train(home, "left_for_food", "--twist", "--seed", seed, lines="u\n" * 9) for seed in (3, 3, 4)
    )
    assert first.stdout == again.stdout != other.stdout
    assert first.stdout.count("DRILL") == 3


def test_drills_on_a_case_leave_it_alone_and_keep_nothing_of_it(home, tmp_path):
    case = tmp_path / "NAME-77.yaml"
    case.write_text(MIN.read_text(encoding="utf-8").replace("MIN-0417", "NAME-77"), encoding="utf-8")
    before = case.read_bytes()
    assert train(home, case, "--twist", lines="u\n" * 9).returncode == 0
    assert train(home, case, "--courts", "any", lines="u\n" * 9).returncode == 0
    assert case.read_bytes() == before
    assert "NAME-77" not in (home / "rsd/training/progress.json").read_text(encoding="utf-8")


def test_progress_is_for_its_owner_alone(home):
    train(home, "left_for_food", lines="3\n")
    folder = home / "rsd/training"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [(file.name, stat.S_IMODE(file.stat().st_mode)) for file in folder.iterdir()] == [("progress.json", 0o600)]


@pytest.mark.parametrize("text", ["", "{", '{"format": 9}', '{"format": 1, "attempts": [{}]}', "[" * 100_000])
def test_damaged_progress_is_set_aside_and_never_written_over(home, text):
    folder = home / "rsd/training"
    folder.mkdir(parents=True)
    for round_ in (1, 2):
        (folder / "progress.json").write_text(text, encoding="utf-8")
        done = train(home, "left_for_food", lines="3\n")
        assert "was set aside" in done.stderr
        assert (folder / f"progress.damaged-{round_}.json").read_text(encoding="utf-8") == text
        assert len(kept(home)) == 1


def test_progress_names_each_point_and_what_is_due(home):
    assert "You have not worked any exercise yet" in train(home, "progress").stderr
    train(home, "left_for_food", lines=right_answers("left_for_food"))
    done = train(home, "progress")
    assert "Food was withheld to harm or punish: correct of tried ########## 100%; correct 1" in done.stdout
    assert "Nothing is due." in done.stderr
    assert "Nothing is due." in train(home, "--due").stderr


@pytest.mark.parametrize("home_", ["file", "/proc"])
def test_who_cannot_keep_progress_hears_it_before_the_first_question(tmp_path, home_):
    (tmp_path / "file").mkdir()
    (tmp_path / "file/rsd").write_text("", encoding="utf-8")
    home = tmp_path / home_
    done = train(home, "left_for_food", lines="3\n")
    assert (done.returncode, done.stdout) == (1, "")
    assert f"{home}/rsd/training: cannot-write: progress cannot be saved there: " in done.stderr
    assert "XDG_DATA_HOME" in done.stderr
    assert train(home, "progress").returncode == 0


def test_a_mark_that_cannot_be_kept_waits_for_the_next_and_its_owner_is_told_once(tmp_path, monkeypatch, capsys):
    from datetime import UTC, datetime

    from screen.cli.train import progress_store
    from screen.cli.train.sitting import MarkKeeper
    from screen.diagnostics import Diagnostic, DiagnosticsError, Location
    from screen.training.marking import Mark
    from screen.training.schedule import Attempt

    one = Attempt(datetime(2026, 1, 1, tzinfo=UTC), "left_for_food", "decide", "no_return", Mark.CORRECT)

    def full(*_, **__):
        raise DiagnosticsError([Diagnostic(Location("p"), "cannot-write", "no space left on device.", "Make room.")])

    kept = MarkKeeper(tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr("screen.files.Folder.write", full)
        kept.save([one])
        kept.save([one])
    assert capsys.readouterr().err == "p: cannot-write: no space left on device. Make room.\n"
    assert len(kept.unsaved) == 2
    kept.save([one])
    assert not kept.unsaved
    assert progress_store.read_progress(tmp_path) == (one, one, one)


@pytest.mark.parametrize(("data", "code"), [(b"1\n2 \xff", "2:3: not-utf8"), (b"1\n" * 1_000_000, " too-large")])
def test_answers_and_reasons_that_are_another_kind_of_file_are_refused_whole(home, tmp_path, data, code):
    file = tmp_path / "answers"
    file.write_bytes(data)
    for words in (("--answers", file), ("--way", "write", "--text", file)):
        done = train(home, "left_for_food", *words)
        assert (done.returncode, done.stdout) == (1, "")
        assert f"{file}:{code}: " in done.stderr


def folder_of(home: Path) -> Path:
    """Return the folder that progress is kept in, made."""
    folder = home / "rsd/training"
    folder.mkdir(mode=0o700, parents=True)
    return folder


def sparse(file: Path) -> None:
    """Make a file that claims to hold 50 GB."""
    with file.open("wb") as made:
        made.truncate(50 * 1024**3)


@pytest.mark.parametrize(("make", "told"), [(os.mkfifo, "no regular file"), (sparse, "too-large")])
def test_progress_that_is_no_file_or_too_large_is_told_and_left_alone(home, make, told):
    make(folder_of(home) / "progress.json")
    for words in (("progress",), ("export",), ("list",), ("left_for_food",)):
        done = train(home, *words, lines="1\n")
        assert (done.returncode, done.stdout) == (1, "")
        assert "progress.json: " in done.stderr
        assert told in done.stderr
    assert [file.name for file in (home / "rsd/training").iterdir()] == ["progress.json"]


@pytest.mark.parametrize("make", [os.mkfifo, sparse])
@pytest.mark.parametrize("ending", ["json", "csv"])
def test_a_class_is_summed_up_without_what_is_no_export(home, tmp_path, make, ending):
    folder = tmp_path / "class"
    folder.mkdir()
    train(home, "left_for_food", lines="1\n1\n")
    train(home, "export", "--out", folder / "a.json")
    make(folder / f"x.{ending}")
    done = train(home, "class", folder)
    assert done.returncode == 1
    assert "1 trainee, 1 export left out" in done.stdout
    assert f"x.{ending}: " in done.stderr


@pytest.mark.parametrize("option", ["--answers", "--text"])
@pytest.mark.parametrize("make", [os.mkfifo, lambda file: file.symlink_to("/dev/zero")])
def test_answers_and_reasons_are_no_pipe_and_no_device(home, tmp_path, option, make):
    make(tmp_path / "lines")
    way = ("--way", "write") if option == "--text" else ()
    done = train(home, "left_for_food", *way, option, tmp_path / "lines")
    assert done.returncode == 1
    assert "lines: cannot-open: this is no regular file." in done.stderr


def test_nothing_of_training_is_written_through_a_link(home, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o755)
    (elsewhere / "case.yaml").write_text("answers", encoding="utf-8")
    (folder_of(home) / "progress.json").symlink_to(elsewhere / "case.json")
    done = train(home, "left_for_food", lines="1\n")
    assert (done.returncode, done.stdout) == (1, "")
    assert "progress.json: already-there: this is a link" in done.stderr
    (home / "rsd/training/progress.json").unlink()
    (home / "rsd/training").rmdir()
    (home / "rsd/training").symlink_to(elsewhere)
    done = train(home, "left_for_food", lines="1\n")
    assert (done.returncode, done.stdout) == (1, "")
    assert "training: cannot-write: progress cannot be saved there" in done.stderr
    assert [file.name for file in elsewhere.iterdir()] == ["case.yaml"]
    assert stat.S_IMODE(elsewhere.stat().st_mode) == 0o755


def test_a_draft_that_is_a_link_is_not_opened(home, tmp_path, monkeypatch):
    drafts = folder_of(home) / "drafts"
    drafts.mkdir(mode=0o700)
    (tmp_path / "case.yaml").write_text("answers", encoding="utf-8")
    (drafts / "one.md").symlink_to(tmp_path / "case.yaml")
    monkeypatch.setattr(os, "spawnvp", lambda *_: pytest.fail("an editor was opened"))
    with pytest.raises(DiagnosticsError, match=r"one\.md: already-there: this is a link"):
        edit_reasons(home / "rsd/training", "one", "template")


def test_points_that_were_only_passed_have_no_share_of_correct_marks(home):
    train(home, "left_for_food", lines="u\n")
    done = train(home, "progress")
    assert "correct of tried nothing counted; correct 0; minor 0; significant 0; due " in done.stdout
    assert "%" not in done.stdout


def aged(home: Path) -> None:
    """Make all progress a year older."""
    file = home / "rsd/training/progress.json"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace('"when": "20', '"when": "19'), encoding="utf-8")


def test_what_is_due_is_worked_first(home):
    train(home, "settled_in_seoul", lines=right_answers("settled_in_seoul"))
    aged(home)
    assert "Nothing is due" not in train(home, "progress").stderr
    assert any(point in exercise("settled_in_seoul").teaches for point in ["second_state_fear"])
    done = train(home, "--due", lines="")
    assert done.returncode == 0
    assert "Question 1" in done.stdout


def test_an_export_comes_back_as_it_was_and_a_class_is_summed_up(home, tmp_path):
    folder = tmp_path / "class"
    folder.mkdir()
    train(home, "left_for_food", lines="1\n1\n")
    assert train(home, "export", "--out", folder / "a.json").returncode == 0
    assert train(home, "export", "-f", "csv", "--out", folder / "b.csv").returncode == 0
    assert stat.S_IMODE((folder / "a.json").stat().st_mode) == 0o600
    done = train(home, "class", folder)
    assert "1 trainee\n" in done.stdout
    assert done.stderr == "b.csv holds nothing that is not in a.json; they count as one trainee.\n"
    later = (folder / "a.json").read_text(encoding="utf-8").replace('"when": "20', '"when": "21')
    (folder / "b.json").write_text(later, encoding="utf-8")
    done = train(home, "class", folder)
    assert "2 trainees" in done.stdout
    assert (
        "protects the applicant: trainees 2; correct 0; minor 0; significant 2; they differ over a fact 2"
        in done.stdout
    )
    assert (
        "left_for_food: way decide; law point Another State of nationality protects the applicant; missed 2 of 2"
        in (done.stdout)
    )
    assert train(home, "export", "--out", folder / "a.json").returncode == 1  # nothing is written over


def test_a_class_is_summed_up_without_a_broken_export_which_is_told(home, tmp_path):
    (tmp_path / "a.json").write_text("{}", encoding="utf-8")
    (tmp_path / "b.csv").write_text("when,exercise\n1,2\n", encoding="utf-8")
    done = train(home, "class", tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("not-progress") == 2
    (tmp_path / "b.csv").write_text(
        "when,exercise,way,point,mark,said,model,parted,over,note\n"
        "2026-01-01T00:00:00+00:00,left_for_food,decide,no_return,minor,,,,,\n", encoding="utf-8",
    )  # fmt: skip
    done = train(home, "class", tmp_path)
    assert done.returncode == 1
    assert "1 trainee, 1 export left out" in done.stdout
    assert "missed 1 of 1" in done.stdout
    assert done.stderr.count("not-progress") == 1


@given(st.lists(st.text(st.sampled_from("=+-@\uff1d'\t\n\r\",; a한")), min_size=3, max_size=3))
def test_no_cell_of_an_export_is_a_formula_and_each_comes_back(words):
    said, model, note = words
    now = datetime(2026, 1, 1, tzinfo=UTC)
    attempts = (Attempt(now, "left_for_food", "write", "no_return", Mark.MINOR, said, model, "", "", note),)
    with TemporaryDirectory() as folder:
        file = Path(folder, "export.CSV")
        file.write_text(attempts_csv(attempts), encoding="utf-8", newline="")
        cells = [cell for row in csv.reader(io.StringIO(file.read_text(encoding="utf-8"))) for cell in row]
        assert not [cell for cell in cells if cell[:1] in tuple("=+-@\uff1d\t\r\n")]
        assert read_export(file) == attempts


def test_an_export_moves_no_cursor(home):
    assert progress_store.progress_text(()) == '{\n "format": 1,\n "attempts": []\n}\n'
    when = datetime(2026, 1, 1, tzinfo=UTC)
    text = progress_store.progress_text((Attempt(when, "a", "write", "b", Mark.MINOR, "\x9b2J\u202e"),))
    assert "\\u009b2J\\u202e" in text
    assert json.loads(text)["attempts"][0]["said"] == "\x9b2J\u202e"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("left_for_foo",), 'Did you mean "left_for_food"?'),
        (("case.yaml",), "A case file is for drills"),
        (("left_for_food", "--twist", "--courts", "any"), "not both"),
        (("left_for_food", "--courts", "uk"), "Write two profiles"),
        (("left_for_food", "--courts", "uk,canda"), '--courts: There is no profile "canda". Did you mean "canada"?'),
        (("left_for_food", "--twist", "--way", "spot"), "--way: It goes with an exercise"),
        (("left_for_food", "--count", "2"), "--count: It goes with drills"),
        (("left_for_food", "--due"), "--due: It goes with no name"),
        (("left_for_food", "--difficulty", "2"), "--difficulty: It goes with no name"),
        (("left_for_food", "--profile", "uk"), "An exercise has its own profile"),
        (("left_for_food", "--way", "write"), "Without a terminal there is no editor"),
        (("left_for_food", "--text", "x"), "It goes with --way write"),
        (("--from", "nowhere"), "There is no folder of exercises there"),
        (("class", "nowhere"), "There is no folder nowhere."),
        (("class", "README.md"), "It is a file"),
        (("class", "src"), "There is no export in it"),
    ],
)  # fmt: skip
def test_wrong_usage_says_what_to_do(home, words, told):
    done = train(home, *words)
    assert done.returncode == 2
    assert told in " ".join(done.stderr.replace("│", " ").split())
    assert not home.exists() or not (home / "rsd/training/progress.json").exists()


def test_an_exercise_that_teaches_what_is_wrong_is_refused(home, tmp_path):
    from tests.real_law import RULES

    text = (RULES / "exercises" / "leaving.yaml").read_text(encoding="utf-8")
    (tmp_path / "mine.yaml").write_text(
        text.replace("food_as_weapon: not_met", "food_as_weapon: met"), encoding="utf-8"
    )
    done = train(home, "left_for_food", "--from", tmp_path)
    assert done.returncode == 1
    assert "teaches-otherwise" in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("columns", [40, 60, 80, 100])
def test_a_table_is_readable_however_narrow_the_terminal_is(monkeypatch, capsys, columns):
    from screen.cli import console

    monkeypatch.setattr(console, "can_draw", lambda: True)
    monkeypatch.setenv("COLUMNS", str(columns))
    point = "The punishment for having left is persecution in itself, whatever the applicant thinks"
    console.print_table(
        ("Law point", "Correct of tried", "Correct", "Minor", "Significant", "Due"),
        [(point, console.share_bar(0.5), "1", "0", "1", "in 12 days")],
    )
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= columns
    assert all(len(line.split()) > 1 for line in lines if "punish" in line or "persec" in line)
    assert sum(any(word in line for word in point.split() if len(word) > 4) for line in lines) <= 3


class Terminal:
    """A real terminal with `rsd train` in it, and the screen that it draws."""

    def __init__(self, home: Path, *words: str) -> None:
        env = {
            **os.environ, "TERM": "xterm", "PROMPT_TOOLKIT_NO_CPR": "1", "LANG": "C.UTF-8", "XDG_DATA_HOME": str(home),
            "EDITOR": "true", "COLUMNS": "100", "LINES": "50",
        }  # fmt: skip
        self.child = pexpect.spawn(
            sys.executable, ["-m", "screen", "train", *words], env=env, dimensions=(50, 100), timeout=30,
            encoding="utf-8",
        )  # fmt: skip
        self.screen = pyte.HistoryScreen(100, 50, history=2000)
        self.stream = pyte.Stream(self.screen)

    def until(self, words: str) -> str:
        self.child.expect_exact(words)
        self.stream.feed(self.child.before + self.child.after)
        return "\n".join(self.screen.display)


def test_at_a_terminal_keys_choose_and_the_mark_follows(home):
    terminal = Terminal(home, "left_for_food")
    terminal.until("Question 1")
    shown = terminal.until("q stop")
    assert "Undetermined" in shown
    assert "Pass: show me" in shown
    terminal.child.send("3\r")
    terminal.until("Correct.")
    terminal.until("Question 2")
    terminal.until("q stop")
    terminal.child.send("b")  # the interview has a way back; an exercise has not
    terminal.until("Not here.")
    terminal.until("q stop")
    terminal.child.send("q")
    terminal.until("Stopped. Your marks so far are saved.")
    terminal.child.expect(pexpect.EOF)
    assert [row["mark"] for row in kept(home)] == ["correct"]


@pytest.mark.parametrize("way", ["spot", "interview", "decide"])
def test_the_help_on_a_question_is_the_story_again(home, way):
    done = train(home, "left_for_food", "--way", way, lines="?\nw\n")
    last = " ".join(done.stdout.split("Question 1", 1)[1].split())
    assert "He waded the river at night without any paper." in last
    assert "Points taught: Another State of nationality protects the applicant; A disfavoured class" in last
    assert "further help" not in last
    assert way == "decide" or "Why it is asked: " in last


def test_the_help_of_an_interview_has_what_was_said_too(home):
    done = train(home, "left_for_food", "--way", "interview", lines="1\n?\n")
    last = done.stdout.split("Question 2")[1]
    assert "Applicant: I have told you that." in last


def test_at_a_terminal_what_would_be_covered_waits_for_enter(home):
    terminal = Terminal(home, "left_for_food")
    terminal.until("q stop")
    terminal.child.send("?")
    terminal.until("He waded the river")
    terminal.until("Enter goes on:")
    terminal.child.send("\r")
    terminal.until("q stop")
    terminal.child.send("1\r")
    terminal.until("Significant error.")
    terminal.until("Question 2")
    terminal.until("you say met, the rule book undetermined")
    terminal.until("q stop")
    terminal.child.send("1\r")
    terminal.until("Why not otherwise")
    terminal.until("Enter goes on:")
    terminal.child.send("\r")
    terminal.until("Question 3")
    terminal.until("q stop")
    terminal.child.send("q")
    terminal.until("Stopped.")
    terminal.child.expect(pexpect.EOF)


def test_at_a_terminal_the_editor_opens_a_draft_that_stays(home):
    terminal = Terminal(home, "left_for_food", "--way", "write")
    terminal.until("Nothing was written")
    terminal.child.expect(pexpect.EOF)
    draft = home / "rsd/training/drafts/left_for_food.md"
    assert "# A farm worker who left in a hungry spring" in draft.read_text(encoding="utf-8")
    assert stat.S_IMODE(draft.stat().st_mode) == 0o600


def test_at_a_terminal_progress_is_a_table(home):
    train(home, "left_for_food", lines=right_answers("left_for_food"))
    terminal = Terminal(home, "progress")
    shown = terminal.until("Nothing is due.")
    assert "Law point" in shown
    assert "##########" in shown
