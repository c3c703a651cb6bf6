"""The house stands on its floors: imports point down, and each outside thing is touched in its own room alone."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.paths import ROOT

SRC = ROOT / "src" / "screen"

FLOORS = {
    "logic": 0,
    "text": 0,
    "diagnostics": 0,
    "files": 0,
    "file_types": 0,
    "regular_files": 0,
    "process": 0,
    "version": 0,
    "rulebook": 1,
    "case": 2,
    "circuit": 3,
    "engine": 3,
    "whatif": 4,
    "interview": 4,
    "proof": 4,
    "evaluation": 4,
    "training": 4,
    "simulation": 4,
    "batch": 4,
    "report": 5,
    "cli": 6,
    "__main__": 7,  # starts the command line
    "__init__": 7,  # the public names: names every room, opens none of them unasked
}

#: Who may import whom on the same floor; everybody else moves the shared part down.
NEIGHBOURS = {
    "diagnostics": {"text"},
    "files": {"diagnostics"},
    "regular_files": {"diagnostics", "file_types"},
    "training": {"whatif"},
}

#: What a room, or a file, may not import though it lies below: the two workings of one law are held against each other.
APART = {
    "batch": "engine",
    "circuit": "engine",
    # Only the search for other answers and the interview ask the compiled law; the evaluator and its findings never do.
    "engine": "circuit",
    # A comparison has two readings, too: `compared` here, `meets` in the circuit.
    "case": "circuit",
}

CLI = ("cli/",)
BATCH = ("batch/", "cli/batch/")
SPARK = ("batch/spark/", "cli/batch/spark.py")

#: Packages of others, and modules of Python's own that reach out of the program, with the places that may import them.
ONLY_IN = {
    "pydantic": ("rulebook/schema.py", "rulebook/validation.py"),
    "fsrs": ("training/schedule.py",),
    "yaml": ("rulebook/yaml_reader.py", "rulebook/fast_reader.py", "case/case_file.py"),
    "z3": ("proof/solver.py",),
    "polars": BATCH,
    "pyarrow": BATCH,
    "pyspark": SPARK,
    "py4j": SPARK,
    "rich": CLI,
    "prompt_toolkit": CLI,
    "typer": CLI,
    "os": (
        "files.py",
        "regular_files.py",
        "rulebook/cache.py",
        "rulebook/rule_folder.py",
        "batch/__init__.py",
        "batch/input/sources.py",
        "batch/input/worker_pool.py",
        *CLI,
    ),
    "tempfile": (),
    "shutil": ("files.py", *CLI),
    "time": ("files.py", *CLI),
    "subprocess": (),
    "socket": (),
    "urllib": (),
    "http": (),
    "pickle": (),
}

FILES = (
    "files.py",
    "regular_files.py",
    "rulebook/cache.py",
    "rulebook/rule_folder.py",
    "case/case_file.py",
    "batch/input/sources.py",
    "batch/output/checkpoint.py",
    "batch/output/preflight.py",
    "batch/output/written_files.py",
    "batch/spark/pipeline.py",
    *CLI,
)
OPENING = {
    *("open", "fdopen", "read_text", "read_bytes", "write_text", "write_bytes", "unlink", "mkdir", "touch", "rename"),
    *("iterdir", "glob", "rglob", "exists", "is_file", "is_dir", "stat"),
}
CLOCK = {("date", "today"), ("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today")}


def sources() -> list[Path]:
    return sorted(SRC.rglob("*.py"))


def room_of(path: Path) -> str:
    return path.relative_to(SRC).parts[0].removesuffix(".py")


def stands_in(path: Path, places: tuple[str, ...]) -> bool:
    name = path.relative_to(SRC).as_posix()
    return any(name == place or (place.endswith("/") and name.startswith(place)) for place in places)


def imported(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Yield every module that is imported, also inside functions and for types alone, with its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "write the whole path of an import"
            # `from screen import case` names the room after the word import.
            several = node.module == "screen"
            names = [f"screen.{alias.name}" for alias in node.names] if several else [node.module or ""]
            yield from ((name, node.lineno) for name in names)


def misplaced(path: Path, text: str) -> Iterator[str]:
    """Yield what stands in a file on the wrong floor, and what to do."""
    here, tree = room_of(path), ast.parse(text)
    name = path.relative_to(SRC).as_posix()
    for module, line in imported(tree):
        top, _, rest = module.partition(".")
        room = rest.partition(".")[0]
        wrong = ""
        if top == "screen":
            if room not in FLOORS:
                wrong = "imports screen itself. Import from the room that has it: screen.logic, screen.case.evidence …"
            elif room == APART.get(here):
                wrong = f"{here} imports {room}, against which it is held. Work it out from the checked terms."
            elif FLOORS[room] > FLOORS[here]:
                wrong = f"{here} imports {room}, which is a floor above it. Move the shared part down."
            elif FLOORS[room] == FLOORS[here] and room != here and room not in NEIGHBOURS.get(here, set()):
                wrong = f"{here} imports its neighbour {room}. Move the shared part down, or join them a floor above."
        elif top in ONLY_IN:
            if not stands_in(path, ONLY_IN[top]):
                wrong = f"imports {top}, which {_listed(ONLY_IN[top])} may touch. Let that hand over plain values."
        elif top not in sys.stdlib_module_names:
            wrong = f"imports {top}, which nobody agreed on. docs/decisions/0001-dependencies.md says how to."
        if wrong:
            yield f"{name}:{line}: {wrong}"
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and (wrong := _reaching_out(path, node.func)):
            yield f"{name}:{node.lineno}: {wrong}"


def _reaching_out(path: Path, called: ast.expr) -> str | None:
    """Return what is wrong with calling this here, or None."""
    bare = called.id if isinstance(called, ast.Name) else ""
    method = called.attr if isinstance(called, ast.Attribute) else ""
    of = called.value.id if isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name) else ""
    if (bare == "open" or method in OPENING) and not stands_in(path, FILES):
        return f"{bare or method}() touches files, which {_listed(FILES)} may. Take bytes or values instead."
    if (of, method) in CLOCK and not stands_in(path, CLI):
        return f"{of}.{method}() asks the clock. Take the day as an argument; cli/ knows it."
    if bare in ("print", "input") and not stands_in(path, CLI):
        return f"{bare}() talks to somebody. Return the words; cli/ shows them."
    return None


def _listed(places: tuple[str, ...]) -> str:
    return f"only {', '.join(places)}" if places else "nothing here"


@pytest.mark.parametrize("path", sources(), ids=lambda path: path.relative_to(SRC).as_posix())
def test_every_import_points_down_and_every_outward_thing_has_one_room(path: Path) -> None:
    found = list(misplaced(path, path.read_text(encoding="utf-8")))
    assert not found, "\n" + "\n".join(found)


def test_every_room_has_a_floor() -> None:
    rooms = {room_of(path) for path in sources()}
    assert rooms == FLOORS.keys(), "Give a new room its floor in FLOORS; take one that is gone out."


def test_two_readings_of_a_comparison_stay_two() -> None:
    """The circuit takes what an answer is worth from `case.evidence`, and how it compares from nowhere."""
    for path in (SRC / "circuit").glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = {
            alias.name
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and node.module == "screen.case.evidence"
            for alias in node.names
        }
        assert names <= {"RecordedAnswer", "reliable_value"}, f"{path.name} shares more than answers with the evaluator"


@pytest.mark.parametrize(
    ("place", "text", "told"),
    [
        (
            "case/evidence.py",
            "from screen.engine.finding import Finding",
            "case imports engine, which is a floor above",
        ),
        ("engine/evaluate.py", "def f():\n    import screen.report.text", "evaluate.py:2: engine imports report"),
        ("interview/view.py", "from screen.evaluation.law_cases import tried", "interview imports its neighbour eval"),
        ("interview/view.py", "from screen.case.case_file import Case", None),
        ("engine/evaluate.py", "from screen.case.evidence import RecordedAnswer", None),
        ("case/case_file.py", "from screen import evaluate", "imports screen itself."),
        ("case/case_file.py", "from screen import files", None),
        ("case/case_file.py", "import pydantic", "imports pydantic, which only rulebook/schema.py, rul"),
        ("rulebook/schema.py", "from pydantic import BaseModel", None),
        ("rulebook/loader.py", "import yaml", "imports yaml"),
        ("report/text.py", "from rich.text import Text", "imports rich, which only cli/ may touch."),
        ("cli/console.py", "from rich.text import Text", None),
        (
            "batch/pipeline.py",
            "from screen.engine.evaluate import evaluate",
            "batch imports engine, against which it is held",
        ),
        (
            "circuit/compile.py",
            "from screen.engine.evaluate import evaluate",
            "circuit imports engine, against which it is held",
        ),
        ("engine/evaluate.py", "from screen.circuit.domains import meets", "engine imports circuit, against which"),
        ("whatif/pivots.py", "from screen.circuit.domains import distinguishable_values", None),
        ("case/evidence.py", "import polars", "imports polars, which only batch/"),
        ("case/evidence.py", "import numpy", "imports numpy, which nobody agreed on."),
        ("case/evidence.py", "x = open('a')", "open() touches files, which only"),
        ("report/text.py", "path.write_text('a')", "write_text() touches files, which only"),
        ("regular_files.py", "path.open('rb')", None),
        ("rulebook/cache.py", "import pickle", "imports pickle, which nothing here may touch."),
        ("engine/evaluate.py", "day = date.today()", "asks the clock."),
        ("report/text.py", "print('a')", "talks to somebody."),
    ],
)
def test_what_is_on_the_wrong_floor_is_told_with_what_to_do(place: str, text: str, told: str | None) -> None:
    found = "\n".join(misplaced(SRC / place, text))
    assert (told in found) if told else not found
