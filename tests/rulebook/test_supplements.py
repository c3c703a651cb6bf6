"""What supplements the law: resolved from the files, kept in the cache, and used by no criterion."""

from __future__ import annotations

from screen.rulebook.cache import decode_value, encode_value
from screen.rulebook.dependencies import criteria_in, facts_in
from screen.rulebook.lint import find_lints
from screen.rulebook.model import PERVASIVENESS, SEVERITY, LimbRow, NotJudged, criterion_terms
from tests.real_law import the_law
from tests.rulebook.small_book import GOOD, checked, good_book

SHOCKS = """
- dimension: shocks
  kind: component
  title: Shocks
  severity: {some: {fact: harms_feared, includes: hunger}, critical: adult}
  pervasiveness: {single: adult}
  sources: [coi_return]
"""


def test_the_highest_grade_comes_first_however_it_is_written() -> None:
    book = checked(human_security=SHOCKS).book
    assert book is not None
    assert [name for name, _ in book.human_security[0].severity] == ["critical", "some"]
    assert [name for name, _ in book.human_security[0].pervasiveness] == ["single"]
    assert SEVERITY.index("critical") < SEVERITY.index("some")
    assert PERVASIVENESS.index("pervasive") < PERVASIVENESS.index("single")


def test_a_book_needs_no_supplements() -> None:
    assert (good_book().human_security, good_book().limbs, good_book().not_judged) == ((), (), ())


def test_limbs_and_open_norms_are_read_in_their_order() -> None:
    text = (GOOD / "book.yaml").read_text(encoding="utf-8")
    text += "limbs: [{title: Harm, sur_place: refugee}, {title: All, departure: refugee, sur_place: refugee}]\n"
    text += "not_judged: [{says: Guilt., sources: [coi_return]}]\n"
    book = checked(book=text).book
    assert book is not None
    assert book.limbs == (LimbRow("Harm", None, "refugee"), LimbRow("All", "refugee", "refugee"))
    assert book.not_judged == (NotJudged("Guilt.", ("coi_return",)),)


def test_a_fact_is_a_judgement_only_where_the_file_says_so() -> None:
    text = (GOOD / "facts/all.yaml").read_text(encoding="utf-8")
    before = next(fact for fact in good_book().facts.values() if not fact.judgement)
    book = checked(
        facts__all=text.replace(f"- fact: {before.name}\n", f"- fact: {before.name}\n  judgement: true\n")
    ).book
    assert book is not None
    assert book.facts[before.name].judgement
    assert not the_law().facts["left_without_permission"].judgement


def test_supplements_come_back_from_the_cache() -> None:
    book = decode_value(encode_value(the_law()))
    assert book.human_security == the_law().human_security
    assert (book.limbs, book.not_judged) == (the_law().limbs, the_law().not_judged)
    assert book.facts == the_law().facts
    assert book.objections == the_law().objections


def test_a_fact_that_the_profile_alone_reads_is_used() -> None:
    assert not [
        lint for lint in find_lints(the_law(), lambda name: checked().location(name)) if "hazards" in lint.message
    ]


def test_the_interview_never_asks_what_only_the_profile_reads() -> None:
    """Nobody who tells of flight and torture is asked about floods for a page that decides nothing."""
    law = the_law()
    asked = facts_in(term for criterion in law.criteria.values() for term in criterion_terms(criterion))
    read = facts_in(
        when for dimension in law.human_security for _, when in (*dimension.severity, *dimension.pervasiveness)
    )
    assert {"hazards_at_home", "hazards_toll"} <= read - asked


def test_there_are_seven_components_and_five_factors() -> None:
    kinds = [dimension.kind for dimension in the_law().human_security]
    assert (kinds.count("component"), kinds.count("factor"), len(kinds)) == (7, 5, 12)
    components = [dimension.name for dimension in the_law().human_security if dimension.kind == "component"]
    assert components == ["economic", "food", "health", "environmental", "personal", "community", "political"]


def test_the_table_of_limbs_ends_with_the_limbs_themselves() -> None:
    last = the_law().limbs[-1]
    assert (last.departure, last.sur_place) == ("refugee_departure", "refugee_sur_place")
    needed = {
        key: criteria_in(criterion_terms(the_law().criteria[name]))
        for key, name in (("departure", "refugee_departure"), ("sur_place", "refugee_sur_place"))
    }
    pairs = [row for row in the_law().limbs[:-1] if row.departure and row.sur_place]
    assert pairs
    assert all(row.departure in needed["departure"] and row.sur_place in needed["sur_place"] for row in pairs)
