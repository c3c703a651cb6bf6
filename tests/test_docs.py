"""Documents cannot lie: generated pages are what the program writes, and what they name exists."""

import ast
import importlib.util
import re
import tomllib

import pytest
from typer.main import get_command

from screen.cli import exit_codes
from screen.cli.app import app
from screen.cli.lazy import load_command
from screen.rulebook import loader
from tests.paths import ROOT
from tests.real_law import the_law

PAGES = [
    *sorted((ROOT / "docs").rglob("*.md")), *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
]  # fmt: skip


def _pages():
    spec = importlib.util.spec_from_file_location("docs_make", ROOT / "docs/make.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.pages()


def test_every_exit_code_of_the_source_is_explained_and_no_other():
    page = (ROOT / "docs/cli.md").read_text(encoding="utf-8")
    explained = {int(code) for code in re.findall(r"^\| (\d+) \|", page, re.MULTILINE)}
    codes = {code for name, code in vars(exit_codes).items() if name.isupper()}
    assert explained == codes | {0, 2}  # these Typer sets: done, and wrong usage
    for path in (ROOT / "src/screen/cli").rglob("*.py"):
        written = re.findall(r"\bExit\(([1-9]\d*)\)", path.read_text(encoding="utf-8"))
        assert not written, f"{path.name} leaves with {written}: name the code in exit_codes.py"


def test_every_command_has_its_help_on_the_page():
    page = (ROOT / "docs/cli.md").read_text(encoding="utf-8")
    for name, command in get_command(app).commands.items():
        for words in (name, *(f"{name} {below}" for below in getattr(load_command(command), "commands", ()))):
            assert f"\n## rsd {words}\n\n```\nUsage: rsd {words} " in page, words


def test_generated_pages_are_what_the_program_writes(monkeypatch):
    monkeypatch.setattr(loader, "load_book", lambda _: the_law())
    for name, text in _pages().items():
        assert (ROOT / "docs" / name).read_text(encoding="utf-8") == text, f"docs/{name} is stale: run `make docs`"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_path_that_a_page_names_exists(page):
    named = re.findall(
        r"`((?:src|rules|tests|docs|examples|benchmarks|\.ci|\.github)/[\w./*{},-]*)`", page.read_text(encoding="utf-8")
    )
    for path in named:
        if "*" not in path and "{" not in path:
            assert (ROOT / path).exists(), f"{page.name} names {path}, which is not there"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_that_a_page_names_exists(page):
    command = get_command(app)
    text = page.read_text(encoding="utf-8")
    for words in re.findall(r"`rsd ([a-z ]+)", text) + re.findall(r"^\s*\$ rsd ([a-z ]+)", text, re.MULTILINE):
        here = command
        for word in words.split():
            if not hasattr(here, "commands"):
                break
            assert word in here.commands, f"{page.name} names `rsd {words}`"
            here = load_command(here.commands[word])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_make_targets_that_a_page_names_exist(page):
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = set(re.findall(r"`make ([a-z]+)", page.read_text(encoding="utf-8")))
    assert named <= targets


def test_the_version_stands_in_three_places_and_is_one():
    from screen import __version__

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["version"] == __version__


FORBIDDEN = re.compile(r"pypi\.org|registry\.npmjs|files\.pythonhosted|/work/|/root/|/tmp/[a-z]|farm-")


def test_no_file_names_a_registry_or_a_machines_path():
    import subprocess

    files = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.split()
    for name in files:
        if name == "tests/test_docs.py":
            continue
        try:
            text = (ROOT / name).read_text(encoding="utf-8")
        except (UnicodeDecodeError, FileNotFoundError):
            continue
        found = FORBIDDEN.search(text)
        assert found is None, f"{name} holds {found.group()!r}"


def test_every_module_says_in_one_line_what_it_does() -> None:
    for path in (ROOT / "src").rglob("*.py"):
        words = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        first = " ".join(words.partition("\n\n")[0].split())
        assert 10 < len(first) < 200, f"{path.name}: its first line stands in docs/road.md: {first!r}"


def test_every_room_is_on_the_road() -> None:
    road = (ROOT / "docs/road.md").read_text(encoding="utf-8")
    rooms = {path.relative_to(ROOT).parent.as_posix() for path in (ROOT / "src").rglob("*.py")}
    assert not [room for room in rooms if f"### `{room}/`" not in road]
