"""The house stands on its floors: imports point down, and each outside thing is touched in its own room alone."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

SRC = Path(__file__).resolve().parent.parent / "src" / "screen"

FLOORS = {
    "answer": 0, "dumps": 0, "endings": 0, "files": 0, "place": 0, "visible": 0, "width": 0, "unhurried": 0,
    "mistake": 0,
    "version": 0,
    "language": 1,
    "facts": 2, "caseload": 2, "circuit": 2, "engine": 2,
    "proof": 3, "case": 3, "interview": 3, "law_cases": 3, "yardstick": 3, "training": 3, "batch": 3, "simulation": 3,
    "report": 4,
    "cli": 5,
    "__main__": 6,  # starts the command line
    "__init__": 6,  # the front door: names every room, opens none of them unasked
}  # fmt: skip

#: Who may import whom on the same floor; everybody else moves the shared part down.
NEIGHBOURS = {
    "mistake": {"place", "visible"},
    "files": {"mistake", "place"},
    "circuit": {"facts"},
    "engine": {"facts", "circuit"},
    "interview": {"case"},
    "law_cases": {"case"},
    "yardstick": {"law_cases"},
    "training": {"case"},
    "simulation": {"case"},
    "batch": {"case"},
}

#: What a room, or a file, may not import though it lies below: the two workings of one law are held against each other.
APART = {
    "batch": "engine",
    "circuit": "engine",
    # Of the engine only the search for other answers asks the compiled law; the evaluator and its findings never do.
    **{f"engine/{name}.py": "circuit" for name in ("evaluate", "finding", "ledger", "positions", "security", "triage")},
    "engine/compared.py": "circuit", "engine/parted.py": "circuit",
    # A comparison has two readings, too: `compared` here, `meets` in the circuit.
    "facts.py": "circuit",
}  # fmt: skip

CLI = ("cli/",)
BATCH = ("batch/", "cli/batch.py", "cli/batch_reports.py")
SPARK = ("batch/spark.py", "batch/spark_read.py", "cli/batch_spark.py")

#: Packages of others, and modules of Python's own that reach out of the program, with the places that may import them.
ONLY_IN = {
    "pydantic": ("language/shape.py",),
    "fsrs": ("training/memory.py",),
    "yaml": ("language/reader.py", "language/quick.py", "case.py"),
    "z3": ("proof/bits.py",),
    "polars": BATCH, "pyarrow": BATCH, "pyspark": SPARK, "py4j": SPARK,
    "rich": CLI, "prompt_toolkit": CLI, "typer": CLI,
    "os": (
        "files.py", "language/cache.py", "language/files.py", "batch/__init__.py", "batch/sources.py", "batch/apart.py",
        *CLI,
    ),
    "tempfile": (), "shutil": ("files.py", *CLI),
    "time": ("files.py", *CLI), "subprocess": (), "socket": (), "urllib": (), "http": (), "pickle": (),
}  # fmt: skip

FILES = (
    "files.py", "language/files.py", "language/cache.py", "case.py", "batch/sources.py", "batch/checkpoint.py",
    "batch/writing.py", "batch/spark.py", *CLI,
)  # fmt: skip
OPENING = {
    "open", "fdopen", "read_text", "read_bytes", "write_text", "write_bytes", "unlink", "mkdir", "touch", "rename",
    "iterdir", "glob", "rglob", "exists", "is_file", "is_dir", "stat",
}  # fmt: skip
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
                wrong = "imports screen itself. Import from the room that has it: screen.answer, screen.facts …"
            elif room in (APART.get(here), APART.get(name)):
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
    """The circuit takes what an answer is worth from `facts`, and how it compares from nowhere."""
    for path in (SRC / "circuit").glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = {
            alias.name
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and node.module == "screen.facts"
            for alias in node.names
        }
        assert names <= {"Given", "worth"}, f"{path.name} shares more than answers with the evaluator"


@pytest.mark.parametrize(
    ("place", "text", "told"),
    [
        ("engine/evaluate.py", "from screen.case import Case", "engine imports case, which is a floor above it."),
        ("engine/evaluate.py", "def f():\n    import screen.report.text", "evaluate.py:2: engine imports report"),
        ("interview.py", "from screen.law_cases import tried", "interview imports its neighbour law_cases."),
        ("interview.py", "from screen.case import Case", None),
        ("facts.py", "from screen.engine.finding import Finding", "facts imports its neighbour engine."),
        ("engine/evaluate.py", "from screen.facts import Given", None),
        ("case.py", "from screen import evaluate", "imports screen itself."),
        ("case.py", "from screen import facts", None),
        ("case.py", "import pydantic", "imports pydantic, which only language/shape.py may touch."),
        ("language/shape.py", "from pydantic import BaseModel", None),
        ("language/book.py", "import yaml", "imports yaml"),
        ("report/text.py", "from rich.text import Text", "imports rich, which only cli/ may touch."),
        ("cli/display.py", "from rich.text import Text", None),
        (
            "batch/run.py",
            "from screen.engine.evaluate import evaluate",
            "batch imports engine, against which it is held",
        ),
        (
            "circuit/compile.py",
            "from screen.engine.evaluate import evaluate",
            "circuit imports engine, against which it is held",
        ),
        ("engine/evaluate.py", "from screen.circuit.domains import meets", "engine imports circuit, against which"),
        ("engine/whatif.py", "from screen.circuit.domains import distinguishable_values", None),
        ("facts.py", "import polars", "imports polars, which only batch/"),
        ("facts.py", "import numpy", "imports numpy, which nobody agreed on."),
        ("facts.py", "x = open('a')", "open() touches files, which only"),
        ("report/text.py", "path.write_text('a')", "write_text() touches files, which only"),
        ("language/files.py", "path.open('rb')", None),
        ("language/cache.py", "import pickle", "imports pickle, which nothing here may touch."),
        ("engine/evaluate.py", "day = date.today()", "asks the clock."),
        ("report/text.py", "print('a')", "talks to somebody."),
    ],
)
def test_what_is_on_the_wrong_floor_is_told_with_what_to_do(place: str, text: str, told: str | None) -> None:
    found = "\n".join(misplaced(SRC / place, text))
    assert (told in found) if told else not found
