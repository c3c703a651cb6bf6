"""Questions at a terminal: keys, words and pastes, and what is drawn."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import pexpect
import pyte
import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import PipeInput, create_pipe_input
from prompt_toolkit.output import DummyOutput

from screen.case.evidence import Credibility, RecordedAnswer
from screen.cli.prompt.factory import open_prompter
from screen.cli.prompt.plain import PlainPrompter
from screen.cli.prompt.terminal import TerminalPrompter
from screen.interview.conversation import AnswerReply, Back, Quit, Review
from screen.interview.view import QuestionView
from screen.logic import Answer
from tests.cli.prompt.questions import (
    COUNTRIES,
    COUNTRY,
    DAY,
    HOSTILE,
    LEVEL,
    MANY,
    NO,
    NUMBER,
    OWN_NONE,
    TEXT,
    UNKNOWN,
    YES,
    YES_NO,
    is_safe,
    view,
)
from tests.paths import ROOT


@contextmanager
def keyboard(keys: str) -> Iterator[PipeInput]:
    with create_pipe_input() as pipe, create_app_session(input=pipe, output=DummyOutput()):
        pipe.send_text(keys)
        yield pipe


UP, DOWN, LEFT, END = "\x1b[A", "\x1b[B", "\x1b[D", "\x1b[F"


@pytest.mark.parametrize(
    ("question", "keys", "answer"),
    [
        (YES_NO, "y", YES), (YES_NO, "n", NO), (YES_NO, "u", UNKNOWN), (YES_NO, "ㅛ", YES), (YES_NO, "ㅜ", NO),
        (YES_NO, "\u1167", UNKNOWN), (YES_NO, "N", NO), (YES_NO, f"{DOWN}\r", YES), (YES_NO, f"{UP}\r", UNKNOWN),
        (YES_NO, "2\r", NO), (YES_NO, "\r\r 9n", NO), (YES_NO, "xㅁn\r9n", NO),
        (YES_NO, "\x1b[200~y\x1b[201~n", NO), (YES_NO, "\x1bOPn", NO),
        (LEVEL, "yn2\r2\r", "medium"), (LEVEL, "petty\r", "petty"), (LEVEL, f"pe{DOWN}\r", "petty"),
        (LEVEL, f"{DOWN}{DOWN}\r", "medium"), (LEVEL, "4\r", "gravest"),
        (LEVEL, "u", UNKNOWN),
        (MANY, "1 3 \r", frozenset({"camp", "theft"})), (MANY, "\r1  2 \r", frozenset({"police"})),
        (MANY, "1 5 \r", frozenset()), (MANY, "5 2 \r", frozenset({"police"})), (MANY, "1 u\r", UNKNOWN),
        (MANY, f" {END}{UP} \r", frozenset()), (OWN_NONE, "1 3 \r", frozenset({"none"})),
        (NUMBER, "34\r", 34), (NUMBER, "x\r35\r", 35), (NUMBER, "ㅕ\r", UNKNOWN),
        (DAY, "2022-06-28\r", date(2022, 6, 28)),
        (COUNTRY, "kp\r", "KP"), (COUNTRY, "korea\rsouth\r", "KR"),
        (TEXT, "one\x1b\rtwo\r", "one\ntwo"), (TEXT, "\x1b[200~one\nno\x1b[201~\r", "one\nno"),
        (TEXT, "one\x03\r", "one"),
    ],
)  # fmt: skip
def test_keys_answer(question: QuestionView, keys: str, answer: object) -> None:
    with keyboard(keys):
        assert TerminalPrompter().ask(question) == AnswerReply(RecordedAnswer(answer))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("keys", "reply"),
    [("b", Back), ("ㅠ", Back), (LEFT, Back), ("r", Review), ("q", Quit), ("ㅂ", Quit), ("\x03", Quit), ("\x04", Quit)],
)
@pytest.mark.parametrize("question", [YES_NO, LEVEL, MANY, OWN_NONE], ids=lambda question: question.fact.type)
def test_keys_run_commands(question: QuestionView, keys: str, reply: type) -> None:
    with keyboard(keys):
        assert isinstance(TerminalPrompter().ask(question), reply)


@pytest.mark.parametrize(
    ("keys", "reply"), [("b\r", Back), ("ㄱ\r", Review), ("q\r", Quit), ("\x03", Quit), ("\x04", Quit)]
)
@pytest.mark.parametrize("question", [NUMBER, DAY, COUNTRY, TEXT], ids=lambda question: question.fact.type)
def test_commands_are_typed_where_the_answer_is_typed(question: QuestionView, keys: str, reply: type) -> None:
    with keyboard(keys):
        assert isinstance(TerminalPrompter().ask(question), reply)


def test_enter_alone_never_answers_a_fresh_question() -> None:
    for question in (YES_NO, LEVEL, MANY, NUMBER, DAY, COUNTRY, TEXT):
        with keyboard("\r\r\rq\r"):
            assert isinstance(TerminalPrompter().ask(question), Quit)


def test_a_key_hit_twice_does_not_answer_the_next_question() -> None:
    with keyboard("yy\r") as pipe:
        prompter = TerminalPrompter()
        assert prompter.ask(YES_NO) == AnswerReply(RecordedAnswer(YES))
        pipe.send_text("n")
        assert prompter.ask(YES_NO) == AnswerReply(RecordedAnswer(NO))


@pytest.mark.parametrize(
    ("question", "keys", "answer"),
    [
        (YES_NO, "아니오\r", NO), (YES_NO, "예\r", YES), (YES_NO, "모름\r", UNKNOWN), (YES_NO, "ㅁ\x7fn", NO),
        (YES_NO, "china\rn", NO), (YES_NO, "why2\r", NO), (YES_NO, "help2\r", NO), (LEVEL, "gravest\r", "gravest"),
        (MANY, "camp, police\r\r", frozenset({"camp", "police"})), (MANY, "3 camp\r\r", frozenset({"camp", "theft"})),
        (MANY, "none\r\r", frozenset()), (MANY, "1 none\r\r", frozenset()), (MANY, "unknown\r", UNKNOWN),
        (LEVEL, "more\r\r\r3\r", "grave"), (LEVEL, "무\r3\r", "grave"),
        (LEVEL, "medium\r\r\r3\r", "grave"), (MANY, "theft of food\r\r3 \r", frozenset({"theft"})),
    ],
)  # fmt: skip
def test_words_typed_at_a_list_are_read_whole(question: QuestionView, keys: str, answer: object) -> None:
    with keyboard(keys):
        assert TerminalPrompter().ask(question) == AnswerReply(RecordedAnswer(answer))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("word", "answer"), [("yes", YES), ("no", NO), ("unknown", UNKNOWN), ("ㅕㅜㅏㅜㅐㅈㅜ", UNKNOWN)]
)
@pytest.mark.parametrize("after", [YES_NO, LEVEL, NUMBER, COUNTRY], ids=lambda question: question.fact.type)
def test_the_rest_of_a_word_answers_nothing_at_the_next_question(
    word: str, answer: Answer, after: QuestionView
) -> None:
    spain = dataclasses.replace(COUNTRY, options=(*COUNTRIES, ("ES", "Spain")))
    after = spain if after is COUNTRY else after
    with keyboard(word[0]) as pipe:
        prompter = TerminalPrompter()
        assert prompter.ask(YES_NO) == AnswerReply(RecordedAnswer(answer))
        pipe.send_text(word[1:] + "\rq\r")
        assert isinstance(prompter.ask(after), Quit)


def test_a_letter_after_a_pause_is_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(0, 100, 2))
    monkeypatch.setattr("screen.cli.prompt.choice_list.monotonic", lambda: next(clock))
    with keyboard("u") as pipe:
        prompter = TerminalPrompter()
        assert prompter.ask(YES_NO) == AnswerReply(RecordedAnswer(UNKNOWN))
        pipe.send_text("n")
        assert prompter.ask(YES_NO) == AnswerReply(RecordedAnswer(NO))


def test_the_previous_answer_is_marked_and_enter_keeps_it() -> None:
    for question, value in (
        (YES_NO, NO), (LEVEL, "medium"), (MANY, frozenset({"camp"})), (MANY, frozenset()), (OWN_NONE, UNKNOWN),
        (NUMBER, 3), (DAY, date(2022, 6, 28)), (COUNTRY, "KP"), (TEXT, "one\ntwo"),
    ):  # fmt: skip
        before = RecordedAnswer(value, Credibility.ACCEPTED, "interview 1", "she wept")
        with keyboard("\r"):
            assert TerminalPrompter().ask(dataclasses.replace(question, previous_answer=before)) == AnswerReply(before)
    with keyboard("b\r"):
        assert isinstance(TerminalPrompter().ask(dataclasses.replace(NUMBER, previous_answer=RecordedAnswer(3))), Back)
    with keyboard(f"{UP}4\r"):  # Up brings the line back to be mended
        assert TerminalPrompter().ask(dataclasses.replace(NUMBER, previous_answer=RecordedAnswer(3))) == AnswerReply(
            RecordedAnswer(34)
        )


def test_notes_source_help_and_why_work_at_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with keyboard("?w1 t그녀는 울었다\rmfile 7\r1\r2 \r"):
        reply = TerminalPrompter().ask(MANY)
    # What was ticked before the note was written is still ticked.
    given = RecordedAnswer(frozenset({"camp", "police"}), Credibility.ACCEPTED, "file 7", "그녀는 울었다")
    assert reply == AnswerReply(given)
    shown = capsys.readouterr().out
    assert "A pass is a permit." in shown
    assert "What depends on it:" in shown
    assert "camp guard; secret police (accepted; source: file 7; note:" in shown


def test_review_works_at_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with keyboard("9\r1\r"):
        assert TerminalPrompter().review(((YES_NO, "yes"),)) == "asked"
    with keyboard("\r"):
        assert TerminalPrompter().review(((YES_NO, "yes"),)) is None
    assert "  1. Did she leave without a permit? Yes\n" in capsys.readouterr().out


def test_hostile_words_do_nothing_at_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    question = view(
        "choice",
        ("o", HOSTILE),
        previous_answer=RecordedAnswer("o", note=HOSTILE),
        text=HOSTILE,
        chapter=HOSTILE,
        help=HOSTILE,
    )
    with keyboard("?wt\r1\r"):
        prompter = TerminalPrompter()
        prompter.ask(question)
        prompter.tell(HOSTILE)
    shown = capsys.readouterr().out
    assert is_safe(shown)
    assert "[bold red]APPROVED[/]" in shown


@pytest.mark.parametrize("term", ["", "dumb", "unknown", "xterm-256color"])
def test_without_a_terminal_the_lines_are_plain(term: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", term)
    assert isinstance(open_prompter(plain=False), PlainPrompter)  # pytest's streams are no terminal
    for stream in ("stdin", "stdout"):
        monkeypatch.setattr(getattr(sys, stream), "isatty", lambda: True)
    assert isinstance(open_prompter(plain=True), PlainPrompter)
    assert isinstance(open_prompter(plain=False), TerminalPrompter if term.startswith("xterm") else PlainPrompter)


@pytest.mark.parametrize(("keys", "reply"), [("b\r", Back), ("r\r", Review), ("\r", Quit), ("\x03", Quit)])
def test_at_the_end_the_keys_are_the_same_at_a_terminal(keys: str, reply: type) -> None:
    with keyboard(keys):
        assert isinstance(TerminalPrompter().ask_at_end(), reply)


def test_a_flood_of_keys_is_one_paste_whose_arrows_move_nothing():
    from prompt_toolkit.key_binding import KeyPress
    from prompt_toolkit.keys import Keys

    from screen.cli.prompt.pasting import _drop_moves, _join_pastes

    flood = [KeyPress(Keys.Up, "\x1b[A"), KeyPress(Keys.BracketedPaste, "x\n"), KeyPress("y", "y")] * 200
    flood.append(KeyPress(Keys.ControlC, "\x03"))
    said = list(_join_pastes(_drop_moves(flood)))
    assert [(key.key, key.data) for key in said] == [
        (Keys.BracketedPaste, ("x\ny" * 200)),
        (Keys.ControlC, "\x03"),
    ]


SCRIPT = """
import dataclasses, sys
from screen.cli.prompt.factory import open_prompter
from screen.interview.view import QuestionView
from screen.rulebook.model import Fact
text = "신청인은 출국 허가 없이 북한을 떠났습니까? 그리고 어머니와 함께 강을 건너 중국으로 갔습니까? Asked in one."
fact = Fact("asked", text, "yes_no", (), "flight", None, None, (), "shared", "low", "person")
options = (("yes", "Yes  예"), ("no", "No  아니요"))
view = QuestionView(fact, 1, text, options, None, (), ("출처 61",), None, 4, 9, "탈출", None)
prompter = open_prompter(plain=sys.argv[1] == "plain")
if sys.argv[1] == "country":
    fact = dataclasses.replace(fact, type="country")
    view = dataclasses.replace(view, fact=fact, options=(("KP", "North Korea"), ("KR", "South Korea")))
    print("RESULT", prompter.ask(view).answer.value, flush=True)
    raise SystemExit
