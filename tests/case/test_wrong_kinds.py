"""A value of any wrong kind, anywhere in a case file, is a mistake with a place in every command, and ends none."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from screen.batch.input.case_files import CaseFileReader
from screen.case.case_file import ABOUT, check_case
from tests.command import rsd
from tests.real_law import the_law

VALUES: tuple[Any, ...] = (
    3, -3, 2.5, 1e300, True, False, None, "", "words", "unknown", "2022-02-30", "NO", [], [1], ["words"], [[]], [{}],
    [None], {}, {"answer": {}}, {"answer": "yes", "note": 3}, {"note": [1]}, {"words": None},
)  # fmt: skip


@cache
def complete_case() -> dict[str, Any]:
    """Return a case with an answer to a fact of every type, a judgement among them, and every key that there is."""
    answers = {
        "yes_no": "yes", "number": 34, "date": "2022-06-28", "country": "KP", "many": [], "text": "words",
    }  # fmt: skip
    facts: dict[str, Any] = {}
    for name, fact in the_law().facts.items():
        if (fact.type, fact.judgement) not in {(one.type, one.judgement) for one in map(the_law().facts.get, facts)}:
            answer = answers.get(fact.type) or (fact.options[0][0] if fact.type != "many" else [])
            facts[name] = {
                "answer": answer, "credibility": "accepted", "source": "S", "note": "N", "date": "2022-06-28"
            }  # fmt: skip
    about = dict.fromkeys(list(ABOUT)[:2], "words")
    record = {"state": "closed", "by": "words", "on": "2022-06-28"}
    top = {"format": 1, "case": "C-1", "profile": "paper", "record": record, "about": about, "claim": "words"}
    return {**top, "facts": facts}


def paths(data: Any, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the path of every value in a case."""
    for key, value in data.items():
        yield (*above, key)
        if isinstance(value, dict):
            yield from paths(value, (*above, key))


def with_value(path: tuple[str, ...], value: Any) -> dict[str, Any]:
    """Return the complete case with another value at a path; of several facts the one that the path leads to."""
    case = copy.deepcopy(complete_case())
    if path != ("facts",):
        fact = path[1] if path[0] == "facts" else next(iter(case["facts"]))
        case["facts"] = {fact: case["facts"][fact]}
    place = case
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return case


def test_the_complete_case_is_one(tmp_path: Path) -> None:
    file = tmp_path / "c.json"
    file.write_text(json.dumps(complete_case()))
    assert check_case(file, the_law())[1] == []
    judged = {the_law().facts[name].judgement for name in complete_case()["facts"]}
    assert judged == {True, False}


def test_a_wrong_value_anywhere_is_a_mistake_or_an_answer_and_a_batch_says_the_same(tmp_path: Path) -> None:
    files = CaseFileReader(the_law(), keep_annotations=True)
    file = tmp_path / "c.json"
    for path in paths(complete_case()):
        for value in VALUES:
            file.write_text(json.dumps(with_value(path, value)))
            case, mistakes = check_case(file, the_law())
            gathered = files.read_files([str(file)])
            assert case is not None or mistakes
            assert sorted(one.code for one in gathered.rejects) == sorted(one.code for one in mistakes), (path, value)
            assert gathered.height == (not mistakes)
            assert all(one.location.line for one in mistakes)
            row, rejects = files.read_record(with_value(path, value), "c.jsonl", 1)
            assert (row is None) is bool(mistakes) is bool(rejects), (path, value)


@pytest.mark.parametrize("value", [3, [1]])
@pytest.mark.parametrize("key", ["source", "note"])
@pytest.mark.parametrize("judgement", [True, False])
def test_what_is_no_text_beside_an_answer_is_told_with_its_place_by_every_command(
    tmp_path: Path, key: str, value: object, judgement: bool
) -> None:
    fact = next(name for name in complete_case()["facts"] if the_law().facts[name].judgement is judgement)
    file = tmp_path / "c.json"
    file.write_text(json.dumps(with_value(("facts", fact, key), value), indent=1))
    file.chmod(0o600)
    lines = file.read_text().split("\n")
    line = next(at for at, text in enumerate(lines, 1) if f'"{key}": ' in text and _is(text, key))
    (tmp_path / "other.json").write_text(json.dumps(complete_case()))
    commands: list[tuple[object, ...]] = [
        ("assess", file), ("case", "check", file), ("diff", file, tmp_path / "other.json"),
        ("diff", tmp_path / "other.json", file), ("interview", "--plain", file), ("compare", file),
        ("explain", file, "refugee_status"), ("whatif", file, "age=3"),
    ]  # fmt: skip
    for words in commands:
        done = rsd(*words, stdin="q\n")
        assert done.returncode == 1, words
        assert f"{file}:{line}:" in done.stderr, words
        assert "wrong-kind" in done.stderr
        assert "judgement-without-reasons" not in done.stderr
    done = rsd("batch", file, "--out", tmp_path / "o.csv", "--summary", "none")
    assert done.returncode == 3
    (reject,) = map(json.loads, (tmp_path / "o.csv.rejects.jsonl").read_text().splitlines())
    assert (reject["code"], reject["line"], reject["column"]) == ("wrong-kind", line, fact)


def _is(text: str, key: str) -> bool:
    """Tell whether a line of the file is the one that is wrong: all others of this key say a letter."""
    return not text.strip().removeprefix(f'"{key}": ').startswith(('"S"', '"N"'))
