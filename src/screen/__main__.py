"""`rsd`, and `python -m screen`: the command line, begun so that Ctrl-C always ends it in one line."""

import signal
import sys
from typing import NoReturn


def main() -> None:
    """Run the command line and leave with its exit code."""
    before = signal.getsignal(signal.SIGINT)
    if before is signal.default_int_handler:  # whoever began this may have it ignored
        # Half of a short command is the loading of it, where nobody is there yet to catch an interruption.
        signal.signal(signal.SIGINT, _stopped)
    from screen.cli.app import main as run

    signal.signal(signal.SIGINT, before)
    try:
        run()
    finally:
        if before is signal.default_int_handler:
            signal.signal(signal.SIGINT, signal.SIG_DFL)  # all is told; Python would take leave with a traceback


def _stopped(*_: object) -> NoReturn:
    sys.stderr.write("Stopped.\n")
    sys.exit(130)


if __name__ == "__main__":
    main()
