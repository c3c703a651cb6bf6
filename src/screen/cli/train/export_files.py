"""A trainee's exported progress as a file: CSV written, CSV and JSON read."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from screen.cli.train.progress_store import read_attempts, read_progress_bytes
from screen.diagnostics import Diagnostic, DiagnosticsError, Location
from screen.training.schedule import COLUMNS, Attempt, attempts_from_rows, attempts_to_rows

_NO_FORMULA = "'"
#: What a spreadsheet may take for the start of a formula, wide letters included; and our own mark that it is none.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20", _NO_FORMULA)


def attempts_csv(attempts: Sequence[Attempt]) -> str:
    """Return attempts as CSV with a line of headings. A cell that a spreadsheet would take for a formula is marked."""
    out = io.StringIO()
    # Every cell in quotes: Python would leave a carriage return in one without them, and read it as the end of a row.
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writeheader()
    for row in attempts_to_rows(attempts):
        writer.writerow({column: _escape_formula(cell) for column, cell in row.items()})
    return out.getvalue()


def read_export(file: Path) -> tuple[Attempt, ...]:
    """Return the attempts of a trainee's export, JSON or CSV. Raises DiagnosticsError where it is none."""
    attempts = _read_csv(file) if file.suffix.lower() == ".csv" else read_attempts(file)
    if attempts is None:
        message, hint = "this is no export of progress.", "Write one with `rsd train export`."
        raise DiagnosticsError([Diagnostic(Location(str(file)), "not-progress", message, hint)])
    return attempts


def _read_csv(file: Path) -> tuple[Attempt, ...] | None:
    data = read_progress_bytes(file)
    try:
        rows = csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""))  # a cell may hold the end of a line
        return attempts_from_rows([{column: _unescape_formula(cell) for column, cell in row.items()} for row in rows])
    except (ValueError, csv.Error):
        return None


def _escape_formula(cell: str) -> str:
    return f"{_NO_FORMULA}{cell}" if cell.startswith(_FORMULA_STARTS) else cell


def _unescape_formula(cell: object) -> object:
    return cell.removeprefix(_NO_FORMULA) if isinstance(cell, str) else cell
