"""Start the command line, `rsd` or `python -m screen`; from here on Ctrl-C ends it with one line."""

import signal
import sys
from types import TracebackType
from typing import NoReturn

from screen.cli.exit_codes import INTERRUPTED
from screen.process import pass_over


def main() -> None:
    """Run the command line and exit with its code."""
    sys.excepthook, sys.unraisablehook = _report_uncaught, _report_unraisable
    before = signal.getsignal(signal.SIGINT)
    if before is signal.default_int_handler:  # otherwise the parent process has it ignored
        # Half of a short command is spent on imports, when nothing catches an interruption yet.
        signal.signal(signal.SIGINT, _stop)
    from screen.cli.app import main as run  # imports most of the program, so Ctrl-C must be handled before

    try:
        signal.signal(signal.SIGINT, before)
        run()
    except KeyboardInterrupt:  # a second Ctrl-C, while the first was being handled
        _stop()
    finally:
        if before is signal.default_int_handler:
            _ignore_interruptions()  # everything is printed by now; Python would end with a traceback


def _report_uncaught(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
    """Say in one line that Ctrl-C ended the program where it came between two steps that handle it."""
    if issubclass(kind, KeyboardInterrupt):
        sys.stderr.write("Stopped.\n")
    else:
        sys.__excepthook__(kind, error, traceback)


def _report_unraisable(unraisable: "sys.UnraisableHookArgs") -> None:
    """Say nothing of a signal that came while its handler was taken away: the program is ending already."""
    is_race = isinstance(unraisable.exc_value, OSError) and "ignored due to race" in str(unraisable.exc_value)
    if not is_race and not isinstance(unraisable.exc_value, KeyboardInterrupt):
        sys.__unraisablehook__(unraisable)


def _stop(*_: object) -> NoReturn:
    _ignore_interruptions()
    sys.stderr.write("Stopped.\n")
    sys.exit(INTERRUPTED)


def _ignore_interruptions() -> None:
    """Ignore Ctrl-C from here on, also one that comes while this is being set up."""
    while True:
        try:
            signal.signal(signal.SIGINT, pass_over)
            break
        except KeyboardInterrupt:
            continue
    # Python takes its handlers away when it ends: until then none may come any more.
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    signal.signal(signal.SIGINT, signal.SIG_IGN)


if __name__ == "__main__":
    main()
