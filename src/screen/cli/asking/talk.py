"""The conversation about one question, whatever it is held on: commands, notes, review, what is said back.

In: views of the interview. Out: replies. `PlainAsk` and `TerminalAsk` add how a question is shown and a line is read;
everything that a caseworker can do at a question is done here, so that both offer the same.
"""

from __future__ import annotations

import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import replace

from screen.cli.asking.typed import (
    CREDIBILITY,
    Command,
    Said,
    command_of,
    folded,
    given_for,
    latin_keys,
    marks,
    numbered,
    read,
    read_credibility,
    remedy,
    shortened,
    words_of,
)
from screen.facts import Credibility, Given
from screen.interview import Answered, Back, Last, Quit, Reply, Review, View
from screen.language.terms import Value
from screen.visible import one_line, visible

KEYS = "b back, ? help, w why, t note, m more, r review, q save and quit"
#: What can be ordered in an exercise: nothing there is a case, so that nothing is noted, weighed or gone back to.
LESSON = frozenset({Command.HELP, Command.WHY, Command.QUIT})
LESSON_KEYS = "? help, w why, q stop"
EARLY = "What was typed before this was shown is not taken."
SEVERAL = "Several lines came at once, as from a paste, and none of them was taken. Type the answer alone."
_LONGEST = (
    2000  # letters of a line that may be an answer chosen from a list; looking for what is like more takes seconds
)
_SHOWN = 3  # criteria and sources beside a question; `why` has them all


