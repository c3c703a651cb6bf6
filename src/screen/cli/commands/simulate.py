"""`rsd simulate`: made-up cases for load tests and training, from declared distributions."""

import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO, NoReturn, cast

import typer

from screen.cli import console
from screen.cli.options import RulesOption, book_from_options, help_text, rule_folder

if TYPE_CHECKING:
    from screen.batch.output.encoded_cases import CaseBlock
    from screen.case.case_file import Case
    from screen.files import Folder
    from screen.rulebook.model import RuleBook
    from screen.simulation.populations import Population

TABLES = (".jsonl", ".ndjson", ".csv", ".parquet")


@help_text(
    """Make up cases from declared distributions, for load tests and training. They are data about nobody.

    Every case has a name that begins with `sim-` and says beside its first answer that it is made up. A case depends on
    the seed and its number alone. `rsd batch` reads what is written.
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
            "--population", metavar="NAME", help="The distributions to draw from; the paper's people where left out."
        ),
    ] = None,
    rules: RulesOption = None,
) -> None:
    from screen.simulation.sampler import draw_blocks

    if out.suffix and out.suffix.lower() not in TABLES and str(out) != "-":
        raise typer.BadParameter("Name a .jsonl, .csv or .parquet file, a new folder, or `-`.", param_hint="--out")
    book = book_from_options(rules)
    chosen = _population(book, rule_folder(rules), population)
    if str(out) == "-":
        from screen.batch.output.encoded_cases import encode_json_lines

        sys.stdout.writelines(encode_json_lines(draw_blocks(chosen, range(1, number + 1), seed), book))
        sys.stdout.flush()  # here, where a reader that has enough, as `head` has, is no mistake
        return
    if out.exists() or out.is_symlink():
        _refuse(out)
    _written(out, chosen, number, seed, book)
    console.info(f"{number:,} made-up cases of {chosen.name}, seed {seed}: {out}. {chosen.warning}")


def _population(book: "RuleBook", folder: Path, name: str | None) -> "Population":
    """Return the population of this name. Raises Mistakes for broken files, or a usage error."""
    from screen.diagnostics import DiagnosticsError, did_you_mean
    from screen.rulebook.checker import read_population_parts
    from screen.rulebook.rule_folder import POPULATIONS
    from screen.simulation.populations import read_populations

    if not (folder / POPULATIONS).is_dir():
        raise typer.BadParameter("There is no folder of populations there.", param_hint="--rules")
    found, mistakes = read_populations(read_population_parts(folder / POPULATIONS), book)
    if mistakes or not found:
        raise DiagnosticsError(mistakes)
    if name is None:
        return next(iter(found.values()))
    if name not in found:
        remedy = did_you_mean(name, found, "Known: " + ", ".join(found) + ".")
        raise typer.BadParameter(f'There is no population "{name}". {remedy}', param_hint="--population")
    return found[name]


def _written(out: Path, population: "Population", number: int, seed: int, book: "RuleBook") -> None:
    """Put cases under a name, readable by the owner alone, when all of them are there. Raises Mistakes."""
    from screen import files
    from screen.simulation.sampler import draw_blocks, draw_cases

    with files.open_parent(out) as folder:
        folder.clear_stale()
        try:
            if out.suffix:
                drawn = draw_blocks(population, range(1, number + 1), seed)
                folder.write_with(out.name, lambda file: _table(file, out.suffix.lower(), drawn, book))
            else:
                with folder.temporary_folder() as (folder_of_cases, name):
                    _case_files(folder_of_cases, draw_cases(population, number, seed))
                    folder.publish_folder(name, folder, out.name)
        except FileExistsError:
            _refuse(out)
        except OSError as error:
            raise files.write_error(out, error) from None


def _table(file: BinaryIO, form: str, blocks: "Iterator[CaseBlock]", book: "RuleBook") -> None:
    from screen.batch.output import encoded_cases

    buffered = io.BufferedWriter(cast(io.RawIOBase, file))
    if form == ".parquet":
        encoded_cases.write_parquet(buffered, blocks, book)
    elif form == ".csv":
        text = io.TextIOWrapper(buffered, encoding="utf-8", newline="")
        encoded_cases.write_csv(text, blocks, book)
        text.detach()
    else:
        buffered.writelines(lines.encode() for lines in encoded_cases.encode_json_lines(blocks, book))
    buffered.detach()  # all of it is written, and the file stays open


def _case_files(folder: "Folder", made: "Iterator[Case]") -> None:
    from screen.case.case_file import text_of_case
    from screen.files import write_all

    for case in made:
        name = f"{case.name}.yaml"
        with folder.create(name) as file:
            write_all(file, b"# Made up: data about nobody.\n" + text_of_case(folder.path / name, case).encode())


def _refuse(out: Path) -> NoReturn:
    from screen.files import raise_diagnostic

    found, remedy = "there is something of that name already.", "Choose another name; nothing was changed."
    raise_diagnostic(out, "already-there", found, remedy)
