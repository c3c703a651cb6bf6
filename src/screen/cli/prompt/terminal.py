"""Questions at a terminal: a panel, then keys; drawn in place, with everything said before still in the scrollback.

In: keys. Out: drawings at the cursor, never a cleared or a second screen. rich and prompt_toolkit are imported when the
first question is put, so that a command that asks nothing starts fast.
"""

from __future__ import annotations

import sys
from functools import cached_property
from time import monotonic
from typing import TYPE_CHECKING, Any

from screen.cli.prompt.base import (
    EARLY_INPUT_MESSAGE,
    KEY_HELP,
    MORE_HINT,
    SEVERAL_LINES_MESSAGE,
    BasePrompter,
)
from screen.cli.prompt.parsing import (
    KEYWORDS,
    PromptCommand,
    expected_for_type,
    fold,
    latin_keys,
    parse_command,
    parse_input,
    parse_key,
    unreadable_message,
    value_from_entries,
)
from screen.cli.prompt.tty import PAUSE_SECONDS, pending_bytes
from screen.interview.view import (
    NONE_ENTRY,
    QuestionView,
    entries,
    format_answer,
    open_conclusions_line,
    question_context,
)
from screen.logic import Answer
from screen.rulebook.answers import UNKNOWN
from screen.rulebook.terms import Value
from screen.text import sanitize, sanitize_line, wrap

if TYPE_CHECKING:
    from collections.abc import Iterable

    from prompt_toolkit import PromptSession
    from prompt_toolkit.completion import Completer, Completion
    from prompt_toolkit.document import Document
    from prompt_toolkit.formatted_text import StyleAndTextTuples
    from prompt_toolkit.input import Input
    from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent

_LISTED = ("yes_no", "choice", "level", "many")
_WIDEST = 90
_LEAST_ROWS = 6


