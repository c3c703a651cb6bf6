"""The command `rsd`: one file a command; this one joins them and owns the exit codes.

0    done; what a determination says does not change this
1    a case or a rule file could not be used
2    wrong usage
3    a batch is done, and some records could not be used
4    `--fail-on` named a recommendation that was given
70   a mistake of the program's own
130  stopped with Ctrl-C
"""

import errno
import os
import sys
from io import StringIO
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException

from screen.cli import console
from screen.cli.lazy import LazyCommand, lazy_group
from screen.cli.options import help_text
from screen.diagnostics import Diagnostic, DiagnosticsError, Location
from screen.version import VERSION

# Typer brings pydantic, which would look through every installed package for plug-ins: none is wanted near a case, and
# the search costs a tenth of a start.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "1")

INTERRUPTED = 130
#: What goes wrong with standard output alone: a full disk, a closed stream. Files that are written tell it themselves.
_OF_OUTPUT = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EBADF, errno.EIO, errno.EPIPE)


class RootGroup(TyperGroup):
    """The commands; an interruption is told, where Typer would end without a word, and a gone reader is left to us."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was typed."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            console.error("Stopped.")
            raise typer.Exit(INTERRUPTED) from None
        except BrokenPipeError:
            console.close_output()
            raise typer.Exit(0) from None


_COMMANDS = "screen.cli.commands"
app = typer.Typer(
    name="rsd",
    cls=lazy_group(
        LazyCommand(
            "interview",
            f"{_COMMANDS}.interview:interview",
            "Ask only the questions that can still change a conclusion, and keep every answer at once.",
        ),
        LazyCommand("assess", f"{_COMMANDS}.assess:assess", "Print the reasoned determination of each case."),
        LazyCommand(
            "explain",
            f"{_COMMANDS}.explain:explain",
            "Say why a criterion ended as it did, down to the facts, and why not otherwise.",
        ),
        LazyCommand(
            "compare",
            f"{_COMMANDS}.compare:compare",
            "Say how each profile finds a case, and where and over which contested point they part first.",
        ),
        LazyCommand(
            "whatif",
            f"{_COMMANDS}.whatif:whatif",
            "Say what other answers would change, or which questions to ask or verify next.",
        ),
        LazyCommand(
            "diff",
            f"{_COMMANDS}.diff:diff",
            "Say where two files of one case part first, and why: the fact, the reading or the law.",
        ),
        LazyCommand(
            "batch",
            "screen.cli.batch.command:batch",
            "Score many cases: a row of findings for each, and every record accounted for.",
        ),
        LazyCommand(
            "simulate",
            f"{_COMMANDS}.simulate:simulate",
            "Make up cases from declared distributions, for load tests and training.",
        ),
        LazyCommand(
            "train",
            "screen.cli.train.command:app",
            "Learn the law on exercises: facts spotted, elements decided, interviews held, reasons written.",
        ),
        LazyCommand("case", f"{_COMMANDS}.case:app", "Make case files and check them."),
        LazyCommand("rules", "screen.cli.rules.command:app", "Check, show, try and prove the rule book."),
        base=RootGroup,
    ),
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
@help_text(
    """Refugee-status screening: a case goes in, a reasoned determination comes out.

    Unknown is never no; the program refuses nobody. Nothing leaves this machine.
    """
)
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and stop.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but results and mistakes.")] = False,
) -> None:
    console.quiet = quiet


def main() -> None:
    """Run the command line and leave with its exit code."""
    console.prepare_streams()
    try:
        code = _code()
        sys.stdout.flush()
        console.warn_lossy_encoding()
    except BrokenPipeError:
        # The reader of our output has gone, as `head` does: that is no mistake of anybody.
        console.close_output()
        code = 0
    except KeyboardInterrupt:
        console.error("Stopped.")
        code = INTERRUPTED
    except OSError as error:
        console.close_output()
        reason = (error.strerror or "no reason given").lower()
        console.error(f"standard output: cannot-write: {reason}. Make room, or write to another place.")
        code = 1
    sys.exit(code)


def _code() -> int:
    """Return the exit code of the command that was typed, with what is wrong told."""
    try:
        return app(prog_name="rsd", standalone_mode=False) or 0
    except DiagnosticsError as error:
        for mistake in error.diagnostics:
            console.error(str(mistake))
        return 1
    except TyperException as error:
        console.error(_usage(error))
        return error.exit_code
    except typer.Abort:
        console.error("Stopped: the input ended.")
        return 1
    except OSError as error:
        if error.filename is not None:
            console.error(str(_unusable(error)))
            return 1
        if error.errno in _OF_OUTPUT:
            raise
        console.error(_told(error))
        return 70
    except Exception as error:  # our own bug: its message may hold words of a case, so only its kind and place are told
        console.error(_told(error))
        return 70


def _unusable(error: OSError) -> Diagnostic:
    """Return the mistake that a file or folder is which the system will not let us use, wherever that was noticed."""
    found = f"{(error.strerror or 'not usable').lower()}."
    remedy = "Check the path, who may use it, and whether there is room on its disk."
    return Diagnostic(Location(os.fsdecode(error.filename)), "cannot-open", found, remedy)


def _usage(error: TyperException) -> str:
    """Return what Typer says of wrong usage: a name that was typed may hold what moves the cursor."""
    said = StringIO()
    show = getattr(error, "show", None)
    if show is None:
        return f"Error: {error.format_message()}"
    show(said)
    return said.getvalue().removesuffix("\n")


def _told(error: Exception) -> str:
    import traceback

    last = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{Path(last.filename).name}:{last.lineno}"
    return (
        f"rsd: a mistake of the program's own: {type(error).__name__} at {place}. The case file is as it was last "
        "saved. Please report this line; it holds nothing of the case."
    )
