"""What other answers would change, in words: named answers, and the questions to ask or verify next.

In: a case with its `Outcome` or `Pivots`. Out: blocks. A reader could be tempted to tell an applicant which answer
helps. Every text therefore says what it is for, and shows both directions of a question.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from screen.case.case_file import Case
from screen.case.evidence import EstablishedFact, answer_words
from screen.case.record import record_line
from screen.engine.finding import Findings
from screen.logic import Answer
from screen.report.document import Block, Heading, ItemList, LabelledRows, NestedList, Paragraph
from screen.report.wording import RECOMMENDATION_LABELS, STATUS_LABELS, Wording, capitalize, status_label
from screen.rulebook.model import Fact
from screen.rulebook.terms import Value
from screen.text import sanitize_line
from screen.whatif.outcome import Outcome
from screen.whatif.pivots import RECOMMENDATION, GoalResult, Pivot, Pivots, TurnedGoal

AIM = (
    "For the caseworker: which questions to ask or verify next. It shows what the law turns on. It is not advice on "
    "what to answer, and nobody may be told which answer would help."
)
NOT_WRITTEN = "Nothing was written to the case file. Only what the applicant said and the evidence shows belongs there."
_MAX_SHOWN = 3  # alternatives that are written out for each result; the rest are counted
_SIZE_HEADINGS = {1: "One fact", 2: "Two facts together", 3: "Three facts together"}

#: Answers to the facts of a pivot, in their order; and alternatives to answer each of them.
_Answers = tuple[Value, ...]
_Alternatives = tuple[tuple[Value, ...], ...]


# ── named answers ───────────────────────────────────────────────────────────────────────────────────────────────────


def outcome_blocks(case: Case, outcome: Outcome) -> Iterator[Block]:
    """Yield what named answers change: the facts, the recommendation, and each criterion with words, in order."""
    before, after = outcome.before, outcome.after
    wording, wording_after = Wording(before), Wording(after)
    yield Heading(1, f"Case {case.name}: what if")
    yield LabelledRows((*_law(before, case), ("Recommendation", _recommendation_change(before, after))))
    yield Heading(2, "With these answers")
    yield ItemList(
        tuple(
            f"{wording_after.question(name)} {_answer(before.established[name], wording)} → "
            f"{_answer(after.established[name], wording_after)}"
            for name in outcome.facts
        )
    )
    for label, findings in (("No longer presumed", before), ("Now presumed", after)):
        if names := [name for name in outcome.changed_presumptions if findings.established[name].presumed]:
            yield Paragraph(f"{label}: {', '.join(names)}.")
    changed = [name for name in outcome.criteria if before.book.criteria[name].says]
    yield Heading(2, f"Findings that change: {len(changed) or 'none'}")
    yield LabelledRows(
        tuple(
            (
                wording_after.title_with_bearing(name),
                f"{status_label(before[name])} → {status_label(after[name])}",
            )
            for name in changed
        )
    )
    yield Paragraph(NOT_WRITTEN, "quiet")
    yield Paragraph(AIM, "quiet")


def _law(findings: Findings, case: Case) -> Iterator[tuple[str, str]]:
    yield "Profile", findings.profile.title
    yield "Law as of", findings.book.law_as_of.isoformat()
    if findings.is_closed:
        yield "Record", record_line(case.record, read_as_closed=True).removeprefix("Record ").rstrip(".")


def _recommendation_change(before: Findings, after: Findings) -> str:
    old, new = RECOMMENDATION_LABELS[before.recommendation], RECOMMENDATION_LABELS[after.recommendation]
    return f"{old}: unchanged" if old == new else f"{old} → {new}"


def _answer(fact: EstablishedFact, wording: Wording) -> str:
    return capitalize(wording.answer(fact, "not answered"))


# ── pivots ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def pivot_blocks(case: Case, searches: Sequence[Pivots], *, contestable: bool, most: int) -> Iterator[Block]:
    """Yield the questions on which each group of goals turns, the fewest at a time first.

    `most` is how many pivots a search was limited to.
    """
    findings, unknown_identity = searches[0].findings, searches[0].unknown_identity
    wording = Wording(findings)
    yield Heading(1, f"Case {case.name}: what it turns on")
    yield Paragraph(AIM, "strong")
    kinds = "open facts, presumptions, and answers not yet fully accepted" if contestable else "open facts alone"
    yield LabelledRows(
        (
            *_law(findings, case),
            ("Recommendation", RECOMMENDATION_LABELS[findings.recommendation]),
            ("Examined", f"{kinds}; never an accepted answer, never who the applicant is"),
        )
    )
    for search in searches:
        yield from _search(search, wording, contestable=contestable, most=most)
    if unknown_identity:
        yield Heading(2, "To be established first, and never tried out here")
        yield LabelledRows(tuple((name, wording.question(name)) for name in unknown_identity))
    yield Paragraph("Nothing was written to the case file. Screening aid, not a determination.", "quiet")


def _search(search: Pivots, wording: Wording, *, contestable: bool, most: int) -> Iterator[Block]:
    if search.goals == (RECOMMENDATION,):
        yield Heading(2, "What changes the recommendation")
    elif len(search.goals) > 1:
        yield Heading(2, "What changes a conclusion")
    else:
        goal = search.goals[0]
        yield Heading(2, f"What changes {goal.replace('_', ' ')}")
        yield Paragraph(f"{wording.title_with_bearing(goal)}. {status_label(search.findings[goal])} now.")
    for size, heading in _SIZE_HEADINGS.items():
        pivots = [pivot for pivot in search.pivots if len(pivot.facts) == size]
        if pivots:
            yield Heading(3, heading)
            yield NestedList(tuple(item for pivot in pivots for item in _pivot(pivot, search, wording)))
    if not search.pivots:
        yield Paragraph(_no_pivot(search, contestable=contestable))
    elif len(search.pivots) == most:
        yield Paragraph(f"The first {most}, fewest facts first; --most N shows more.", "quiet")


def _no_pivot(search: Pivots, *, contestable: bool) -> str:
    """Return how far the search went that found nothing."""
    tried = len(search.tried_answers)
    if not tried:
        text = "No fact that may be tried bears on it."
    elif tried == 1:
        text = "The one open fact does not change it."
    elif tried == 2:
        text = "Neither of two facts changes it, nor both."
    elif search.facts_in_triples < tried:
        triples = f"three of the {search.facts_in_triples} that decide most"
        text = f"None of {tried} facts changes it, nor do two together, nor {triples}."
    else:
        text = f"None of {tried} facts changes it, nor do two or three together."
    return text if contestable else f"{text} With --contestable, answers that are not fully accepted are tried, too."


def _pivot(pivot: Pivot, search: Pivots, wording: Wording) -> Iterator[tuple[int, str]]:
    """Yield the questions of a pivot, and under them what follows from which answers."""
    for index, name in enumerate(pivot.facts):
        now = _answer_now(search.findings.established[name], wording)
        yield 0, f"{'With: ' if index else ''}{wording.question(name)} ({name}{now})"
    for answers, turns in _group_by_turns(pivot.turns):
        yield 1, f"{_alternatives(answers, pivot, search, wording)}: {_turns(turns, wording)}"


def _answer_now(fact: EstablishedFact, wording: Wording) -> str:
    if not fact.is_known:
        return ", asked but not known" if fact.given else ""
    return f", now: {wording.answer(fact)}"


def _group_by_turns(turns: Sequence[TurnedGoal]) -> list[tuple[list[_Answers], list[TurnedGoal]]]:
    """Return combinations of answers that turn the same goals, with these turns; each combination is in one group."""
    turns_of_answers: dict[_Answers, list[TurnedGoal]] = {}
    for turn in turns:
        for answers in turn.answers:
            turns_of_answers.setdefault(answers, []).append(turn)
    groups: dict[tuple[int, ...], tuple[list[_Answers], list[TurnedGoal]]] = {}
    for answers, turned in turns_of_answers.items():
        key = tuple(id(turn) for turn in turned)
        groups.setdefault(key, ([], turned))[0].append(answers)
    return list(groups.values())


def _turns(turns: Sequence[TurnedGoal], wording: Wording) -> str:
    """Return what ends differently; conclusions that change in the same way stand together."""
    texts: list[str] = []
    goals_of_change: dict[tuple[GoalResult, GoalResult], list[str]] = {}
    for turn in turns:
        if turn.goal == RECOMMENDATION:
            texts.append(f"recommendation then: {_goal_result(turn.after)}")
        else:
            adverse = " (against the claim if met)" if wording.book.criteria[turn.goal].adverse else ""
            goal = turn.goal.replace("_", " ") + adverse
            goals_of_change.setdefault((turn.before, turn.after), []).append(goal)
    texts += [
        f"{', '.join(goals)}: {_goal_result(before)} → {_goal_result(after)}"
        for (before, after), goals in goals_of_change.items()
    ]
    return "; ".join(texts)


def _goal_result(result: GoalResult) -> str:
    return RECOMMENDATION_LABELS[result] if isinstance(result, str) else STATUS_LABELS[result]


def _alternatives(answers: Sequence[_Answers], pivot: Pivot, search: Pivots, wording: Wording) -> str:
    """Return ways to answer these facts: `yes`, `a fine or a camp`, `yes, with a camp`; no more than a few."""
    facts = [wording.book.facts[name] for name in pivot.facts]
    alternatives = _merge_alternatives(answers)
    texts = [
        ", with ".join(_values(values, fact, search, wording) for values, fact in zip(alternative, facts, strict=True))
        for alternative in alternatives[:_MAX_SHOWN]
    ]
    if len(alternatives) > _MAX_SHOWN:
        texts.append(f"{len(alternatives) - _MAX_SHOWN} more ways to answer")
    return capitalize("; or ".join(texts))


def _merge_alternatives(answers: Sequence[_Answers]) -> list[_Alternatives]:
    """Return ways to answer; those that differ in one fact alone are merged."""
    alternatives: list[_Alternatives] = [tuple((value,) for value in combination) for combination in answers]
    for index in reversed(range(len(answers[0]))):
        merged: dict[_Alternatives, list[Value]] = {}
        for values in alternatives:
            merged.setdefault((*values[:index], *values[index + 1 :]), []).extend(values[index])
        alternatives = [(*others[:index], tuple(values), *others[index:]) for others, values in merged.items()]
    return alternatives


def _values(values: Collection[Value], fact: Fact, search: Pivots, wording: Wording) -> str:
    tried, established = search.tried_answers[fact.name], search.findings.established[fact.name]
    if len(values) == len(tried) and len(tried) > 1:
        return "any other answer" if established.is_known else "any answer"
    labels = [_value(value, established, wording) for value in list(values)[:_MAX_SHOWN]]
    such_as = "such as " if fact.type in ("number", "date", "country") and values != (Answer.UNKNOWN,) else ""
    text = such_as + " or ".join(labels)
    rest = len(values) - len(labels)
    if not rest:
        return text
    return f"{text} or one more" if rest == 1 else f"{text} or one of {rest} more answers"


def _value(value: Value, established: EstablishedFact, wording: Wording) -> str:
    """Return an answer in words; of a list that replaces another only what is added or left out."""
    fact = established.fact
    if value is Answer.UNKNOWN:
        return "not established"
    if isinstance(value, frozenset) and value:
        if isinstance(established.value, frozenset):
            added, removed = value - established.value, established.value - value
            options = sanitize_line(answer_words(wording.book, fact, added or removed))
            return f"also {options}" if added else f"without {options}"
        if len(value) == len(fact.options):
            return "all of them"
    return sanitize_line(answer_words(wording.book, fact, value))
