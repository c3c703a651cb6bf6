"""The commands as a caseworker types them: what they print, where, and with which exit code."""

import json
import os
import stat
import subprocess
import sys
from dataclasses import replace

import jsonschema
import pytest

from screen.cli.rules import test as law_cases_command
from screen.rulebook import checker
from tests.command import rsd
from tests.paths import ROOT
from tests.real_law import checked, its_results

MIN = ROOT / "examples/cases/min.yaml"


@pytest.fixture
def empty(tmp_path):
    """A case file in which nothing is known."""
    file = tmp_path / "empty.yaml"
    file.write_text("format: 1\ncase: E-1\n", encoding="utf-8")
    return file


def test_assess_prints_the_determination_on_standard_output_and_nothing_else():
    done = rsd("assess", MIN)
    assert done.returncode == 0
    assert done.stderr == ""
    assert done.stdout.startswith("Case MIN-0417")
    for heading in ("IN SHORT", "THE CLAIM", "MATERIAL FACTS", "AUTHORITIES", "RECOMMENDATION"):
        assert f"\n{heading}\n" in done.stdout
    assert "Screening aid, not a determination" in done.stdout


def test_a_determination_follows_the_order_of_practice():
    text = rsd("assess", MIN).stdout
    order = [
        "THE CLAIM", "MATERIAL FACTS", "IDENTITY AND NATIONALITY", "WELL-FOUNDED FEAR", "PERSECUTION",
        "AGENT AND STATE PROTECTION", "REASON FOR THE PERSECUTION", "INTERNAL ALTERNATIVE", "REFUGEE SUR PLACE",
        "ARTICLES 1D, 1E AND 1F", "CONCLUSION UNDER THE 1951 CONVENTION", "COMPLEMENTARY PROTECTION",
        "FAMILY, CHILDREN, TRAFFICKING, STATELESSNESS", "OBJECTIONS, ANSWERS AND REMAINING WEAKNESS",
        "WHAT THE HOST STATE OWES", "AUTHORITIES", "WHAT IS MISSING, AND THE NEXT QUESTIONS", "RECOMMENDATION",
    ]  # fmt: skip
    places = [text.index(f"\n{heading}\n") for heading in order]
    assert places == sorted(places)


@pytest.mark.parametrize("case", sorted(path.name for path in (ROOT / "examples/cases").glob("*.yaml")))
@pytest.mark.parametrize("form", ["text", "markdown", "json"])
def test_no_determination_says_refused(case, form):
    captured = rsd("assess", ROOT / "examples/cases" / case, "--format", form)
    assert captured.returncode == 0
    assert "refused" not in captured.stdout.lower()


def test_unknown_everything_is_undetermined_and_forbids_return(empty):
    text = rsd("assess", empty).stdout
    assert "Undetermined, no return meanwhile" in text
    assert "may not be returned meanwhile" in text


def test_the_same_case_gives_the_same_bytes_of_json():
    first, second = rsd("assess", MIN, "-f", "json").stdout, rsd("assess", MIN, "-f", "json").stdout
    assert first == second


def test_json_keeps_to_its_published_schema(empty):
    schema = json.loads(rsd("rules", "schema", "determination").stdout)
    for case in (MIN, empty):
        jsonschema.validate(json.loads(rsd("assess", case, "-f", "json").stdout), schema)


def test_several_cases_make_one_json_array(empty):
    data = json.loads(rsd("assess", MIN, empty, "-f", "json").stdout)
    assert [determination["case"] for determination in data] == ["MIN-0417", "E-1"]


def test_an_unusable_case_is_reported_and_the_others_are_assessed(tmp_path):
    bad = tmp_path / "bad.yaml"
    bad.write_text("format: 1\ncase: B-1\nfacts:\n  outside_country_of_orgin: yes\n", encoding="utf-8")
    done = rsd("assess", bad, MIN)
    assert done.returncode == 1
    assert f"{bad}:4:3: unknown-fact" in done.stderr
    assert 'Did you mean "outside_country_of_origin"?' in done.stderr
    assert "Case MIN-0417" in done.stdout


def test_the_content_of_a_determination_never_changes_the_exit_code_unless_asked(empty):
    assert rsd("assess", empty).returncode == 0
    assert rsd("assess", empty, "--fail-on", "undetermined_no_return").returncode == 4
    assert rsd("assess", empty, "--fail-on", "recognise").returncode == 0
    assert rsd("assess", empty, "--fail-on", "refuse").returncode == 2


