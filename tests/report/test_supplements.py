"""What follows the examination in a determination: shown plainly, labelled for what it is, safe to show."""

from __future__ import annotations

from dataclasses import replace

from screen.case.case_file import Case
from screen.case.evidence import Credibility, RecordedAnswer
from screen.logic import Answer
from screen.report.determination import Determination, brief_blocks, determination_blocks, determine
from screen.report.determination_json import determination_data
from screen.report.document import Table
from screen.report.markdown import render_markdown
from screen.report.text import render_lines, render_text
from screen.report.wording import Wording
from tests.real_law import the_law

KOREAN = {"country_of_origin": RecordedAnswer("KP"), "host_country": RecordedAnswer("CN")}


def determination_of(
    given: dict[str, RecordedAnswer], profile: str = "paper", judgement: str | None = None
) -> Determination:
    """Return the determination of a case with these answers, where one fact may be marked as a judgement."""
    law = the_law()
    if judgement:
        judged = replace(law.facts[judgement], judgement=True)
        law = replace(law, facts={name: judged if name == judgement else fact for name, fact in law.facts.items()})
    return determine(law, Case("T-1", given=given), profile)


def report_text(given: dict[str, RecordedAnswer], judgement: str | None = None) -> str:
    """Return the whole determination as one line of text, so that no line break hides words."""
    return " ".join(render_text(determination_blocks(determination_of(given, judgement=judgement)), 1000).split())


# ── before and after ────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_limbs_stand_side_by_side_with_the_facts_of_each() -> None:
    given = {
        **KOREAN,
        "past_harm": RecordedAnswer(frozenset({"torture"})),
        "left_without_permission": RecordedAnswer(Answer.YES),
    }
    table = next(block for block in determination_blocks(determination_of(given)) if isinstance(block, Table))
    harm = next(row for row in table.rows if row[0] == "Grave harm")
    leaving = next(row for row in table.rows if row[0] == "Leaving itself")
    assert harm[1].startswith("Met (")
    assert leaving[1] == "-"
    assert leaving[2].startswith("Met (")
    assert "presumed" in leaving[2]


def test_facts_are_placed_in_time() -> None:
    given = {
        **KOREAN,
        "past_harm": RecordedAnswer(frozenset({"torture"})),
        "expressed_fear": RecordedAnswer(Answer.YES),
    }
    text, numbers = report_text(given), Wording(determination_of(given).findings).numbers
    assert f"Before leaving {numbers['past_harm']}; presumed" in text
    assert f"Return, as things stand now {numbers['expressed_fear']}; presumed" in text
    assert f"The stay {numbers['host_country']} Return" in text


def test_an_open_case_has_an_open_table() -> None:
    table = next(block for block in determination_blocks(determination_of({})) if isinstance(block, Table))
    assert {cell for _, *cells in table.rows for cell in cells} == {"Undetermined", "-"}


def test_a_brief_determination_stays_brief() -> None:
    text = render_text(brief_blocks(determination_of(dict(KOREAN))))
    for heading in ("BEFORE AND AFTER", "HUMAN SECURITY", "JUDGEMENTS", "DOES NOT JUDGE"):
        assert heading not in text


# ── tables ──────────────────────────────────────────────────────────────────────────────────────────────────────────

TABLE = Table(("", "Before", "After"), (("Harm", "Met (1 | 2)", "Undetermined"), ("해", "-", "Met")))


def test_a_table_keeps_its_columns_and_its_width() -> None:
    shown = [line.text for line in render_lines([TABLE], 60)]
    assert len({line.index("Undetermined") for line in shown if "Undetermined" in line}) == 1
    assert shown[0].index("After") == shown[1].index("Undetermined")
    assert all(len(line) <= 60 for line in shown)


def test_a_narrow_table_is_written_row_by_row() -> None:
    text = " ".join(line.text.strip() for line in render_lines([TABLE], 40))
    assert "Harm. Before: Met (1 | 2). After: Undetermined" in text


