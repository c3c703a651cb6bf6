"""`rsd train work`: exercises and drills, with answers that are piped or come from a file."""

from __future__ import annotations

import os

import pytest

from tests.cli.commands.test_commands import MIN
from tests.cli.train.helpers import right_answers, saved_attempts, train
from tests.real_law import RULES
from tests.training.real import exercise_named, exercises


@pytest.mark.parametrize("exercise", exercises()[:4], ids=lambda exercise: exercise.name)
def test_who_decides_as_the_model_does_hears_that_everything_is_correct(home, exercise):
    done = train(home, exercise.name, lines=right_answers(exercise.name))
    assert (done.returncode, "\x1b" in done.stdout) == (0, False)
    assert f"\nCorrect {len(exercise.teaches) + 1}.\n" in done.stdout
    assert {row["mark"] for row in saved_attempts(home)} == {"correct"}
    assert "Authority" in done.stdout
    assert "Why not otherwise" in done.stdout


def test_a_wrong_finding_is_traced_and_the_divergence_is_saved(home):
    # The first point of the exercise, found met: the model leaves it open. Then the first fact of its steps.
    done = train(home, "left_for_food", lines="1\n1\n")
    assert "Significant error." in done.stdout
    assert "You and the model differ at" in done.stdout
    (row,) = saved_attempts(home)
    assert (row["said"], row["model"], row["parted"]) == ("met", "undetermined", "fact")
    assert row["over"] in done.stdout or row["over"] == "second_state_registered"


def test_the_end_of_input_saves_what_was_marked_before(home):
    done = train(home, "left_for_food", lines="3\n")
    assert done.returncode == 0
    assert [row["point"] for row in saved_attempts(home)] == ["multiple_nationality"]
    assert "Stopped. Your marks so far are saved." in done.stderr


def test_a_wrong_finding_is_saved_though_the_follow_up_is_broken_off(home):
    train(home, "left_for_food", lines="1\n")
    (row,) = saved_attempts(home)
    assert (row["mark"], row["parted"]) == ("significant", "")


def test_what_the_court_held_is_shown_only_after_marking(home):
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
    points = {row["point"]: row["mark"] for row in saved_attempts(home)}
    assert "significant" not in {
        mark for point, mark in points.items() if point in exercise_named("left_for_food").teaches
    }


def test_the_applicant_answers_in_the_words_of_the_exercise(home):
    shown = train(home, "left_for_food", "--way", "interview", lines="").stdout
    number = next(line.split(".")[0].strip() for line in shown.splitlines() if "did, ordered or served" in line)
    done = train(home, "left_for_food", "--way", "interview", lines=f"{number}\nu\n")
    assert "Applicant: I was in the fields all my life." in done.stdout


@pytest.mark.parametrize("way", ["spot", "interview", "decide"])
def test_the_help_on_a_question_is_the_story_again(home, way):
    done = train(home, "left_for_food", "--way", way, lines="?\nw\n")
    last = " ".join(done.stdout.split("Question 1", 1)[1].split())
    assert "He waded the river at night without any paper." in last
    assert "Points taught: Another State of nationality protects the applicant; A disfavoured class" in last
    assert "further help" not in last
    assert way == "decide" or "Why it is asked: " in last


def test_the_help_of_an_interview_has_what_was_said_as_well(home):
    done = train(home, "left_for_food", "--way", "interview", lines="1\n?\n")
    last = done.stdout.split("Question 2")[1]
    assert "Applicant: I have told you that." in last


def test_reasons_from_a_file_are_compared_with_the_checklist_which_says_what_it_is(home, tmp_path):
    file = tmp_path / "reasons.md"
    file.write_text("# a comment\nNobody kept food from his family.\n", encoding="utf-8")
    done = train(home, "left_for_food", "--way", "write", "--text", file, lines="none\n")
    assert "This looks for words. It cannot tell whether the reasons are good." in done.stdout
    assert {row["way"] for row in saved_attempts(home)} == {"write"}
    file.write_text("# only comments\n", encoding="utf-8")
    done = train(home, "left_for_food", "--way", "write", "--text", file)
    assert (done.returncode, "for --text: It holds no reasons" in done.stderr) == (2, True)


@pytest.mark.parametrize(("data", "code"), [(b"1\n2 \xff", "2:3: not-utf8"), (b"1\n" * 1_000_000, " too-large")])
def test_answers_and_reasons_that_are_another_kind_of_file_are_refused(home, tmp_path, data, code):
    file = tmp_path / "answers"
    file.write_bytes(data)
    for words in (("--answers", file), ("--way", "write", "--text", file)):
        done = train(home, "left_for_food", *words)
        assert (done.returncode, done.stdout) == (1, "")
        assert f"{file}:{code}: " in done.stderr


@pytest.mark.parametrize("option", ["--answers", "--text"])
@pytest.mark.parametrize("make", [os.mkfifo, lambda file: file.symlink_to("/dev/zero")])
def test_answers_and_reasons_are_no_pipe_and_no_device(home, tmp_path, option, make):
    make(tmp_path / "lines")
    way = ("--way", "write") if option == "--text" else ()
    done = train(home, "left_for_food", *way, option, tmp_path / "lines")
    assert done.returncode == 1
    assert "lines: cannot-open: this is not a regular file." in done.stderr


def test_a_seed_repeats_drills_and_another_makes_others(home):
    first, again, other = (
        train(home, "left_for_food", "--twist", "--seed", seed, lines="u\n" * 9) for seed in (3, 3, 4)
    )
    assert first.stdout == again.stdout != other.stdout
    assert first.stdout.count("DRILL") == 3


def test_drills_on_a_case_leave_it_alone_and_save_nothing_of_it(home, tmp_path):
    case = tmp_path / "NAME-77.yaml"
    case.write_text(MIN.read_text(encoding="utf-8").replace("MIN-0417", "NAME-77"), encoding="utf-8")
    before = case.read_bytes()
    assert train(home, case, "--twist", lines="u\n" * 9).returncode == 0
    assert train(home, case, "--courts", "any", lines="u\n" * 9).returncode == 0
    assert case.read_bytes() == before
    assert "NAME-77" not in (home / "rsd/training/progress.json").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "message"),
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
def test_wrong_usage_says_what_to_do(home, words, message):
    done = train(home, *words)
    assert done.returncode == 2
    assert message in " ".join(done.stderr.replace("│", " ").split())
    assert not home.exists() or not (home / "rsd/training/progress.json").exists()


def test_an_exercise_that_teaches_an_error_is_refused(home, tmp_path):

    text = (RULES / "exercises" / "leaving.yaml").read_text(encoding="utf-8")
    (tmp_path / "mine.yaml").write_text(
        text.replace("food_as_weapon: not_met", "food_as_weapon: met"), encoding="utf-8"
    )
    done = train(home, "left_for_food", "--from", tmp_path)
    assert done.returncode == 1
    assert "teaches-otherwise" in done.stderr
    assert done.stdout == ""
