"""Made-up cases: the same for a seed, readable as cases, and true to the shares that their population declares."""

from __future__ import annotations

from functools import cache
from itertools import islice
from pathlib import Path

from screen.answer import Answer
from screen.batch.cells import record_of
from screen.case import Case, read_case, text_of_case
from screen.language.book import POPULATIONS, Checked, check_book, hash_of
from screen.language.files import rule_files
from screen.language.terms import RuleBook
from screen.place import Place
from screen.simulation import MARK, Draw, Population, cases, populations_of
from tests.language.small_book import good_book

ROOT = Path(__file__).resolve().parents[1]
MANY = 20_000
#: Four standard deviations of a share of one half in 20,000 draws.
FAR = 4 * (0.25 / MANY) ** 0.5
PAPER = "north_koreans_in_china"


@cache
def real() -> Checked:
    return check_book(ROOT / "rules")


def book() -> RuleBook:
    found = real().book
    assert found is not None
    return found


@cache
def populations() -> dict[str, Population]:
    found, mistakes = populations_of(real().populations, book())
    assert mistakes == []
    return found


@cache
def many(name: str) -> tuple[Case, ...]:
    return tuple(cases(populations()[name], MANY, 7))


def share(of: list[bool]) -> float:
    return sum(of) / len(of)


def _is_child(case: Case) -> bool:
    age = case.given["age"].value
    return isinstance(age, int) and age < 18


def edited(old: str, new: str) -> list[str]:
    """Return the mistakes of the paper's population after a change to its text."""
    name = f"{POPULATIONS}{PAPER}.yaml"
    files = rule_files(ROOT / "rules")
    text = files[name].decode()
    assert old in text
    checked = check_book(ROOT / "rules", {**files, name: text.replace(old, new, 1).encode()})
    assert checked.book is not None
    return [str(one) for one in populations_of(checked.populations, checked.book)[1]]


def test_the_same_seed_makes_the_same_cases_and_another_seed_makes_others():
    one, same, other = (list(cases(populations()[PAPER], 50, seed)) for seed in (3, 3, 4))
    assert one == same
    assert [case.given for case in one] != [case.given for case in other]


def test_a_case_hangs_on_the_seed_and_its_number_alone():
    assert list(cases(populations()[PAPER], 5, 3)) == list(islice(cases(populations()[PAPER], 500, 3), 5))


def test_cases_of_a_seed_stay_what_they_are():
    """A change here makes every load test and lesson anew: change it on purpose or not at all."""
    first = next(cases(populations()[PAPER], 1, 7))
    assert (first.name, first.given["times_returned"].value, first.given["age"].value) == ("sim-000001", 2, 41)


def test_a_population_knows_every_column_that_its_cases_fill():
    for population in populations().values():
        filled = set()
        for case in cases(population, 300, 3):
            filled |= record_of(case.name, case.given).keys()
        assert filled - {"id"} <= set(population.columns), population.name
        assert "id" not in population.columns


def test_a_fact_that_is_drawn_again_later_may_still_be_the_first_answer():
    """Drawn first for some only, and for the others after what everybody answers."""

    def draw(name: str, *given: tuple[str, frozenset[str]]) -> Draw:
        return Draw(name, False, given, (Answer.YES,), (1.0,), (), None, 0.0, 0.0)

    trait = Draw("who", True, (), ("one", "other"), (1.0, 2.0), (), None, 0.0, 0.0)
    some = draw("food_shortage", ("who", frozenset({"one"})))
    people = Population("p", "", "", "", (trait, some, draw("food_shortage"), draw("sex")), Place("p.yaml"))
    later = (trait, draw("sex", ("who", frozenset({"other"}))), draw("age"), draw("sex"))
    other = Population("p", "", "", "", later, Place("p.yaml"))
    for one in (people, other):
        made = list(cases(one, 40, 1))
        assert {name for case in made for name in record_of(case.name, case.given)} == {"id", *one.columns}


def test_every_case_says_that_it_is_made_up():
    for case in many(PAPER)[:500]:
        assert case.name.startswith(MARK)
        assert "made up, no person" in (next(iter(case.given.values())).source or "")
        assert "made up, no person" in case.given["country_of_origin"].source


def test_every_answer_is_read_back_from_a_case_file_as_it_was_drawn(tmp_path):
    for case in many(PAPER)[:60]:
        path = tmp_path / f"{case.name}.yaml"
        path.write_text(text_of_case(path, case), encoding="utf-8")
        assert read_case(path, book()) == case


def test_a_published_share_is_what_20_000_cases_have():
    hungry = [case.given["food_shortage"].value is Answer.YES for case in many(PAPER) if "food_shortage" in case.given]
    assert abs(share(hungry) - book().statistics["food_insecure"].value / 100) < FAR


def test_children_without_a_mother_are_as_many_as_the_survey_found():
    alone = [case.given["alone_as_child"].value is Answer.YES for case in many(PAPER) if _is_child(case)]
    assert abs(share(alone) - 0.63) < 4 * (0.25 / len(alone)) ** 0.5


