"""One case under several profiles: where the findings differ, and why."""

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
from tests.examples import examples
from tests.real_law import random_cases, the_law

YES, NO = Answer.YES, Answer.NO
MET, NOT_MET = Status.MET, Status.NOT_MET
EXIT = {"reading": "exit", "as": {"strict": "left", "mild": "fears"}}
STANDARD = {"reading": "standard", "is": "low"}


def book(*rules: object, conclusions: tuple[str, ...] = ("c0",), presumptions: tuple[object, ...] = ()) -> RuleBook:
    criteria = [{"criterion": f"c{index}", "holds_if": rule} for index, rule in enumerate(rules)]
    return small({"criteria": criteria, "presumptions": list(presumptions)}, conclusions).book


CASE = {"left": RecordedAnswer(YES), "fears": RecordedAnswer(NO)}


def test_the_first_difference_is_where_it_originates_not_what_follows_from_it() -> None:
    law = book(EXIT, {"all": ["c0", "left"]}, {"any": ["c1", "fears"]}, conclusions=("c2",))
    comparison = compare_profiles(law, CASE)
    assert comparison.different == ("c2",)
    (first,) = comparison.differences
    assert first.criterion.name == "c0"
    assert first.profiles_by_status == ((MET, ("first",)), (NOT_MET, ("second",)))
    (split,) = first.splits
    assert split.reading.name == "exit"
    assert [(side.side.name, side.profiles) for side in split.sides] == [("strict", ("first",)), ("mild", ("second",))]


def test_a_reading_that_changes_nothing_here_is_not_reported() -> None:
    law = book({"any": [EXIT, {"all": [STANDARD, "child"]}]})
    (first,) = compare_profiles(law, {**CASE, "child": RecordedAnswer(NO)}).differences
    assert [split.reading.name for split in first.splits] == ["exit"]


def test_two_readings_that_only_matter_together_are_both_reported() -> None:
    law = book({"all": [{"reading": "exit", "is": "strict"}, STANDARD]})
    (first,) = compare_profiles(law, {}).differences
    assert {split.reading.name for split in first.splits} <= {"exit", "standard"}
    assert first.splits
    either = book({"any": [{"reading": "exit", "is": "strict"}, STANDARD]})
    (first,) = compare_profiles(either, {}).differences
    assert {split.reading.name for split in first.splits} == {"exit", "standard"}


def test_profiles_with_the_same_findings_have_no_differences() -> None:
    comparison = compare_profiles(book(EXIT), {"left": RecordedAnswer(YES), "fears": RecordedAnswer(YES)})
    assert (comparison.same, comparison.different, comparison.differences) == (("c0",), (), ())


def test_a_criterion_that_adds_a_difference_of_its_own_is_reported_after_the_first() -> None:
    third = {"exit": "strict", "standard": "high"}
    law = book(EXIT, {"all": [{"not": "c0"}, STANDARD]}, {"all": ["left", STANDARD]}, conclusions=("c1", "c2"))
    law = replace(law, profiles={**law.profiles, "third": replace(law.profiles["first"], name="third", readings=third)})
    names = [difference.criterion.name for difference in compare_profiles(law, CASE).differences]
    assert names[0] in {"c0", "c2"}
    assert set(names) == {"c0", "c2"}
    # c1 follows from c0 between any two of these; were c0 not met, its own reading would part them.
    assert "c1" in [
        difference.criterion.name
        for difference in compare_profiles(law, {"left": RecordedAnswer(NO), "fears": RecordedAnswer(NO)}).differences
    ]


def test_a_presumption_that_depends_on_a_reading_is_explained_by_that_reading() -> None:
    presumed = {"origin": "KP", "presume": "fears", "value": "yes", "when": {"reading": "exit", "is": "strict"}}
    (first,) = compare_profiles(
        book("fears", presumptions=(presumed,)), {ORIGIN_FACT: RecordedAnswer("KP")}
    ).differences
    assert [split.reading.name for split in first.splits] == ["exit"]


def test_only_the_named_profiles_are_compared_each_once_in_their_order() -> None:
    law = book(EXIT)
    comparison = compare_profiles(law, CASE, ["second", "first", "second"])
    assert [findings.profile.name for findings in comparison.findings] == ["second", "first"]
    assert compare_profiles(law, CASE, ["first"]).differences == ()
    with pytest.raises(KeyError):
        compare_profiles(law, CASE, ["third"])


def assert_consistent(comparison: ProfileComparison, law: RuleBook) -> None:
    """Assert that a comparison agrees with its findings."""
    differing = {name for name in law.order if len({findings[name].status for findings in comparison.findings}) > 1}
    assert set(comparison.different) == differing & set(law.conclusions)
    assert set(comparison.same) == set(law.conclusions) - differing
    assert bool(comparison.differences) == bool(differing)
    roots = {name for name in differing if not required_criteria(law.criteria[name]) & differing}
    reported = [difference.criterion.name for difference in comparison.differences]
    assert roots <= set(reported) <= differing
    if reported:
        assert reported[0] == next(name for name in examination_order(law) if name in roots)
    for difference in comparison.differences:
        criterion = difference.criterion.name
        for status, names in difference.profiles_by_status:
            with_status = (findings for findings in comparison.findings if findings[criterion].status is status)
            assert {findings.profile.name for findings in with_status} == {*names}
        for split in difference.splits:
            assert len(split.sides) > 1


@settings(max_examples=examples(50))
@drawn(books_and_cases())
def test_on_small_books_a_comparison_agrees_with_each_evaluation(
    drawn: tuple[Small, dict[str, RecordedAnswer], str],
) -> None:
    small_law, answers, _ = drawn
    comparison = compare_profiles(small_law.book, answers)
    for findings, name in zip(comparison.findings, PROFILES, strict=True):
        alone = evaluate(small_law.book, answers, name)
        assert {key: finding.status for key, finding in findings.criteria.items()} == {
            key: finding.status for key, finding in alone.criteria.items()
        }
    assert_consistent(comparison, small_law.book)
    assert all(small_law.splits for small_law in comparison.differences)


def test_on_the_real_book_every_difference_originates_in_a_contested_point() -> None:
    law = the_law()
    for case in random_cases(examples(4), "profiles"):
        comparison = compare_profiles(law, case)
        assert_consistent(comparison, law)
        assert all(difference.splits for difference in comparison.differences)