@pytest.mark.parametrize(
    "words", [[], ["asess"], ["assess"], ["assess", MIN, "--profile", "nobody"], ["explain", MIN, "no_such_thing"],
              ["rules", "show", "nothing_here"], ["rules", "schema", "nothing"]]
)  # fmt: skip
def test_wrong_usage_exits_with_2_and_a_message_on_standard_error(words):
    done = rsd(*words)
    assert done.returncode == 2
    assert done.stderr or not words
    assert "Traceback" not in done.stderr


def test_a_profile_changes_what_is_contested():
    under_paper = json.loads(rsd("assess", MIN, "-f", "json").stdout)
    under_canada = json.loads(rsd("assess", MIN, "-f", "json", "-p", "canada").stdout)
    assert under_paper["readings"] != under_canada["readings"]
    assert under_canada["profile"] == "canada"


@pytest.mark.parametrize(
    "words", [["assess", "--brief"], ["explain", "refugee_status"], ["whatif", "age=17"], ["whatif", "--pivots"]],
    ids=lambda words: " ".join(words),
)  # fmt: skip
def test_every_result_names_the_law_that_the_case_was_read_under(empty, words):
    command, *more = words
    text = " ".join(rsd(command, empty, *more, "--profile", "us", "--as-of", "2014-09-01").stdout.split())
    assert "aw as of 2014-09-01" in text
    assert "Read under us" in text or "Profile United States" in text


def test_out_writes_a_file_for_one_reader(tmp_path):
    out = tmp_path / "determination.md"
    done = rsd("assess", MIN, "-f", "markdown", "--out", out)
    assert done.returncode == 0
    assert done.stdout == ""
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert out.read_text(encoding="utf-8").startswith("# Case MIN\\-0417") or "MIN-0417" in out.read_text("utf-8")


def test_explain_goes_down_to_the_facts_and_says_why_not_otherwise():
    done = rsd("explain", MIN, "refugee_sur_place")
    assert done.returncode == 0
    assert "Why\n- " in done.stdout
    assert "exit permission" in done.stdout
    assert "Otherwise it would read" in done.stdout
    deeper = rsd("explain", MIN, "refugee_sur_place", "--depth", "4").stdout
    assert len(deeper) > len(done.stdout)
    assert "(not decisive)" in rsd("explain", MIN, "refugee_sur_place", "--all").stdout


def test_explain_of_an_open_criterion_asks_what_would_settle_it(empty):
    assert "What would settle it" in rsd("explain", empty, "refugee_status").stdout


def test_a_new_case_is_private_and_valid_and_never_overwritten(tmp_path):
    file = tmp_path / "K-7.yaml"
    assert rsd("case", "new", file).returncode == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert rsd("case", "check", file).returncode == 0
    before = file.read_bytes()
    again = rsd("case", "new", file)
    assert again.returncode == 1
    assert "already-there" in again.stderr
    assert file.read_bytes() == before


def test_a_case_that_others_can_read_is_reported(tmp_path):
    file = tmp_path / "open.yaml"
    file.write_text("format: 1\ncase: O-1\n", encoding="utf-8")
    file.chmod(0o644)
    assert f"chmod 600 {file}" in rsd("case", "check", file).stderr


@pytest.fixture
def tried_once(monkeypatch):
    """The commands read what the law cases gave from tests/real_law.py, where they are tried once."""
    monkeypatch.setattr(law_cases_command, "check_book", lambda _: checked())
    monkeypatch.setattr(law_cases_command, "try_law_case", lambda case, _: replace(its_results()[case.name], case=case))


def test_the_rule_book_has_no_mistakes():
    checked = rsd("rules", "check", "--strict")
    assert checked.returncode == 0, checked.stderr


@pytest.mark.usefixtures("tried_once")
def test_every_law_case_holds_or_is_disputed():
    tried = rsd("rules", "test")
    assert tried.returncode == 0, tried.stdout


@pytest.mark.usefixtures("tried_once")
def test_agreement_and_coverage_are_counted():
    text = rsd("rules", "test", "--agreement").stdout
    for title in ("By issue, what real", "By forum, what real", "By result, how whole"):
        assert title in text
    assert "of 229 holdings of real decisions agree" in text
    assert "8 holdings of decisions in doubt are authority only." in text
    only = rsd("rules", "test", "--agreement", "--only", "CR14").stdout
    assert "3 of 3 holdings of real decisions agree." in only
    assert "criteria with words are found every way" in rsd("rules", "coverage").stdout


