"""The conversation about one question, whatever it is held on: commands, notes, review, what is said back.

In: views of the interview. Out: replies. `PlainAsk` and `TerminalAsk` add how a question is shown and a line is read;
everything that a caseworker can do at a question is done here, so that both offer the same.
"""

from __future__ import annotations

import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import replace

from screen.case.evidence import Credibility, RecordedAnswer
from screen.cli.prompt.parsing import (
    CREDIBILITY_LABELS,
    AnswerContext,
    PromptCommand,
    clip,
    fold,
    format_annotations,
    format_answer,
    latin_keys,
    number_lines,
    parse_command,
    parse_credibility,
    parse_input,
    record_answer,
    unreadable_message,
)
from screen.interview.conversation import AnswerReply, Back, FinalReply, PromptReply, QuestionView, Quit, Review
from screen.rulebook.terms import Value
from screen.text import sanitize, sanitize_line

KEY_HELP = "b back, ? help, w why, t note, m more, r review, q save and quit"
#: What can be ordered in an exercise: nothing there is a case, so that nothing is noted, weighed or gone back to.
LESSON_COMMANDS = frozenset({PromptCommand.HELP, PromptCommand.WHY, PromptCommand.QUIT})
LESSON_KEY_HELP = "? help, w why, q stop"
EARLY_INPUT_MESSAGE = "What was typed before this was shown is not taken."
SEVERAL_LINES_MESSAGE = (
    "Several lines came at once, as from a paste, and none of them was taken. Type the answer alone."
)
_LONGEST = (
    2000  # letters of a line that may be an answer chosen from a list; looking for what is like more takes seconds
)
_SHOWN = 3  # criteria and sources beside a question; `why` has them all