def test_women_are_as_many_as_the_paper_says_among_all_and_among_those_sent_back():
    women = [case.given["sex"].value == "female" for case in many(PAPER)]
    returned = [one for one, case in zip(women, many(PAPER), strict=True) if case.given["times_returned"].value != 0]
    assert abs(share(women) - book().statistics["women_in_china"].value / 100) < FAR
    assert 0.70 - FAR < share(returned) < 0.80 + FAR


def test_women_rise_with_the_year_as_the_ministry_counted_them():
    together = sum(one * share for one, share in ((947, 0.12), (2914, 0.77), (1137, 0.85))) / 4998
    women = [case.given["sex"].value == "female" for case in many("north_koreans_by_year")]
    assert abs(share(women) - together) < FAR


def test_motives_are_those_of_the_survey_and_what_it_does_not_say_is_unknown():
    reasons = [case.given["reasons_for_leaving"].value for case in many(PAPER)]
    political = [one is not Answer.UNKNOWN and bool(one & {"political", "fear_of_arrest"}) for one in reasons]
    hardship = [
        one is not Answer.UNKNOWN and bool(one) and one <= {"food", "work_or_income", "health_care"} for one in reasons
    ]
    assert abs(share(political) - 0.573) < FAR
    assert abs(share(hardship) - 0.131) < FAR
    assert abs(share([one is Answer.UNKNOWN for one in reasons]) - 0.296) < FAR


def test_facts_hang_together_as_the_population_says():
    for case in many(PAPER):
        sold = "trafficking_act" in case.given or "pregnant_by_foreigner" in case.given
        assert not sold or (case.given["sex"].value == "female" and case.given.get("alone_as_child") is not None)
        assert ("earlier_return_treatment" in case.given) == (case.given["times_returned"].value != 0)
        if "child_registered" in case.given:
            assert case.given["children_born_in_host"].value is Answer.YES


def test_a_trait_stands_in_no_case():
    traits = {draw.trait for part in real().populations for draw in part.shape.draws if draw.trait}
    assert {"motive", "sold"} <= traits
    assert not traits & {name for case in many(PAPER)[:500] for name in case.given}


def test_what_nobody_was_asked_is_not_there_and_what_is_not_known_is_unknown():
    withheld = [case.given.get("food_withheld") for case in many(PAPER)]
    short = [case.given.get("food_shortage") for case in many(PAPER)]
    assert all(one is None for one, hungry in zip(withheld, short, strict=True) if hungry is None)
    asked = [one.value is Answer.UNKNOWN for one in withheld if one is not None]
    assert abs(share(asked) - 0.1) < 1.5 * FAR
    assert abs(share([one is None for one in short]) - 0.05) < FAR


def test_a_share_that_is_not_the_published_one_is_a_mistake():
    (told,) = edited("values: {female: 56, male: 44}", "values: {female: 60, male: 40}")
    assert 'off-figure: the draw gives 60.0 per cent, and "women_in_hiding" is 56.' in told


def test_a_share_outside_the_published_range_is_a_mistake():
    (told,) = edited("values: {yes: 25, no: 75}", "values: {yes: 31, no: 69}")
    assert "off-figure: the draw gives 31.0 per cent" in told
    assert "from 20 up to 30" in told


def test_a_sum_of_shares_is_held_against_its_figure_too():
    told = edited("repression: 9.8, hardship", "repression: 19.8, hardship")
    assert {"longing_for_freedom", "political_repression", "political_reasons"} <= {
        name for one in told for name in book().statistics if f'"{name}"' in one
    }


def test_a_figure_that_there_is_not_and_a_claim_that_there_is_not_are_mistakes():
    assert "unknown-name" in edited("statistic: food_insecure", "statistic: food_unsure")[0]
    assert "unknown-name" in edited("statistic: food_insecure", "statistic: population")[0]  # no share
    assert "unknown-claim" in edited("claims: [P05]", "claims: [P999]")[0]


def test_a_population_that_extends_a_broken_one_is_not_drawn_from():
    name = f"{POPULATIONS}{PAPER}.yaml"
    files = rule_files(ROOT / "rules")
    text = files[name].decode().replace("female: 56", "female: 60")
    checked = check_book(ROOT / "rules", {**files, name: text.encode()})
    found, mistakes = populations_of(checked.populations, checked.book)
    assert (found, len(mistakes)) == ({}, 1)


def test_populations_are_no_part_of_the_law():
    files = rule_files(ROOT / "rules")
    law = {name: data for name, data in files.items() if not name.startswith(POPULATIONS)}
    assert len(law) < len(files)
    assert hash_of(law) == hash_of(files) == book().hash


def test_every_number_rests_on_a_figure_or_claim_or_says_that_it_is_assumed():
    for part in real().populations:
        for draw in part.shape.draws:
            assert draw.figures or draw.claims or draw.assumed
            certain = draw.values is not None and len(draw.values) == 1 and not (draw.unknown or draw.unasked)
            # A claim alone carries no number: where one is drawn from it, the number is an assumption and says so.
            assert draw.figures or draw.assumed or certain, draw


def test_a_book_without_populations_is_whole():
    assert good_book().facts
    assert populations_of((), good_book()) == ({}, [])
