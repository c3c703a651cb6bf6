"""One case under several profiles: where they part, and over what."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given as drawn
from hypothesis import settings

from screen.case.evidence import RecordedAnswer
from screen.engine.compare import ProfileComparison, compare_profiles, examination_order
from screen.engine.evaluate import evaluate
from screen.logic import Answer, Status
from screen.rulebook.dependencies import required_criteria
from screen.rulebook.model import ORIGIN_FACT, RuleBook
from tests.engine.books import PROFILES, Small, books_and_cases, small
from tests.real_law import random_cases, the_law

YES, NO = Answer.YES, Answer.NO
MET, NOT_MET = Status.MET, Status.NOT_MET
EXIT = {"reading": "exit", "as": {"strict": "left", "mild": "fears"}}
STANDARD = {"reading": "standard", "is": "low"}


def book(*rules: object, conclusions: tuple[str, ...] = ("c0",), presumptions: tuple[object, ...] = ()) -> RuleBook:
    criteria = [{"criterion": f"c{index}", "holds_if": rule} for index, rule in enumerate(rules)]
    return small({"criteria": criteria, "presumptions": list(presumptions)}, conclusions).book


CASE = {"left": RecordedAnswer(YES), "fears": RecordedAnswer(NO)}


def test_the_first_difference_is_where_it_begins_and_not_what_follows_from_it() -> None:
    law = book(EXIT, {"all": ["c0", "left"]}, {"any": ["c1", "fears"]}, conclusions=("c2",))
    found = compare_profiles(law, CASE)
    assert found.different == ("c2",)
    (first,) = found.differences
    assert first.criterion.name == "c0"
    assert first.profiles_by_status == ((MET, ("first",)), (NOT_MET, ("second",)))
    (split,) = first.splits
    assert split.reading.name == "exit"
    assert [(one.side.name, one.profiles) for one in split.sides] == [("strict", ("first",)), ("mild", ("second",))]


def test_a_reading_that_changes_nothing_here_is_not_told() -> None:
    law = book({"any": [EXIT, {"all": [STANDARD, "child"]}]})
    (first,) = compare_profiles(law, {**CASE, "child": RecordedAnswer(NO)}).differences
    assert [split.reading.name for split in first.splits] == ["exit"]


def test_two_readings_that_only_part_together_are_both_told() -> None:
    law = book({"all": [{"reading": "exit", "is": "strict"}, STANDARD]})
    (first,) = compare_profiles(law, {}).differences
    assert {split.reading.name for split in first.splits} <= {"exit", "standard"}
    assert first.splits
    either = book({"any": [{"reading": "exit", "is": "strict"}, STANDARD]})
    (first,) = compare_profiles(either, {}).differences
    assert {split.reading.name for split in first.splits} == {"exit", "standard"}


def test_profiles_that_find_alike_part_nowhere() -> None:
    found = compare_profiles(book(EXIT), {"left": RecordedAnswer(YES), "fears": RecordedAnswer(YES)})
    assert (found.same, found.different, found.differences) == (("c0",), (), ())


def test_a_criterion_that_adds_a_difference_of_its_own_is_told_beside_the_first() -> None:
    third = {"exit": "strict", "standard": "high"}
    law = book(EXIT, {"all": [{"not": "c0"}, STANDARD]}, {"all": ["left", STANDARD]}, conclusions=("c1", "c2"))
    law = replace(law, profiles={**law.profiles, "third": replace(law.profiles["first"], name="third", readings=third)})
    names = [one.criterion.name for one in compare_profiles(law, CASE).differences]
    assert names[0] in {"c0", "c2"}
    assert set(names) == {"c0", "c2"}
    # c1 follows from c0 between any two of these; were c0 not met, its own reading would part them.
    assert "c1" in [
        one.criterion.name
        for one in compare_profiles(law, {"left": RecordedAnswer(NO), "fears": RecordedAnswer(NO)}).differences
    ]


def test_a_presumption_that_hangs_on_a_reading_is_told_by_that_reading() -> None:
    presumed = {"origin": "KP", "presume": "fears", "value": "yes", "when": {"reading": "exit", "is": "strict"}}
    (first,) = compare_profiles(
        book("fears", presumptions=(presumed,)), {ORIGIN_FACT: RecordedAnswer("KP")}
    ).differences
    assert [split.reading.name for split in first.splits] == ["exit"]


def test_only_the_profiles_named_are_compared_each_once_in_their_order() -> None:
    law = book(EXIT)
    assert [one.profile.name for one in compare_profiles(law, CASE, ["second", "first", "second"]).findings] == [
        "second", "first",
    ]  # fmt: skip
    assert compare_profiles(law, CASE, ["first"]).differences == ()
    with pytest.raises(KeyError):
        compare_profiles(law, CASE, ["third"])


def holds(found: ProfileComparison, law: RuleBook) -> None:
    """Assert that a comparison says what the findings say."""
    parting = {name for name in law.order if len({one[name].status for one in found.findings}) > 1}
    assert set(found.different) == parting & set(law.conclusions)
    assert set(found.same) == set(law.conclusions) - parting
    assert bool(found.differences) == bool(parting)
    roots = {name for name in parting if not required_criteria(law.criteria[name]) & parting}
    told = [one.criterion.name for one in found.differences]
    assert roots <= set(told) <= parting
    if told:
        assert told[0] == next(name for name in examination_order(law) if name in roots)
    for one in found.differences:
        for state, names in one.profiles_by_status:
            assert {each.profile.name for each in found.findings if each[one.criterion.name].status is state} == {
                *names
            }
        for split in one.splits:
            assert len(split.sides) > 1


@settings(max_examples=150)
@drawn(books_and_cases())
def test_on_small_books_a_comparison_says_what_each_evaluation_says(
    drawn: tuple[Small, dict[str, RecordedAnswer], str],
) -> None:
    one, answers, _ = drawn
    found = compare_profiles(one.book, answers)
    for each, name in zip(found.findings, PROFILES, strict=True):
        alone = evaluate(one.book, answers, name)
        assert {key: finding.status for key, finding in each.criteria.items()} == {
            key: finding.status for key, finding in alone.criteria.items()
        }
    holds(found, one.book)
    assert all(one.splits for one in found.differences)


def test_on_the_real_book_every_difference_begins_with_a_contested_point() -> None:
    law = the_law()
    for case in random_cases(12, "profiles"):
        found = compare_profiles(law, case)
        holds(found, law)
        assert all(one.splits for one in found.differences)
