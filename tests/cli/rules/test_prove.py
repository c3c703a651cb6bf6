"""`rsd rules prove` as a lawyer types it."""

from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from screen.report.proof_json import proof_schema
from tests.command import rsd
from tests.paths import RULES


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The real rule files with an exception too many: a danger of torture that an exclusion ground lifts."""
    folder = tmp_path_factory.mktemp("broken") / "rules"
    shutil.copytree(RULES, folder)
    file = folder / "criteria" / "12_complementary.yaml"
    text = file.read_text(encoding="utf-8")
    rule = "  holds_if: {all: [torture_likely, official_hand]}\n"
    assert text.count(rule) == 2
    file.write_text(text.replace(rule, f"{rule}  unless: [art_1f_a]\n"), encoding="utf-8")
    return folder


def test_a_property_that_holds_is_a_row_and_the_exit_code_is_0():
    done = rsd("rules", "prove", "--only", "economic motive")
    assert (done.returncode, done.stderr) == (0, "")
    head, row, blank, last = done.stdout.splitlines()
    assert head.split() == ["property", "profiles", "result", "seconds"]
    assert row.split()[0] == "economic_motive_defeats_no_claim"
    assert row.split()[2] == "proved"
    assert blank == ""
    assert last.startswith("1 of 1 properties proved for every possible case, in ")


def test_a_property_that_fails_is_shown_with_a_case_file_that_assess_reads(broken, tmp_path):
    done = rsd("rules", "prove", "--only", "exclusion_leaves", "--rules", broken)
    assert done.returncode == 1
    assert "FAILS" in done.stdout
    assert "exclusion_leaves_the_ban_on_torture fails: Protection from torture survives" in done.stdout
    assert "Broken under every profile that was examined." in done.stdout
    lines = done.stdout.splitlines()
    assert max(map(len, lines)) <= 100
    begin = next(place for place, line in enumerate(lines) if line.startswith("# Breaks"))
    text = "\n".join(lines[begin : lines.index("", begin)]) + "\n"
    assert re.search(r"^#   customary_ban_on_torture: \w+, and with the other answers \w+$", text, re.MULTILINE)
    file = tmp_path / "case.yaml"
    file.write_text(text, encoding="utf-8")
    assessed = rsd("assess", file, "--rules", broken, "-f", "json")
    assert assessed.returncode == 0, assessed.stderr
    # The comments give the other answers as `rsd whatif` takes them.
    begin = next(place for place, line in enumerate(text.splitlines()) if "rsd whatif" in line) + 1
    others = [line.removeprefix("#").strip() for line in text.splitlines()[begin:] if line.startswith("#")]
    other = rsd("whatif", file, *others, "--rules", broken)
    assert other.returncode == 0, other.stderr
    assert others


def test_json_says_the_same_under_its_schema(broken, tmp_path):
    out = tmp_path / "proof.json"
    done = rsd(
        "rules", "prove", "--only", "torture", "-p", "paper", "-p", "uk", "-f", "json", "-o", out, "--rules", broken
    )
    assert (done.returncode, done.stdout) == (1, "")
    data = json.loads(out.read_text(encoding="utf-8"))
    jsonschema.validate(data, proof_schema())
    assert data["doubts"] is None
    assert {verdict["property"]: verdict["proved"] for verdict in data["properties"]} == {
        "exclusion_leaves_the_ban_on_torture": False,
        "torture_forbids_return": False,
        "danger_needs_no_ground": True,
    }
    assert {name for verdict in data["properties"] for name in verdict["fails_under"]} == {"paper", "uk"}
    assert out.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--only", "no such property"], 'No property is named like "no such property".'),
        (["--profile", "papper"], 'There is no profile "papper". Did you mean "paper"?'),
        (["--as-of", "yesterday"], "Write a day as 2022-06-28."),
    ],
)
def test_wrong_usage_says_what_to_do(words, expected):
    done = rsd("rules", "prove", *words)
    assert done.returncode == 2
    assert expected in " ".join(done.stderr.replace("│", " ").split())


def test_without_the_solver_the_command_says_what_to_install_and_nothing_else_needs_it():
    code = "import sys; sys.modules['z3'] = None; from screen.cli.app import main; sys.argv[0] = 'rsd'; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "rules", "prove"], capture_output=True, text=True, check=False
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.startswith("z3: not-installed: ")
    assert "pip install" in done.stderr
    done = subprocess.run(
        [sys.executable, "-c", code, "rules", "show", "cat_3"], capture_output=True, text=True, check=False
    )  # fmt: skip
    assert done.returncode == 0


def test_a_proof_overwrites_no_case_and_says_so_before_the_work(tmp_path):
    case = tmp_path / "case.yaml"
    case.write_text("format: 1\ncase: E-1\n", encoding="utf-8")
    done = rsd("rules", "prove", "--only", "economic motive", "-o", case)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"{case}: already-there: ")
    assert case.read_text(encoding="utf-8") == "format: 1\ncase: E-1\n"


def test_ctrl_c_ends_it_with_one_line():
    with subprocess.Popen(
        [sys.executable, "-m", "screen", "rules", "prove"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as running:  # fmt: skip
        running.stdout.readline()
        for line in running.stderr:
            # Said when the longest part begins.
            assert line.startswith("Looking for")
            break
        running.send_signal(signal.SIGINT)
        _, stderr = running.communicate(timeout=30)
    assert running.returncode == 130
    assert stderr == "Interrupted. What was not reached is not proved.\n"


def test_a_search_is_stopped_at_its_next_question_and_never_within_the_solver():
    from screen.proof.solver import Solver, free_bit, interruptible

    def asked() -> None:
        with interruptible():
            signal.raise_signal(signal.SIGINT)
            reached.append(free_bit("one"))
            reached.append(Solver().find_model(reached[0]))

    reached = []
    with pytest.raises(KeyboardInterrupt):
        asked()
    assert len(reached) == 1
    with interruptible():
        assert Solver().find_model(*reached) is not None
