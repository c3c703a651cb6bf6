"""Many broken inputs for one command, and the guilty one found: a start and a rule book cost more than a small file.

A group that keeps every promise is done with. Of one that does not, each input is tried alone, so that a finding has
its number.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence

from tests.campaign.program import Done
from tests.campaign.promises import broken_by
from tests.campaign.tally import Campaign


def grouped(campaign: Campaign, size: int) -> Iterator[tuple[int, ...]]:
    """Yield the numbers of this campaign in groups."""
    return itertools.batched(campaign.numbers(), size) if hasattr(itertools, "batched") else _batched(campaign, size)


def _batched(campaign: Campaign, size: int) -> Iterator[tuple[int, ...]]:
    numbers = campaign.numbers()  # Python 3.11 has no itertools.batched
    while group := tuple(itertools.islice(numbers, size)):
        yield group


def held(
    campaign: Campaign, group: Sequence[int], command: Callable[[Sequence[int]], Done], normal: float, where: str
) -> dict[int, Done]:
    """Return how the command ended for each number; what it breaks is kept as a finding of that number."""
    done = command(group)
    if not broken_by(done, normal=normal):
        campaign.measured(done, normal)
        return dict.fromkeys(group, done)
    alone = {number: command([number]) for number in group} if len(group) > 1 else {group[0]: done}
    for one in alone.values():
        campaign.measured(one, normal)
    guilty = [campaign.findings(number, broken_by(one, normal=normal), where) for number, one in alone.items()]
    if not any(guilty):
        again = command(group)
        campaign.measured(again, normal)
        campaign.findings(group[0], broken_by(again, normal=normal), f"{where}, in a group of {len(group)}")
    return alone
