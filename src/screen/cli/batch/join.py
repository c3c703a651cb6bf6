"""`rsd batch join`: the outputs of shares put together as one."""

from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from screen.batch.pipeline import RunSummary
    from screen.cli.batch.progress_display import ProgressDisplay
    from screen.rulebook.model import RuleBook


def join_shares(
    book: "RuleBook",
    names: "Sequence[str]",
    out: Path,
    rejected: Path,
    unfit: "Mapping[str, object]",
    *,
    overwrite: bool,
) -> tuple["RunSummary", "ProgressDisplay"]:
    """Return how putting shares together went, and what showed it. `unfit` are options that a run alone has."""
    from screen.batch.input.sources import find_sources
    from screen.batch.output.join import join_findings
    from screen.batch.output.preflight import OutputGuard, check_outputs
    from screen.cli.batch.interruption import signals_as_interrupts
    from screen.cli.batch.progress_display import ProgressDisplay

    for option, given in unfit.items():
        if given:
            raise typer.BadParameter("What was found is put together as it is.", param_hint=option)
    if not names:
        raise typer.BadParameter("Name the outputs to put together.", param_hint="SOURCE...")
    shares = find_sources(names, None)
    check_outputs(out, rejected, OutputGuard(book.facts, shares, overwrite))
    with signals_as_interrupts(), ProgressDisplay(sum(one.size for one in shares)) as watched:
        return join_findings(book, shares, out, rejected, watched.update, overwrite=overwrite), watched
