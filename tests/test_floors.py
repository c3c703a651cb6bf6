"""Packages are layered: imports point down the floors, and each outside library is used in its own place alone."""

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
    "__init__": 7,  # the public API: names every package, and imports none before it is used
}

#: Who may import whom on the same floor. Otherwise the shared part moves down.
NEIGHBOURS = {
    "diagnostics": {"text"},
    "files": {"diagnostics"},
    "regular_files": {"diagnostics", "file_types"},
    "training": {"whatif"},
}

#: What a package may not import although it is below: tests compare these two evaluations of one law.
APART = {
    "batch": "engine",
    "circuit": "engine",
    # Only the search for other answers and the interview ask the compiled law; the evaluator and its findings never do.
    "engine": "circuit",
    # Comparisons are evaluated twice, too: `compare` here, `meets` in the circuit.
    "case": "circuit",
}

CLI = ("cli/",)
BATCH = ("batch/", "cli/batch/")
SPARK = ("batch/spark/", "cli/batch/spark.py")

#: Libraries, and standard modules that reach outside the program, with the places that may import them.
ONLY_IN = {
    "pydantic": ("rulebook/schema.py", "rulebook/validation.py"),
    "fsrs": ("training/schedule.py",),
    "yaml": ("rulebook/yaml_reader.py", "rulebook/fast_reader.py", "case/case_text.py"),
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
    "case/writer.py",
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


def package_of(path: Path) -> str:
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
            # `from screen import case` names the package after the word import.
            several = node.module == "screen"
            names = [f"screen.{alias.name}" for alias in node.names] if several else [node.module or ""]
            yield from ((name, node.lineno) for name in names)


def misplaced(path: Path, text: str) -> Iterator[str]:
    """Yield every import and call of a file that does not belong there, with what to do."""
    here, tree = package_of(path), ast.parse(text)
    name = path.relative_to(SRC).as_posix()
    for module, line in imported(tree):
        top, _, rest = module.partition(".")
        package = rest.partition(".")[0]
        wrong = ""
        if top == "screen":
            if package not in FLOORS:
                wrong = (
                    "imports screen itself. Import from the package that has it: screen.logic, screen.case.evidence …"
                )
            elif package == APART.get(here):
                wrong = f"{here} imports {package}, with which it is compared. Derive it from the checked terms."
            elif FLOORS[package] > FLOORS[here]:
                wrong = f"{here} imports {package}, which is a floor above it. Move the shared part down."
            elif FLOORS[package] == FLOORS[here] and package != here and package not in NEIGHBOURS.get(here, set()):
                wrong = f"{here} imports its neighbour {package}. Move the shared part down."
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


def test_imports_point_down_and_outside_things_stay_in_their_place() -> None:
    problems = [problem for path in sources() for problem in misplaced(path, path.read_text(encoding="utf-8"))]
    assert not problems, "\n" + "\n".join(problems)


def test_every_package_has_a_floor() -> None:
    packages = {package_of(path) for path in sources()}
    assert packages == FLOORS.keys(), "Give a new package its floor in FLOORS; remove one that is gone."


def test_the_two_evaluations_of_a_comparison_share_no_code() -> None:
    """The circuit imports recorded answers and their reliable values from `case.evidence`, and no comparison."""
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
    ("file", "text", "message"),
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
            "batch imports engine, with which it is compared",
        ),
        (
            "circuit/compile.py",
            "from screen.engine.evaluate import evaluate",
            "circuit imports engine, with which it is compared",
        ),
        ("engine/evaluate.py", "from screen.circuit.domains import meets", "engine imports circuit, with which"),
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
def test_a_misplaced_import_or_call_is_reported_with_what_to_do(file: str, text: str, message: str | None) -> None:
    problems = "\n".join(misplaced(SRC / file, text))
    assert (message in problems) if message else not problems
