"""`rsd batch join` of a sound share and a damaged one: what comes out stood in one of them, and is no formula."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.campaign import program, promises
from tests.campaign.mutations import mutated
from tests.campaign.program import Done, Served
from tests.campaign.tally import Campaign, normal_seconds

_FORMS = ("csv", "jsonl", "parquet")


def run(campaign: Campaign) -> None:
    """Damage a share and join it."""
    home = campaign.scratch("home-")
    rsd = Served(home / "served", program.home(home))
    bystanders = promises.Bystanders(home)

    def join(form: str) -> Done:
        words = ("--out", f"out.{form}", "--overwrite", "--summary", "json")
        return rsd.run("batch", "join", f"s1.{form}", f"in.{form}", *words, cwd=home)

    seeds, normal = {}, {}
    for form in _FORMS:
        for share, case in (("s1", "min"), ("in", "guard")):
            source = next(path for path in program.CASES if path.stem == case)
            rsd.run("batch", source, "--out", f"{share}.{form}", "--summary", "none", cwd=home)
        seeds[form] = (home / f"in.{form}").read_bytes()
        normal[form] = normal_seconds(lambda form=form: join(form))  # type: ignore[misc]
    for number in campaign.numbers():
        chance = campaign.chance(number)
        form = chance.choice(_FORMS)
        (home / f"in.{form}").write_bytes(mutated(seeds[form], chance, (seeds[form],)))
        (home / f"out.{form}").unlink(missing_ok=True)
        done = join(form)
        campaign.measured(done, normal[form])
        campaign.tried("joined" if done.code in (0, 3) else "refused")
        campaign.findings(number, promises.broken_by(done, normal=normal[form], codes=(0, 1, 3)), f"join of {form}")
        if done.code in (0, 3):
            campaign.findings(number, _unlike(home, form))
        campaign.findings(number, promises.open_to_others(home, "out.*"))
        campaign.findings(number, bystanders.touched())
    rsd.stop()


def _unlike(home: Path, form: str) -> list[str]:
    """Return what is wrong with an output that was joined."""
    out = _rows(home / f"out.{form}", form)
    stood = _rows(home / f"s1.{form}", form) + _rows(home / f"in.{form}", form)
    found = [f"a row that stands in no share: {row!r:.80}" for row in out if row not in stood]
    if form == "csv":
        cells = [cell for row in out for cell in row]
        found += [f"a formula is passed on: {cell[:40]!r}" for cell in cells if cell.startswith(("=", "+", "-", "@"))]
    return found[:2]


def _rows(path: Path, form: str) -> Sequence[Any]:
    if form == "parquet":
        import pyarrow.parquet

        rows: list[Any] = pyarrow.parquet.read_table(path).to_pylist()
        return rows
    text = path.read_bytes().decode("utf-8-sig", "replace")
    if form == "csv":
        return list(csv.reader(text.splitlines()))
    return [json.loads(line) for line in text.split("\n") if line.strip()]