class BasePrompter(ABC):
    """Puts questions and keeps what is said about the answer that follows until it is given."""

    def __init__(self, allowed: frozenset[PromptCommand] = frozenset(PromptCommand), keys: str = KEY_HELP) -> None:
        self._allowed, self._keys = allowed, keys
        self._waiting: dict[str, AnswerContext] = {}
        self._warned = False

    # ── how it is held: for the two kinds of screen to say ──────────────────────────────────────────────────────────

    @abstractmethod
    def _say(self, text: str) -> None:
        """Show text that is already safe."""

    @abstractmethod
    def _show(self, view: QuestionView) -> None:
        """Show a question."""

    @abstractmethod
    def _reply(self, view: QuestionView) -> Value | PromptCommand | None:
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

    def ask(self, view: QuestionView) -> PromptReply:
        """Put one question and return what was said. An unreadable line is asked again; end of input is Quit."""
        self._show(view)
        while True:
            match self._reply(view):
                case PromptCommand() as command if command not in self._allowed:
                    self._say(f"Not here. Keys: {self._keys}.")
                case PromptCommand() as command:
                    reply = self._obeyed(command, view)
                    if reply is not None:
                        return reply
                    # What was said meanwhile may have pushed the question off the screen.
                    self._say(f"Question {view.number}: {clip(view.text, 300)}")
                case None:
                    self._tell_waiting()
                    return Quit()
                case value:
                    return self._answered(value, view)

    def ask_at_end(self) -> FinalReply:
        """Ask, where no question is left, whether to go back, to review or to stop; nothing more to come is to stop."""
        self._forget()
        label = "b back, r review, Enter to finish: "
        while True:
            typed = self._line(label, "")
            command = PromptCommand.QUIT if typed is None or not typed.strip() else parse_command(typed)
            match command:
                case PromptCommand.BACK:
                    return Back()
                case PromptCommand.REVIEW:
                    return Review()
                case PromptCommand.QUIT:
                    return Quit()
                case _:
                    self._say(f'"{clip(typed or "", 40)}" is none of these.')

    def review(self, answers: tuple[tuple[QuestionView, str], ...]) -> str | None:
        """Show every answer in a line; return the name of the fact whose number was typed, None to go on."""
        if not answers:
            self._say("Nothing is answered yet.")
            return None
        self._say("Answers so far:")
        for place, (view, words) in enumerate(answers, 1):
            answer = sanitize_line(words)
            mark = format_annotations(view.previous_answer) if view.previous_answer else ""
            self._say(f"{place:>3}. {clip(view.text, 60)} {answer[:1].upper()}{answer[1:]}{mark}")
        while True:
            typed = self._line(f"Number to answer again (1 to {len(answers)}), Enter to go on: ", "")
            if typed is None or not typed.strip() or parse_command(typed) is not None:
                return None
            number = typed.strip()
            if number.isascii() and number.isdigit() and len(number) < 5 and 1 <= int(number) <= len(answers):
                return answers[int(number) - 1][0].fact.name
            self._say(f'"{clip(typed, 40)}" is no number of an answer.')

    def tell(self, message: str) -> None:
        """Say something that wants no answer."""
        self._say(sanitize(message))
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
            letter = fold(latin_keys(typed) or typed)
            if letter in options:
                return letter
            self._say(f'"{clip(typed, 40)}" is none of these.')
        return None

    def ask_line(self, label: str) -> str | None:
        """Return a line that is no answer to a question, such as a name; None where nothing more can come."""
        return self._line(label, "")

    # ── commands ────────────────────────────────────────────────────────────────────────────────────────────────────

    def _obeyed(self, command: PromptCommand, view: QuestionView) -> PromptReply | None:
        """Do what was ordered; return a reply where it ends the question."""
        match command:
            case PromptCommand.HELP:
                self._say("\n".join(help_lines(view, self._allowed)))
            case PromptCommand.WHY:
                self._say("\n".join(reason_lines(view)))
            case PromptCommand.NOTE:
                self._note(view)
            case PromptCommand.MORE:
                self._more(view)
            case PromptCommand.BACK:
                return Back()
            case PromptCommand.REVIEW:
                return Review()
            case PromptCommand.QUIT:
                # A note without an answer has no place in the file; it must not go unnoticed.
                if self._waiting and not self._warned:
                    self._warned = True
                    self._tell_waiting()
                    self._say("Answer first to keep it (u keeps it with unknown), or q again to quit without it.")
                    return None
                return Quit()
        return None

    def _answered(self, value: Value, view: QuestionView) -> AnswerReply:
        given = record_answer(value, view.previous_answer, self._waiting.pop(view.fact.name, AnswerContext()))
        self._warned = False
        self._say(f"  {clip(format_answer(value, view), 300)}{format_annotations(given)}")
        before = view.previous_answer
        if before and before.value != value and before.credibility is not given.credibility:
            was = CREDIBILITY_LABELS[before.credibility]
            self._say(f"  The answer before was {was}; this one is {CREDIBILITY_LABELS[given.credibility]}.")
        return AnswerReply(given)

    def _said(self, view: QuestionView) -> RecordedAnswer:
        """Return what would stand with the answer before, or with none, as set so far."""
        before = view.previous_answer or RecordedAnswer("")
        return record_answer(before.value, before, self._waiting.get(view.fact.name, AnswerContext()))

    def _set(self, view: QuestionView, said: AnswerContext) -> None:
        self._waiting[view.fact.name] = said
        self._warned = False

    def _note(self, view: QuestionView) -> None:
        typed = self._words("Note", self._said(view).note or "")
        if typed is None:
            self._say("The note stays as it was.")
            return
        self._set(view, replace(self._waiting.get(view.fact.name, AnswerContext()), note=typed))
        self._say("The note is kept with the answer that follows." if typed else "No note is kept with the answer.")

    def _more(self, view: QuestionView) -> None:
        now = self._said(view)
        source = self._words("Source of the answer", now.source or "")
        said = self._waiting.get(view.fact.name, AnswerContext())
        if source is not None:
            said = replace(said, source=source)
        credibility = self._credibility(now.credibility)
        if credibility is not None:
            said = replace(said, credibility=credibility)
        if not said:
            self._say("Nothing was set.")
            return
        self._set(view, said)
        kept = format_annotations(self._said(view)).strip(" ()") or "nothing"
        self._say(f"With the answer that follows: {kept}.")

    def _words(self, label: str, before: str) -> str | None:
        """Return words to be kept, empty to take them away; None leaves them as they were."""
        keeps = " (Enter keeps it, - takes it away)" if before else " (Enter for none)"
        while True:
            typed = self._line(f"{label}{keeps}: ", before)
            if typed is None or not typed.strip() or typed.strip() == before:
                return None
            words = typed.strip()  # blanks inside are somebody's own
            if is_intact(words):
                return "" if words == "-" else words
            self._say("That holds control characters, from an arrow key perhaps, and was not kept. Type it again.")

    def _credibility(self, now: Credibility) -> Credibility | None:
        self._say("\n".join(("Credibility of the answer:", *number_lines(CREDIBILITY_LABELS.values()))))
        while True:
            typed = self._line(f"Number, or Enter to keep it {CREDIBILITY_LABELS[now]}: ", "")
            if typed is None or not typed.strip():
                return None
            credibility = parse_credibility(typed)
            if credibility is not None:
                return credibility
            self._say(f'"{clip(typed, 40)}" is none of these. Type a number from 1 to {len(CREDIBILITY_LABELS)}.')

    def _tell_waiting(self) -> None:
        for name, said in self._waiting.items():
            words = format_annotations(
                RecordedAnswer("", said.credibility or Credibility.NOT_ASSESSED, said.source, said.note)
            )
            self._say(f"Not kept, for its question has no answer yet: {name}{words or ' (note taken away)'}")

    # ── reading ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def _heard(self, typed: str, view: QuestionView) -> Value | PromptCommand | None:
        """Return what a line says; None, with the reason shown, where the question is to be asked again."""
        if not typed.strip() and view.previous_answer is not None:
            return view.previous_answer.value
        if view.fact.type != "text" and len(typed) > _LONGEST:
            self._say(unreadable_message(typed[:_LONGEST], view))
            return None
        heard = parse_input(typed, view)
        if heard is None or (view.fact.type == "text" and not is_intact(typed)):
            self._say(unreadable_message(typed, view))
            return None
        return heard


