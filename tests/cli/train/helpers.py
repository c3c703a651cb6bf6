"""What the tests of `rsd train` share."""

from __future__ import annotations

import json
from pathlib import Path

from tests.command import rsd
from tests.training.real import exercise_named

STATUS_MENU = ["met", "not_met", "undetermined", "not_applicable"]


def train(home, *words, lines=""):
    return rsd("train", *words, stdin=lines, XDG_DATA_HOME=str(home))


def right_answers(name: str) -> str:
    """Return the lines that decide every point of an exercise as the model does."""
    exercise = exercise_named(name)
    choices = ["recognise", "complementary_protection", "undetermined_no_return", "refer_review"]
    numbers = [STATUS_MENU.index(status.value) + 1 for status in exercise.teaches.values()]
    return "".join(f"{number}\n" for number in (*numbers, choices.index(exercise.recommend) + 1))


def saved_attempts(home: Path) -> list[dict[str, str]]:
    return json.loads((home / "rsd/training/progress.json").read_text(encoding="utf-8"))["attempts"]


def make_progress_folder(home: Path) -> Path:
    """Make the folder that progress is saved in, and return it."""
    folder = home / "rsd/training"
    folder.mkdir(mode=0o700, parents=True)
    return folder


def make_huge_file(file: Path) -> None:
    """Make a file that claims to hold 50 GB."""
    with file.open("wb") as made:
        made.truncate(50 * 1024**3)
