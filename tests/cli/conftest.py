"""What the tests of commands share."""

import pytest

from screen.cli import app, console


@pytest.fixture
def run(monkeypatch, capsys):
    """Return a function that runs a command in this process and returns its exit code, output and messages."""

    def run_command(*words):
        monkeypatch.setattr("sys.argv", ["rsd", *map(str, words)])
        monkeypatch.setattr(console, "quiet", False)
        monkeypatch.setattr(console, "lossy_encoding", None)
        with pytest.raises(SystemExit) as exit_:
            app.main()
        captured = capsys.readouterr()
        return exit_.value.code or 0, captured.out, captured.err

    return run_command