def is_intact(words: str) -> bool:
    """Tell whether typed words arrived as they were meant: no control characters, nothing that could not be decoded."""
    return not any(
        char not in "\n\t" and (unicodedata.category(char) in ("Cc", "Cs") or char == "\N{REPLACEMENT CHARACTER}")
        for char in words
    )


def question_context(view: QuestionView) -> list[tuple[str, str]]:
    """Return what stands beside a question: why it is asked, what hangs on it, where it is from, the answer before."""
    beside = [("Why asked", sanitize_line(view.why))] if view.why else []
    for label, all_ in (("Decides", view.criteria), ("Source", view.sources)):
        if all_:
            more = f"; and {len(all_) - _SHOWN} more (w)" if len(all_) > _SHOWN else ""
            beside.append((label, "; ".join(map(sanitize_line, all_[:_SHOWN])) + more))
    if view.fact.distress == "high":
        beside.append(("Take care", "this may be hard to speak of; there is no hurry, and unknown is an answer"))
    if view.previous_answer is not None:
        beside.append(
            (
                "Answered before",
                clip(format_answer(view.previous_answer.value, view), 200) + format_annotations(view.previous_answer),
            )
        )
    return beside


def open_conclusions_line(view: QuestionView) -> str:
    """Return how many conclusions are open, or nothing where that is not known here."""
    return f"{view.open_conclusions} of {view.conclusions} conclusions open" if view.open_conclusions else ""


def reason_lines(view: QuestionView) -> list[str]:
    """Return all that hangs on a question, with every source, as lines."""
    lines = [f"Why it is asked: {sanitize_line(view.why)}" if view.why else "No reason is recorded for this question."]
    for label, all_ in (("What hangs on it:", view.criteria), ("Sources:", view.sources)):
        lines += [label, *(f"  - {sanitize_line(one)}" for one in all_)] if all_ else []
    return [*lines, f"{open_conclusions_line(view)}."] if open_conclusions_line(view) else lines


_HELP = {
    PromptCommand.BACK: "  b back    the question before",
    PromptCommand.WHY: "  w why     what hangs on this question, and its sources",
    PromptCommand.NOTE: "  t note    words to keep with the answer that follows",
    PromptCommand.MORE: "  m more    where the answer comes from, and whether it is accepted",
    PromptCommand.REVIEW: "  r review  all answers; one can be answered again",
    PromptCommand.QUIT: "  q quit    stop; every answer is saved already",
}


def help_lines(view: QuestionView, allowed: frozenset[PromptCommand] = frozenset(PromptCommand)) -> list[str]:
    """Return the help on a question, then what every key does, as lines."""
    said = sanitize(view.help).split("\n") if view.help else ["This question has no further help."]
    unknown = "unknown; unknown is an answer, and never counts as no"
    return [
        *said,
        f"  y, n, u   yes, no, {unknown}"
        if allowed == frozenset(PromptCommand)
        else "  u         pass: the answer is shown",
        *(line for command, line in _HELP.items() if command in allowed),
        "Letters also work on the Korean layout; Korean words too.",
    ]
