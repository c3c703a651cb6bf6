"""What can be done at a question, the same on a terminal and in plain lines: answers, commands, notes, review.

`PlainPrompter` and `TerminalPrompter` add how a question is shown and how a line is read.
"""

from __future__ import annotations

import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import replace

from screen.case.evidence import Credibility, RecordedAnswer
from screen.cli.prompt.normalise import fold_key
from screen.cli.prompt.parsing import (
    ALL_COMMANDS,
    AnswerContext,
    PromptCommand,
    number_lines,
    parse_command,
    parse_credibility,
    parse_input,
    record_answer,
    unreadable_message,
)
from screen.interview.conversation import AnswerReply, Back, FinalReply, PromptReply, Quit, Review
from screen.interview.view import (
    CREDIBILITY_LABELS,
    QuestionView,
    clip,
    format_annotations,
    format_answer,
    help_lines,
    reason_lines,
)
from screen.rulebook.terms import Value
from screen.text import sanitize, sanitize_line

KEY_HELP = "b back, ? help, w why, t note, m more, r review, q save and quit"
#: The commands of an exercise: nothing there is a case, so that nothing is noted, assessed or gone back to.
LESSON_COMMANDS = frozenset({PromptCommand.HELP, PromptCommand.WHY, PromptCommand.QUIT})
LESSON_KEY_HELP = "? help, w why, q stop"
MORE_HINT = " (w)"  # where the criteria and sources that are not shown with a question are listed
EARLY_INPUT_MESSAGE = "What was typed before this was shown is not taken."
SEVERAL_LINES_MESSAGE = (
    "Several lines came at once, as from a paste, and none of them was taken. Type the answer alone."
)
_MAX_ANSWER_LENGTH = 2000  # characters of a line that is no text; to look for similar entries takes seconds for more


