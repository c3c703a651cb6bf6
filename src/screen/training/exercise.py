"""Exercises: a vignette, the facts in it, and the findings that the rule book must give on them.

In: the exercises of a checked folder, and the book. Out: `Exercise` values, and a mistake for each that teaches what
the book does not say. Left alone: how an exercise is worked (`marking`, `drills`) and shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from screen.case.case_file import read_given
from screen.case.evidence import RecordedAnswer
from screen.diagnostics import Diagnostic, Location, did_you_mean
from screen.engine.compare import examination_order
from screen.engine.evaluate import evaluate
from screen.engine.finding import Findings
from screen.logic import Status
from screen.rulebook.answers import InvalidAnswer, parse_answer
from screen.rulebook.dependencies import relevant_facts
from screen.rulebook.model import RuleBook

if TYPE_CHECKING:
    from screen.rulebook.declarations import ParsedPart
    from screen.rulebook.schema import ExerciseShape
    from screen.rulebook.yaml_reader import KeyPath

RECOMMEND = "recommend"


@dataclass(frozen=True, slots=True)
class Disclosure:
    """What the applicant of an exercise says when asked about a fact, and the answer that this amounts to."""

    says: str
    given: RecordedAnswer


@dataclass(frozen=True, slots=True)
class Exercise:
    """A vignette with its facts, what it leaves open, and the findings that it teaches in the order of examination."""

    name: str
    title: str
    difficulty: int
    profile: str
    decision: str | None
    sources: tuple[str, ...]
    claims: tuple[str, ...]
    vignette: str
    given: Mapping[str, RecordedAnswer]
    shown_by: Mapping[str, str]
    open: tuple[str, ...]
    teaches: Mapping[str, Status]
    recommend: str
    held: str | None
    elsewhere: str | None
    told: Mapping[str, Disclosure]
    distressing: frozenset[str]
    once_asked: Mapping[str, Status]
    location: Location

    @property
    def given_after_interview(self) -> dict[str, RecordedAnswer]:
        """The facts once every question has been answered that the exercise has an answer to."""
        return {**self.given, **{name: one.given for name, one in self.told.items()}}


def model_findings(exercise: Exercise, book: RuleBook) -> Findings:
    """Return what the rule book finds on the vignette: the model answer."""
    return evaluate(book, exercise.given, exercise.profile)


def read_exercises(
    parts: Iterable[ParsedPart], book: RuleBook, *, verify: bool = True
) -> tuple[list[Exercise], list[Diagnostic]]:
    """Return the exercises that hold, and every mistake of the others, their model answers held against the book.

    Without `hold` model answers are left alone, since to hold them takes a walk through the law for each; whoever works
    an exercise then holds its own.
    """
    found: list[Exercise] = []
    mistakes: list[Diagnostic] = []
    first: dict[str, Location] = {}
    for part in parts:
        reader = _Reader(part, book)
        exercise = reader.exercise()
        if exercise.name in first:
            twice = f'"{exercise.name}" is declared twice; the first is at {first[exercise.name]}.'
            reader.wrong(("exercise",), "declared-twice", twice, "Rename one, or delete it.")
        first.setdefault(exercise.name, exercise.location)
        if verify and not reader.mistakes:
            reader.hold(exercise)
        mistakes += reader.mistakes
        if not reader.mistakes:
            found.append(exercise)
    return found, sorted(mistakes)


class _Reader:
    """Reads one exercise and gathers its mistakes."""

    def __init__(self, part: ParsedPart, book: RuleBook) -> None:
        self.part, self.book = part, book
        self.raw: ExerciseShape = part.shape
        self.mistakes: list[Diagnostic] = []

    def wrong(self, path: KeyPath, code: str, found: str, remedy: str, *, key: bool = False) -> None:
        place = self.part.document.location((*self.part.path, *path), key=key)
        self.mistakes.append(Diagnostic(place, code, found, remedy))

    def exercise(self) -> Exercise:
        """Return the exercise as far as it can be read."""
        raw, book = self.raw, self.book
        given, wrong = read_given(self.part.document, (*self.part.path, "facts"), book)
        self.mistakes += wrong
        self._names()
        self._words_are_there()
        in_order = {name: place for place, name in enumerate(examination_order(book))}
        teaches = sorted(self._criteria("teaches", raw.teaches), key=in_order.__getitem__)
        return Exercise(
            name=raw.exercise,
            title=raw.title,
            difficulty=raw.difficulty,
            profile=raw.profile if raw.profile in book.profiles else book.default_profile,
            decision=raw.decision,
            sources=tuple(dict.fromkeys((*_decided(raw.decision, book), *raw.sources))),
            claims=tuple(raw.claims),
            vignette=raw.vignette.strip(),
            given=given,
            shown_by=raw.shown_by,
            open=tuple(raw.open),
            teaches={name: Status(raw.teaches[name]) for name in teaches},
            recommend=raw.recommend,
            held=raw.held,
            elsewhere=raw.elsewhere,
            told={name: one for name in raw.told if (one := self._told(name, given)) is not None},
            distressing=frozenset(raw.distressing),
            once_asked={name: Status(raw.once_asked[name]) for name in self._criteria("once_asked", raw.once_asked)},
            location=self.part.document.location((*self.part.path, "exercise")),
        )

    def hold(self, exercise: Exercise) -> None:
        """Note each finding that the rule book does not make on the facts of the exercise."""
        findings = model_findings(exercise, self.book)
        for name, state in exercise.teaches.items():
            self._same(("teaches", name), name, state.value, findings[name].status.value)
        self._same((RECOMMEND,), "the recommendation", exercise.recommend, findings.recommendation)
        if exercise.once_asked:
            later = evaluate(self.book, exercise.given_after_interview, exercise.profile)
            for name, state in exercise.once_asked.items():
                self._same(("once_asked", name), name, state.value, later[name].status.value)
        bearing = relevant_facts(exercise.teaches, self.book)
        for index, name in enumerate(exercise.open):
            if name not in bearing:
                found = f'"{name}" bears on nothing that the exercise teaches.'
                self.wrong(("open", index), "teaches-otherwise", found, "Leave it out, or teach a point that needs it.")

    def _same(self, path: KeyPath, what: str, taught: str, found: str) -> None:
        if taught != found:
            told = f"{what}: the rule book finds {found}, the exercise teaches {taught}."
            self.wrong(path, "teaches-otherwise", told, "Correct the facts, or what is taught.")

    def _names(self) -> None:
        raw, book = self.raw, self.book
        if raw.profile is not None and raw.profile not in book.profiles:
            remedy = did_you_mean(raw.profile, book.profiles, "Known: " + ", ".join(book.profiles) + ".")
            self.wrong(("profile",), "unknown-profile", f'"{raw.profile}" is not declared.', remedy)
        for key, names, known, code, what in (
            ("sources", raw.sources, book.sources, "unknown-source", "source"),
            ("claims", raw.claims, book.claims, "unknown-name", "claim"),
            ("open", raw.open, book.facts, "unknown-fact", "fact"),
            ("distressing", raw.distressing, book.facts, "unknown-fact", "fact"),
        ):
            for index, name in enumerate(names):
                if name not in known:
                    remedy = did_you_mean(name, known, f"Name a {what}.")
                    self.wrong((key, index), code, f'"{name}" is no {what}.', remedy)
        for index, name in enumerate(raw.open):
            if name in raw.facts:
                self.wrong(
                    ("open", index), "open-and-answered", f'"{name}" is answered above.', "Leave one of them out."
                )
        if raw.decision is not None and not _decided(raw.decision, book):
            decisions = [one.decision for one in book.sources.values() if one.decision]
            remedy = did_you_mean(raw.decision, decisions, "Write the `decision` of an authority in sources.yaml.")
            self.wrong(("decision",), "unknown-name", f'"{raw.decision}" is no decision of an authority.', remedy)
        if raw.decision is None and not raw.sources and not raw.claims:
            found, remedy = (
                "the exercise names nothing that it is drawn from.",
                "Add `decision`, `sources` or `claims`.",
            )
            self.wrong(("exercise",), "drawn-from-nothing", found, remedy)
        if raw.decision is not None and raw.held is None:
            self.wrong((), "missing-key", 'the key "held" is missing.', 'Add "held": what the court held.')

    def _words_are_there(self) -> None:
        vignette = _folded(self.raw.vignette)
        for name, words in self.raw.shown_by.items():
            if name not in self.raw.facts:
                found = f'"{name}" is not among the facts.'
                self.wrong(("shown_by", name), "unknown-fact", found, "Add it to `facts`, or leave it out.", key=True)
            elif _folded(words) not in vignette:
                found = "the vignette does not hold these words."
                self.wrong(("shown_by", name), "not-in-vignette", found, "Copy them from the vignette.")

    def _criteria(self, key: str, names: Iterable[str]) -> list[str]:
        known = [name for name, one in self.book.criteria.items() if one.says]
        for name in names:
            if name not in known:
                remedy = did_you_mean(name, known, "Name a criterion with words.")
                found = f'"{name}" is no criterion with words.'
                self.wrong((key, name), "unknown-name", found, remedy, key=True)
        return [name for name in names if name in known]

    def _told(self, name: str, given: Mapping[str, RecordedAnswer]) -> Disclosure | None:
        raw, path = self.raw.told[name], ("told", name)
        fact = self.book.facts.get(name)
        if fact is None:
            remedy = did_you_mean(name, self.book.facts, "Name a fact.")
            self.wrong(path, "unknown-fact", f'"{name}" is no fact.', remedy, key=True)
            return None
        if name in self.raw.facts:
            if raw.answer is not None:
                self.wrong(
                    (*path, "answer"), "open-and-answered", f'"{name}" is answered above.', "Leave this one out."
                )
            return Disclosure(raw.says, given[name]) if name in given else None
        if raw.answer is None:
            self.wrong(path, "missing-key", f'"{name}" has no answer.', "Add `answer`; `unknown` is one.")
            return None
        value = _value(raw.answer, name, self.book)
        if isinstance(value, InvalidAnswer):
            self.wrong((*path, "answer"), value.code, f"{name}: {value.message}", value.hint)
            return None
        return Disclosure(raw.says, RecordedAnswer(value))


def _value(raw: Any, name: str, book: RuleBook) -> Any:
    fact = book.facts[name]
    return parse_answer(fact, raw, book.countries)


def _decided(decision: str | None, book: RuleBook) -> tuple[str, ...]:
    """Return the authorities of a decision."""
    return tuple(name for name, one in book.sources.items() if decision is not None and one.decision == decision)


def _folded(words: str) -> str:
    return " ".join(words.split()).casefold()