class TerminalPrompter(BasePrompter):
    """Asks with a panel and keys, inline."""

    def __init__(self, allowed: frozenset[PromptCommand] = frozenset(PromptCommand), keys: str = KEY_HELP) -> None:
        from rich.console import Console

        super().__init__(allowed, keys)
        self._console = Console(highlight=False)
        self._list: ChoiceList | None = None
        self._panel_rows = 0
        self._rest = WordRemainder()
        # Only a terminal can be pasted into; what a program sends comes as fast as it likes.
        self._pause = PAUSE_SECONDS if sys.stdin.isatty() else 0

    @property
    def _width(self) -> int:
        return min(self._console.width, _WIDEST)

    def _fitted(self, text: str) -> str:
        return "\n".join(part for line in text.split("\n") for part in wrap(line, self._width))

    def _say(self, text: str) -> None:
        from rich.text import Text

        self._console.print(Text(text), width=self._width)

    def _attended(self) -> bool:
        return True

    def _forget(self) -> None:
        # A key that was hit twice must not answer the next question too.
        if self._pasted(0):
            self._say(EARLY_INPUT_MESSAGE)

    def _pasted(self, wait: float) -> str:
        """Return what was typed and not read, unless it is the rest of a word; it is gone then."""
        more = self._left_over(wait)
        return "" if not self._pause or self._rest.takes_all(more) else more

    @cached_property
    def _keyboard(self) -> Input:
        """The keys: those of the terminal, or whatever a program that uses prompt_toolkit has put in their place."""
        from prompt_toolkit.application import get_app_session

        from screen.cli.prompt.pasting import PastedInput

        return PastedInput(sys.stdin) if sys.stdin.isatty() else get_app_session().input

    def _left_over(self, wait: float) -> str:
        """Return what was typed and not read; it is gone then."""
        from prompt_toolkit.input.typeahead import get_typeahead

        read = "".join(key.data for key in get_typeahead(self._keyboard))
        more = pending_bytes(sys.stdin.fileno(), wait) if sys.stdin.isatty() else b""
        return (read + more.decode("utf-8", "replace")).replace("\r\n", "\n").replace("\r", "\n")

    def _show(self, view: QuestionView) -> None:
        from prompt_toolkit.application import get_app_session
        from rich import box
        from rich.panel import Panel
        from rich.text import Text

        session = get_app_session()
        self._forget()
        if getattr(session.output, "enable_cpr", False):
            # Asking where the cursor is costs a round trip over ssh on every question, and nothing here needs to know.
            session.output.enable_cpr = False  # type: ignore[attr-defined]
        body = Text(sanitize(view.text), style="bold")
        for place, (label, words) in enumerate(question_context(view, MORE_HINT)):
            body.append("\n\n" if place == 0 else "\n", style="not bold")
            body.append(f"{label}: ", style="not bold italic").append(words, style="not bold")
        panel = Panel(
            body,
            title=Text(f"Question {view.number} - {sanitize_line(view.chapter)}"),
            title_align="left",
            subtitle=Text(open_conclusions_line(view)) if open_conclusions_line(view) else None,
            subtitle_align="right",
            border_style="cyan",
            box=box.ROUNDED,
            width=self._width,
        )
        self._panel_rows = len(self._console.render_lines(panel))
        self._console.print(panel)
        self._list = ChoiceList(view, self._rest, self._pause) if view.fact.type in _LISTED else None

    def _reply(self, view: QuestionView) -> Value | PromptCommand | None:
        if self._list is None:
            return self._typed(view)
        while True:
            try:
                result = self._run(self._list)
            except EOFError:
                return None
            # Who hits Ctrl-C again and again wants to leave.
            if result is PromptCommand.QUIT or not self._pause or not self._pasted(self._pause):
                return result if isinstance(result, PromptCommand) else value_from_entries(result, view)
            self._say(SEVERAL_LINES_MESSAGE)

    def _line(self, label: str, before: str) -> str | None:
        if before:
            self._say(f"So far: {sanitize_line(before)} (Up brings it back)")
        return self._prompted(label, [before])[0]

    def _typed(self, view: QuestionView) -> Value | PromptCommand | None:
        """Return what was typed at a prompt. Up brings back the answer before and a line that could not be read."""
        kind = view.fact.type
        # They are not put into the line itself: there, the letter of a command would be added to them.
        past = [] if view.previous_answer is None else [_as_typed(view.previous_answer.value, view)]
        kept = "; Enter keeps the answer before, Up brings it back" if past else ""
        more = {"text": "; Alt-Enter starts a new line", "country": "; arrows pick from what is shown"}.get(kind, "")
        self._say(f"Type {expected_for_type(kind)}{more}{kept}.\nWith Enter: {self._keys}.")
        draft = ""
        while True:
            typed, left = self._prompted("Answer: ", past, view, draft)
            if typed is None:
                if kind != "text" or not left.strip() or left == draft:
                    return PromptCommand.QUIT
                draft = left
                self._say("These words are not kept yet: Enter keeps them, Ctrl-C again leaves without them.")
                continue
            heard = self._heard(typed, view)
            if heard is not None:
                return heard
            past.append(typed)
            draft = ""

    def _prompted(
        self, label: str, past: list[str], view: QuestionView | None = None, draft: str = ""
    ) -> tuple[str | None, str]:
        """Return the line that was typed, or None and what stood there where it was broken off."""
        from prompt_toolkit import PromptSession
        from prompt_toolkit.history import InMemoryHistory

        country = view is not None and view.fact.type == "country"
        session: PromptSession[str] = PromptSession(
            self._fitted(label),
            completer=_countries(view) if view and country else None,
            key_bindings=_new_line() if view and view.fact.type == "text" else None,
            complete_while_typing=country,
            reserve_space_for_menu=6,
            history=InMemoryHistory([line for line in past if line.strip()]),
            input=self._keyboard,
        )
        alone = view is not None and view.fact.type != "text"
        try:
            typed = self._at_once(session, draft, alone=alone)
            if self._rest.is_end(typed):
                self._say(
                    f'"{sanitize_line(typed)}" may be the end of a word begun before. Type it again if it is meant.'
                )
                typed = self._at_once(session, draft, alone=alone)
        except (KeyboardInterrupt, EOFError):
            return None, session.default_buffer.text
        return typed, ""

    def _at_once(self, session: PromptSession[str], draft: str, *, alone: bool) -> str:
        """Return a line that was typed. Of lines that came with it none is taken, or all are shown to be accepted."""
        while True:
            typed: str = session.prompt(default=draft)
            if not self._pause or not (more := self._pasted(self._pause)):
                return typed
            if alone:
                self._say(SEVERAL_LINES_MESSAGE)
            else:
                self._say("Several lines came at once; they stand below, and Enter keeps them.")
                draft = f"{typed}\n{more}".rstrip("\n")

    def _run(self, listed: ChoiceList) -> PromptCommand | tuple[str, ...]:
        """Return what was chosen or ordered, with the list gone from the screen afterwards."""
        from prompt_toolkit.application import Application, get_app_session
        from prompt_toolkit.layout import HSplit, Layout, ScrollOffsets, Window
        from prompt_toolkit.layout.controls import FormattedTextControl
        from prompt_toolkit.layout.dimension import Dimension

        listed.status = ""
        # prompt_toolkit would break lines inside words.
        hint = self._fitted(f"{listed.hint}\n{self._keys}")
        rows = get_app_session().output.get_size().rows
        # The question stays in sight where that leaves room for a few entries.
        room = max(_LEAST_ROWS, rows - self._panel_rows - hint.count("\n") - 3)
        listed.width = min(get_app_session().output.get_size().columns, _WIDEST) - listed.indent
        long = sum(len(wrap(label, listed.width)) for label in listed.labels) > room

        def status() -> str:
            if listed.typed:
                return f"Typed: {sanitize(listed.typed)} (Enter reads it, Backspace takes back)"
            return listed.status or (f"{len(listed.names)} entries; arrows show the rest." if long else "")

        control = FormattedTextControl(listed.fragments, focusable=True, show_cursor=True)
        window = Window(
            control,
            height=Dimension(max=room),
            wrap_lines=True,
            dont_extend_height=True,
            scroll_offsets=ScrollOffsets(bottom=2),  # the marked entry is seen whole where it takes several lines
        )
        below = Window(
            FormattedTextControl(lambda: self._fitted(status())),
            height=Dimension(min=1),
            wrap_lines=True,
            dont_extend_height=True,
        )
        keys = Window(FormattedTextControl(hint), wrap_lines=True, dont_extend_height=True)
        app: Application[PromptCommand | tuple[str, ...]] = Application(
            layout=Layout(HSplit([window, below, keys], width=Dimension(max=self._width)), focused_element=window),
            key_bindings=listed.keys(),
            erase_when_done=True,
            input=self._keyboard,
        )
        return app.run()