class BasePrompter(ABC):
    """Puts questions, and keeps what is said about an answer until it is given.

    `allowed` are the commands that work here; `key_help` is the line that lists them.
    """

    def __init__(self, allowed: frozenset[PromptCommand] = ALL_COMMANDS, key_help: str = KEY_HELP) -> None:
        self._allowed, self._key_help = allowed, key_help
        self._contexts: dict[str, AnswerContext] = {}  # by fact, for answers that are not given yet
        self._warned = False

    # ── what a screen provides ──────────────────────────────────────────────────────────────────────────────────────

    @abstractmethod
    def _show(self, text: str) -> None:
        """Show text that is already safe."""

    @abstractmethod
    def _show_question(self, view: QuestionView) -> None:
        """Show a question."""

    @abstractmethod
    def _read_reply(self, view: QuestionView) -> Value | PromptCommand | None:
        """Return the answer or the command; None if nothing more can come."""

    @abstractmethod
    def _read_line(self, label: str, previous: str) -> str | None:
        """Return a line, or None if it was broken off or nothing more can come. `previous` can be brought back."""

    @abstractmethod
    def _discard_input(self) -> None:
        """Discard what was typed before anybody could see what it would answer."""

    @abstractmethod
    def _is_attended(self) -> bool:
        """Tell whether somebody is there to choose; lines out of a file choose nothing."""

    # ── what an interview asks for (`Prompter`) ─────────────────────────────────────────────────────────────────────

    def ask(self, view: QuestionView) -> PromptReply:
        """Ask a question and return the reply. An unreadable line is asked again; the end of input is Quit."""
        self._show_question(view)
        while True:
            match self._read_reply(view):
                case PromptCommand() as command if command not in self._allowed:
                    self._show(f"Not here. Keys: {self._key_help}.")
                case PromptCommand() as command:
                    reply = self._run_command(command, view)
                    if reply is not None:
                        return reply
                    # What was shown meanwhile may have pushed the question off the screen.
                    self._show(f"Question {view.number}: {clip(view.text, 300)}")
                case None:
                    self._report_unused_contexts()
                    return Quit()
                case value:
                    return self._answer_reply(value, view)

    def ask_at_end(self) -> FinalReply:
        """Ask, when no question is left, whether to go back, to review or to stop; the end of input is to stop."""
        self._discard_input()
        while True:
            typed = self._read_line("b back, r review, Enter to finish: ", "")
            if typed is None or not typed.strip():
                return Quit()
            match parse_command(typed):
                case PromptCommand.BACK:
                    return Back()
                case PromptCommand.REVIEW:
                    return Review()
                case PromptCommand.QUIT:
                    return Quit()
                case _:
                    self._show_not_an_option(typed)

    def review(self, answers: tuple[tuple[QuestionView, str], ...]) -> str | None:
        """Show every answer in a line; return the fact whose number was typed, None to go on."""
        if not answers:
            self._show("Nothing is answered yet.")
            return None
        self._show("Answers so far:")
        for number, (view, words) in enumerate(answers, 1):
            answer = sanitize_line(words)
            annotations = format_annotations(view.previous_answer) if view.previous_answer else ""
            self._show(f"{number:>3}. {clip(view.text, 60)} {answer[:1].upper()}{answer[1:]}{annotations}")
        while True:
            typed = self._read_line(f"Number to answer again (1 to {len(answers)}), Enter to go on: ", "")
            if typed is None or not typed.strip() or parse_command(typed) is not None:
                return None
            number_text = typed.strip()
            if number_text.isascii() and number_text.isdigit() and len(number_text) < 5:
                number = int(number_text)
                if 1 <= number <= len(answers):
                    return answers[number - 1][0].fact.name
            self._show(f'"{clip(typed, 40)}" is no number of an answer.')

    def tell(self, message: str) -> None:
        """Show a message that needs no answer."""
        self._show(sanitize(message))
        self._report_unused_contexts()

    def choose(self, message: str, options: Mapping[str, str]) -> str | None:
        """Show a message and return the letter of the option that was typed; None if nobody is there to type it.

        Lines that are piped in are answers to questions; none of them was meant for this one.
        """
        self.tell(message)
        if not self._is_attended():
            return None
        self._discard_input()
        label = f"{', '.join(f'{letter} {words}' for letter, words in options.items())}: "
        while (typed := self._read_line(label, "")) is not None:
            letter = fold_key(typed)
            if letter in options:
                return letter
            self._show_not_an_option(typed)
        return None

    def ask_line(self, label: str) -> str | None:
        """Return a line that answers no question of law, such as a name; None if nothing more can come."""
        return self._read_line(label, "")

    def _show_not_an_option(self, typed: str) -> None:
        self._show(f'"{clip(typed, 40)}" is none of these.')

    # ── commands ────────────────────────────────────────────────────────────────────────────────────────────────────

    def _run_command(self, command: PromptCommand, view: QuestionView) -> PromptReply | None:
        """Do what a command says; return a reply if that ends the question."""
        match command:
            case PromptCommand.HELP:
                self._show("\n".join([*help_lines(view), *key_lines(self._allowed)]))
            case PromptCommand.WHY:
                self._show("\n".join(reason_lines(view)))
            case PromptCommand.NOTE:
                self._ask_note(view)
            case PromptCommand.MORE:
                self._ask_source_and_credibility(view)
            case PromptCommand.BACK:
                return Back()
            case PromptCommand.REVIEW:
                return Review()
            case PromptCommand.QUIT:
                # A note without an answer has no place in the file. It must not be lost in silence.
                if self._contexts and not self._warned:
                    self._warned = True
                    self._report_unused_contexts()
                    self._show("Answer first to keep it (u keeps it with unknown), or q again to quit without it.")
                    return None
                return Quit()
        return None

    def _answer_reply(self, value: Value, view: QuestionView) -> AnswerReply:
        answer = record_answer(value, view.previous_answer, self._contexts.pop(view.fact.name, AnswerContext()))
        self._warned = False
        self._show(f"  {clip(format_answer(value, view), 300)}{format_annotations(answer)}")
        previous = view.previous_answer
        if previous and previous.value != value and previous.credibility is not answer.credibility:
            was, is_now = CREDIBILITY_LABELS[previous.credibility], CREDIBILITY_LABELS[answer.credibility]
            self._show(f"  The answer before was {was}; this one is {is_now}.")
        return AnswerReply(answer)

    def _context(self, view: QuestionView) -> AnswerContext:
        return self._contexts.get(view.fact.name, AnswerContext())

    def _set_context(self, view: QuestionView, context: AnswerContext) -> None:
        self._contexts[view.fact.name] = context
        self._warned = False

    def _as_recorded(self, view: QuestionView) -> RecordedAnswer:
        """Return the previous answer, or none, with what is set so far."""
        previous = view.previous_answer or RecordedAnswer("")
        return record_answer(previous.value, previous, self._context(view))

    def _ask_note(self, view: QuestionView) -> None:
        note = self._ask_words("Note", self._as_recorded(view).note or "")
        if note is None:
            self._show("The note stays as it was.")
            return
        self._set_context(view, replace(self._context(view), note=note))
        self._show("The note is kept with the answer that follows." if note else "No note is kept with the answer.")

    def _ask_source_and_credibility(self, view: QuestionView) -> None:
        recorded, context = self._as_recorded(view), self._context(view)
        source = self._ask_words("Source of the answer", recorded.source or "")
        if source is not None:
            context = replace(context, source=source)
        credibility = self._ask_credibility(recorded.credibility)
        if credibility is not None:
            context = replace(context, credibility=credibility)
        if not context:
            self._show("Nothing was set.")
            return
        self._set_context(view, context)
        kept = format_annotations(self._as_recorded(view)).strip(" ()") or "nothing"
        self._show(f"With the answer that follows: {kept}.")

    def _ask_words(self, label: str, previous: str) -> str | None:
        """Return words to be kept, empty to take them away; None leaves them as they were."""
        hint = " (Enter keeps it, - takes it away)" if previous else " (Enter for none)"
        while True:
            typed = self._read_line(f"{label}{hint}: ", previous)
            if typed is None or not typed.strip() or typed.strip() == previous:
                return None
            words = typed.strip()  # blanks inside belong to the words
            if is_intact(words):
                return "" if words == "-" else words
            self._show("That holds control characters, from an arrow key perhaps, and was not kept. Type it again.")

    def _ask_credibility(self, current: Credibility) -> Credibility | None:
        self._show("\n".join(("Credibility of the answer:", *number_lines(CREDIBILITY_LABELS.values()))))
        while True:
            typed = self._read_line(f"Number, or Enter to keep it {CREDIBILITY_LABELS[current]}: ", "")
            if typed is None or not typed.strip():
                return None
            credibility = parse_credibility(typed)
            if credibility is not None:
                return credibility
            self._show(f'"{clip(typed, 40)}" is none of these. Type a number from 1 to {len(CREDIBILITY_LABELS)}.')

    def _report_unused_contexts(self) -> None:
        for name, context in self._contexts.items():
            credibility = context.credibility or Credibility.NOT_ASSESSED
            words = format_annotations(RecordedAnswer("", credibility, context.source, context.note))
            self._show(f"Not kept, for its question has no answer yet: {name}{words or ' (note taken away)'}")

    # ── reading ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def _parse_line(self, typed: str, view: QuestionView) -> Value | PromptCommand | None:
        """Return what a line says; None, with the reason shown, if the question is to be asked again."""
        if not typed.strip() and view.previous_answer is not None:
            return view.previous_answer.value
        is_text = view.fact.type == "text"
        if not is_text and len(typed) > _MAX_ANSWER_LENGTH:
            self._show(unreadable_message(typed[:_MAX_ANSWER_LENGTH], view))
            return None
        reply = parse_input(typed, view)
        if reply is None or (is_text and not is_intact(typed)):
            self._show(unreadable_message(typed, view))
            return None
        return reply


def is_intact(words: str) -> bool:
    """Tell whether typed words hold no control character, and nothing that could not be decoded."""
    return not any(
        char not in "\n\t" and (unicodedata.category(char) in ("Cc", "Cs") or char == "\N{REPLACEMENT CHARACTER}")
        for char in words
    )


_COMMAND_HELP = {
    PromptCommand.BACK: "  b back    the question before",
    PromptCommand.WHY: "  w why     what depends on this question, and its sources",
    PromptCommand.NOTE: "  t note    words to keep with the answer that follows",
    PromptCommand.MORE: "  m more    where the answer comes from, and whether it is accepted",
    PromptCommand.REVIEW: "  r review  all answers; one can be answered again",
    PromptCommand.QUIT: "  q quit    stop; every answer is saved already",
}


def key_lines(allowed: frozenset[PromptCommand]) -> list[str]:
    """Return what every key does at a question, as lines."""
    return [
        "  y, n, u   yes, no, unknown; unknown is an answer, and never counts as no"
        if allowed == ALL_COMMANDS
        else "  u         pass: the answer is shown",
        *(line for command, line in _COMMAND_HELP.items() if command in allowed),
        "Letters also work on the Korean layout; Korean words too.",
    ]
