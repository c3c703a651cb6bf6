"""The interview at a real terminal: pastes, signals, two people at one case, a disk that fails."""

import os
import re
import select
import signal
import sys
import termios
import time
from contextlib import suppress

import pexpect
import pytest

from screen.case.case_file import read_case
from tests.real_law import the_law

SCREENS = ("plain", "keys")
#: For what is the same conversation on either screen: on one in every run, at length on both.
ONE_SCREEN = ("plain", pytest.param("keys", marks=pytest.mark.slow))


@pytest.fixture(scope="module")
def book():
    return the_law()


def _with_signals():
    """Let no signal be ignored, as a shell leaves them to what it runs in the background."""
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)


class Sitting:
    """An interview at a terminal, as a person sees it and types at it."""

    def __init__(self, screen, *words, folder=None):
        self.plain = screen == "plain"
        env = {**os.environ, "TERM": "xterm", "PROMPT_TOOLKIT_NO_CPR": "1", "LANG": "C.UTF-8"}
        command = ["-m", "screen", "interview", *(["--plain"] if self.plain else []), *map(str, words)]
        self.child = pexpect.spawn(
            sys.executable, command, env=env, cwd=folder, dimensions=(50, 120), timeout=20, encoding="utf-8",
            preexec_fn=_with_signals,
        )  # fmt: skip
        self.child.delaybeforesend = None

    def expect(self, words):
        self.child.expect(words)
        return self.child.before

    def ready(self, number):
        """Wait for a question; return what was shown before it."""
        shown = self.expect(f"Question {number}[^0-9]")
        shown += self.expect("Answer: " if self.plain else "save and[ \r\n]+quit")
        if not self.plain:
            time.sleep(0.15)  # the keys are bound once the list is drawn
        return shown

    def send(self, text):
        self.child.send(text)

    def paste(self, text):
        """Send a long text while what is echoed is read: both ends would wait for each other otherwise."""
        handle, data = self.child.child_fd, text.encode()
        until = time.monotonic() + 20
        while data and time.monotonic() < until:
            readable, writable, _ = select.select([handle], [handle], [], 1)
            if readable:
                os.read(handle, 65536)
            if writable:
                data = data[os.write(handle, data[:1000]) :]
        assert not data

    def settle(self):
        """Wait until nothing more is drawn."""
        while select.select([self.child.child_fd], [], [], 0.5)[0]:
            os.read(self.child.child_fd, 65536)

    def end(self):
        """Return the exit code."""
        self.child.expect(pexpect.EOF)
        self.child.close()
        return self.child.exitstatus


@pytest.fixture
def case(tmp_path):
    file = tmp_path / "T-1.yaml"
    file.write_text("format: 1\ncase: T-1\nprofile: paper\nfacts:\n  country_of_origin: KP\n", encoding="utf-8")
    file.chmod(0o600)
    return file


@pytest.mark.parametrize("screen", SCREENS)
def test_a_note_of_90_kb_is_taken_in_one_line(screen, case, book):
    note = "she said so. " * 7_000
    sitting = Sitting(screen, case)
    sitting.ready(2)
    sitting.send("t\r")
    sitting.expect("Note")
    time.sleep(0.2)
    sitting.paste(note)
    sitting.settle()  # Enter is a key by itself once the whole paste was taken
    sitting.send("\r")
    sitting.expect("kept with the answer that follows")
    sitting.expect("Answer:")
    time.sleep(0.1)
    sitting.send("CN\r")
    sitting.ready(3)
    sitting.send("\x03")
    assert sitting.end() == 0
    assert read_case(case, book).given["host_country"].note == " ".join(note.split())


def test_a_long_paste_at_a_list_answers_nothing(case, book):
    sitting = Sitting("keys", case)
    sitting.ready(2)
    sitting.send("CN\r")
    sitting.ready(3)
    sitting.paste("yes\r" * 20_000)
    sitting.expect("none of them[ \r\n]+was taken")
    sitting.send("\x03")
    assert sitting.end() == 0
    assert list(read_case(case, book).given) == ["country_of_origin", "host_country"]