class WordRemainder:
    """The rest of a word whose first letter did something already.

    One key answers. Who types the whole word, `unknown` or `why`, must not answer No or Yes with a later letter of it,
    here or at the next question; and `yes` before the question of a country must not be Spain.
    """

    def __init__(self) -> None:
        self._ends: set[str] = set()
        self._left: set[str] = set()
        self._at = 0.0

    def begin(self, key: str, words: Iterable[str]) -> None:
        """Note that one key did something, at a list where these words could have been meant."""
        letter = _letter(key)
        self._ends = self._left = {word[1:] for word in (*KEYWORDS, *map(fold, words)) if word[:1] == letter}
        self._at = monotonic()

    def takes(self, key: str) -> bool:
        """Tell whether a key goes on with the word, a second at most after the letter before."""
        self._left = {end[1:] for end in self._left if end[:1] == _letter(key)}
        now = monotonic()
        going_on = bool(self._left) and now - self._at < 1
        self._at = now if going_on else self._at
        return going_on

    def takes_all(self, typed: str) -> bool:
        """Tell whether all that was typed goes on with the word, or is Enter or blanks."""
        return all(self.takes(key) or key.isspace() for key in typed)

    def is_end(self, typed: str) -> bool:
        """Tell, once, whether a line that came soon after goes on with the word and is nothing else."""
        line = _letter(typed.strip())
        known = line in self._ends or (len(line) > 1 and any(end.startswith(line) for end in self._ends))
        self._ends = set()
        return bool(line) and known and monotonic() - self._at < 3