for _ in range(2):
    print("RESULT", prompter.ask(view).answer.value.name, flush=True)
"""


def spawn(how: str, columns: int = 80, **env: str) -> pexpect.spawn:
    environment = {
        "TERM": "xterm-256color",
        "LANG": "C.UTF-8",
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": str(ROOT / "src"),
        "PROMPT_TOOLKIT_NO_CPR": "1",
        **env,
    }
    return pexpect.spawn(
        sys.executable, ["-c", SCRIPT, how], env=environment, dimensions=(24, columns), encoding="utf-8", timeout=15
    )


def test_a_real_terminal_shows_korean_in_a_whole_panel_and_takes_keys() -> None:
    screen = pyte.Screen(80, 24)
    stream = pyte.Stream(screen)
    child = spawn("keys")
    try:
        child.expect("save and quit")
        stream.feed(child.before + child.after)
        shown = screen.display
        top = next(row for row, line in enumerate(shown) if line.startswith("╭"))
        bottom = next(row for row, line in enumerate(shown) if line.startswith("╰"))
        assert "Question 1 - 탈출" in shown[top]
        assert "신청인은 출국 허가 없이" in shown[top + 1]
        assert "4 of 9 conclusions open" in shown[bottom]
        assert bottom - top > 3
        for row in range(top + 1, bottom):
            assert screen.buffer[row][79].data == "│", shown[row]  # Korean takes two columns, so the edge is straight
        assert any("1. Yes 예 (y)" in line for line in shown)
        assert any("3. Unknown (u)" in line for line in shown)
        assert "\x1b[?1049h" not in child.before  # no second screen
        child.send("n")
        child.expect("RESULT NO")
        stream.feed(child.before + child.after)
        child.expect("save and quit")
        stream.feed(child.before + child.after)
        assert "  No 아니요" in "\n".join(screen.display)
        assert sum("Question 1" in line for line in screen.display) == 2  # the first is still there to read
        child.send("ㅛ")
        child.expect("RESULT YES")
        child.expect(pexpect.EOF)
    finally:
        child.close(force=True)


@pytest.mark.parametrize("columns", [40, 60, 80])
def test_key_lines_are_broken_between_words_at_every_width(columns: int) -> None:
    screen = pyte.Screen(columns, 24)
    stream = pyte.Stream(screen)
    child = spawn("keys", columns)
    try:
        child.expect("save")
        said = child.before + child.after
        child.expect("quit")
        stream.feed(said + child.before + child.after)
        keys = [line.rstrip() for line in screen.display[screen.display.index(next(
            line for line in screen.display if line.startswith("y yes"))):]]  # fmt: skip
        assert not any(line.startswith(" ") for line in keys)
        assert "y yes, n no, u unknown, or arrows or a number and Enter." in " ".join(keys)
    finally:
        child.close(force=True)


def test_a_country_is_picked_from_what_is_offered_and_only_when_it_is_picked() -> None:
    child = spawn("country")
    try:
        child.expect("Answer:")
        child.send("korea")
        child.expect(r"South Korea \(KR\)")
        child.send("\r")
        child.expect("Near: North Korea")
        child.expect("Answer:")
        child.send("korea")
        child.expect(r"South Korea \(KR\)")
        child.send(DOWN + DOWN + "\r")
        child.expect("RESULT KR")
        child.expect(pexpect.EOF)
    finally:
        child.close(force=True)


@pytest.mark.parametrize(("how", "env"), [("plain", {}), ("keys", {"TERM": "dumb"})])
def test_a_real_terminal_without_drawing_gets_no_escape_sequence(how: str, env: dict[str, str]) -> None:
    child = spawn(how, **env)
    try:
        child.expect("Answer: ")
        seen = child.before
        child.sendline("아니오")
        child.expect("RESULT NO")
        seen += child.before
        child.expect("Answer: ")
        seen += child.before
        child.sendline("y")
        child.expect("RESULT YES")
        seen += child.before
        assert "\x1b" not in seen
    finally:
        child.close(force=True)


def test_choosing_a_prompter_imports_no_terminal_library() -> None:
    code = (
        "import sys, screen.cli.prompt.factory; sys.exit(bool({'rich', 'prompt_toolkit', 'typer'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
