"""What the tests of commands share."""

import pytest

from screen.cli import app, console


@pytest.fixture
def typed(monkeypatch, capsys):
    """Return what runs a command in this process: its exit code, what it printed, what it complained of."""

    def run(*words):
        monkeypatch.setattr("sys.argv", ["rsd", *map(str, words)])
        monkeypatch.setattr(console, "quiet", False)
        monkeypatch.setattr(console, "lossy_encoding", None)
        with pytest.raises(SystemExit) as left:
            app.main()
        said = capsys.readouterr()
        return left.value.code or 0, said.out, said.err

    return run
