"""The list of a question at a terminal: which entry is marked, what is ticked, what each key does.

One key answers, so that what comes by accident must not: the rest of a typed word, a key that was hit twice, a paste.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from time import monotonic

from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys

from screen.cli.prompt.base import SEVERAL_LINES_MESSAGE
from screen.cli.prompt.normalise import fold, fold_key
from screen.cli.prompt.parsing import (
    KEYWORDS,
    PromptCommand,
    parse_command,
    parse_input,
    parse_key,
    unreadable_message,
)
from screen.cli.prompt.tty import shutting_down
from screen.interview.view import NONE_ENTRY, QuestionView, entries
from screen.logic import Answer
from screen.rulebook.answers import UNKNOWN
from screen.rulebook.terms import Value
from screen.text import sanitize_line, wrap

Choice = PromptCommand | tuple[str, ...]

_EXCLUSIVE = {NONE_ENTRY, UNKNOWN}  # entries that stand alone in a list of several
_KEY_LABELS = {"yes": " (y)", "no": " (n)"}
_PAGE = 8  # entries


class WordRemainder:
    """The rest of a word whose first letter did something already.

    One key answers. Who types the whole word, `unknown` or `why`, must not answer No or Yes with a later letter of it,
    here or at the next question; and `yes` before the question of a country must not be Spain.
    """

    def __init__(self) -> None:
        self._remainders: set[str] = set()
        self._left: set[str] = set()
        self._last_key = 0.0  # seconds, on the monotonic clock

    def begin(self, key: str, words: Iterable[str]) -> None:
        """Note that one key did something, at a list where these words could have been meant."""
        letter = fold_key(key)
        self._remainders = self._left = {word[1:] for word in (*KEYWORDS, *map(fold, words)) if word[:1] == letter}
        self._last_key = monotonic()

    def takes(self, key: str) -> bool:
        """Tell whether a key continues the word, at most a second after the letter before."""
        self._left = {remainder[1:] for remainder in self._left if remainder[:1] == fold_key(key)}
        now = monotonic()
        continues = bool(self._left) and now - self._last_key < 1
        self._last_key = now if continues else self._last_key
        return continues

    def takes_all(self, typed: str) -> bool:
        """Tell whether all that was typed continues the word, or is Enter or blanks."""
        return all(self.takes(key) or key.isspace() for key in typed)

    def is_end(self, typed: str) -> bool:
        """Tell, once, whether a line that came soon after continues the word and is nothing else."""
        line = fold_key(typed.strip())
        is_known = line in self._remainders or (
            len(line) > 1 and any(remainder.startswith(line) for remainder in self._remainders)
        )
        self._remainders = set()
        return bool(line) and is_known and monotonic() - self._last_key < 3


class ChoiceList:
    """What can be chosen at one question, which entry is marked and what is ticked.

    Nothing is marked until somebody moves there: Enter on a fresh question must not answer it. `pause` is how many
    seconds apart the keys of a paste can be; 0 if nothing can be pasted.
    """

    def __init__(self, view: QuestionView, remainder: WordRemainder, pause: float = 0) -> None:
        self.view = view
        self.typed = ""
        self.status = ""
        self.width = 0  # columns for the words of an entry, set when the list is drawn
        self.is_multiple = view.fact.type == "many"
        keys = {**(_KEY_LABELS if view.fact.type == "yes_no" else {}), UNKNOWN: " (u)"}
        self.names = [name for name, _ in entries(view)]
        self.labels = [sanitize_line(label) + keys.get(name, "") for name, label in entries(view)]
        self.marked: int | None = None
        self.ticked: set[str] = set()
        self._remainder = remainder
        self._digits = ""
        self._pause, self._refused_at = pause, 0.0
        if view.previous_answer is not None:
            self.ticked = entry_names(view.previous_answer.value, view)
            self.marked = min(map(self.names.index, self.ticked), default=None)

    @property
    def indent(self) -> int:
        """The number of columns before the words of an entry."""
        return 10 if self.is_multiple else 6

    @property
    def hint(self) -> str:
        """What the keys do here, in words."""
        if self.is_multiple:
            return "Arrows or a number move, Space ticks, Enter accepts what is ticked."
        unknown = "u passes" if UNKNOWN in dict(self.view.options) else "u unknown"
        letters = f"y yes, n no, {unknown}" if self.view.fact.type == "yes_no" else unknown
        kept = "Enter keeps the marked answer; " if self.view.previous_answer is not None else ""
        return f"{kept}{letters}, or arrows or a number and Enter."

    def fragments(self) -> StyleAndTextTuples:
        """Return the entries as prompt_toolkit draws them; mark and tick are characters, never colour alone."""
        drawn: StyleAndTextTuples = []
        for index, (name, label) in enumerate(zip(self.names, self.labels, strict=True)):
            is_marked = index == self.marked
            if is_marked or (self.marked is None and index == 0):
                drawn.append(("[SetCursorPosition]", ""))
            tick = ("[x] " if name in self.ticked else "[ ] ") if self.is_multiple else ""
            words = ("\n" + " " * self.indent).join(wrap(label, self.width))
            drawn.append(("bold" if is_marked else "", f"{'>' if is_marked else ' '} {tick}{index + 1:>2}. {words}"))
            drawn.append(("", "\n"))
        return drawn[:-1]

    # ── what keys do ────────────────────────────────────────────────────────────────────────────────────────────────

    def move_to(self, index: int) -> None:
        """Mark the entry nearest to this index."""
        self.marked, self.status, self.typed = max(0, min(index, len(self.names) - 1)), "", ""

    def type_digit(self, key: str) -> None:
        """Mark the entry of this number; a second digit continues the number if there is such an entry."""
        for number in (self._digits + key, key):
            if 1 <= int(number) <= len(self.names):
                self.move_to(int(number) - 1)
                self._digits = number
                return
        self.status = f"There is no entry {key}."

    def toggle(self) -> None:
        """Tick or untick the marked entry; none and unknown stand alone."""
        if not self.is_multiple:
            return
        if self.marked is None:
            self.status = "Move to an entry first, with the arrows or its number."
            return
        name = self.names[self.marked]
        if name in self.ticked:
            self.ticked.discard(name)
        else:
            self._tick({name})
        # In words too: a screen reader at the line under the cursor says that something has changed.
        self.status = f"{len(self.ticked)} ticked." if self.ticked else "Nothing is ticked."

    def _tick(self, names: set[str]) -> None:
        self.ticked = names if names & _EXCLUSIVE else (self.ticked - _EXCLUSIVE) | names

    def accept(self) -> Choice | None:
        """Return what Enter accepts, or None if nothing is chosen yet."""
        if self.typed:
            return self._read_typed()
        if self.is_multiple:
            if self.ticked:
                return tuple(name for name in self.names if name in self.ticked)
            self.status = "Nothing is ticked. Space ticks; none and unknown are entries too."
            return None
        if self.marked is None:
            self.status = "Nothing is chosen yet. Move with the arrows or a number, or type a letter."
            return None
        return (self.names[self.marked],)

    def _read_typed(self) -> Choice | None:
        """Return what a typed word says. In a list of several it ticks, and another Enter accepts."""
        typed, self.typed = self.typed, ""
        reply = parse_input(typed, self.view)
        if reply is None:
            self.status, self._refused_at = unreadable_message(typed, self.view), monotonic()
            return None
        if isinstance(reply, PromptCommand):
            self.status = ""
            return reply
        names = entry_names(reply, self.view)
        if not self.is_multiple:
            return tuple(names)
        self._tick(names)
        self.marked = min(map(self.names.index, names))
        self.status = f"{len(self.ticked)} ticked. Enter accepts."
        return None

    def is_in_paste(self) -> bool:
        """Tell whether a key comes at once after a line that could not be read: it belongs to what was pasted."""
        now = monotonic()
        is_pasted = now - self._refused_at < self._pause
        if is_pasted:
            self._refused_at, self.status = now, SEVERAL_LINES_MESSAGE
        return is_pasted

    def press(self, key: str) -> Choice | None:
        """Return what a key with a character on it answers or orders; None if it moves, ticks or begins a word."""
        if self.is_in_paste():
            return None
        if self.typed:
            self.typed += key
            return None
        if self._remainder.takes(key):
            return None
        if key.isascii() and key.isdigit():
            self.type_digit(key)
            return None
        self._digits = ""
        if key == " ":
            self.toggle()
            return None
        name, command = parse_key(key, self.view), parse_command(key)
        if name is None and command is None:
            # A letter that means nothing alone begins a word: no later letter of it may answer.
            self.typed, self.status = key, ""
            return None
        self._remainder.begin(key, (*self.names, *self.labels))
        if name is not None and self.is_multiple:
            self.move_to(self.names.index(name))
            self.ticked.discard(name)
            self.toggle()
            return None
        return command if name is None else (name,)

    def key_bindings(self) -> KeyBindings:
        """Return the keys as prompt_toolkit binds them."""
        bindings = KeyBindings()
        last = len(self.names) - 1
        moves: dict[str, Callable[[], int]] = {
            "up": lambda: last if self.marked is None else self.marked - 1,
            "down": lambda: 0 if self.marked is None else self.marked + 1,
            "home": lambda: 0,
            "end": lambda: last,
            "pageup": lambda: (self.marked or 0) - _PAGE,
            "pagedown": lambda: (self.marked or 0) + _PAGE,
        }
        for key_name, target in moves.items():

            @bindings.add(key_name)
            def _move(_event: KeyPressEvent, target: Callable[[], int] = target) -> None:
                self._digits = ""
                self.move_to(target())

        @bindings.add("enter")
        def _enter(event: KeyPressEvent) -> None:
            self._digits = ""
            accepted = None if self.is_in_paste() else self.accept()
            if accepted is not None:
                _leave(event, accepted)

        @bindings.add("backspace")
        def _erase(_event: KeyPressEvent) -> None:
            self.typed = self.typed[:-1]

        @bindings.add("left")
        def _back(event: KeyPressEvent) -> None:
            _leave(event, PromptCommand.BACK)

        @bindings.add("c-c")
        @bindings.add("c-d")
        @bindings.add("<sigint>")
        def _quit(event: KeyPressEvent) -> None:
            if shutting_down.is_set():
                return  # a signal ends the program, and its number is the exit code
            if event.app.future is None:  # it is not shown yet, or no longer
                raise KeyboardInterrupt
            _leave(event, PromptCommand.QUIT)

        @bindings.add(Keys.BracketedPaste)
        def _paste(_event: KeyPressEvent) -> None:
            self.status = SEVERAL_LINES_MESSAGE

        @bindings.add(Keys.Any)
        def _any(event: KeyPressEvent) -> None:
            key = event.key_sequence[0].key
            # A function key comes here too; only one plain character can be meant as an answer.
            if isinstance(key, Keys) or len(key) != 1:
                return
            choice = self.press(key)
            if choice is not None:
                _leave(event, choice)

        return bindings


def _leave(event: KeyPressEvent, result: object) -> None:
    """Leave the list with a result, unless it was left already: an interruption may come while it is taken down."""
    future = event.app.future
    if future is not None and not future.done():
        event.app.exit(result=result)


def entry_names(value: Value, view: QuestionView) -> set[str]:
    """Return the entries that an answer is made of."""
    if isinstance(value, frozenset):
        names = set(value) if value else {NONE_ENTRY}
    else:
        names = {value.value if isinstance(value, Answer) else str(value)}
    return names & {name for name, _ in entries(view)}
