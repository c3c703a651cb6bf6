"""The interview: which question comes next, and the loop that asks it and keeps the answer.

In: a rule book, a case file, and something that can ask (`Ask`). Out: the case file, one answer richer after every
question. Left alone: the screen (whatever `Ask` is) and the law (`engine`).

An answer is on the disk before the next question is shown, so that nothing said is lost with the power.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from screen.case.case_file import Case, CaseChangedError, changes, read_case, save_answer
from screen.case.evidence import Credibility, RecordedAnswer, answer_words, cited, filled, reliable_value
from screen.diagnostics import DiagnosticsError
from screen.engine.evaluate import evaluate
from screen.engine.finding import UNDETERMINED_NO_RETURN
from screen.interview.next_question import Question, QuestionPlanner
from screen.rulebook.model import HOST_FACT, ORIGIN_FACT, Fact, Profile, RuleBook

#: A judgement needs reasons, and a question has room for an answer alone.
_IN_THE_FILE = "Write it into the case file, with the reasons in its `note`"


@dataclass(frozen=True, slots=True)
class QuestionView:
    """A question as it is to be shown: plain text, nothing of it marked up.

    `also` is what people write for an option beside its words.
    """

    fact: Fact
    number: int
    text: str
    options: tuple[tuple[str, str], ...]
    why: str | None
    criteria: tuple[str, ...]
    sources: tuple[str, ...]
    help: str | None
    open_conclusions: int
    conclusions: int
    chapter: str
    previous_answer: RecordedAnswer | None
    synonyms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AnswerReply:
    """The answer that was given."""

    answer: RecordedAnswer


class Back:
    """Go to the question before."""


class Review:
    """Show every answer; one may be changed."""


class Quit:
    """Stop; everything is saved."""


PromptReply = AnswerReply | Back | Review | Quit
FinalReply = Back | Review | Quit


class Prompter(Protocol):
    """Whatever puts questions to a person: a terminal, plain lines, a list of answers in a test."""

    def ask(self, view: QuestionView) -> PromptReply:
        """Put one question and return what was said; `help` and `why` are answered there."""

    def ask_at_end(self) -> FinalReply:
        """Ask, where no question is left, whether to go back, to review or to stop."""

    def review(self, answers: tuple[tuple[QuestionView, str], ...]) -> str | None:
        """Show every answer in words; return the name of the fact that is to be asked again, or None to go on."""

    def tell(self, message: str) -> None:
        """Say something that wants no answer."""

    def choose(self, message: str, options: Mapping[str, str]) -> str | None:
        """Say something and return the letter of the option that was chosen; None where nobody is there to choose."""


def next_question(book: RuleBook, given: Mapping[str, RecordedAnswer], profile: str | None = None) -> Question | None:
    """Return the question to ask next, or None where no answer can change an open conclusion any more."""
    return QuestionPlanner(book, book.profiles[profile or book.default_profile]).next_question(given)


def hold_interview(
    book: RuleBook,
    path: Path,
    profile: Profile,
    prompter: Prompter,
    *,
    new_case: tuple[Case, Callable[[], None]] | None = None,
) -> Case:
    """Ask until nothing that can still be answered changes a conclusion, or the person stops; return the case.

    `new` is a case that has no file yet, and what writes that before its first answer. Raises Mistakes where the case
    file cannot be read or written and nobody tries again; what was answered before is then in the file.
    """
    return _Conversation(book, path, profile, prompter, new_case).held()


_TRY_AGAIN = {"a": "try again", "l": "look at the question again", "q": "quit without this answer"}
_WHOSE = {"k": "keep what the file says", "m": "put my answer", "l": "look at the question again"}


class _Conversation:
    """One sitting over one case file."""

    def __init__(
        self, book: RuleBook, path: Path, profile: Profile, ask: Prompter, new: tuple[Case, Callable[[], None]] | None
    ) -> None:
        self.book, self.path, self.profile, self.ask = book, path, profile, ask
        self.undecided = QuestionPlanner(book, profile)
        self.case = new[0] if new else read_case(path, book)
        self.begin = new[1] if new else None

    def held(self) -> Case:
        """Ask and keep the answers; return the case as it stands at the end."""
        recommended, going_on = False, True
        while going_on:
            if (question := self.undecided.next_question(self.case.given)) is None:
                going_on = self._ended()
                continue
            if not recommended and (settled := self._recommendation()):
                recommended = True
                self.ask.tell(settled)
            going_on = self._put(question.fact, question)
        return self.case

    def _ended(self) -> bool:
        """Say that no question is left, and how it stands; tell whether the interview goes on all the same."""
        findings = evaluate(self.book, self.case.given, self.profile.name)
        still = len(findings.open_conclusions)
        many = f"{still} conclusions stay open" if still > 1 else "1 conclusion stays open"
        # An answer that is unknown may still be found, and would change something: nothing else is to be said.
        self.ask.tell(f"Nothing is left to ask.{f' On these answers {many}.' if still else ''}")
        if settled := self._recommendation():
            self.ask.tell(settled)
        if left := self.undecided.open_judgements(self.case.given):
            names = ", ".join(fact.name for fact in left)
            self.ask.tell(f"What is left is for your judgement. {_IN_THE_FILE}: {names}.")
        if not self.case.given:
            return False
        match self.ask.ask_at_end():
            case Back():
                return self._back(None)
            case Review():
                return self._review()
            case Quit():
                return False

    def _review(self) -> bool:
        chosen = self.ask.review(tuple(self._answers()))
        return True if chosen is None else self._put(self.book.facts[chosen], None)

    def _put(self, fact: Fact, question: Question | None) -> bool:
        """Ask one fact and keep the answer; tell whether the interview goes on."""
        if fact.judgement:
            self.ask.tell(f"{_IN_THE_FILE}: {fact.name}.")
            return True
        match self.ask.ask(self._view(fact, question)):
            case AnswerReply(given):
                return self._keep(fact, given)
            case Back():
                return self._back(fact.name)
            case Review():
                return self._review()
            case Quit():
                return False
        return True

    def _keep(self, fact: Fact, given: RecordedAnswer) -> bool:
        """Save an answer; tell whether the interview goes on. Raises Mistakes where it is not saved, and left at that.

        An answer that cannot be saved, or that would take the place of somebody else's, is not thrown away: whoever
        gave it decides.
        """
        while True:
            try:
                self._save(fact, given)
            except CaseChangedError as changed:
                choice = self.ask.choose(self._told_changes(fact, given, changed.now), _WHOSE)
                self.case = changed.now
                if choice is None:
                    self.ask.tell(f"What the file says is kept. This answer is not: {self._words(fact, given)}.")
            except KeyboardInterrupt:
                self.ask.tell(f"Stopped before this answer was surely kept: {self._words(fact, given)}.")
                raise
            except DiagnosticsError as error:
                choice = self.ask.choose(f"This answer is NOT kept. {error}", _TRY_AGAIN)
                if choice not in ("a", "l"):
                    raise
            else:
                return True
            if choice == "l":
                return self._put(fact, None)
            if choice not in ("a", "m"):
                return True

    def _save(self, fact: Fact, given: RecordedAnswer) -> None:
        if self.begin is not None:
            self.begin()
            self.begin = None
        profile = self.profile.name
        before = self.case
        self.case = save_answer(self.path, self.book, fact.name, given, self.ask.tell, shown=before, profile=profile)
        if before.profile != profile:
            self.ask.tell(f"The case file now names the profile of this interview: {profile}.")
        if added := len(set(self.case.given) - set(before.given) - {fact.name}):
            self.ask.tell(f"Somebody else answered meanwhile, and that is kept; new answers in the file: {added}.")

    def _told_changes(self, fact: Fact, given: RecordedAnswer, now: Case) -> str:
        """Return what a file says now that it did not say when a question was put, and the answer that is at stake."""
        shown = self.case
        lines = ["The case file was changed by somebody else since this question was put:"]
        for what, was, is_ in (("case", shown.name, now.name), ("profile", shown.profile, now.profile)):
            if was != is_:
                lines.append(f"  {what}: {was or 'none'} before, {is_ or 'none'} now")
        for name in dict.fromkeys((*changes(now, shown), fact.name)):
            other = self.book.facts[name]
            was, is_ = (self._words(other, one.given.get(name)) for one in (shown, now))
            if was != is_:
                lines.append(f"  {self._filled(other.ask)} {was} before, {is_} now")
        return "\n".join([*lines, f"Your answer: {self._words(fact, given)}"])

    def _words(self, fact: Fact, given: RecordedAnswer | None) -> str:
        """Return an answer and all that is kept with it, in words."""
        if given is None:
            return "no answer"
        words = answer_words(self.book, fact, given.value)
        judged = given.credibility is not Credibility.NOT_ASSESSED
        more = [given.credibility.value.replace("_", " ")] if judged else []
        more += [f"{label}: {text}" for label, text in (("source", given.source), ("note", given.note)) if text]
        return f"{words} ({'; '.join(more)})" if more else words

    def _back(self, fact: str | None) -> bool:
        """Ask again what was answered before this fact, or last; from the first answer there is no way further back."""
        answered = list(self.case.given)
        place = answered.index(fact) if fact in answered else len(answered)
        if place == 0 and fact is not None:
            self.ask.tell("This is the first question.")
            return self._put(self.book.facts[fact], None)
        return self._put(self.book.facts[answered[place - 1]], None)

    def _recommendation(self) -> str | None:
        """Return a line once the recommendation is settled, though other conclusions may be open."""
        name = evaluate(self.book, self.case.given, self.profile.name).recommendation
        if name == UNDETERMINED_NO_RETURN:
            return None
        words = next(one.says for one in self.book.recommendations if one.name == name)
        under = "" if self.profile.name == self.book.default_profile else f", read under {self.profile.name}"
        return f"On these answers{under}: {self._filled(words)}"

    def _answers(self) -> Iterator[tuple[QuestionView, str]]:
        for name, given in self.case.given.items():
            yield self._view(self.book.facts[name], None), answer_words(self.book, self.book.facts[name], given.value)

    def _view(self, fact: Fact, question: Question | None) -> QuestionView:
        hangs = question.criteria if question else self.undecided.criteria_resting_on(fact.name)
        return QuestionView(
            fact=fact,
            number=len(self.case.given) + (fact.name not in self.case.given),
            text=self._filled(fact.ask),
            options=options_of(self.book, fact),
            why=fact.why and self._filled(fact.why),
            criteria=tuple(self._filled(self.book.criteria[name].title) for name in hangs),
            sources=tuple(cited(self.book.sources[name]) for name in fact.sources),
            help=fact.help and self._filled(fact.help),
            open_conclusions=len(question.open_conclusions) if question else 0,
            conclusions=len(self.book.conclusions),
            chapter=self.book.chapters[fact.chapter],
            previous_answer=self.case.given.get(fact.name),
            synonyms=self.book.country_names if fact.type == "country" else {},
        )

    def _filled(self, text: str) -> str:
        origin, host = reliable_value(self.case.given.get(ORIGIN_FACT)), reliable_value(self.case.given.get(HOST_FACT))
        return filled(text, self.book, origin, host)


def options_of(book: RuleBook, fact: Fact) -> tuple[tuple[str, str], ...]:
    """Return what can be chosen: value and words. Empty where the answer is typed: numbers, days, text."""
    if fact.type == "yes_no":
        return (("yes", "Yes"), ("no", "No"))
    return tuple(book.countries.items()) if fact.type == "country" else fact.options
