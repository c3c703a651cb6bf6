"""Sort criteria into layers: considerations, elements and conclusions. What a closed record does hangs on the layer.

In: the criteria of a book, under one profile or whatever the profile. Out: the layer of each. Left alone: what closing
means (`engine.closing`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from screen.rulebook.dependencies import facts_in, required_criteria
from screen.rulebook.model import HOST_FACT, ORIGIN_FACT, Profile, RuleBook

Layer = Literal["consideration", "element", "conclusion"]


def layers(book: RuleBook, profile: Profile | None = None) -> Mapping[str, Layer]:
    """Return the layer of every criterion, parts before the whole.

    An element has a burden: it is shown or not shown, and closes. A conclusion has none and is built from elements and
    conclusions, so that it is decided once they are. Everything else is a consideration, and is always read open. A
    burden that hangs on a reading is one where no profile is given; under a profile it may be nobody's.
    """
    sorted_so_far: dict[str, Layer] = {}
    for name in book.order:
        criterion = book.criteria[name]
        burden = criterion.burden if profile is None else criterion.burden_under(profile)
        facts = facts_in((criterion.holds_if, *criterion.unless))
        # Whom a law binds is asked of the two States alone, and they are known before anything else is.
        facts |= facts_in([criterion.applies_if] if criterion.applies_if else []) - {HOST_FACT, ORIGIN_FACT}
        if burden is not None:
            sorted_so_far[name] = "element"
        elif facts or any(sorted_so_far[part] == "consideration" for part in required_criteria(criterion)):
            sorted_so_far[name] = "consideration"
        else:
            sorted_so_far[name] = "conclusion"
    return sorted_so_far
