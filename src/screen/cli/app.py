"""The command `rsd`: its commands, each in a file of its own, and how they end (`exit_codes`)."""

import errno
import os
import sys
import traceback
from io import StringIO
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException

from screen.cli import console, exit_codes
from screen.cli.lazy import LazyCommand, lazy_group
from screen.diagnostics import Diagnostic, DiagnosticsError, Location
from screen.version import VERSION

# pydantic would search every installed package for plug-ins. None is wanted near a case, and the search costs a tenth
# of a start.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "1")

#: Failures of standard output alone: a full disk, a closed stream. Whoever writes a file reports its own failures.
_OUTPUT_ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EBADF, errno.EIO, errno.EPIPE)


class RootGroup(TyperGroup):
    """The commands of `rsd`. Typer would end an interruption in silence, and report a reader of ours that has gone."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was typed."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            console.error("Stopped.")
            raise typer.Exit(exit_codes.INTERRUPTED) from None
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
            "Say how each profile finds a case, and where and over which contested point they first differ.",
        ),
        LazyCommand(
            "whatif",
            f"{_COMMANDS}.whatif:whatif",
            "Say what other answers would change, or which questions to ask or verify next.",
        ),
        LazyCommand(
            "diff",
            f"{_COMMANDS}.diff:diff",
            "Say where two files of one case first differ, and why: the fact, the reading or the law.",
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
        LazyCommand("case", f"{_COMMANDS}.case:app", "Make case files, check them, close their record."),
        LazyCommand("rules", "screen.cli.rules.command:app", "Check, show, try and prove the rule book."),
        base=RootGroup,
    ),
    rich_markup_mode=None,
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # a traceback with local values would print the case
)


def _print_version(requested: bool) -> None:
    if requested:
        sys.stdout.write(f"rsd {VERSION}\n")
        raise typer.Exit


@app.callback(
    help="""Refugee-status screening: a case goes in, a reasoned determination comes out.

    Unknown is never no; the program refuses nobody. Nothing leaves this machine.
    """
)
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and stop.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print results and errors only.")] = False,
) -> None:
    console.quiet = quiet


def main() -> None:
    """Run the command line and leave with its exit code."""
    console.prepare_streams()
    try:
        code = _run()
        sys.stdout.flush()
        console.warn_lossy_encoding()
    except BrokenPipeError:
        # The reader of our output has gone, as `head` goes. That is nobody's mistake.
        console.close_output()
        code = 0
    except KeyboardInterrupt:
        console.error("Stopped.")
        code = exit_codes.INTERRUPTED
    except OSError as error:
        console.close_output()
        reason = (error.strerror or "no reason given").lower()
        console.error(f"standard output: cannot-write: {reason}. Make room, or write to another place.")
        code = exit_codes.UNUSABLE_INPUT
    sys.exit(code)


def _run() -> int:
    """Run the command that was typed, report what is wrong, and return the exit code."""
    try:
        return app(prog_name="rsd", standalone_mode=False) or 0
    except DiagnosticsError as error:
        for diagnostic in error.diagnostics:
            console.error(str(diagnostic))
        return exit_codes.UNUSABLE_INPUT
    except TyperException as error:
        console.error(_usage_message(error))
        return error.exit_code
    except typer.Abort:
        console.error("Stopped: the input ended.")
        return exit_codes.UNUSABLE_INPUT
    except OSError as error:
        if error.filename is not None:
            console.error(str(_unusable_path(error)))
            return exit_codes.UNUSABLE_INPUT
        if error.errno in _OUTPUT_ERRORS:
            raise
        console.error(_internal_error_message(error))
        return exit_codes.INTERNAL_ERROR
    except Exception as error:  # our own bug
        console.error(_internal_error_message(error))
        return exit_codes.INTERNAL_ERROR


def _unusable_path(error: OSError) -> Diagnostic:
    """Return the diagnostic for a file or folder that the system does not let us use."""
    message = f"{(error.strerror or 'not usable').lower()}."
    hint = "Check the path, who may use it, and whether there is room on its disk."
    return Diagnostic(Location(os.fsdecode(error.filename)), "cannot-open", message, hint)


def _usage_message(error: TyperException) -> str:
    """Return Typer's message on wrong usage, which repeats what was typed: `console.error` makes it safe to show."""
    show = getattr(error, "show", None)
    if show is None:
        return f"Error: {error.format_message()}"
    message = StringIO()
    show(message)
    return message.getvalue().removesuffix("\n")


def _internal_error_message(error: Exception) -> str:
    """Return kind and place of an error. Its own message may hold words of a case, and is left out."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{Path(last.filename).name}:{last.lineno}"
    return (
        f"rsd: internal error: {type(error).__name__} at {place}. The case file is as it was last saved. "
        "Please report this line; it holds nothing of the case."
    )