def test_every_criterion_fact_and_source_can_be_shown():
    shown = rsd("rules", "show", "illegal_exit_punishment")
    assert "Valentin" in shown.stdout
    assert "Needed by" in shown.stdout
    assert rsd("rules", "show", "left_without_permission").returncode == 0
    assert rsd("rules", "show", "valentin_1991").returncode == 0
    assert rsd("rules", "show").stdout.count("\n") > 60


def test_schemas_are_valid_and_accept_every_rule_file_and_example():
    schemas = json.loads(rsd("rules", "schema").stdout)
    for schema in schemas.values():
        jsonschema.Draft202012Validator.check_schema(schema)
    files = {"case": (ROOT / "examples/cases").glob("*.yaml")}
    files |= {
        kind: (ROOT / "rules" / kind).glob("*.yaml") for kind in ("facts", "criteria", "origins", "hosts", "cases")
    }
    files |= {
        kind: [ROOT / f"rules/{kind}.yaml"] for kind in ("book", "readings", "objections", "responses", "sources")
    }
    for kind, names in files.items():
        taken = jsonschema.Draft202012Validator(schemas[kind])
        for file in sorted(names):
            taken.validate(checker.parse_document(file.read_bytes(), str(file), may_quote=True).data)


def test_version_is_printed_and_quiet_prints_no_messages():
    assert rsd("--version").stdout.startswith("rsd 0.1.0")
    assert rsd("--quiet", "rules", "schema", "case").stderr == ""


HOSTILE = "\x1b[2J\x1b]0;pwn\x07 [bold red]APPROVED[/] \u202eright \x9b31m"


def test_text_from_a_case_reaches_the_screen_without_escapes_or_markup(tmp_path):
    file = tmp_path / "hostile.yaml"
    quoted = json.dumps(HOSTILE)
    file.write_text(
        f"format: 1\ncase: H-1\nclaim: {quoted}\nabout: {{documents: {quoted}}}\nfacts:\n"
        f"  outside_country_of_origin: {{answer: yes, note: {quoted}, source: {quoted}}}\n",
        encoding="utf-8",
    )
    for form in ("text", "markdown", "json"):
        text = rsd("assess", file, "-f", form).stdout
        assert not set(text) & set("\x1b\x07\x9b\u202e"), form
        assert "APPROVED" in text


def test_an_internal_error_prints_nothing_of_the_case(tmp_path, monkeypatch, capsys):
    from screen.cli import app as program

    def broken(*_args, **_kwargs):
        raise RuntimeError("her name is Min")

    monkeypatch.setattr(program, "app", broken)
    with pytest.raises(SystemExit) as left:
        program.main()
    assert left.value.code == 70
    captured = capsys.readouterr()
    assert "her name is Min" not in captured.err + captured.out
    assert "RuntimeError" in captured.err


def test_a_reader_that_stops_reading_is_no_error():
    command = f"{sys.executable} -m screen assess {MIN} | head -n 1"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, check=False)
    assert done.stdout.startswith("Case MIN-0417")
    assert "Traceback" not in done.stderr


def test_help_imports_nothing_that_it_does_not_use():
    code = (
        "import sys; from screen.cli.app import app\n"
        "heavy = {'yaml', 'pydantic', 'prompt_toolkit', 'rich', 'screen.rulebook.model', 'screen.engine.evaluate'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_assess_imports_neither_the_terminal_nor_the_schema_once_the_book_is_cached(tmp_path):
    code = (
        "import sys; sys.argv = ['rsd', 'assess', sys.argv[1]]\n"
        "from screen.cli.app import app\n"
        "try: app()\n"
        "except SystemExit: pass\n"
        "heavy = {'prompt_toolkit', 'rich', 'screen.rulebook.schema', 'screen.rulebook.conditions'}\n"
        "print('HEAVY', sorted(heavy & set(sys.modules)))"
    )
    env = {**os.environ, "XDG_CACHE_HOME": str(tmp_path)}
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-c", code, str(MIN)], capture_output=True, text=True, check=True, env=env
        )
    assert done.stdout.strip().endswith("HEAVY []")
