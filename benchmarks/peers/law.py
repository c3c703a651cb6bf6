"""The small law that every engine gets, random cases, and the oracle with their results.

Twelve facts, twenty criteria of `all`, `any` and `not`. `rules/` says the same in our rule language; a test compares
the two. True, False and None are yes, no and unknown, of facts and of criteria.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass

#: A name, or `all`, `any` or `not` followed by its parts.
Condition = str | tuple
Case = dict[str, bool | None]

FACTS = (
    "outside_country", "subjective_fear", "objective_risk", "serious_harm", "ground_direct", "ground_imputed",
    "state_agent", "state_unable", "ifa_reasonable", "activities_abroad", "excluded_1f", "torture_risk",
)  # fmt: skip

#: Each criterion comes after those that it names.
RULES: dict[str, Condition] = {
    "well_founded": ("all", "subjective_fear", "objective_risk"),
    "nexus": ("any", "ground_direct", "ground_imputed"),
    "persecution": ("all", "serious_harm", "objective_risk"),
    "no_state_protection": ("any", "state_agent", "state_unable"),
    "no_ifa": ("not", "ifa_reasonable"),
    "ifa_unavailable": ("any", "state_agent", "no_ifa"),
    "past_basis": ("all", ("not", "activities_abroad"), "well_founded"),
    "sur_place_basis": ("all", "outside_country", "activities_abroad", "objective_risk"),
    "fear_basis": ("any", "past_basis", "sur_place_basis"),
    "protection_gap": ("all", "no_state_protection", "ifa_unavailable"),
    "persecution_nexus": ("all", "persecution", "nexus"),
    "inclusion": ("all", "outside_country", "fear_basis", "persecution_nexus", "protection_gap"),
    "excluded": ("any", "excluded_1f"),
    "not_excluded": ("not", "excluded"),
    "refugee": ("all", "inclusion", "not_excluded"),
    "sur_place_refugee": ("all", "refugee", "sur_place_basis"),
    "real_risk": ("any", "torture_risk", ("all", "serious_harm", "objective_risk", "no_state_protection")),
    "nonref_convention": ("any", "refugee", ("all", "persecution_nexus", "protection_gap")),
    "nonref_absolute": ("all", "real_risk", "ifa_unavailable"),
    "protected": ("any", "refugee", "nonref_convention", "nonref_absolute"),
}
CRITERIA = tuple(RULES)


def cases(count: int, seed: int = 7) -> list[Case]:
    """Return random cases, the same ones for the same seed: two in ten answers are unknown, half the others yes."""
    draw = random.Random(seed)
    return [{fact: draw.choices((True, False, None), (4, 4, 2))[0] for fact in FACTS} for _ in range(count)]


def oracle(case: Case) -> Case:
    """Return the value of each criterion, computed in the plain way (strong Kleene logic)."""
    known: Case = dict(case)
    for name, condition in RULES.items():
        known[name] = _value(condition, known)
    return {name: known[name] for name in CRITERIA}


def _value(condition: Condition, known: Mapping[str, bool | None]) -> bool | None:
    if isinstance(condition, str):
        return known[condition]
    kind, *parts = condition
    values = [_value(part, known) for part in parts]
    if kind == "not":
        return None if values[0] is None else not values[0]
    decided = kind == "any"  # a single yes decides an `any`, a single no an `all`
    if decided in values:
        return decided
    return None if None in values else not decided


# ── two-valued engines ──────────────────────────────────────────────────────────────────────────────────────────────

YES, NO = "__yes", "__no"


@dataclass(frozen=True)
class Law:
    """The rules that a two-valued engine gets, in order, each after those that it names."""

    rules: Mapping[str, Condition]
    by_hand: bool


def _holds_for(condition: Condition, suffix: str) -> Condition:
    """Return the two-valued condition for a condition to be yes, or to be no."""
    if isinstance(condition, str):
        return condition + suffix
    kind, *parts = condition
    if kind == "not":
        return _holds_for(parts[0], NO if suffix == YES else YES)
    dual = {"all": "any", "any": "all"}
    return (kind if suffix == YES else dual[kind], *(_holds_for(part, suffix) for part in parts))


AS_IS = Law(RULES, by_hand=False)
#: The law for engines without unknown: two rules a criterion, `x__yes` for when it is met and `x__no` for when it is
#: not, without `not`. `f__yes` is true of a fact answered yes, `f__no` of a fact answered no; otherwise it is unknown.
BY_HAND = Law(
    {name + suffix: _holds_for(rule, suffix) for name, rule in RULES.items() for suffix in (YES, NO)}, by_hand=True
)


def inline(condition: Condition, rules: Mapping[str, Condition]) -> Condition:
    """Return a condition over facts alone, for engines whose rules cannot name each other."""
    if isinstance(condition, str):
        return inline(rules[condition], rules) if condition in rules else condition
    kind, *parts = condition
    return (kind, *(inline(part, rules) for part in parts))
