"""Exercises: a vignette, the facts in it, and the findings that the rule book must give on them.

In: the exercises of a checked folder, and the book. Out: `Exercise` values, and diagnostics for each that teaches what
the book does not say. How an exercise is worked is in `marking` and `drills`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from screen.case.case_file import read_answers
from screen.case.evidence import RecordedAnswer
from screen.diagnostics import Diagnostic, Location, did_you_mean
from screen.engine.compare import examination_order
from screen.engine.evaluate import evaluate
from screen.engine.finding import Findings
from screen.logic import Status
from screen.rulebook.answers import InvalidAnswer, parse_answer
from screen.rulebook.dependencies import relevant_facts
from screen.rulebook.model import RuleBook

if TYPE_CHECKING:  # these modules import pydantic and the YAML scanner
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
    teaches_closed: Mapping[str, Status]
    held: str | None
    elsewhere: str | None
    told: Mapping[str, Disclosure]
    distressing: frozenset[str]
    once_asked: Mapping[str, Status]
    location: Location

    @property
    def given_after_interview(self) -> dict[str, RecordedAnswer]:
        """The answers once every question has been asked that the exercise has an answer to."""
        return {**self.given, **{name: disclosure.given for name, disclosure in self.told.items()}}


def model_findings(exercise: Exercise, book: RuleBook) -> Findings:
    """Return what the rule book finds on the vignette: the model answer."""
    return evaluate(book, exercise.given, exercise.profile)


def read_exercises(
    parts: Iterable[ParsedPart], book: RuleBook, *, verify: bool = True
) -> tuple[list[Exercise], list[Diagnostic]]:
    """Return the exercises without a mistake, and the diagnostics of the others.

    With `verify` each model answer is compared with the book, which takes an evaluation of the law for each exercise.
    Whoever works one exercise verifies that one alone.
    """
    exercises: list[Exercise] = []
    diagnostics: list[Diagnostic] = []
    first_location: dict[str, Location] = {}
    for part in parts:
        reader = _ExerciseReader(part, book)
        exercise = reader.read()
        if exercise.name in first_location:
            message = f'"{exercise.name}" is declared twice; the first is at {first_location[exercise.name]}.'
            reader.report(("exercise",), "declared-twice", message, "Rename one, or delete it.")
        first_location.setdefault(exercise.name, exercise.location)
        if verify and not reader.diagnostics:
            reader.verify(exercise)
        diagnostics += reader.diagnostics
        if not reader.diagnostics:
            exercises.append(exercise)
    return exercises, sorted(diagnostics)


class _ExerciseReader:
    """Reads one exercise and gathers its diagnostics."""

    def __init__(self, part: ParsedPart, book: RuleBook) -> None:
        self.part, self.book = part, book
        self.raw: ExerciseShape = part.shape
        self.diagnostics: list[Diagnostic] = []

    def report(self, path: KeyPath, code: str, message: str, hint: str, *, key: bool = False) -> None:
        location = self.part.document.location((*self.part.path, *path), key=key)
        self.diagnostics.append(Diagnostic(location, code, message, hint))

    def read(self) -> Exercise:
        """Return the exercise as far as it can be read."""
        raw, book = self.raw, self.book
        given, diagnostics = read_answers(self.part.document, (*self.part.path, "facts"), book)
        self.diagnostics += diagnostics
        self._check_names()
        self._check_open()
        self._check_origin()
        self._check_quotations()
        order = {name: place for place, name in enumerate(examination_order(book))}
        teaches = sorted(self._criteria("teaches", raw.teaches), key=order.__getitem__)
        disclosures = {name: self._disclosure(name, given) for name in raw.told}
        return Exercise(
            name=raw.exercise,
            title=raw.title,
            difficulty=raw.difficulty,
            profile=raw.profile if raw.profile in book.profiles else book.default_profile,
            decision=raw.decision,
            sources=tuple(dict.fromkeys((*_sources_of_decision(raw.decision, book), *raw.sources))),
            claims=tuple(raw.claims),
            vignette=raw.vignette.strip(),
            given=given,
            shown_by=raw.shown_by,
            open=tuple(raw.open),
            teaches={name: Status(raw.teaches[name]) for name in teaches},
            recommend=raw.recommend,
            teaches_closed={
                name: Status(raw.teaches_closed[name]) for name in self._criteria("teaches_closed", raw.teaches_closed)
            },
            held=raw.held,
            elsewhere=raw.elsewhere,
            told={name: disclosure for name, disclosure in disclosures.items() if disclosure is not None},
            distressing=frozenset(raw.distressing),
            once_asked={name: Status(raw.once_asked[name]) for name in self._criteria("once_asked", raw.once_asked)},
            location=self.part.document.location((*self.part.path, "exercise")),
        )

    def verify(self, exercise: Exercise) -> None:
        """Report each finding of the model answer that the rule book does not make on the facts of the exercise."""
        findings = model_findings(exercise, self.book)
        self._compare_statuses("teaches", exercise.teaches, findings)
        self._compare((RECOMMEND,), "the recommendation", exercise.recommend, findings.recommendation)
        if exercise.teaches_closed:
            closed = evaluate(self.book, exercise.given, exercise.profile, closed=True)
            self._compare_statuses("teaches_closed", exercise.teaches_closed, closed)
        if exercise.once_asked:
            findings = evaluate(self.book, exercise.given_after_interview, exercise.profile)
            self._compare_statuses("once_asked", exercise.once_asked, findings)
        relevant = relevant_facts(exercise.teaches, self.book)
        for index, name in enumerate(exercise.open):
            if name not in relevant:
                message = f'"{name}" is not relevant to anything that the exercise teaches.'
                hint = "Leave it out, or teach a point that needs it."
                self.report(("open", index), "teaches-otherwise", message, hint)

    def _compare_statuses(self, key: str, taught: Mapping[str, Status], findings: Findings) -> None:
        for name, status in taught.items():
            self._compare((key, name), name, status.value, findings[name].status.value)

    def _compare(self, path: KeyPath, label: str, taught: str, found: str) -> None:
        if taught != found:
            message = f"{label}: the rule book finds {found}, the exercise teaches {taught}."
            self.report(path, "teaches-otherwise", message, "Correct the facts, or what is taught.")

    def _check_names(self) -> None:
        raw, book = self.raw, self.book
        if raw.profile is not None and raw.profile not in book.profiles:
            hint = did_you_mean(raw.profile, book.profiles, "Known: " + ", ".join(book.profiles) + ".")
            self.report(("profile",), "unknown-profile", f'"{raw.profile}" is not declared.', hint)
        for key, names, known, code, noun in (
            ("sources", raw.sources, book.sources, "unknown-source", "source"),
            ("claims", raw.claims, book.claims, "unknown-name", "claim"),
            ("open", raw.open, book.facts, "unknown-fact", "fact"),
            ("distressing", raw.distressing, book.facts, "unknown-fact", "fact"),
        ):
            for index, name in enumerate(names):
                if name not in known:
                    hint = did_you_mean(name, known, f"Name a {noun}.")
                    self.report((key, index), code, f'"{name}" is no {noun}.', hint)

    def _check_open(self) -> None:
        for index, name in enumerate(self.raw.open):
            if name in self.raw.facts:
                message = f'"{name}" is answered above.'
                self.report(("open", index), "open-and-answered", message, "Leave one of them out.")

    def _check_origin(self) -> None:
        """Report an exercise that is drawn from nothing, or from a decision that the book does not know or tell."""
        raw, book = self.raw, self.book
        if raw.decision is not None and not _sources_of_decision(raw.decision, book):
            decisions = [source.decision for source in book.sources.values() if source.decision]
            hint = did_you_mean(raw.decision, decisions, "Write the `decision` of an authority in sources.yaml.")
            self.report(("decision",), "unknown-name", f'"{raw.decision}" is no decision of an authority.', hint)
        if raw.decision is None and not raw.sources and not raw.claims:
            message = "the exercise names nothing that it is drawn from."
            self.report(("exercise",), "drawn-from-nothing", message, "Add `decision`, `sources` or `claims`.")
        if raw.decision is not None and raw.held is None:
            self.report((), "missing-key", 'the key "held" is missing.', 'Add "held": what the court held.')

    def _check_quotations(self) -> None:
        vignette = _fold(self.raw.vignette)
        for name, words in self.raw.shown_by.items():
            path = ("shown_by", name)
            if name not in self.raw.facts:
                message = f'"{name}" is not among the facts.'
                self.report(path, "unknown-fact", message, "Add it to `facts`, or leave it out.", key=True)
            elif _fold(words) not in vignette:
                message = "the vignette does not contain these words."
                self.report(path, "not-in-vignette", message, "Copy them from the vignette.")

    def _criteria(self, key: str, names: Iterable[str]) -> list[str]:
        """Return those of the names that are criteria with words, and report the others."""
        known = [name for name, criterion in self.book.criteria.items() if criterion.says]
        for name in names:
            if name not in known:
                hint = did_you_mean(name, known, "Name a criterion with words.")
                self.report((key, name), "unknown-name", f'"{name}" is no criterion with words.', hint, key=True)
        return [name for name in names if name in known]

    def _disclosure(self, name: str, given: Mapping[str, RecordedAnswer]) -> Disclosure | None:
        raw, path = self.raw.told[name], ("told", name)
        fact = self.book.facts.get(name)
        if fact is None:
            hint = did_you_mean(name, self.book.facts, "Name a fact.")
            self.report(path, "unknown-fact", f'"{name}" is no fact.', hint, key=True)
            return None
        if name in self.raw.facts:
            if raw.answer is not None:
                message = f'"{name}" is answered above.'
                self.report((*path, "answer"), "open-and-answered", message, "Leave this one out.")
            return Disclosure(raw.says, given[name]) if name in given else None
        if raw.answer is None:
            self.report(path, "missing-key", f'"{name}" has no answer.', "Add `answer`; `unknown` is one.")
            return None
        value = parse_answer(fact, raw.answer, self.book.countries)
        if isinstance(value, InvalidAnswer):
            self.report((*path, "answer"), value.code, f"{name}: {value.message}", value.hint)
            return None
        return Disclosure(raw.says, RecordedAnswer(value))


def _sources_of_decision(decision: str | None, book: RuleBook) -> tuple[str, ...]:
    """Return the authorities of a decision."""
    return tuple(name for name, source in book.sources.items() if decision is not None and source.decision == decision)


def _fold(words: str) -> str:
    return " ".join(words.split()).casefold()
