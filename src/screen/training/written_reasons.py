"""Written reasons compared with a checklist: which facts, findings and authorities of the model answer they name.

In: an exercise with its model findings, and a text. Out: the items, and which of them the text names. This looks for
words; it does not judge prose, and says so. What the text says in other words the trainee ticks.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Literal

from screen.case.evidence import answer_words
from screen.engine.finding import Findings
from screen.logic import Status
from screen.training.exercise import Exercise
from screen.training.marking import Mark, MarkedElement, material_facts

_WORD = re.compile(r"[^\W\d_]{4,}|\d+")
_STEM_LENGTH = 6  # letters that two forms of a word have in common: persecuted, persecution
_COMMON = """
    that this with from have been were they their there which what when whom would could should about into than then
    them also such some other only here does said says because applicant person state authorities country
"""
_COMMON_WORDS = frozenset(_COMMON.split())
#: Phrases that say how a finding ends. A checklist cannot know what else they may mean in a text.
_STATUS_PHRASES = {
    Status.MET: ("met", "established", "satisfied", "made out", "is a refugee", "well-founded", "shown"),
    Status.NOT_MET: (
        "not met",
        "not established",
        "not satisfied",
        "fails",
        "no nexus",
        "not shown",
        "does not",
        "is not",
    ),
    Status.UNDETERMINED: ("undetermined", "open", "not known", "cannot be decided", "further enquiry", "unknown"),
    Status.NOT_APPLICABLE: ("not applicable", "does not apply", "does not arise"),
}


@dataclass(frozen=True, slots=True)
class ChecklistItem:
    """What reasons on a law point should name: the finding, a decisive fact, an authority, or the other side."""

    point: str
    kind: Literal["finding", "fact", "authority", "against"]
    name: str


def checklist(exercise: Exercise, findings: Findings) -> tuple[ChecklistItem, ...]:
    """Return what reasons should name, point by point in the order of examination; any one authority is enough."""
    items: list[ChecklistItem] = []
    for point, facts in material_facts(exercise, findings).items():
        criterion = findings.book.criteria[point]
        items.append(ChecklistItem(point, "finding", findings[point].status.value))
        items += [ChecklistItem(point, "fact", name) for name in facts]
        items += [ChecklistItem(point, "authority", point)] if criterion.sources else []
        items += [ChecklistItem(point, "against", point)] if criterion.contrary else []
    return tuple(items)


def find_named_items(
    items: Iterable[ChecklistItem], exercise: Exercise, findings: Findings, text: str
) -> frozenset[ChecklistItem]:
    """Return the items that a text names."""
    text_stems, folded = stems(text), " ".join(text.casefold().split())
    return frozenset(item for item in items if _is_named(item, exercise, findings, text_stems, folded))


def _is_named(
    item: ChecklistItem, exercise: Exercise, findings: Findings, text_stems: Collection[str], folded: str
) -> bool:
    book, criterion = findings.book, findings.book.criteria[item.point]

    def share(words: str) -> float:
        """Return the share of these words that the text has."""
        expected = stems(words)
        return sum(stem in text_stems for stem in expected) / len(expected) if expected else 0.0

    def names_any(sources: Iterable[str]) -> bool:
        """Tell whether the text has the greater part of the name of one of these authorities."""
        return any(share(book.sources[name].short or book.sources[name].cite) > 0.5 for name in sources)

    match item.kind:
        case "finding":
            phrases = _STATUS_PHRASES[Status(item.name)]
            return share(criterion.title) >= 0.5 and any(phrase in folded for phrase in phrases)
        case "fact":
            fact = findings.established[item.name]
            answer = answer_words(book, fact.fact, fact.value)
            return share(exercise.shown_by.get(item.name, "")) >= 0.5 or share(f"{fact.fact.ask} {answer}") >= 0.5
        case "authority":
            return names_any(criterion.sources)
        case "against":
            return names_any(criterion.contrary)


def stems(text: str) -> frozenset[str]:
    """Return the words of a text that carry meaning, cut to what their forms have in common."""
    words = (word.casefold() for word in _WORD.findall(text))
    return frozenset(word[:_STEM_LENGTH] for word in words if word not in _COMMON_WORDS)


def mark_reasons(items: Iterable[ChecklistItem], covered: Collection[ChecklistItem]) -> list[MarkedElement]:
    """Return each law point marked by its items: all named, some, none. The other side is asked for and not marked."""
    items_of_point: dict[str, list[ChecklistItem]] = {}
    for item in items:
        if item.kind != "against":
            items_of_point.setdefault(item.point, []).append(item)
    return [_mark_point(point, items, covered) for point, items in items_of_point.items()]


def _mark_point(point: str, items: list[ChecklistItem], covered: Collection[ChecklistItem]) -> MarkedElement:
    count, total = sum(item in covered for item in items), len(items)
    # Reasons that do not name the finding give no reasons for it, whatever else they say.
    names_finding = any(item.kind == "finding" and item in covered for item in items)
    mark = Mark.CORRECT if count == total else Mark.MINOR if names_finding else Mark.SIGNIFICANT
    missed = tuple(item.name for item in items if item.kind == "fact" and item not in covered)
    return MarkedElement(point, mark, f"{count} of {total}", f"{total} of {total}", missed)