def test_a_table_in_markdown_cannot_be_broken_by_a_cell() -> None:
    text = render_markdown([TABLE])
    assert text.splitlines()[1] == "| --- | --- | --- |"
    assert "Met (1 \\| 2)" in text
    assert all(line.startswith("| ") and line.endswith(" |") for line in text.splitlines())


# ── positions ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_hunger_alone_is_granted_to_the_objection() -> None:
    given = {
        **KOREAN,
        "reasons_for_leaving": RecordedAnswer(frozenset({"food"})),
        "food_shortage": RecordedAnswer(Answer.YES),
    }
    text = report_text(given)
    assert "O6. Hunger makes nobody a refugee" in text
    assert "It is good law." in text


def test_a_rebuttal_is_named_where_it_stands() -> None:
    text = report_text({**KOREAN, "expressed_fear": RecordedAnswer(Answer.YES)})
    assert "Answer R6 China used its sovereignty" in text
    assert "Much of it is right." in text


def test_objections_to_north_koreans_in_china_are_not_raised_elsewhere() -> None:
    given = {
        "country_of_origin": RecordedAnswer("IR"),
        "host_country": RecordedAnswer("GB"),
        "food_shortage": RecordedAnswer(Answer.YES),
    }
    assert determination_of(given).positions.objections == ()
    assert "Hunger makes nobody" not in report_text(given)


def test_what_is_beyond_a_case_is_listed_by_its_title_alone() -> None:
    given = {
        **KOREAN,
        "left_without_permission": RecordedAnswer(Answer.YES),
        "expressed_fear": RecordedAnswer(Answer.YES),
    }
    text = report_text(given)
    assert "BEYOND THIS CASE, FOR STATES" in text
    assert "S12 The responsibility to protect, as a last resort of States." in text
    assert "where China has a veto" not in text


# ── human security ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_profile_is_labelled_as_no_criterion() -> None:
    text = report_text({**KOREAN, "food_shortage": RecordedAnswer(Answer.YES)})
    assert "HUMAN SECURITY No criterion of refugee status" in text
    assert "Left behind by" in text


def test_what_is_not_known_is_distinguished_from_what_is_not_shown() -> None:
    given = {"hazards_toll": RecordedAnswer("nothing"), "hazards_at_home": RecordedAnswer(frozenset[str]())}
    text = report_text(given)
    assert "Not known Economic;" in text
    assert "Nothing shown Environmental" in text


# ── judgements ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_judgement_names_who_and_why() -> None:
    one = RecordedAnswer(
        "contradicted_in_core", source="officer 7", note="two dates of arrest\x1b[31m", credibility=Credibility.ACCEPTED
    )
    text = report_text({**KOREAN, "account_consistency": one}, "account_consistency")
    assert "Judged by: officer 7. Reason: two dates of arrest" in text
    assert "\x1b" not in text


def test_a_judgement_without_a_name_or_a_reason_says_so() -> None:
    assert "Judged by: not named. Reason: not given" in report_text(
        {"account_consistency": RecordedAnswer("consistent")}, "account_consistency"
    )


def test_whom_one_believes_is_a_judgement_too() -> None:
    given = {
        "expressed_fear": RecordedAnswer(Answer.YES, Credibility.BENEFIT),
        "sex": RecordedAnswer("female", Credibility.ACCEPTED),
        "age": RecordedAnswer(17, Credibility.REJECTED),
        "stateless": RecordedAnswer(Answer.UNKNOWN, Credibility.REJECTED),
    }
    text = report_text(given)
    for label in ("Accepted fact ", "Accepted by the benefit of the doubt fact ", "Rejected fact "):
        assert label in text
    assert determination_data(determination_of(given))["judgements"]["rejected"] == ["age"]


def test_without_a_judgement_the_page_says_none() -> None:
    assert "JUDGEMENTS THAT THIS RESTS ON None yet." in report_text({})


def test_what_is_not_judged_is_said_with_authority() -> None:
    text = report_text({})
    assert "WHAT THIS PROGRAM DOES NOT JUDGE" in text
    assert "Guilt. Exclusion is a flag for a specialist" in text
    assert len(determination_data(determination_of({}))["not_judged"]) == len(the_law().not_judged)