class Talk(ABC):
    """Puts questions and keeps what is said about the answer that follows until it is given."""

    def __init__(self, allowed: frozenset[Command] = frozenset(Command), keys: str = KEYS) -> None:
        self._allowed, self._keys = allowed, keys
        self._waiting: dict[str, Said] = {}
        self._warned = False

    # ── how it is held: for the two kinds of screen to say ──────────────────────────────────────────────────────────

    @abstractmethod
    def _say(self, text: str) -> None:
        """Show text that is already safe."""

    @abstractmethod
    def _show(self, view: View) -> None:
        """Show a question."""

    @abstractmethod
    def _reply(self, view: View) -> Value | Command | None:
        """Return what was answered or ordered; None where nothing more can come."""

    @abstractmethod
    def _line(self, label: str, before: str) -> str | None:
        """Return a line, or None where it was broken off or nothing more can come."""

    @abstractmethod
    def _forget(self) -> None:
        """Drop what was typed before it could be seen what it would answer."""

    @abstractmethod
    def _attended(self) -> bool:
        """Tell whether somebody is there to choose, and not lines out of a file."""

    # ── the things that an interview asks for ───────────────────────────────────────────────────────────────────────

    def question(self, view: View) -> Reply:
        """Put one question and return what was said. An unreadable line is asked again; end of input is Quit."""
        self._show(view)
        while True:
            match self._reply(view):
                case Command() as command if command not in self._allowed:
                    self._say(f"Not here. Keys: {self._keys}.")
                case Command() as command:
                    reply = self._obeyed(command, view)
                    if reply is not None:
                        return reply
                    # What was said meanwhile may have pushed the question off the screen.
                    self._say(f"Question {view.number}: {shortened(view.ask, 300)}")
                case None:
                    self._tell_waiting()
                    return Quit()
                case value:
                    return self._answered(value, view)

    def last(self) -> Last:
        """Ask, where no question is left, whether to go back, to review or to stop; nothing more to come is to stop."""
        self._forget()
        label = "b back, r review, Enter to finish: "
        while True:
            typed = self._line(label, "")
            command = Command.QUIT if typed is None or not typed.strip() else command_of(typed)
            match command:
                case Command.BACK:
                    return Back()
                case Command.REVIEW:
                    return Review()
                case Command.QUIT:
                    return Quit()
                case _:
                    self._say(f'"{shortened(typed or "", 40)}" is none of these.')

    def review(self, answers: tuple[tuple[View, str], ...]) -> str | None:
        """Show every answer in a line; return the name of the fact whose number was typed, None to go on."""
        if not answers:
            self._say("Nothing is answered yet.")
            return None
        self._say("Answers so far:")
        for place, (view, words) in enumerate(answers, 1):
            answer = one_line(words)
            mark = marks(view.before) if view.before else ""
            self._say(f"{place:>3}. {shortened(view.ask, 60)} {answer[:1].upper()}{answer[1:]}{mark}")
        while True:
            typed = self._line(f"Number to answer again (1 to {len(answers)}), Enter to go on: ", "")
            if typed is None or not typed.strip() or command_of(typed) is not None:
                return None
            number = typed.strip()
            if number.isascii() and number.isdigit() and len(number) < 5 and 1 <= int(number) <= len(answers):
                return answers[int(number) - 1][0].fact.name
            self._say(f'"{shortened(typed, 40)}" is no number of an answer.')

    def tell(self, message: str) -> None:
        """Say something that wants no answer."""
        self._say(visible(message))
        self._tell_waiting()

    def choose(self, message: str, options: Mapping[str, str]) -> str | None:
        """Say something and return the letter of the option that was typed; None where nobody is there to type it.

        Lines that are piped in are answers to questions; none of them was meant for this one.
        """
        self.tell(message)
        if not self._attended():
            return None
        self._forget()
        label = f"{', '.join(f'{letter} {words}' for letter, words in options.items())}: "
        while (typed := self._line(label, "")) is not None:
            letter = folded(latin_keys(typed) or typed)
            if letter in options:
                return letter
            self._say(f'"{shortened(typed, 40)}" is none of these.')
        return None

    def ask_line(self, label: str) -> str | None:
        """Return a line that is no answer to a question, such as a name; None where nothing more can come."""
        return self._line(label, "")

    # ── commands ────────────────────────────────────────────────────────────────────────────────────────────────────

    def _obeyed(self, command: Command, view: View) -> Reply | None:
        """Do what was ordered; return a reply where it ends the question."""
        match command:
            case Command.HELP:
                self._say("\n".join(helped(view, self._allowed)))
            case Command.WHY:
                self._say("\n".join(reasons(view)))
            case Command.NOTE:
                self._note(view)
            case Command.MORE:
                self._more(view)
            case Command.BACK:
                return Back()
            case Command.REVIEW:
                return Review()
            case Command.QUIT:
                # A note without an answer has no place in the file; it must not go unnoticed.
                if self._waiting and not self._warned:
                    self._warned = True
                    self._tell_waiting()
                    self._say("Answer first to keep it (u keeps it with unknown), or q again to quit without it.")
                    return None
                return Quit()
        return None

    def _answered(self, value: Value, view: View) -> Answered:
        given = given_for(value, view.before, self._waiting.pop(view.fact.name, Said()))
        self._warned = False
        self._say(f"  {shortened(words_of(value, view), 300)}{marks(given)}")
        before = view.before
        if before and before.value != value and before.credibility is not given.credibility:
            was = CREDIBILITY[before.credibility]
            self._say(f"  The answer before was {was}; this one is {CREDIBILITY[given.credibility]}.")
        return Answered(given)

    def _said(self, view: View) -> Given:
        """Return what would stand with the answer before, or with none, as set so far."""
        before = view.before or Given("")
        return given_for(before.value, before, self._waiting.get(view.fact.name, Said()))

    def _set(self, view: View, said: Said) -> None:
        self._waiting[view.fact.name] = said
        self._warned = False

    def _note(self, view: View) -> None:
        typed = self._words("Note", self._said(view).note or "")
        if typed is None:
            self._say("The note stays as it was.")
            return
        self._set(view, replace(self._waiting.get(view.fact.name, Said()), note=typed))
        self._say("The note is kept with the answer that follows." if typed else "No note is kept with the answer.")

    def _more(self, view: View) -> None:
        now = self._said(view)
        source = self._words("Source of the answer", now.source or "")
        said = self._waiting.get(view.fact.name, Said())
        if source is not None:
            said = replace(said, source=source)
        credibility = self._credibility(now.credibility)
        if credibility is not None:
            said = replace(said, credibility=credibility)
        if not said:
            self._say("Nothing was set.")
            return
        self._set(view, said)
        kept = marks(self._said(view)).strip(" ()") or "nothing"
        self._say(f"With the answer that follows: {kept}.")

    def _words(self, label: str, before: str) -> str | None:
        """Return words to be kept, empty to take them away; None leaves them as they were."""
        keeps = " (Enter keeps it, - takes it away)" if before else " (Enter for none)"
        while True:
            typed = self._line(f"{label}{keeps}: ", before)
            if typed is None or not typed.strip() or typed.strip() == before:
                return None
            words = typed.strip()  # blanks inside are somebody's own
            if is_whole(words):
                return "" if words == "-" else words
            self._say("That holds control characters, from an arrow key perhaps, and was not kept. Type it again.")

    def _credibility(self, now: Credibility) -> Credibility | None:
        self._say("\n".join(("Credibility of the answer:", *numbered(CREDIBILITY.values()))))
        while True:
            typed = self._line(f"Number, or Enter to keep it {CREDIBILITY[now]}: ", "")
            if typed is None or not typed.strip():
                return None
            credibility = read_credibility(typed)
            if credibility is not None:
                return credibility
            self._say(f'"{shortened(typed, 40)}" is none of these. Type a number from 1 to {len(CREDIBILITY)}.')

    def _tell_waiting(self) -> None:
        for name, said in self._waiting.items():
            words = marks(Given("", said.credibility or Credibility.NOT_ASSESSED, said.source, said.note))
            self._say(f"Not kept, for its question has no answer yet: {name}{words or ' (note taken away)'}")

    # ── reading ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def _heard(self, typed: str, view: View) -> Value | Command | None:
        """Return what a line says; None, with the reason shown, where the question is to be asked again."""
        if not typed.strip() and view.before is not None:
            return view.before.value
        if view.fact.type != "text" and len(typed) > _LONGEST:
            self._say(remedy(typed[:_LONGEST], view))
            return None
        heard = read(typed, view)
        if heard is None or (view.fact.type == "text" and not is_whole(typed)):
            self._say(remedy(typed, view))
            return None
        return heard


