"""`rsd rules schema`: JSON Schemas of what people and programs write and read."""

import json
import sys
from collections.abc import Collection
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from screen import files
from screen.cli import console
from screen.cli.options import RulesOption, book_from_options, help_text
from screen.cli.output_files import check_output_path
from screen.diagnostics import Diagnostic, DiagnosticsError, Location
from screen.report.schemas import all_schemas
from screen.text import sanitize_json


@help_text("Print JSON Schemas of rule files, case files and determinations, for editors and other programs.")
def schema(
    kind: Annotated[
        str | None,
        typer.Argument(metavar="[KIND]", help="A kind of file, such as criteria; all by default."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FOLDER", help="Write a file for each kind there instead.")
    ] = None,
    rules: RulesOption = None,
) -> None:
    book = book_from_options(rules)
    schemas = all_schemas(book)
    if kind is not None and kind not in schemas:
        raise typer.BadParameter(f'"{kind}" is none of: {", ".join(schemas)}.', param_hint="KIND")
    chosen = schemas if kind is None else {kind: schemas[kind]}
    if out is not None:
        _write_schemas(out, chosen, book.facts)
        console.info(f"{len(chosen)} schemas written to {out}.")
        return
    sys.stdout.write(_to_json(chosen[kind] if kind else chosen))


def _write_schemas(folder: Path, chosen: dict[str, Any], facts: Collection[str]) -> None:
    """Write a file for each kind.

    Raises DiagnosticsError if a file cannot be written, is a link, or may hold somebody's answers.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        message = f"the schemas could not be written: {(error.strerror or 'no reason given').lower()}."
        hint = "Name a folder that you may write in, or one that is not there yet."
        raise DiagnosticsError([Diagnostic(Location(str(folder)), "cannot-write", message, hint)]) from None
    for name, json_schema in chosen.items():
        file = folder / f"{name}.schema.json"
        files.write(
            file, _to_json(json_schema).encode(), partial(check_output_path, file, facts, overwrite=True), console.info
        )


def _to_json(data: object) -> str:
    return sanitize_json(json.dumps(data, ensure_ascii=False, indent=2)) + "\n"
