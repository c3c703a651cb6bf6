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

    try:
        signal.signal(signal.SIGINT, before)
        run()
    except KeyboardInterrupt:  # a second Ctrl-C, while the first was being answered
        _stopped()
    finally:
        if before is signal.default_int_handler:
            _ignore_interruptions()  # everything is said by now; Python would end with a traceback


def _stopped(*_: object) -> NoReturn:
    _ignore_interruptions()
    sys.stderr.write("Stopped.\n")
    sys.exit(130)


def _ignore_interruptions() -> None:
    """Let Ctrl-C do nothing from here on; one that comes while that is being arranged is ignored too."""
    while True:
        try:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
        except KeyboardInterrupt:
            continue
        return


if __name__ == "__main__":
    main()
