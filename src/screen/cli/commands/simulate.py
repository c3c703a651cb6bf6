"""`rsd simulate`: made-up cases for load tests and training, from declared distributions."""

import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, BinaryIO, NoReturn, cast

import typer

from screen import files
from screen.batch.output import encoded_cases
from screen.batch.output.encoded_cases import CaseBlock
from screen.case.case_file import Case
from screen.case.case_text import format_case
from screen.cli import console
from screen.cli.options import RulesOption, book_from_options, help_text, rule_folder
from screen.diagnostics import DiagnosticsError, did_you_mean
from screen.rulebook.checker import read_population_parts
from screen.rulebook.model import RuleBook
from screen.rulebook.rule_folder import POPULATIONS
from screen.simulation.populations import Population, read_populations
from screen.simulation.sampler import draw_blocks, draw_cases

_TABLE_SUFFIXES = (".jsonl", ".ndjson", ".csv", ".parquet")


@help_text(
    """Make up cases from declared distributions, for load tests and training. They are data about nobody.

    The name of every case begins with `sim-`, and its first answer says that it is made up. A case depends on the seed
    and its number alone. `rsd batch` reads what is written.
    """
)
def simulate(
    number: Annotated[int, typer.Option("-n", "--number", metavar="N", min=1, help="How many cases.")],
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            "-o",
            metavar="FILE",
            help="Where they go: .jsonl, .csv, .parquet, a new folder of case files, or `-`.",
        ),
    ],
    seed: Annotated[int, typer.Option("--seed", metavar="S", help="The same seed gives the same cases.")] = 1,
    population: Annotated[
        str | None,
        typer.Option(
            "--population", metavar="NAME", help="The distributions to draw from; by default the paper's people."
        ),
    ] = None,
    rules: RulesOption = None,
) -> None:
    if out.suffix and out.suffix.lower() not in _TABLE_SUFFIXES and str(out) != "-":
        raise typer.BadParameter("Name a .jsonl, .csv or .parquet file, a new folder, or `-`.", param_hint="--out")
    book = book_from_options(rules)
    drawn_from = _read_population(book, rule_folder(rules), population)
    if str(out) == "-":
        blocks = draw_blocks(drawn_from, range(1, number + 1), seed)
        sys.stdout.writelines(encoded_cases.encode_json_lines(blocks, book))
        sys.stdout.flush()  # here, where a reader that has enough, such as `head`, is no error
        return
    if out.exists() or out.is_symlink():
        _raise_already_there(out)
    _write(out, drawn_from, number, seed, book)
    console.info(f"{number:,} made-up cases of {drawn_from.name}, seed {seed}: {out}. {drawn_from.warning}")


def _read_population(book: RuleBook, folder: Path, name: str | None) -> Population:
    """Return the population of this name. Raises DiagnosticsError for broken files, or a usage error."""
    if not (folder / POPULATIONS).is_dir():
        raise typer.BadParameter("There is no folder of populations there.", param_hint="--rules")
    populations, mistakes = read_populations(read_population_parts(folder / POPULATIONS), book)
    if mistakes or not populations:
        raise DiagnosticsError(mistakes)
    if name is None:
        return next(iter(populations.values()))
    if name not in populations:
        hint = did_you_mean(name, populations, "Known: " + ", ".join(populations) + ".")
        raise typer.BadParameter(f'There is no population "{name}". {hint}', param_hint="--population")
    return populations[name]


def _write(out: Path, population: Population, number: int, seed: int, book: RuleBook) -> None:
    """Write cases for their owner alone; the name appears when all are there. Raises DiagnosticsError."""
    with files.open_parent(out) as folder:
        folder.clear_stale()
        try:
            if out.suffix:
                blocks = draw_blocks(population, range(1, number + 1), seed)
                folder.write_with(out.name, lambda file: _write_table(file, out.suffix.lower(), blocks, book))
            else:
                with folder.temporary_folder() as (case_folder, name):
                    _write_case_files(case_folder, draw_cases(population, number, seed))
                    folder.publish_folder(name, folder, out.name)
        except FileExistsError:
            _raise_already_there(out)
        except OSError as error:
            raise files.write_error(out, error) from None


def _write_table(file: BinaryIO, suffix: str, blocks: Iterator[CaseBlock], book: RuleBook) -> None:
    buffered = io.BufferedWriter(cast(io.RawIOBase, file))
    if suffix == ".parquet":
        encoded_cases.write_parquet(buffered, blocks, book)
    elif suffix == ".csv":
        text = io.TextIOWrapper(buffered, encoding="utf-8", newline="")
        encoded_cases.write_csv(text, blocks, book)
        text.detach()
    else:
        buffered.writelines(lines.encode() for lines in encoded_cases.encode_json_lines(blocks, book))
    buffered.detach()  # flushes, and leaves the file open


def _write_case_files(folder: files.Folder, cases: Iterator[Case]) -> None:
    for case in cases:
        name = f"{case.name}.yaml"
        with folder.create(name) as file:
            text = format_case(folder.path / name, case)
            files.write_all(file, b"# Made up: data about nobody.\n" + text.encode())


def _raise_already_there(out: Path) -> NoReturn:
    message, hint = "there is something of that name already.", "Choose another name; nothing was changed."
    files.raise_diagnostic(out, "already-there", message, hint)
