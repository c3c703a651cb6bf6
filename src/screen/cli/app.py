"""The command `rsd`: one file a command; this one joins them and owns the exit codes.

0    done; what a determination says does not change this
1    a case or a rule file could not be used
2    wrong usage
3    a batch is done, and some records could not be used
4    `--fail-on` named a recommendation that was given
70   a mistake of the program's own
"""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from screen.cli import assess, batch, case, compare, diff, display, explain, interview, rules, simulate, train, whatif
from screen.mistake import Mistakes
from screen.version import VERSION

# Typer brings pydantic, which would look through every installed package for plug-ins: none is wanted near a case, and
# the search costs a tenth of a start.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "1")

app = typer.Typer(
    name="rsd",
    rich_markup_mode=None,
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # a traceback with local values would print the case
    help="Refugee-status screening: a case goes in, a reasoned determination comes out.",
)


def _version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"rsd {VERSION}\n")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and stop.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but results and mistakes.")] = False,
) -> None:
    """Refugee-status screening: a case goes in, a reasoned determination comes out.

    Unknown is never no; the program refuses nobody. Nothing leaves this machine.
    """
    display.quiet = quiet


app.command("interview")(interview.interview)
app.command("assess")(assess.assess)
app.command("explain")(explain.explain)
app.command("compare")(compare.compare)
app.command("whatif")(whatif.whatif)
app.command("diff")(diff.diff)
app.add_typer(train.app, name="train")
app.command("batch")(batch.batch)
app.command("simulate")(simulate.simulate)
app.add_typer(case.app, name="case")
app.add_typer(rules.app, name="rules")


def main() -> None:
    """Run the command line and leave with its exit code."""
    try:
        app(prog_name="rsd")
    except Mistakes as error:
        for mistake in error.all:
            display.complain(str(mistake))
        sys.exit(1)
    except BrokenPipeError:
        # The reader of our output has gone, as `head` does: that is no mistake of anybody.
        display.let_go()
        sys.exit(0)
    except Exception as error:  # our own bug: its message may hold words of a case, so only its kind and place are told
        display.complain(_told(error))
        sys.exit(70)


def _told(error: Exception) -> str:
    import traceback

    last = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{Path(last.filename).name}:{last.lineno}"
    return (
        f"rsd: a mistake of the program's own: {type(error).__name__} at {place}. The case file is as it was last "
        "saved. Please report this line; it holds nothing of the case."
    )
