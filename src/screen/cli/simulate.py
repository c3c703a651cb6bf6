"""`rsd simulate`: made-up cases for load tests and training, from declared distributions."""

import io
import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from screen.cli import display
from screen.cli.settings import Rules, book_of, rule_folder

if TYPE_CHECKING:
    from screen.batch.coded import Block
    from screen.case import Case
    from screen.language.terms import RuleBook
    from screen.simulation.populations import Population

TABLES = (".jsonl", ".ndjson", ".csv", ".parquet")


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
    rules: Rules = None,
) -> None:
    """Make up cases from declared distributions, for load tests and training. They are data about nobody.

    Every case has a name that begins with `sim-` and says beside its first answer that it is made up. A case depends on
    the seed and its number alone. `rsd batch` reads what is written.
    """
    from screen.simulation.drawing import blocks

    if out.suffix and out.suffix not in TABLES and str(out) != "-":
        raise typer.BadParameter("Name a .jsonl, .csv or .parquet file, a new folder, or `-`.", param_hint="--out")
    book = book_of(rules)
    chosen = _population(book, rule_folder(rules), population)
    if str(out) == "-":
        from screen.batch.coded import json_lines

        sys.stdout.writelines(json_lines(blocks(chosen, range(1, number + 1), seed), book))
        sys.stdout.flush()  # here, where a reader that has enough, as `head` has, is no mistake
        return
    if out.exists():
        from screen.mistake import Mistake, Mistakes
        from screen.place import Place

        found, remedy = "there is something of that name already.", "Choose another name; nothing was changed."
        raise Mistakes([Mistake(Place(str(out)), "already-there", found, remedy)])
    _written(out, chosen, number, seed, book)
    display.say(f"{number:,} made-up cases of {chosen.name}, seed {seed}: {out}. {chosen.warning}")


def _population(book: "RuleBook", folder: Path, name: str | None) -> "Population":
    """Return the population of this name. Raises Mistakes for broken files, or a usage error."""
    from screen.language.book import POPULATIONS, population_parts
    from screen.mistake import Mistakes, nearest
    from screen.simulation.populations import populations_of

    if not (folder / POPULATIONS).is_dir():
        raise typer.BadParameter("There is no folder of populations there.", param_hint="--rules")
    found, mistakes = populations_of(population_parts(folder / POPULATIONS), book)
    if mistakes or not found:
        raise Mistakes(mistakes)
    if name is None:
        return next(iter(found.values()))
    if name not in found:
        remedy = nearest(name, found, "Known: " + ", ".join(found) + ".")
        raise typer.BadParameter(f'There is no population "{name}". {remedy}', param_hint="--population")
    return found[name]


def _written(out: Path, population: "Population", number: int, seed: int, book: "RuleBook") -> None:
    """Put cases under a name, readable by the owner alone, when all of them are there. Raises Mistakes."""
    from screen.mistake import Mistake, Mistakes
    from screen.place import Place
    from screen.simulation.drawing import blocks, cases

    part = out.with_name(f".{out.name}.part-{os.getpid()}")
    try:
        if not out.suffix:
            _folder(part, cases(population, number, seed))
        else:
            with os.fdopen(_new(part), "wb") as file:
                _table(file, out.suffix, blocks(population, range(1, number + 1), seed), book)
        part.rename(out)
    except BaseException as error:
        _cleared(part)
        if not isinstance(error, OSError):
            raise
        found = f"the cases could not be written: {(error.strerror or 'no reason given').lower()}."
        remedy = "Nothing was changed. Make room or choose another folder, and go on."
        raise Mistakes([Mistake(Place(str(out)), "cannot-write", found, remedy)]) from None


def _table(file: BinaryIO, form: str, blocks: "Iterator[Block]", book: "RuleBook") -> None:
    from screen.batch import coded

    if form == ".parquet":
        coded.write_parquet(file, blocks, book)
    elif form == ".csv":
        with io.TextIOWrapper(file, encoding="utf-8", newline="") as text:
            coded.write_csv(text, blocks, book)
    else:
        file.writelines(lines.encode() for lines in coded.json_lines(blocks, book))


def _new(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)


def _folder(folder: Path, made: "Iterator[Case]") -> None:
    from screen.case import text_of_case

    folder.mkdir(mode=0o700)
    for case in made:
        path = folder / f"{case.name}.yaml"
        with os.fdopen(_new(path), "w", encoding="utf-8") as file:
            file.write("# Made up: data about nobody.\n" + text_of_case(path, case))


def _cleared(part: Path) -> None:
    import shutil

    with suppress(OSError):
        if part.is_dir():
            shutil.rmtree(part)
        else:
            part.unlink()
