"""Start the command line, `rsd` or `python -m screen`; from here on Ctrl-C ends it with one line."""

import signal
import sys
from typing import NoReturn

from screen.cli.exit_codes import INTERRUPTED
from screen.process import pass_over


def main() -> None:
    """Run the command line and exit with its code."""
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
