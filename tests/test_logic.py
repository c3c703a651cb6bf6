"""How unknown and not applicable combine: every table in full."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import permutations, product

import pytest

from screen.logic import STATUS_OF_ANSWER, Answer, Status, at_least, conjunction, criterion, disjunction, negation

LETTERS = {"+": Status.MET, "-": Status.NOT_MET, "?": Status.UNDETERMINED, "0": Status.NOT_APPLICABLE}
SAID = {state: letter for letter, state in LETTERS.items()}


def states(letters: str) -> list[Status]:
    return [LETTERS[letter] for letter in letters]


def ends(letters: str) -> list[str]:
    """Every way in which these parts can still end, once each undetermined one is known."""
    return ["".join(one) for one in product(*("+-0" if letter == "?" else letter for letter in letters))]


# ── the tables ──────────────────────────────────────────────────────────────────────────────────────────────────────

# Rows and columns in the order met (+), not met (-), undetermined (?), not applicable (0).
ALL_OF_TWO = {"+": "+-?+", "-": "----", "?": "?-??", "0": "+-?0"}
ANY_OF_TWO = {"+": "++++", "-": "+-?-", "?": "+???", "0": "+-?0"}


@pytest.mark.parametrize("first", "+-?0")
@pytest.mark.parametrize("second", "+-?0")
def test_all_and_any_of_two(first: str, second: str) -> None:
    column = "+-?0".index(second)
    assert SAID[conjunction(states(first + second))] == ALL_OF_TWO[first][column]
    assert SAID[disjunction(states(first + second))] == ANY_OF_TWO[first][column]


@pytest.mark.parametrize(("state", "opposite"), ["+-", "-+", "??", "00"])
def test_the_opposite_of_open_is_open_and_of_not_applicable_not_applicable(state: str, opposite: str) -> None:
    assert SAID[negation(LETTERS[state])] == opposite


def test_an_answer_becomes_the_state_of_its_name() -> None:
    assert STATUS_OF_ANSWER == {Answer.YES: Status.MET, Answer.NO: Status.NOT_MET, Answer.UNKNOWN: Status.UNDETERMINED}


@pytest.mark.parametrize(
    ("letters", "needed", "expected"),
    [
        ("++-", 2, "+"),
        ("+--", 2, "-"),
        ("+?-", 2, "?"),
        ("??-", 2, "?"),
        ("?--", 2, "-"),  # one unknown cannot make two
        ("++?", 2, "+"),
        ("+?0", 2, "?"),
        ("+0", 2, "-"),
        ("0-", 2, "-"),
        ("00", 1, "0"),
        ("?0", 1, "?"),
        # Not met as soon as it applies at all; and what is unknown may turn out not to apply.
        ("?0", 2, "?"),
        ("?", 2, "?"),
    ],
)
def test_at_least_counts_the_unknown_once_as_met_and_once_as_not(letters: str, needed: int, expected: str) -> None:
    assert SAID[at_least(needed, states(letters))] == expected


@pytest.mark.parametrize(
    ("applies", "holds", "exceptions", "expected"),
    [
        # An exception that is met defeats it, whatever else is said.
        ("+", "+", "+", "-"), ("+", "-", "+", "-"), ("+", "?", "+", "-"), ("+", "0", "+", "-"),
        ("+", "+", "-", "+"), ("+", "-", "-", "-"), ("+", "?", "-", "?"), ("+", "0", "-", "0"),
        ("+", "+", "?", "?"), ("+", "-", "?", "-"), ("+", "?", "?", "?"), ("+", "0", "?", "?"),
        # No exception at all is an exception that does not apply.
        ("+", "+", "0", "+"), ("+", "-", "0", "-"), ("+", "?", "0", "?"), ("+", "0", "0", "0"),
    ],
)  # fmt: skip
def test_a_criterion_that_applies(applies: str, holds: str, exceptions: str, expected: str) -> None:
    assert SAID[criterion(*states(applies + holds + exceptions))] == expected


@pytest.mark.parametrize("rest", list(product("+-?0", repeat=2)), ids="".join)
@pytest.mark.parametrize(("applies", "expected"), [("-", "0"), ("0", "0"), ("?", "?")])
def test_whether_a_criterion_applies_comes_first(applies: str, expected: str, rest: tuple[str, str]) -> None:
    assert SAID[criterion(*states(applies + "".join(rest)))] == expected


# ── what holds of every table ───────────────────────────────────────────────────────────────────────────────────────

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


def found(kind: str, letters: str) -> str:
    return SAID[COMBINE[kind](iter(states(letters)))]


def test_learning_what_was_unknown_never_flips_what_was_decided() -> None:
    for kind, letters in ROWS:
        before = found(kind, letters)
        for after in ends(letters):
            assert before in ("?", found(kind, after)), f"{kind}: {letters} is {before}, {after} is not"


def test_what_ends_alike_whatever_is_learned_is_decided_already() -> None:
    # But for a criterion of which nobody knows whether it applies: that comes first.
    for kind, letters in ROWS:
        if not (kind == "criterion" and letters[0] == "?"):
            possible = {found(kind, after) for after in ends(letters)}
            assert found(kind, letters) == (possible.pop() if len(possible) == 1 else "?"), f"{kind}: {letters}"


@pytest.mark.parametrize("kind", ["all", "any"])
def test_a_part_that_does_not_apply_changes_nothing(kind: str) -> None:
    for _, letters in (row for row in ROWS if row[0] == kind):
        assert found(kind, letters + "0") == found(kind, "0" + letters) == found(kind, letters)


@pytest.mark.parametrize("kind", ["all", "any", "at_least 1", "at_least 2", "at_least 3"])
def test_the_order_of_parts_changes_nothing(kind: str) -> None:
    for _, letters in (row for row in ROWS if row[0] == kind):
        assert {found(kind, "".join(one)) for one in permutations(letters)} == {found(kind, letters)}


@pytest.mark.parametrize("kind", ["all", "any", "at_least 1", "at_least 2"])
def test_a_group_of_which_no_part_applies_does_not_apply(kind: str) -> None:
    assert {found(kind, "0" * width) for width in (1, 2, 3)} == {"0"}
    assert SAID[COMBINE[kind](iter(()))] == "0"


def test_at_least_one_is_any_and_at_least_every_one_is_all_where_all_apply() -> None:
    for letters in map("".join, product("+-?", repeat=3)):
        assert found("at_least 1", letters) == found("any", letters)
        assert found("at_least 3", letters) == found("all", letters)


@pytest.mark.parametrize("one", [*Answer, *Status], ids=lambda one: one.name)
def test_answers_and_states_refuse_to_be_read_as_true_or_false(one: Answer | Status) -> None:
    with pytest.raises(TypeError, match=rf"write `is {type(one).__name__}\.{one.name}`"):
        bool(one)
    with pytest.raises(TypeError):
        not one  # noqa: B018 - what is tested is that this cannot be said


def test_only_undetermined_is_not_decided() -> None:
    assert [state for state in Status if not state.is_decided] == [Status.UNDETERMINED]