class ChoiceList:
    """What can be chosen at one question, where the mark stands and what is ticked.

    Nothing is marked until somebody moves there: Enter on a fresh question must not answer it.
    """

    def __init__(self, view: QuestionView, rest: WordRemainder, pause: float = 0) -> None:
        self.view = view
        self.rest = rest
        self.typed = ""
        self.many = view.fact.type == "many"
        self.names = [name for name, _ in entries(view)]
        letters = {"yes": " (y)", "no": " (n)"} if view.fact.type == "yes_no" else {}
        letters[UNKNOWN] = " (u)"
        self.labels = [sanitize_line(label) + letters.get(name, "") for name, label in entries(view)]
        self.at: int | None = None
        self.ticked: set[str] = set()
        self.status = ""
        self.width = _WIDEST
        self._digits = ""
        self._pause, self._refused = pause, 0.0
        if view.previous_answer is not None:
            self.ticked = _names(view.previous_answer.value, view)
            self.at = min((self.names.index(name) for name in self.ticked), default=None)

    @property
    def indent(self) -> int:
        """How far the words of an entry stand from the margin."""
        return 10 if self.many else 6

    @property
    def hint(self) -> str:
        """What the keys do here, in words."""
        if self.many:
            return "Arrows or a number move, Space ticks, Enter accepts what is ticked."
        passing = "u passes" if UNKNOWN in dict(self.view.options) else "u unknown"
        letters = f"y yes, n no, {passing}" if self.view.fact.type == "yes_no" else passing
        kept = "Enter keeps the marked answer; " if self.view.previous_answer is not None else ""
        return f"{kept}{letters}, or arrows or a number and Enter."

    def fragments(self) -> StyleAndTextTuples:
        """Return the entries as prompt_toolkit draws them; mark and tick are characters, never colour alone."""
        drawn: StyleAndTextTuples = []
        for place, (name, label) in enumerate(zip(self.names, self.labels, strict=True)):
            here = place == self.at
            if here or (self.at is None and place == 0):
                drawn.append(("[SetCursorPosition]", ""))
            tick = ("[x] " if name in self.ticked else "[ ] ") if self.many else ""
            words = ("\n" + " " * self.indent).join(wrap(label, self.width))
            drawn.append(("bold" if here else "", f"{'>' if here else ' '} {tick}{place + 1:>2}. {words}"))
            drawn.append(("", "\n"))
        return drawn[:-1]

    def move(self, to: int) -> None:
        """Put the mark on the entry nearest to this place."""
        self.at, self.status, self.typed = max(0, min(to, len(self.names) - 1)), "", ""

    def digit(self, key: str) -> None:
        """Put the mark on the entry of this number; a second digit goes on where such an entry exists."""
        for number in (self._digits + key, key):
            if 1 <= int(number) <= len(self.names):
                self.move(int(number) - 1)
                self._digits = number
                return
        self.status = f"There is no entry {key}."

    def tick(self) -> None:
        """Tick or untick the marked entry; none and unknown stand alone."""
        if not self.many:
            return
        if self.at is None:
            self.status = "Move to an entry first, with the arrows or its number."
            return
        name = self.names[self.at]
        alone = {NONE_ENTRY, UNKNOWN}
        if name in self.ticked:
            self.ticked.discard(name)
        else:
            self.ticked = {name} if name in alone else (self.ticked - alone) | {name}
        # Said in words too: a reader of the line under the cursor hears that something has changed.
        self.status = f"{len(self.ticked)} ticked." if self.ticked else "Nothing is ticked."

    def accepted(self) -> PromptCommand | tuple[str, ...] | None:
        """Return what Enter accepts, or None where nothing has been chosen yet."""
        if self.typed:
            return self._read()
        if self.many:
            if self.ticked:
                return tuple(name for name in self.names if name in self.ticked)
            self.status = "Nothing is ticked. Space ticks; none and unknown are entries too."
            return None
        if self.at is None:
            self.status = "Nothing is chosen yet. Move with the arrows or a number, or type a letter."
            return None
        return (self.names[self.at],)

    def _read(self) -> PromptCommand | tuple[str, ...] | None:
        """Return what a typed word says. In a list of several it ticks, and Enter once more accepts."""
        typed, self.typed = self.typed, ""
        value = parse_input(typed, self.view)
        if value is None or isinstance(value, PromptCommand):
            self.status = "" if value else unreadable_message(typed, self.view)
            self._refused = monotonic() if value is None else self._refused
            return value
        names = _names(value, self.view)
        if not self.many:
            return tuple(names)
        alone = {NONE_ENTRY, UNKNOWN}
        self.ticked = names if names & alone else (self.ticked - alone) | names
        self.at = min(self.names.index(name) for name in names)
        self.status = f"{len(self.ticked)} ticked. Enter accepts."
        return None

    def in_paste(self) -> bool:
        """Tell whether a key comes at once after a line that could not be read: it belongs to what was pasted."""
        now = monotonic()
        pasted = now - self._refused < self._pause
        self._refused = now if pasted else self._refused
        self.status = SEVERAL_LINES_MESSAGE if pasted else self.status
        return pasted

    def pressed(self, key: str) -> PromptCommand | tuple[str, ...] | None:
        """Return what a key with a character on it answers or orders; None where it moves, ticks or begins a word."""
        if self.in_paste():
            return None
        if self.typed:
            self.typed += key
            return None
        if self.rest.takes(key):
            return None
        if key.isascii() and key.isdigit():
            self.digit(key)
            return None
        self._digits = ""
        if key == " ":
            self.tick()
            return None
        named, command = parse_key(key, self.view), parse_command(key)
        if named is None and command is None:
            # A letter that means nothing alone begins a word: no later letter of it may answer.
            self.typed, self.status = key, ""
            return None
        self.rest.begin(key, (*self.names, *self.labels))
        if named is not None and self.many:
            self.move(self.names.index(named))
            self.ticked.discard(named)
            self.tick()
            return None
        return command if named is None else (named,)

    def keys(self) -> KeyBindings:
        """Return the keys as prompt_toolkit binds them."""
        from prompt_toolkit.key_binding import KeyBindings
        from prompt_toolkit.keys import Keys

        bound = KeyBindings()
        last = len(self.names) - 1
        at = {
            "up": lambda: last if self.at is None else self.at - 1,
            "down": lambda: 0 if self.at is None else self.at + 1,
            "home": lambda: 0,
            "end": lambda: last,
            "pageup": lambda: (self.at or 0) - 8,
            "pagedown": lambda: (self.at or 0) + 8,
        }
        for name, place in at.items():

            @bound.add(name)
            def _move(_event: KeyPressEvent, place: Any = place) -> None:
                self._digits = ""
                self.move(place())

        @bound.add("enter")
        def _enter(event: KeyPressEvent) -> None:
            self._digits = ""
            accepted = None if self.in_paste() else self.accepted()
            if accepted is not None:
                event.app.exit(result=accepted)

        @bound.add("backspace")
        def _take_back(_event: KeyPressEvent) -> None:
            self.typed = self.typed[:-1]

        @bound.add("left")
        def _back(event: KeyPressEvent) -> None:
            event.app.exit(result=PromptCommand.BACK)

        @bound.add("c-c")
        @bound.add("c-d")
        @bound.add("<sigint>")
        def _quit(event: KeyPressEvent) -> None:
            event.app.exit(result=PromptCommand.QUIT)

        @bound.add(Keys.BracketedPaste)
        def _paste(_event: KeyPressEvent) -> None:
            self.status = SEVERAL_LINES_MESSAGE

        @bound.add(Keys.Any)
        def _any(event: KeyPressEvent) -> None:
            key = event.key_sequence[0].key
            # A function key comes here too; only one plain character can be meant as an answer.
            if isinstance(key, Keys) or len(key) != 1:
                return
            result = self.pressed(key)
            if result is not None:
                event.app.exit(result=result)

        return bound


