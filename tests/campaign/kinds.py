"""Every kind of attack: its name, what it is in words, how it runs, and how many of which number it takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.campaign import broken_cases, broken_rules
from tests.campaign.tally import Campaign


@dataclass(frozen=True)
class Kind:
    """A kind of attack; it takes `part` of the number that the command line gives for its `unit`.

    `shared`: whether two processes may share it.
    """

    name: str
    title: str
    run: Callable[[Campaign], None]
    unit: str
    part: float = 1.0
    shared: bool = True


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("case", "Broken case files", broken_cases.run, "inputs", 0.34),
        Kind("rules", "Broken rule files", broken_rules.run_small, "inputs", 0.24),
        Kind("law", "The law, broken", broken_rules.run_law, "inputs", 0.004),
    )
}
