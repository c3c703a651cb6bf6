"""`rsd compare` and `rsd whatif` as a caseworker types them: output, exit codes, and a case file left as it was."""

import json
from pathlib import Path

import jsonschema
import pytest

from tests.cli.commands.test_commands import HOSTILE, MIN
from tests.command import rsd

ESCAPES = set("\x1b\x07\x9b\u202e")


@pytest.fixture
def case(tmp_path: Path) -> Path:
    """A short case with a hostile note."""
    file = tmp_path / "case.yaml"
    file.write_text(
        "format: 1\ncase: C-1\nfacts:\n  country_of_origin: KP\n  host_country: CN\n  age: 30\n"
        f"  left_without_permission: {{answer: yes, credibility: accepted, note: {json.dumps(HOSTILE)}}}\n"
        "  claim_in_own_words: " + json.dumps(HOSTILE) + "\n",
        encoding="utf-8",
    )
    return file


def test_compare_gives_each_profile_a_row_then_where_they_part_first():
    done = rsd("compare", MIN, "--profiles", "paper,uk,canada")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0] == "Case MIN-0417 under 3 profiles"
    assert lines[2].startswith("Law as of ")
    assert [line.split()[0] for line in lines[2:] if line.startswith("  ") and line[2] != " "][:3] == [
        "paper", "uk", "canada",
    ]  # fmt: skip
    assert "WHERE THEY FIRST DIFFER" in done.stdout
    assert max(map(len, lines)) <= 100


def test_compare_takes_every_profile_by_default(case):
    data = json.loads(rsd("compare", case, "-f", "json").stdout)
    profiles = json.loads(rsd("rules", "schema", "case").stdout)["properties"]["profile"]["enum"]
    assert [profile["profile"] for profile in data["profiles"]] == profiles


def test_a_comparison_in_json_keeps_to_its_published_schema_and_is_the_same_each_time(case):
    schema = json.loads(rsd("rules", "schema", "comparison").stdout)
    for file in (MIN, case):
        first = rsd("compare", file, "-f", "json").stdout
        jsonschema.validate(json.loads(first), schema)
        assert json.loads(first)["format"] == 1
    assert rsd("compare", case, "-f", "json").stdout == first


def test_the_json_and_the_text_name_the_same_first_difference():
    data = json.loads(rsd("compare", MIN, "-f", "json").stdout)
    text = rsd("compare", MIN, "-f", "markdown").stdout.replace("\\", "")
    assert data["differences"], "the readings of the profiles part on this case"
    first = data["differences"][0]
    assert f"({first['criterion']}" in text
    assert all(reading["title"] in text for reading in first["readings"])
    assert len({tuple(names) for names in first["found"].values()}) > 1


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["compare", MIN, "--profiles", "paper,canda"], 'Did you mean "canada"?'),
        (["compare", MIN, "--profiles", "paper"], "two or more"),
        (["compare", MIN, "--profiles", "paper,paper"], "two or more"),
        (["compare", MIN, "--format", "html"], "html"),
        (["whatif", MIN], "--pivots"),
        (["whatif", MIN, "age"], "age=17"),
        (["whatif", MIN, "aeg=17"], 'Did you mean "age"?'),
        (["whatif", MIN, "age=many"], "Write a number"),
        (["whatif", MIN, "age=017"], "Write a number"),
        (["whatif", MIN, "age=17", "age=18"], "twice"),
        (["whatif", MIN, "sex=femal"], 'Did you mean "female"?'),
        (["whatif", MIN, "past_harm="], "[]"),
        (["whatif", MIN, "past_harm=camp,camp"], "appears twice"),
        (["whatif", MIN, "past_harm=no_such_thing"], "Write some of"),
        (["whatif", MIN, "refugee_status=yes"], "which the program finds"),
        (["whatif", MIN, "age=17", "--pivots"], "not both"),
        (["whatif", MIN, "age=17", "--for", "refugee_status"], "--pivots"),
        (["whatif", MIN, "--contestable", "age=17"], "--pivots"),
        (["whatif", MIN, "--pivots", "--for", "refugee_statu"], 'Did you mean "refugee_status"?'),
        (["whatif", MIN, "--pivots", "--most", "0"], "--most"),
        (["whatif", MIN, "--pivots", "--profile", "nobody"], "nobody"),
    ],
)
def test_wrong_usage_exits_with_2_and_says_what_to_do(words, expected):
    done = rsd(*words, COLUMNS="1000")
    assert done.returncode == 2
    assert expected in done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("words", [["compare"], ["whatif", "--pivots"], ["whatif", "age=17"]])
def test_an_unusable_case_exits_with_1(tmp_path, words):
    bad = tmp_path / "bad.yaml"
    bad.write_text("format: 1\ncase: B-1\nfacts:\n  aeg: 17\n", encoding="utf-8")
    done = rsd(words[0], bad, *words[1:])
    assert done.returncode == 1
    assert "unknown-fact" in done.stderr


