"""The real rule book and cases made at random for it, for tests that look through many."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date
from functools import cache

from screen.case.evidence import Credibility, RecordedAnswer
from screen.evaluation.law_cases import LawCase, LawCaseResult, read_law_cases, try_law_case
from screen.logic import Answer
from screen.rulebook.checker import CheckedFolder, check_book
from screen.rulebook.model import HOST_FACT, ORIGIN_FACT, Fact, RuleBook
from screen.rulebook.terms import Value
from tests.paths import RULES


@cache
def checked() -> CheckedFolder:
    """Return the result of checking rules/."""
    return check_book(RULES)


def the_law() -> RuleBook:
    """Return the real rule book."""
    book = checked().book
    assert book is not None, "\n".join(map(str, checked().diagnostics))
    return book


def the_whole_law() -> RuleBook:
    """Return the real rule book with the law of all days."""
    book = checked().timeless_book
    assert book is not None
    return book


@cache
def its_cases() -> tuple[LawCase, ...]:
    """Return the law cases of the real rule book."""
    cases, mistakes = read_law_cases(checked().cases, the_law())
    assert not mistakes, "\n".join(map(str, mistakes))
    return tuple(cases)


@cache
def its_results() -> dict[str, LawCaseResult]:
    """Return by name what each law case gave by the law of its day: tried once for all who read it."""
    results = {case.name: try_law_case(case, the_whole_law()) for case in its_cases()}
    assert len(results) == len(its_cases()), "two law cases have one name"
    return results


@cache
def random_cases(count: int, seed: str = "cases") -> tuple[dict[str, RecordedAnswer], ...]:
    """Return so many cases: a third from nothing, the rest from a law case with some answers changed or taken out."""
    draw = random.Random(seed)
    return tuple(random_case(the_law(), its_cases(), draw) for _ in range(count))


def random_case(book: RuleBook, bases: Sequence[LawCase], draw: random.Random) -> dict[str, RecordedAnswer]:
    """Return a case of a book, from nothing or from one of these law cases."""
    base = dict(draw.choice(bases).given) if bases and draw.random() >= 1 / 3 else {}
    kept, answered = draw.choice((0.8, 0.95, 1.0)), draw.choice((0.0, 0.05, 0.3, 1.0))
    given = {name: answer for name, answer in base.items() if draw.random() < kept}
    for name, fact in book.facts.items():
        if name not in given and draw.random() < answered:
            given[name] = RecordedAnswer(random_value(fact, draw, book), random_credibility(draw))
    if draw.random() < 0.8:
        given.setdefault(ORIGIN_FACT, RecordedAnswer("KP"))
        given.setdefault(HOST_FACT, RecordedAnswer(draw.choice(sorted(book.standings))))
    return given


def random_value(fact: Fact, draw: random.Random, book: RuleBook | None = None) -> Value:
    """Return an answer to a fact of a book (the real one where none is given), now and then unknown."""
    if draw.random() < 0.05:
        return Answer.UNKNOWN
    match fact.type:
        case "yes_no":
            return draw.choice((Answer.YES, Answer.NO))
        case "choice" | "level":
            return draw.choice([option for option, _ in fact.options])
        case "many":
            options = [option for option, _ in fact.options]
            return frozenset(draw.sample(options, draw.choice((0, 1, 1, 2, min(3, len(options))))))
        case "number":
            return draw.choice((0, 1, 5, 11, 13, 14, 17, 18, 40))
        case "date":
            return date(draw.randint(1990, 2026), draw.randint(1, 12), draw.randint(1, 28))
        case "country":
            return draw.choice(sorted((book or the_law()).countries))
        case _:
            return "words"


def random_credibility(draw: random.Random) -> Credibility:
    """Return mostly an answer that nobody has assessed yet."""
    return draw.choice([Credibility.NOT_ASSESSED] * 5 + list(Credibility))
