"""`rsd train` at a real terminal."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pexpect
import pyte

from tests.cli.train.helpers import right_answers, saved_attempts, train


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


def test_keys_choose_and_the_mark_follows(home):
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
    assert [row["mark"] for row in saved_attempts(home)] == ["correct"]


def test_what_would_be_covered_waits_for_enter(home):
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


def test_the_editor_opens_a_draft_that_stays(home):
    terminal = Terminal(home, "left_for_food", "--way", "write")
    terminal.until("Nothing was written")
    terminal.child.expect(pexpect.EOF)
    draft = home / "rsd/training/drafts/left_for_food.md"
    assert "# A farm worker who left in a hungry spring" in draft.read_text(encoding="utf-8")
    assert stat.S_IMODE(draft.stat().st_mode) == 0o600


def test_progress_is_a_table(home):
    train(home, "left_for_food", lines=right_answers("left_for_food"))
    terminal = Terminal(home, "progress")
    shown = terminal.until("Nothing is due.")
    assert "Law point" in shown
    assert "##########" in shown