def is_whole(words: str) -> bool:
    """Tell whether typed words arrived as they were meant: no control characters, nothing that could not be decoded."""
    return not any(
        char not in "\n\t" and (unicodedata.category(char) in ("Cc", "Cs") or char == "\N{REPLACEMENT CHARACTER}")
        for char in words
    )


def asked_because(view: View) -> list[tuple[str, str]]:
    """Return what stands beside a question: why it is asked, what hangs on it, where it is from, the answer before."""
    beside = [("Why asked", one_line(view.why))] if view.why else []
    for label, all_ in (("Decides", view.hangs_on), ("Source", view.sources)):
        if all_:
            more = f"; and {len(all_) - _SHOWN} more (w)" if len(all_) > _SHOWN else ""
            beside.append((label, "; ".join(map(one_line, all_[:_SHOWN])) + more))
    if view.fact.distress == "high":
        beside.append(("Take care", "this may be hard to speak of; there is no hurry, and unknown is an answer"))
    if view.before is not None:
        beside.append(("Answered before", shortened(words_of(view.before.value, view), 200) + marks(view.before)))
    return beside


def still_open(view: View) -> str:
    """Return how many conclusions are open, or nothing where that is not known here."""
    return f"{view.open_conclusions} of {view.conclusions} conclusions open" if view.open_conclusions else ""


def reasons(view: View) -> list[str]:
    """Return all that hangs on a question, with every source, as lines."""
    lines = [f"Why it is asked: {one_line(view.why)}" if view.why else "No reason is recorded for this question."]
    for label, all_ in (("What hangs on it:", view.hangs_on), ("Sources:", view.sources)):
        lines += [label, *(f"  - {one_line(one)}" for one in all_)] if all_ else []
    return [*lines, f"{still_open(view)}."] if still_open(view) else lines


_HELP = {
    Command.BACK: "  b back    the question before",
    Command.WHY: "  w why     what hangs on this question, and its sources",
    Command.NOTE: "  t note    words to keep with the answer that follows",
    Command.MORE: "  m more    where the answer comes from, and whether it is accepted",
    Command.REVIEW: "  r review  all answers; one can be answered again",
    Command.QUIT: "  q quit    stop; every answer is saved already",
}


def helped(view: View, allowed: frozenset[Command] = frozenset(Command)) -> list[str]:
    """Return the help on a question, then what every key does, as lines."""
    said = visible(view.help).split("\n") if view.help else ["This question has no further help."]
    unknown = "unknown; unknown is an answer, and never counts as no"
    return [
        *said,
        f"  y, n, u   yes, no, {unknown}" if allowed == frozenset(Command) else "  u         pass: the answer is shown",
        *(line for command, line in _HELP.items() if command in allowed),
        "Letters also work on the Korean layout; Korean words too.",
    ]
