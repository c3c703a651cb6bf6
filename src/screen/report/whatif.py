"""What other answers would change, in words: named answers, and the questions to ask or verify next.

In: a case with its `Outcome` or `Pivots`. Out: blocks. Whoever reads this could be tempted to tell an applicant which
answer helps; every text therefore says what it is for, and both directions of a question stand side by side.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from screen.case.case_file import Case
from screen.case.evidence import EstablishedFact, answer_words
from screen.engine.finding import Findings
from screen.logic import Answer
from screen.report.document import Block, Heading, ItemList, LabelledRows, NestedList, Paragraph
from screen.report.wording import RECOMMENDATION_LABELS, STATUS_LABELS, Wording
from screen.rulebook.model import Fact
from screen.rulebook.terms import Value
from screen.text import sanitize_line
from screen.whatif.pivots import RECOMMENDATION, GoalResult, Outcome, Pivot, Pivots, TurnedGoal

AIM = (
    "For the caseworker: which questions to ask or verify next. It shows what the law hangs on. It is not advice on "
    "what to answer, and nobody may be told which answer would help."
)
NOT_WRITTEN = "Nothing was written to the case file. Only what the applicant said and the evidence shows belongs there."
_SHOWN = 3  # so many ways to answer are told for each result, and the rest counted
_NUMBERS = {1: "One fact", 2: "Two facts together", 3: "Three facts together"}


# ── named answers ───────────────────────────────────────────────────────────────────────────────────────────────────


def outcome_blocks(case: Case, outcome: Outcome) -> Iterator[Block]:
    """Yield what named answers change: the facts, the recommendation, and each criterion with words, in order."""
    before, after = Wording(outcome.before), Wording(outcome.after)
    yield Heading(1, f"Case {case.name}: what if")
    yield LabelledRows((*_law(outcome.before), *_recommendation(outcome)))
    yield Heading(2, "With these answers")
    facts = [(name, outcome.before.established[name], outcome.after.established[name]) for name in outcome.facts]
    yield ItemList(
        tuple(f"{after.question(name)} {_known(then, before)} → {_known(now, after)}" for name, then, now in facts)
    )
    for label, findings in (("No longer presumed", outcome.before), ("Presumed then", outcome.after)):
        if names := [name for name in outcome.changed_presumptions if findings.established[name].presumed]:
            yield Paragraph(f"{label}: {', '.join(names)}.")
    changed = [name for name in outcome.criteria if outcome.before.book.criteria[name].says]
    yield Heading(2, f"Findings that change: {len(changed) or 'none'}")
    yield LabelledRows(
        tuple(
            (
                _title(name, after),
                f"{STATUS_LABELS[outcome.before[name].status]} → {STATUS_LABELS[outcome.after[name].status]}",
            )
            for name in changed
        )
    )
    yield Paragraph(NOT_WRITTEN, "quiet")
    yield Paragraph(AIM, "quiet")


def _law(findings: Findings) -> Iterator[tuple[str, str]]:
    yield "Profile", findings.profile.title
    yield "Law as of", findings.book.law_as_of.isoformat()


def _recommendation(outcome: Outcome) -> Iterator[tuple[str, str]]:
    before, after = (
        RECOMMENDATION_LABELS[outcome.before.recommendation],
        RECOMMENDATION_LABELS[outcome.after.recommendation],
    )
    yield "Recommendation", f"{before}: unchanged" if before == after else f"{before} → {after}"


def _known(known: EstablishedFact, words: Wording) -> str:
    told = words.answer(known) if known.given or known.presumed else "not answered"
    return told[:1].upper() + told[1:]


def _title(name: str, words: Wording) -> str:
    adverse = " (against the claim if met)" if words.book.criteria[name].adverse else ""
    return f"{words.title(name)}{adverse}"


# ── pivots ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def pivot_blocks(case: Case, searches: Sequence[Pivots], *, contestable: bool, most: int) -> Iterator[Block]:
    """Yield the questions on which each group of goals hangs, the fewest at a time first."""
    findings = searches[0].findings
    words = Wording(findings)
    yield Heading(1, f"Case {case.name}: what it hangs on")
    yield Paragraph(AIM, "strong")
    kinds = "open facts, presumptions, and answers not yet fully accepted" if contestable else "open facts alone"
    yield LabelledRows(
        (
            *_law(findings),
            ("Recommendation", RECOMMENDATION_LABELS[findings.recommendation]),
            ("Looked at", f"{kinds}; never an accepted answer, never who the applicant is"),
        )
    )
    for one in searches:
        yield from _search(one, words, contestable=contestable, most=most)
    if searches[0].unknown_identity:
        yield Heading(2, "To be established first, and never tried out here")
        yield LabelledRows(tuple((f"{name}", words.question(name)) for name in searches[0].unknown_identity))
    yield Paragraph("Nothing was written to the case file. Screening aid, not a determination.", "quiet")


def _search(one: Pivots, words: Wording, *, contestable: bool, most: int) -> Iterator[Block]:
    name = one.goals[0]
    if one.goals == (RECOMMENDATION,):
        yield Heading(2, "What changes the recommendation")
    elif len(one.goals) > 1:
        yield Heading(2, "What changes a conclusion")
    else:
        yield Heading(2, f"What changes {name.replace('_', ' ')}")
        yield Paragraph(f"{_title(name, words)}. {STATUS_LABELS[one.findings[name].status]} now.")
    number = 0
    for size in (1, 2, 3):
        here = [pivot for pivot in one.pivots if len(pivot.facts) == size]
        if here:
            yield Heading(3, _NUMBERS[size])
            yield NestedList(tuple(branch for pivot in here for branch in _pivot(pivot, one, words)))
        number += len(here)
    if not one.pivots:
        yield Paragraph(_nothing(one, contestable=contestable))
    elif number == most:
        yield Paragraph(f"The first {most}, fewest facts first; --most N shows more.", "quiet")


def _nothing(one: Pivots, *, contestable: bool) -> str:
    many = len(one.tried_answers)
    if not many:
        told = "No fact that may be tried bears on it."
    elif many <= 2:
        told = "The one open fact does not change it." if many == 1 else "Neither of two facts changes it, nor both."
    elif one.facts_in_triples < many:
        triples = f"three of the {one.facts_in_triples} that decide most"
        told = f"None of {many} facts changes it, nor do two together, nor {triples}."
    else:
        told = f"None of {many} facts changes it, nor do two or three together."
    return told if contestable else f"{told} With --contestable, answers that are not fully accepted are tried, too."


def _pivot(pivot: Pivot, one: Pivots, words: Wording) -> Iterator[tuple[int, str]]:
    """Yield the questions of a pivot, and under them what follows from which answers."""
    for place, name in enumerate(pivot.facts):
        yield (
            0,
            f"{'With: ' if place else ''}{words.question(name)} ({name}{_now(one.findings.established[name], words)})",
        )
    facts = [words.book.facts[name] for name in pivot.facts]
    for answers, turns in _by_answers(pivot.turns).items():
        yield 1, f"{_answers(answers, facts, one, words)}: {_turned(turns, words)}"


def _now(known: EstablishedFact, words: Wording) -> str:
    if not known.is_known:
        return ", asked and not known" if known.given else ""
    return f", now: {words.answer(known)}"


def _by_answers(turns: Sequence[TurnedGoal]) -> dict[tuple[tuple[Value, ...], ...], list[TurnedGoal]]:
    """Return the turns with the answers that make them all; each way to answer stands once."""
    follows: dict[tuple[Value, ...], list[TurnedGoal]] = {}
    for turn in turns:
        for answer in turn.answers:
            follows.setdefault(answer, []).append(turn)
    grouped: dict[tuple[int, ...], list[tuple[Value, ...]]] = {}
    found: dict[tuple[int, ...], list[TurnedGoal]] = {}
    for answer, several in follows.items():
        key = tuple(id(turn) for turn in several)
        grouped.setdefault(key, []).append(answer)
        found[key] = several
    return {tuple(answers): found[key] for key, answers in grouped.items()}


def _turned(turns: Sequence[TurnedGoal], words: Wording) -> str:
    """Return what ends otherwise; conclusions that change alike stand together."""
    told, alike = [], dict[tuple[GoalResult, GoalResult], list[str]]()
    for turn in turns:
        if turn.goal == RECOMMENDATION:
            told.append(f"recommendation then: {_end(turn.after)}")
        else:
            adverse = " (against the claim if met)" if words.book.criteria[turn.goal].adverse else ""
            alike.setdefault((turn.before, turn.after), []).append(turn.goal.replace("_", " ") + adverse)
    told += [f"{', '.join(names)}: {_end(then)} → {_end(now)}" for (then, now), names in alike.items()]
    return "; ".join(told)


def _end(end: GoalResult) -> str:
    return RECOMMENDATION_LABELS[end] if isinstance(end, str) else STATUS_LABELS[end]


def _answers(answers: Sequence[tuple[Value, ...]], facts: Sequence[Fact], one: Pivots, words: Wording) -> str:
    """Return ways to answer these facts: `yes`, `a fine or a camp`, `yes, with a camp`; no more than a few."""
    ways = list(_folded(answers))
    told = [
        ", with ".join(_values(values, fact, one, words) for values, fact in zip(way, facts, strict=True))
        for way in ways[:_SHOWN]
    ]
    if len(ways) > _SHOWN:
        told.append(f"{len(ways) - _SHOWN} more ways to answer")
    text = "; or ".join(told)
    return text[:1].upper() + text[1:]


_Way = tuple[tuple[Value, ...], ...]


def _folded(answers: Sequence[tuple[Value, ...]]) -> Iterator[_Way]:
    """Yield ways to answer, those that differ in one fact alone told together."""
    ways: list[_Way] = [tuple((value,) for value in answer) for answer in answers]
    for place in reversed(range(len(answers[0]))):
        merged: dict[_Way, list[Value]] = {}
        for way in ways:
            merged.setdefault((*way[:place], *way[place + 1 :]), []).extend(way[place])
        ways = [(*rest[:place], tuple(values), *rest[place:]) for rest, values in merged.items()]
    yield from ways


def _values(values: Collection[Value], fact: Fact, one: Pivots, words: Wording) -> str:
    tried, known = one.tried_answers[fact.name], one.findings.established[fact.name]
    if len(values) == len(tried) and len(tried) > 1:
        return "any other answer" if known.is_known else "whatever is answered"
    told = [_value(value, known, words) for value in list(values)[:_SHOWN]]
    more = len(values) - len(told)
    such = "such as " if fact.type in ("number", "date", "country") and values != (Answer.UNKNOWN,) else ""
    joined = such + " or ".join(told)
    return f"{joined} or one of {more} more answers" if more > 1 else f"{joined} or one more" if more else joined


def _value(value: Value, known: EstablishedFact, words: Wording) -> str:
    """Return an answer in words; of a list beside another only what is added or left out."""
    if value is Answer.UNKNOWN:
        return "not established"
    if isinstance(value, frozenset) and value:
        if isinstance(known.value, frozenset):
            added, out = value - known.value, known.value - value
            other = sanitize_line(answer_words(words.book, known.fact, added or out))
            return f"also {other}" if added else f"without {other}"
        if len(value) == len(known.fact.options):
            return "all of them"
    return sanitize_line(answer_words(words.book, known.fact, value))