@pytest.mark.parametrize("screen", SCREENS)
def test_pasted_lines_answer_neither_this_question_nor_the_next_ones(screen, case, book):
    sitting = Sitting(screen, case)
    sitting.ready(2)
    sitting.send("CN\rn\rn\ryes\rn\r")
    sitting.expect("none of them[ \r\n]+was taken")
    sitting.expect("Answer:")
    time.sleep(0.1)
    sitting.send("CN\r")
    sitting.ready(3)
    sitting.send("no such thing\rn\rn\ryes\rn\r")  # the first line cannot be read, the second could
    time.sleep(0.4)
    sitting.send("\x03")
    assert sitting.end() == 0
    assert list(read_case(case, book).given) == ["country_of_origin", "host_country"]


@pytest.mark.parametrize("screen", SCREENS)
def test_pasted_paragraphs_stay_together_in_a_note(screen, case, book):
    sitting = Sitting(screen, case)
    sitting.ready(2)
    sitting.send("t\r")
    sitting.expect("Note")
    time.sleep(0.2)
    sitting.send("one\r\rtwo\rn\r")
    if screen == "keys":
        sitting.expect("stand below")
        time.sleep(0.3)
        sitting.send("\r")
    sitting.expect("kept with the answer that follows")
    sitting.expect("Answer:")
    time.sleep(0.1)
    sitting.send("CN\r")
    sitting.ready(3)
    sitting.send("q\r" if screen == "plain" else "q")
    assert sitting.end() == 0
    assert read_case(case, book).given["host_country"].note == "one\n\ntwo\nn"


@pytest.mark.parametrize(
    ("screen", "number"),
    [
        ("keys", signal.SIGTERM), ("keys", signal.SIGHUP), ("keys", signal.SIGQUIT), ("plain", signal.SIGTERM),
        *(pytest.param("plain", number, marks=pytest.mark.slow) for number in (signal.SIGHUP, signal.SIGQUIT)),
    ],
)  # fmt: skip
def test_a_signal_gives_the_terminal_back_and_exits_with_its_number(screen, number, case, book):
    sitting = Sitting(screen, case)
    before = termios.tcgetattr(sitting.child.child_fd)
    assert before[3] & termios.ICANON
    sitting.ready(2)
    assert not termios.tcgetattr(sitting.child.child_fd)[3] & termios.ICANON
    sitting.child.kill(number)
    time.sleep(0.5)
    after = termios.tcgetattr(sitting.child.child_fd)
    assert sitting.end() == 128 + number
    assert after[3] & (termios.ICANON | termios.ECHO) == before[3] & (termios.ICANON | termios.ECHO)
    assert list(read_case(case, book).given) == ["country_of_origin"]


@pytest.mark.parametrize(
    "keys", ["y\r\x03\x03", *(pytest.param(keys, marks=pytest.mark.slow) for keys in ("\x03\x03", "\r", "y"))]
)
def test_keys_pressed_while_a_signal_ends_the_program_are_not_obeyed(keys, case, book):
    sitting = Sitting("keys", case)
    sitting.ready(2)
    sitting.send("CN\r")
    sitting.ready(3)
    sitting.child.kill(signal.SIGTERM)
    until = time.monotonic() + 10
    while not termios.tcgetattr(sitting.child.child_fd)[3] & termios.ICANON:
        assert time.monotonic() < until  # the terminal is given back first, and then the question is taken down
    sitting.send(keys)
    sitting.child.expect(pexpect.EOF)
    assert "Traceback" not in sitting.child.before
    sitting.child.close()
    assert sitting.child.exitstatus == 128 + signal.SIGTERM
    assert list(read_case(case, book).given) == ["country_of_origin", "host_country"]


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM])
def test_ctrl_c_pressed_while_a_signal_ends_the_program_prints_nothing_of_python(number, case):
    """Python reports a signal that has come where its handler is taken away before it was called."""
    sitting = Sitting("plain", case)
    sitting.ready(2)
    sitting.child.kill(number)
    with suppress(OSError):  # the terminal goes with the program
        for _ in range(30):
            sitting.child.send("\x03")
            time.sleep(0.003)
    sitting.child.expect(pexpect.EOF)
    assert "Error" not in sitting.child.before
    assert "Traceback" not in sitting.child.before
    sitting.child.close()
    assert sitting.child.exitstatus == 128 + number


