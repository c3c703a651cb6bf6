"""How unknown and not applicable combine: every table in full."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import permutations, product

import pytest

from screen.logic import STATUS_OF_ANSWER, Answer, Status, at_least, conjunction, criterion, disjunction, negation

LETTERS = {"+": Status.MET, "-": Status.NOT_MET, "?": Status.UNDETERMINED, "0": Status.NOT_APPLICABLE}
LETTER_OF = {status: letter for letter, status in LETTERS.items()}


def statuses(letters: str) -> list[Status]:
    return [LETTERS[letter] for letter in letters]


def outcomes(letters: str) -> list[str]:
    """Return every combination that these parts can become once each undetermined part is known."""
    return ["".join(outcome) for outcome in product(*("+-0" if letter == "?" else letter for letter in letters))]


# ── the tables ──────────────────────────────────────────────────────────────────────────────────────────────────────

# Rows and columns in the order met (+), not met (-), undetermined (?), not applicable (0).
ALL_OF_TWO = {"+": "+-?+", "-": "----", "?": "?-??", "0": "+-?0"}
ANY_OF_TWO = {"+": "++++", "-": "+-?-", "?": "+???", "0": "+-?0"}


@pytest.mark.parametrize("first", "+-?0")
@pytest.mark.parametrize("second", "+-?0")
def test_all_and_any_of_two(first: str, second: str) -> None:
    column = "+-?0".index(second)
    assert LETTER_OF[conjunction(statuses(first + second))] == ALL_OF_TWO[first][column]
    assert LETTER_OF[disjunction(statuses(first + second))] == ANY_OF_TWO[first][column]


@pytest.mark.parametrize(("status", "opposite"), ["+-", "-+", "??", "00"])
def test_negation_leaves_undetermined_and_not_applicable_as_they_are(status: str, opposite: str) -> None:
    assert LETTER_OF[negation(LETTERS[status])] == opposite


def test_yes_is_met_no_is_not_met_and_unknown_is_undetermined() -> None:
    assert STATUS_OF_ANSWER == {Answer.YES: Status.MET, Answer.NO: Status.NOT_MET, Answer.UNKNOWN: Status.UNDETERMINED}


@pytest.mark.parametrize(
    ("letters", "needed", "expected"),
    [
        ("++-", 2, "+"),
        ("+--", 2, "-"),
        ("+?-", 2, "?"),
        ("??-", 2, "?"),
        ("?--", 2, "-"),  # one undetermined part cannot make two
        ("++?", 2, "+"),
        ("+?0", 2, "?"),
        ("+0", 2, "-"),
        ("0-", 2, "-"),
        ("00", 1, "0"),
        ("?0", 1, "?"),
        # Not met as soon as it applies at all; and an undetermined part may turn out not to apply.
        ("?0", 2, "?"),
        ("?", 2, "?"),
    ],
)
def test_at_least_counts_undetermined_parts_both_ways(letters: str, needed: int, expected: str) -> None:
    assert LETTER_OF[at_least(needed, statuses(letters))] == expected


@pytest.mark.parametrize(
    ("applies", "holds", "exceptions", "expected"),
    [
        # An exception that is met defeats it, whatever the rest is.
        ("+", "+", "+", "-"), ("+", "-", "+", "-"), ("+", "?", "+", "-"), ("+", "0", "+", "-"),
        ("+", "+", "-", "+"), ("+", "-", "-", "-"), ("+", "?", "-", "?"), ("+", "0", "-", "0"),
        ("+", "+", "?", "?"), ("+", "-", "?", "-"), ("+", "?", "?", "?"), ("+", "0", "?", "?"),
        # No exception at all is an exception that does not apply.
        ("+", "+", "0", "+"), ("+", "-", "0", "-"), ("+", "?", "0", "?"), ("+", "0", "0", "0"),
    ],
)  # fmt: skip
def test_a_criterion_that_applies(applies: str, holds: str, exceptions: str, expected: str) -> None:
    assert LETTER_OF[criterion(*statuses(applies + holds + exceptions))] == expected


@pytest.mark.parametrize("rest", list(product("+-?0", repeat=2)), ids="".join)
@pytest.mark.parametrize(("applies", "expected"), [("-", "0"), ("0", "0"), ("?", "?")])
def test_whether_a_criterion_applies_comes_first(applies: str, expected: str, rest: tuple[str, str]) -> None:
    assert LETTER_OF[criterion(*statuses(applies + "".join(rest)))] == expected


# ── what is true of every table ──────────────────────────────────────────────────────────────────────────────────────

Combine = Callable[[Iterable[Status]], Status]
COMBINE: dict[str, Combine] = {
    "all": conjunction,
    "any": disjunction,
    "not": lambda parts: negation(next(iter(parts))),
    **{f"at_least {needed}": (lambda parts, needed=needed: at_least(needed, parts)) for needed in (1, 2, 3)},
    "criterion": lambda parts: criterion(*parts),
}
WIDTHS = {"not": (1,), "criterion": (3,)}
ROWS = [
    (kind, "".join(letters))
    for kind in COMBINE
    for width in WIDTHS.get(kind, (1, 2, 3))
    for letters in product("+-?0", repeat=width)
]


def combine(kind: str, letters: str) -> str:
    return LETTER_OF[COMBINE[kind](iter(statuses(letters)))]


def test_a_decided_status_never_changes_when_undetermined_parts_become_known() -> None:
    for kind, letters in ROWS:
        before = combine(kind, letters)
        for after in outcomes(letters):
            assert before in ("?", combine(kind, after)), f"{kind}: {letters} is {before}, {after} is not"


def test_a_status_that_can_end_in_one_way_is_decided_already() -> None:
    # But for a criterion of which nobody knows whether it applies: that comes first.
    for kind, letters in ROWS:
        if not (kind == "criterion" and letters[0] == "?"):
            possible = {combine(kind, after) for after in outcomes(letters)}
            assert combine(kind, letters) == (possible.pop() if len(possible) == 1 else "?"), f"{kind}: {letters}"


@pytest.mark.parametrize("kind", ["all", "any"])
def test_a_part_that_is_not_applicable_changes_nothing(kind: str) -> None:
    for _, letters in (row for row in ROWS if row[0] == kind):
        assert combine(kind, letters + "0") == combine(kind, "0" + letters) == combine(kind, letters)


@pytest.mark.parametrize("kind", ["all", "any", "at_least 1", "at_least 2", "at_least 3"])
def test_the_order_of_parts_changes_nothing(kind: str) -> None:
    for _, letters in (row for row in ROWS if row[0] == kind):
        assert {combine(kind, "".join(order)) for order in permutations(letters)} == {combine(kind, letters)}


@pytest.mark.parametrize("kind", ["all", "any", "at_least 1", "at_least 2"])
def test_a_group_without_applicable_parts_is_not_applicable(kind: str) -> None:
    assert {combine(kind, "0" * width) for width in (1, 2, 3)} == {"0"}
    assert LETTER_OF[COMBINE[kind](iter(()))] == "0"


def test_at_least_one_is_any_and_at_least_every_one_is_all_where_all_apply() -> None:
    for letters in map("".join, product("+-?", repeat=3)):
        assert combine("at_least 1", letters) == combine("any", letters)
        assert combine("at_least 3", letters) == combine("all", letters)


@pytest.mark.parametrize("member", [*Answer, *Status], ids=lambda member: member.name)
def test_answers_and_statuses_cannot_be_used_as_true_or_false(member: Answer | Status) -> None:
    with pytest.raises(TypeError, match=rf"write `is {type(member).__name__}\.{member.name}`"):
        bool(member)
    with pytest.raises(TypeError):
        not member  # noqa: B018 - the test is that this raises


def test_only_undetermined_is_not_decided() -> None:
    assert [status for status in Status if not status.is_decided] == [Status.UNDETERMINED]
