"""Written reasons held against a checklist: which facts, findings and authorities of the model are named in them.

In: an exercise with its model findings, and a text. Out: the items, and which of them the words of the text name. This
looks for words; it does not judge prose, and says so. What stands there in other words the trainee ticks.
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
_STEM = 6  # letters that two forms of a word have in common: persecuted, persecution
_COMMON = frozenset(
    (
        "that",
        "this",
        "with",
        "from",
        "have",
        "been",
        "were",
        "they",
        "their",
        "there",
        "which",
        "what",
        "when",
        "whom",
        "would",
        "could",
        "should",
        "about",
        "into",
        "than",
        "then",
        "them",
        "also",
        "such",
        "some",
        "other",
        "only",
        "here",
        "does",
        "said",
        "says",
        "because",
        "applicant",
        "person",
        "state",
        "authorities",
        "country",
    )
)
#: Words that say how a finding ends; a checklist cannot know what else was meant by them.
_ENDS = {
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
    """One thing that reasons on a law point should name: the finding, a decisive fact, an authority, the other side."""

    point: str
    kind: Literal["finding", "fact", "authority", "against"]
    name: str


def checklist(exercise: Exercise, findings: Findings) -> tuple[ChecklistItem, ...]:
    """Return what reasons should name, point by point in the order of examination; of authorities one is enough."""
    items: list[ChecklistItem] = []
    for point, facts in material_facts(exercise, findings).items():
        one = findings.book.criteria[point]
        items.append(ChecklistItem(point, "finding", findings[point].status.value))
        items += [ChecklistItem(point, "fact", name) for name in facts]
        items += [ChecklistItem(point, "authority", point)] if one.sources else []
        items += [ChecklistItem(point, "against", point)] if one.contrary else []
    return tuple(items)


def find_named_items(
    items: Iterable[ChecklistItem], exercise: Exercise, findings: Findings, text: str
) -> frozenset[ChecklistItem]:
    """Return the items whose words a text holds."""
    words, low = stems(text), " ".join(text.casefold().split())
    return frozenset(item for item in items if _names(item, exercise, findings, words, low))


def _names(item: ChecklistItem, exercise: Exercise, findings: Findings, words: Collection[str], text: str) -> bool:
    book = findings.book
    one = book.criteria[item.point]
    match item.kind:
        case "finding":
            about = stems(one.title)
            return _share(about, words) >= 0.5 and any(end in text for end in _ENDS[Status(item.name)])
        case "fact":
            known = findings.established[item.name]
            asked = f"{known.fact.ask} {answer_words(book, known.fact, known.value)}"
            shown = exercise.shown_by.get(item.name, "")
            return _share(stems(shown), words) >= 0.5 or _share(stems(asked), words) >= 0.5
        case "authority":
            return any(_cited(book.sources[name].short or book.sources[name].cite, words) for name in one.sources)
        case "against":
            return any(_cited(book.sources[name].short or book.sources[name].cite, words) for name in one.contrary)


def _cited(cite: str, words: Collection[str]) -> bool:
    """Tell whether a text names an authority: the greater part of its name."""
    return _share(stems(cite), words) > 0.5


def _share(wanted: Collection[str], words: Collection[str]) -> float:
    return sum(one in words for one in wanted) / len(wanted) if wanted else 0.0


def stems(text: str) -> frozenset[str]:
    """Return the words of a text that carry something, cut to what their forms have in common."""
    found = (word.casefold() for word in _WORD.findall(text))
    return frozenset(word[:_STEM] for word in found if word not in _COMMON)


def mark_reasons(items: Iterable[ChecklistItem], covered: Collection[ChecklistItem]) -> list[MarkedElement]:
    """Return each law point marked by its items: all named, some, none. The other side is asked for and not marked."""
    of_point: dict[str, list[ChecklistItem]] = {}
    for item in items:
        if item.kind != "against":
            of_point.setdefault(item.point, []).append(item)
    return [_marked(point, own, covered) for point, own in of_point.items()]


def _marked(point: str, own: list[ChecklistItem], covered: Collection[ChecklistItem]) -> MarkedElement:
    named_here = sum(item in covered for item in own)
    # Reasons without a word on the finding reason nothing, whatever else they tell.
    finding = any(item.kind == "finding" and item in covered for item in own)
    mark = Mark.CORRECT if named_here == len(own) else Mark.MINOR if finding else Mark.SIGNIFICANT
    missed = tuple(item.name for item in own if item.kind == "fact" and item not in covered)
    return MarkedElement(point, mark, f"{named_here} of {len(own)}", f"{len(own)} of {len(own)}", missed)
