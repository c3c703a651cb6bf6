"""The interview: a loop that asks the next question and saves the answer.

A `Prompter` puts the questions to a person. Every answer is on the disk before the next question is shown, so that a
power cut loses nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from screen.case.case_file import Case, read_case, record_is_closed
from screen.case.evidence import Credibility, RecordedAnswer, answer_words
from screen.case.record import record_closed_error, record_line
from screen.case.writer import CaseChangedError, changed_facts, save_answer, save_record
from screen.diagnostics import DiagnosticsError
from screen.engine.evaluate import evaluate
from screen.engine.finding import UNDETERMINED_NO_RETURN, Findings
from screen.interview.next_question import Question, QuestionPlanner
from screen.interview.view import QuestionView, fill_states, view_question
from screen.rulebook.model import Fact, Profile, RuleBook

#: A judgement needs reasons, and a question has room only for an answer.
_IN_THE_FILE = "Write it into the case file, with the reasons in its `note`"


@dataclass(frozen=True, slots=True)
class AnswerReply:
    """An answer to the question."""

    answer: RecordedAnswer


class Back:
    """Go back to the previous question."""


class Review:
    """Show all answers, one of which may be changed."""


class Quit:
    """Stop the interview. Everything is saved."""


PromptReply = AnswerReply | Back | Review | Quit
FinalReply = Back | Review | Quit


class Prompter(Protocol):
    """Puts questions to a person: on a terminal, with plain lines, or from a list of answers in a test."""

    def ask(self, view: QuestionView) -> PromptReply:
        """Put a question and return the reply. Requests for help and reasons are answered by the prompter."""

    def ask_at_end(self) -> FinalReply:
        """Ask whether to go back, to review or to stop, when no question is left."""

    def review(self, answers: tuple[tuple[QuestionView, str], ...]) -> str | None:
        """Show every answer in words; return the name of a fact to ask again, or None to go on."""

    def tell(self, message: str) -> None:
        """Show a message that needs no reply."""

    def choose(self, message: str, options: Mapping[str, str]) -> str | None:
        """Show a message and return the letter of the option chosen; None where nobody is there to choose."""


def hold_interview(
    book: RuleBook,
    path: Path,
    profile: Profile,
    prompter: Prompter,
    *,
    new_case: tuple[Case, Callable[[], None]] | None = None,
) -> Case:
    """Ask until no further answer can change a conclusion, or the person stops; return the case.

    `new_case` is a case that has no file yet, and what creates the file before the first answer is saved. Raises
    DiagnosticsError where the case file cannot be read or written and nobody tries again; all earlier answers are in
    the file then.
    """
    return _Conversation(book, path, profile, prompter, new_case).run()


_TRY_AGAIN = {"a": "try again", "l": "look at the question again", "q": "quit without this answer"}
_REOPEN = {"r": "reopen it and go on", "q": "quit, it stays closed"}
_WHOSE = {"k": "keep what the file says", "m": "put my answer", "l": "look at the question again"}


class _Conversation:
    """An interview session with one case file."""

    def __init__(
        self,
        book: RuleBook,
        path: Path,
        profile: Profile,
        prompter: Prompter,
        new_case: tuple[Case, Callable[[], None]] | None,
    ) -> None:
        self.book, self.path, self.profile, self.prompter = book, path, profile, prompter
        self.planner = QuestionPlanner(book, profile)
        self.case = new_case[0] if new_case else read_case(path, book)
        self.create_file = new_case[1] if new_case else None

    def run(self) -> Case:
        """Ask questions and save the answers; return the case at the end."""
        if self.case.record.is_closed and not self._reopen():
            return self.case
        recommended, goes_on = False, True
        while goes_on:
            if (question := self.planner.next_question(self.case.given)) is None:
                goes_on = self._finish()
                continue
            if not recommended and (recommendation := self._recommendation()):
                recommended = True
                self.prompter.tell(recommendation)
            goes_on = self._ask(question.fact, question)
        return self.case

    def _reopen(self) -> bool:
        """Ask whether to open the closed record again; return whether it is open now.

        An answer must not slip into a closed record: where nobody is there to choose, DiagnosticsError is raised.
        """
        choice = self.prompter.choose(record_line(self.case.record), _REOPEN)
        if choice is None:
            raise record_closed_error(self.path)
        if choice == "r":
            self.case = save_record(self.path, self.book, lambda case: None, self.prompter.tell)
        return not self.case.record.is_closed

    def _finish(self) -> bool:
        """Say that no question is left, and what is still open; return whether the interview goes on nevertheless."""
        findings = self._findings()
        count = len(findings.open_conclusions)
        open_conclusions = f"{count} conclusions stay open" if count > 1 else "1 conclusion stays open"
        # An answer that is unknown now may still become known and change a conclusion: say no more than this.
        self.prompter.tell(f"Nothing is left to ask.{f' On these answers {open_conclusions}.' if count else ''}")
        if recommendation := self._recommendation():
            self.prompter.tell(recommendation)
        if judgements := self.planner.open_judgements(self.case.given):
            names = ", ".join(fact.name for fact in judgements)
            self.prompter.tell(f"What is left is for your judgement. {_IN_THE_FILE}: {names}.")
        if not self.case.given:
            return False
        match self.prompter.ask_at_end():
            case Back():
                return self._go_back(None)
            case Review():
                return self._review()
            case Quit():
                return False

    def _review(self) -> bool:
        chosen = self.prompter.review(tuple(self._answers()))
        return True if chosen is None else self._ask(self.book.facts[chosen], None)

    def _ask(self, fact: Fact, question: Question | None) -> bool:
        """Ask for a fact and save the answer; return whether the interview goes on."""
        if fact.judgement:
            self.prompter.tell(f"{_IN_THE_FILE}: {fact.name}.")
            return True
        match self.prompter.ask(self._view(fact, question)):
            case AnswerReply(recorded):
                return self._keep(fact, recorded)
            case Back():
                return self._go_back(fact.name)
            case Review():
                return self._review()
            case Quit():
                return False
        return True

    def _keep(self, fact: Fact, recorded: RecordedAnswer) -> bool:
        """Save an answer; return whether the interview goes on.

        An answer that cannot be saved, or would replace somebody else's, is not thrown away: the person decides. Raises
        DiagnosticsError where it cannot be saved and the person does not try again.
        """
        while True:
            try:
                self._save(fact, recorded)
            except CaseChangedError as changed:
                choice = self.prompter.choose(self._describe_changes(fact, recorded, changed.now), _WHOSE)
                self.case = changed.now
                if choice is None:
                    self.prompter.tell(
                        f"What the file says is kept. This answer is not: {self._words(fact, recorded)}."
                    )
            except KeyboardInterrupt:
                self.prompter.tell(f"Stopped before this answer was surely kept: {self._words(fact, recorded)}.")
                raise
            except DiagnosticsError as error:
                choice = self.prompter.choose(f"This answer is NOT kept. {error}", _TRY_AGAIN)
                if choice not in ("a", "l"):
                    raise
            else:
                return True
            if choice == "l":
                return self._ask(fact, None)
            if choice not in ("a", "m"):
                return True

    def _save(self, fact: Fact, recorded: RecordedAnswer) -> None:
        if self.create_file is not None:
            self.create_file()
            self.create_file = None
        profile, tell = self.profile.name, self.prompter.tell
        before = self.case
        self.case = save_answer(self.path, self.book, fact.name, recorded, tell, shown=before, profile=profile)
        if before.profile != profile:
            tell(f"The case file now names the profile of this interview: {profile}.")
        if added := len(set(self.case.given) - set(before.given) - {fact.name}):
            tell(f"Somebody else answered meanwhile, and that is kept; new answers in the file: {added}.")

    def _describe_changes(self, fact: Fact, recorded: RecordedAnswer, now: Case) -> str:
        """Return the changes in the file since the question was put, and the new answer, in words."""
        before = self.case
        lines = ["The case file was changed by somebody else since this question was put:"]
        for label, old, new in (("case", before.name, now.name), ("profile", before.profile, now.profile)):
            if old != new:
                lines.append(f"  {label}: {old or 'none'} before, {new or 'none'} now")
        for name in dict.fromkeys((*changed_facts(now, before), fact.name)):
            changed_fact = self.book.facts[name]
            old, new = (self._words(changed_fact, case.given.get(name)) for case in (before, now))
            if old != new:
                lines.append(f"  {self._fill_states(changed_fact.ask)} {old} before, {new} now")
        return "\n".join([*lines, f"Your answer: {self._words(fact, recorded)}"])

    def _words(self, fact: Fact, recorded: RecordedAnswer | None) -> str:
        """Return an answer and everything recorded with it, in words."""
        if recorded is None:
            return "no answer"
        words = answer_words(self.book, fact, recorded.value)
        assessed = recorded.credibility is not Credibility.NOT_ASSESSED
        details = [recorded.credibility.value.replace("_", " ")] if assessed else []
        details += [
            f"{label}: {text}" for label, text in (("source", recorded.source), ("note", recorded.note)) if text
        ]
        return f"{words} ({'; '.join(details)})" if details else words

    def _go_back(self, fact: str | None) -> bool:
        """Ask again for the fact that was answered before this one, or last; the first question is asked again."""
        answered = list(self.case.given)
        index = answered.index(fact) if fact in answered else len(answered)
        if index == 0 and fact is not None:
            self.prompter.tell("This is the first question.")
            return self._ask(self.book.facts[fact], None)
        return self._ask(self.book.facts[answered[index - 1]], None)

    def _findings(self) -> Findings:
        """Return the findings on the record as the file has it."""
        return evaluate(
            self.book, self.case.given, self.profile.name, closed=record_is_closed(self.case), as_recorded=True
        )

    def _recommendation(self) -> str | None:
        """Return a sentence with the recommendation once it is settled, even where other conclusions are open."""
        findings = self._findings()
        name = findings.on_assessment
        if name == UNDETERMINED_NO_RETURN:
            return None
        words = next(entry.says for entry in self.book.recommendations if entry.name == name)
        under = "" if self.profile.name == self.book.default_profile else f", read under {self.profile.name}"
        waits = ", ".join(fact.fact.name for fact in findings.to_assess)
        once = f" This waits until these answers are assessed: {waits}." if waits else ""
        return f"On these answers{under}: {self._fill_states(words)}{once}"

    def _answers(self) -> Iterator[tuple[QuestionView, str]]:
        for name, recorded in self.case.given.items():
            fact = self.book.facts[name]
            yield self._view(fact, None), answer_words(self.book, fact, recorded.value)

    def _view(self, fact: Fact, question: Question | None) -> QuestionView:
        criteria = question.criteria if question else self.planner.criteria_resting_on(fact.name)
        return view_question(self.book, self.case.given, fact, criteria, question)

    def _fill_states(self, text: str) -> str:
        return fill_states(self.book, self.case.given, text)