def test_whatif_reads_facts_from_a_file_or_standard_input_where_nobody_sees_them(case, tmp_path):
    as_arguments = rsd("whatif", case, "age=17", "host_country=RU")
    file = tmp_path / "facts.yaml"
    file.write_text("age: 17\nhost_country: RU\n", encoding="utf-8")
    assert rsd("whatif", case, "--facts", file).stdout == as_arguments.stdout
    assert rsd("whatif", case, "--facts", "-", stdin="\ufeffage: 17\nhost_country: RU\n").stdout == as_arguments.stdout
    assert rsd("whatif", case, "age=17", "--facts", "-", stdin="host_country: RU\n").stdout == as_arguments.stdout
    assert "ps" in rsd("whatif", "--help").stdout


@pytest.mark.parametrize(
    ("written", "code", "expected"),
    [
        ("age: 17\naeg: 17\n", 1, "-:2:1: unknown-fact"),
        ("age: old\n", 1, "-:1:6: wrong-kind"),
        ("- age\n", 1, "-:1:1: wrong-kind"),
        ("", 1, "-:1:1: wrong-kind"),
        ("host_country: RU\n", 2, "Say it once"),
    ],
)
def test_whatif_says_what_is_wrong_with_a_file_of_facts(case, written, code, expected):
    done = rsd("whatif", case, "host_country=CN", "--facts", "-", stdin=written)
    assert (done.returncode, done.stdout) == (code, "")
    assert expected in done.stderr


def test_whatif_shows_what_changes_and_writes_nothing(case):
    before = case.read_bytes()
    done = rsd("whatif", case, "left_without_permission=no", "past_harm=camp, beatings", "times_returned=0")
    assert done.returncode == 0
    assert "Yes (accepted) → No" in " ".join(done.stdout.split())
    assert "FINDINGS THAT CHANGE: " in done.stdout
    assert " → " in done.stdout.split("FINDINGS THAT CHANGE")[1]
    assert "Nothing was written to the case file" in done.stdout
    assert "not advice on what to answer" in " ".join(done.stdout.split())
    assert case.read_bytes() == before


@pytest.mark.parametrize("value", ["[]", "[camp]", "[camp, beatings]", "camp", "camp,beatings", "unknown"])
def test_a_list_is_written_with_commas_with_or_without_brackets(case, value):
    assert rsd("whatif", case, f"past_harm={value}").returncode == 0


def test_the_same_answer_changes_nothing(case):
    text = rsd("whatif", case, "left_without_permission=yes").stdout
    assert "FINDINGS THAT CHANGE: NONE" in text
    assert ": unchanged" in text


def test_pivots_say_which_questions_to_ask_and_that_nobody_is_to_be_coached(case):
    before = case.read_bytes()
    done = rsd("whatif", case, "--pivots", "--most", "3")
    assert done.returncode == 0
    text = " ".join(done.stdout.split())
    assert "which questions to ask or verify next" in text
    assert "not advice on what to answer" in text
    assert "nobody may be told which answer would help" in text
    assert "WHAT CHANGES THE RECOMMENDATION" in text
    assert "WHAT CHANGES A CONCLUSION" in text
    assert case.read_bytes() == before


def test_pivots_of_one_conclusion_name_it_and_no_more_than_asked_for(case):
    done = rsd("whatif", case, "--pivots", "--for", "refugee_status", "--most", "2")
    assert "WHAT CHANGES REFUGEE STATUS" in done.stdout
    assert "WHAT CHANGES A CONCLUSION" not in done.stdout
    assert rsd("whatif", case, "--pivots", "--for", "recommendation").returncode == 0


def test_pivots_never_tell_anybody_to_be_somebody_else(case):
    for more in ([], ["--contestable"]):
        text = rsd("whatif", case, "--pivots", "--most", "30", *more).stdout
        tried = text.split("TO BE ESTABLISHED FIRST")[0]
        for name in ("sex", "age", "country_of_origin", "host_country", "stateless"):
            assert f"({name})" not in tried
            assert f"({name}," not in tried
        assert "(left_without_permission" not in tried, "an accepted answer"


@pytest.mark.parametrize(
    "words",
    [["compare"], ["compare", "-f", "markdown"], ["compare", "-f", "json"], ["whatif", "--pivots", "--contestable"],
     ["whatif", "left_without_permission=unknown"], ["whatif", f"claim_in_own_words={HOSTILE}"]],
)  # fmt: skip
def test_output_is_plain_and_holds_no_escapes(case, words):
    done = rsd(words[0], case, *words[1:])
    assert done.returncode == 0
    assert not set(done.stdout) & ESCAPES
    if "json" not in words and "markdown" not in words:
        assert max(map(len, done.stdout.splitlines())) <= 100