def test_erasing_keys_are_obeyed_at_a_plain_terminal(case, book):
    sitting = Sitting("plain", case)
    sitting.ready(2)
    for keys in ("KR", "\x7f\x7f", "no way", "\x17\x15", "中", "\x7f", "CN", "\r"):
        sitting.send(keys)
    sitting.ready(3)
    assert "\x1b" not in sitting.child.before
    sitting.send("\x04")
    assert sitting.end() == 0
    assert read_case(case, book).given["host_country"].value == "CN"


@pytest.mark.parametrize("screen", ONE_SCREEN)
def test_a_name_that_was_asked_for_gets_its_file_with_the_first_answer(screen, tmp_path, book):
    for answer, files in (("\x04", []), ("KP\r", ["A-1.yaml"])):
        sitting = Sitting(screen, folder=tmp_path)
        sitting.expect("pseudonym")
        time.sleep(0.2)
        sitting.send("A-1\r")
        sitting.ready(1)
        sitting.send(answer)
        if files:
            sitting.expect("Question 2")
            sitting.expect("Answer:")
            time.sleep(0.1)
            sitting.send("\x04")
        assert sitting.end() == 0
        assert [path.name for path in tmp_path.iterdir()] == files
    assert read_case(tmp_path / "A-1.yaml", book).given["country_of_origin"].value == "KP"


MEANWHILE = """\
format: 1
case: T-1
profile: paper
facts:
  country_of_origin: KP
  host_country: {answer: RU, credibility: accepted, source: residence card, note: seen and copied}
"""


@pytest.mark.parametrize(
    ("screen", "choice", "kept"),
    [
        ("plain", "k", "RU"), ("keys", "m", "CN"),
        pytest.param("plain", "m", "CN", marks=pytest.mark.slow),
        pytest.param("keys", "k", "RU", marks=pytest.mark.slow),
    ],
)  # fmt: skip
def test_another_answer_to_the_same_question_is_shown_and_the_person_chooses(screen, choice, kept, case, book):
    sitting = Sitting(screen, case)
    sitting.ready(2)
    case.write_text(MEANWHILE, encoding="utf-8")
    sitting.send("CN\r")
    shown = sitting.expect("k keep what the file says")
    assert "seen and copied" in " ".join(re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown).split())
    time.sleep(0.3)
    sitting.send(f"{choice}\r")
    sitting.expect("Question 3")
    sitting.expect("Answer:" if screen == "plain" else "save and")
    time.sleep(0.2)
    sitting.send("\x03")
    assert sitting.end() == 0
    assert read_case(case, book).given["host_country"].value == kept


@pytest.mark.parametrize("screen", ONE_SCREEN)
def test_an_answer_that_cannot_be_saved_is_reported_and_can_be_saved_again(screen, case, book):
    sitting = Sitting(screen, case)
    sitting.ready(2)
    case.chmod(0o400)
    sitting.send("CN\r")
    sitting.expect("NOT kept")
    sitting.expect("a try again")
    case.chmod(0o600)
    time.sleep(0.3)
    sitting.send("a\r")
    sitting.expect("Question 3")
    sitting.expect("Answer:" if screen == "plain" else "save and")
    time.sleep(0.2)
    sitting.send("\x03")
    assert sitting.end() == 0
    assert read_case(case, book).given["host_country"].value == "CN"


@pytest.mark.parametrize("screen", SCREENS)
def test_what_was_typed_before_the_question_was_shown_does_not_answer_it(screen, case, book):
    sitting = Sitting(screen, case)
    sitting.send("CN\rCN\r")
    sitting.expect("is not taken")
    sitting.ready(2)
    sitting.send("\x04")
    assert sitting.end() == 0
    assert list(read_case(case, book).given) == ["country_of_origin"]


@pytest.mark.parametrize("screen", SCREENS)
def test_ctrl_c_pressed_repeatedly_leaves(screen, case):
    sitting = Sitting(screen, case)
    sitting.ready(2)
    sitting.send("CN\r")
    sitting.ready(3)
    sitting.send("\x03\x03\x03")
    sitting.end()
    assert sitting.child.signalstatus in (None, signal.SIGINT)