def _letter(key: str) -> str:
    return fold(latin_keys(key) or key)


def _names(value: Value, view: QuestionView) -> set[str]:
    """Return the entries that an answer is made of."""
    if isinstance(value, frozenset):
        chosen = set(value) if value else {NONE_ENTRY}
    else:
        chosen = {value.value if isinstance(value, Answer) else str(value)}
    return chosen & {name for name, _ in entries(view)}


def _as_typed(value: Value, view: QuestionView) -> str:
    """Return an answer as it could have been typed."""
    return sanitize(value) if view.fact.type == "text" and isinstance(value, str) else format_answer(value, view)


def _new_line() -> KeyBindings:
    from prompt_toolkit.key_binding import KeyBindings

    bound = KeyBindings()

    @bound.add("escape", "enter")
    def _insert(event: KeyPressEvent) -> None:
        event.current_buffer.insert_text("\n")

    return bound


def matching_countries(typed: str, view: QuestionView) -> list[tuple[str, str]]:
    """Return the countries that typed letters could mean, best first: code, beginning, part, letters in order."""
    readings = [fold(one) for one in (typed, latin_keys(typed)) if one]

    def rank(name: str, label: str) -> int | None:
        found = [rank for words in readings if (rank := _rank(words, fold(name), fold(label))) is not None]
        others = [fold(other) for other in view.synonyms.get(name, ())]
        found += [1 for words in readings if any(other.startswith(words) for other in others)]
        return min(found, default=None)

    ranked = [(rank(name, label), label, name) for name, label in view.options]
    return [(name, label) for _, label, name in sorted(one for one in ranked if one[0] is not None)]


def _rank(words: str, name: str, label: str) -> int | None:
    if words == name:
        return 0
    if label.startswith(words):
        return 1
    if words in label:
        return 2
    letters = iter(label)
    return 3 if all(letter in letters for letter in words) else None


def _countries(view: QuestionView) -> Completer:
    from prompt_toolkit.completion import Completer, Completion

    class Countries(Completer):
        """Offers the countries that the typed letters fit; what is offered is taken only when it is picked."""

        def get_completions(self, document: Document, _event: object) -> Iterable[Completion]:
            typed = document.text_before_cursor
            if typed.strip() and parse_command(typed) is None:
                for name, label in matching_countries(typed, view):
                    yield Completion(label, -len(typed), display=f"{sanitize_line(label)} ({name})")

    return Countries()
