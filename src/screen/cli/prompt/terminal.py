"""Questions at a terminal: a panel, then keys; drawn in place, with everything before still in the scrollback.

Nothing clears the screen or opens a second one.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from functools import cached_property

from prompt_toolkit import PromptSession
from prompt_toolkit.application import Application, get_app_session
from prompt_toolkit.completion import Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.history import InMemoryHistory
from prompt_toolkit.input import Input
from prompt_toolkit.input.typeahead import get_typeahead
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.layout import HSplit, Layout, ScrollOffsets, Window
from prompt_toolkit.layout.controls import FormattedTextControl
from prompt_toolkit.layout.dimension import Dimension
from rich import box
from rich.console import Console
from rich.panel import Panel
from rich.text import Text

from screen.cli.prompt.base import (
    EARLY_INPUT_MESSAGE,
    KEY_HELP,
    MORE_HINT,
    SEVERAL_LINES_MESSAGE,
    BasePrompter,
)
from screen.cli.prompt.choice_list import Choice, ChoiceList, WordRemainder
from screen.cli.prompt.normalise import fold, readings
from screen.cli.prompt.parsing import (
    ALL_COMMANDS,
    PromptCommand,
    expected_for_type,
    parse_command,
    value_from_entries,
)
from screen.cli.prompt.pasting import PastedInput
from screen.cli.prompt.tty import PAUSE_SECONDS, pending_bytes
from screen.interview.conversation import PromptReply
from screen.interview.view import QuestionView, format_answer, open_conclusions_line, question_context
from screen.rulebook.terms import Value
from screen.text import sanitize, sanitize_line, wrap

_LISTED_TYPES = ("yes_no", "choice", "level", "many")
_MAX_WIDTH = 90
_MIN_ROWS = 6  # of a list


class TerminalPrompter(BasePrompter):
    """Asks with a panel and keys, in place."""

    def __init__(self, allowed: frozenset[PromptCommand] = ALL_COMMANDS, key_help: str = KEY_HELP) -> None:
        super().__init__(allowed, key_help)
        self._console = Console(highlight=False)
        self._choices: ChoiceList | None = None
        self._panel_rows = 0
        self._remainder = WordRemainder()
        # Only a terminal can be pasted into; what a program sends comes as fast as it likes.
        self._pause = PAUSE_SECONDS if sys.stdin.isatty() else 0

    @property
    def _width(self) -> int:
        return min(self._console.width, _MAX_WIDTH)

    def _wrap(self, text: str) -> str:
        """Return the text broken between words: prompt_toolkit would break lines inside them."""
        return "\n".join(part for line in text.split("\n") for part in wrap(line, self._width))

    def _show(self, text: str) -> None:
        self._console.print(Text(text), width=self._width)

    def _is_attended(self) -> bool:
        return True

    # ── keys ────────────────────────────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def _keyboard(self) -> Input:
        """The keys: those of the terminal, or whatever a program that uses prompt_toolkit has put in their place."""
        return PastedInput(sys.stdin) if sys.stdin.isatty() else get_app_session().input

    def _drain(self, wait: float) -> str:
        """Return what was typed and not read, and discard it."""
        keys = "".join(key.data for key in get_typeahead(self._keyboard))
        more = pending_bytes(sys.stdin.fileno(), wait) if sys.stdin.isatty() else b""
        return (keys + more.decode("utf-8", "replace")).replace("\r\n", "\n").replace("\r", "\n")

    def _drain_paste(self, wait: float) -> str:
        """Return what was typed and not read, unless it is the rest of a word, and discard it."""
        typed = self._drain(wait)
        return "" if not self._pause or self._remainder.takes_all(typed) else typed

    def _discard_input(self) -> None:
        # A key that was hit twice must not answer the next question too.
        if self._drain_paste(0):
            self._show(EARLY_INPUT_MESSAGE)

    # ── a question ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _show_question(self, view: QuestionView) -> None:
        self._discard_input()
        output = get_app_session().output
        if getattr(output, "enable_cpr", False):
            # Asking where the cursor is costs a round trip over ssh on every question, and nothing here needs to know.
            output.enable_cpr = False  # type: ignore[attr-defined]
        body = Text(sanitize(view.text), style="bold")
        for index, (label, words) in enumerate(question_context(view, MORE_HINT)):
            body.append("\n\n" if index == 0 else "\n", style="not bold")
            body.append(f"{label}: ", style="not bold italic").append(words, style="not bold")
        open_conclusions = open_conclusions_line(view)
        panel = Panel(
            body,
            title=Text(f"Question {view.number} - {sanitize_line(view.chapter)}"),
            title_align="left",
            subtitle=Text(open_conclusions) if open_conclusions else None,
            subtitle_align="right",
            border_style="cyan",
            box=box.ROUNDED,
            width=self._width,
        )
        self._panel_rows = len(self._console.render_lines(panel))
        self._console.print(panel)
        is_listed = view.fact.type in _LISTED_TYPES
        self._choices = ChoiceList(view, self._remainder, self._pause) if is_listed else None

    def _read_reply(self, view: QuestionView) -> Value | PromptCommand | None:
        if self._choices is None:
            return self._read_typed_answer(view)
        while True:
            try:
                choice = self._run_list(self._choices)
            except EOFError:
                return None
            # Who hits Ctrl-C again and again wants to leave.
            if choice is PromptCommand.QUIT or not self._pause or not self._drain_paste(self._pause):
                return choice if isinstance(choice, PromptCommand) else value_from_entries(choice, view)
            self._show(SEVERAL_LINES_MESSAGE)

    # ── a list ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def _run_list(self, choices: ChoiceList) -> Choice:
        """Return what was chosen or ordered, with the list gone from the screen afterwards."""
        choices.status = ""
        hint = self._wrap(f"{choices.hint}\n{self._key_help}")
        size = get_app_session().output.get_size()
        # The question stays in sight if that leaves room for a few entries.
        max_rows = max(_MIN_ROWS, size.rows - self._panel_rows - hint.count("\n") - 3)
        choices.width = min(size.columns, _MAX_WIDTH) - choices.indent
        is_cut = sum(len(wrap(label, choices.width)) for label in choices.labels) > max_rows

        def status() -> str:
            if choices.typed:
                return self._wrap(f"Typed: {sanitize(choices.typed)} (Enter reads it, Backspace takes back)")
            return self._wrap(
                choices.status or (f"{len(choices.names)} entries; arrows show the rest." if is_cut else "")
            )

        list_window = Window(
            FormattedTextControl(choices.fragments, focusable=True, show_cursor=True),
            height=Dimension(max=max_rows),
            wrap_lines=True,
            dont_extend_height=True,
            scroll_offsets=ScrollOffsets(bottom=2),  # all lines of the marked entry are in sight
        )
        status_window = Window(
            FormattedTextControl(status), height=Dimension(min=1), wrap_lines=True, dont_extend_height=True
        )
        hint_window = Window(FormattedTextControl(hint), wrap_lines=True, dont_extend_height=True)
        windows = HSplit([list_window, status_window, hint_window], width=Dimension(max=self._width))
        app: Application[Choice] = Application(
            layout=Layout(windows, focused_element=list_window),
            key_bindings=choices.key_bindings(),
            erase_when_done=True,
            input=self._keyboard,
        )
        return app.run()

    # ── a line ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def _read_line(self, label: str, previous: str) -> str | None:
        if previous:
            self._show(f"So far: {sanitize_line(previous)} (Up brings it back)")
        return self._prompt(label, [previous])[0]

    def _read_typed_answer(self, view: QuestionView) -> Value | PromptCommand | None:
        """Return what was typed at a prompt. Up brings back the previous answer and a line that could not be read."""
        fact_type = view.fact.type
        # They are not put into the line itself: there, the letter of a command would be added to them.
        history = [] if view.previous_answer is None else [_as_typed(view.previous_answer.value, view)]
        keep_hint = "; Enter keeps the answer before, Up brings it back" if history else ""
        key_hint = {"text": "; Alt-Enter starts a new line", "country": "; arrows pick from what is shown"}.get(
            fact_type, ""
        )
        self._show(f"Type {expected_for_type(fact_type)}{key_hint}{keep_hint}.\nWith Enter: {self._key_help}.")
        draft = ""
        while True:
            typed, unfinished = self._prompt("Answer: ", history, view, draft)
            if typed is None:
                if fact_type != "text" or not unfinished.strip() or unfinished == draft:
                    return PromptCommand.QUIT
                draft = unfinished
                self._show("These words are not kept yet: Enter keeps them, Ctrl-C again leaves without them.")
                continue
            reply = self._parse_line(typed, view)
            if reply is not None:
                return reply
            history.append(typed)
            draft = ""

    def _prompt(
        self, label: str, history: list[str], view: QuestionView | None = None, draft: str = ""
    ) -> tuple[str | None, str]:
        """Return the line that was typed, or None and what stood there when it was broken off."""
        is_country = view is not None and view.fact.type == "country"
        is_text = view is not None and view.fact.type == "text"
        session: PromptSession[str] = PromptSession(
            self._wrap(label),
            completer=_CountryCompleter(view) if view and is_country else None,
            key_bindings=_new_line_key() if is_text else None,
            complete_while_typing=is_country,
            reserve_space_for_menu=6,
            history=InMemoryHistory([line for line in history if line.strip()]),
            input=self._keyboard,
        )
        single_line = view is not None and not is_text
        try:
            typed = self._prompt_without_paste(session, draft, single_line=single_line)
            if self._remainder.is_end(typed):
                self._show(
                    f'"{sanitize_line(typed)}" may be the end of a word begun before. Type it again if it is meant.'
                )
                typed = self._prompt_without_paste(session, draft, single_line=single_line)
        except (KeyboardInterrupt, EOFError):
            return None, session.default_buffer.text
        return typed, ""

    def _prompt_without_paste(self, session: PromptSession[str], draft: str, *, single_line: bool) -> str:
        """Return a line that was typed. Of several that came at once none is taken, or all are shown for acceptance."""
        while True:
            typed: str = session.prompt(default=draft)
            if not self._pause or not (more := self._drain_paste(self._pause)):
                return typed
            if single_line:
                self._show(SEVERAL_LINES_MESSAGE)
            else:
                self._show("Several lines came at once; they stand below, and Enter keeps them.")
                draft = f"{typed}\n{more}".rstrip("\n")


class TerminalExaminer(TerminalPrompter):
    """Asks the questions of an exercise. The list fills a small terminal, and pushes off what was shown before it."""

    def pause(self) -> bool:
        """Let somebody read; return False if they stop there."""
        return self._read_line("Enter goes on: ", "") is not None

    def _run_command(self, command: PromptCommand, view: QuestionView) -> PromptReply | None:
        reply = super()._run_command(command, view)
        if command in (PromptCommand.HELP, PromptCommand.WHY):
            self.pause()
        return reply


def _as_typed(value: Value, view: QuestionView) -> str:
    """Return an answer as it could have been typed."""
    return sanitize(value) if view.fact.type == "text" and isinstance(value, str) else format_answer(value, view)


def _new_line_key() -> KeyBindings:
    bindings = KeyBindings()

    @bindings.add("escape", "enter")
    def _insert(event: KeyPressEvent) -> None:
        event.current_buffer.insert_text("\n")

    return bindings


class _CountryCompleter(Completer):
    """Offers the countries that the typed letters fit; an offer is taken only when it is picked."""

    def __init__(self, view: QuestionView) -> None:
        self._view = view

    def get_completions(self, document: Document, _event: object) -> Iterable[Completion]:
        typed = document.text_before_cursor
        if typed.strip() and parse_command(typed) is None:
            for name, label in matching_countries(typed, self._view):
                yield Completion(label, -len(typed), display=f"{sanitize_line(label)} ({name})")


def matching_countries(typed: str, view: QuestionView) -> list[tuple[str, str]]:
    """Return the countries that typed letters could mean, best first: code, beginning, part, letters in order."""

    def rank(name: str, label: str) -> int | None:
        ranks = [rank for words in readings(typed) if (rank := _rank(words, fold(name), fold(label))) is not None]
        synonyms = [fold(synonym) for synonym in view.synonyms.get(name, ())]
        ranks += [1 for words in readings(typed) if any(synonym.startswith(words) for synonym in synonyms)]
        return min(ranks, default=None)

    ranked = sorted((best, label, name) for name, label in view.options if (best := rank(name, label)) is not None)
    return [(name, label) for _, label, name in ranked]


def _rank(words: str, name: str, label: str) -> int | None:
    if words == name:
        return 0
    if label.startswith(words):
        return 1
    if words in label:
        return 2
    letters = iter(label)
    return 3 if all(letter in letters for letter in words) else None
