"""Help is there for every command, whatever Python was told to leave out."""

import subprocess
import sys

from typer.main import get_command

from screen.cli.app import app

#: Prints the help of every command, in a process of its own: docstrings are dropped while Python compiles.
EVERY_HELP = """
from typer.main import get_command
from screen.cli.app import app

def show(command, name):
    print(name, repr(command.help), repr(command.get_short_help_str()))
    for below, inner in getattr(command, "commands", {}).items():
        show(inner, f"{name} {below}")

show(get_command(app), "rsd")
"""


def help_under(*options):
    return subprocess.run(
        [sys.executable, *options, "-B", "-c", EVERY_HELP], capture_output=True, text=True, timeout=60, check=True
    ).stdout


def test_no_help_is_lost_where_python_drops_docstrings():
    assert help_under("-OO") == help_under()


def test_every_command_has_help():
    def without(command, name):
        below = getattr(command, "commands", {})
        here = [] if command.help else [name]
        return here + [missing for inner in below for missing in without(below[inner], f"{name} {inner}")]

    assert not without(get_command(app), "rsd")
