"""Broken rule files: each is refused with its place, or accepted and then fit to assess a case with."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.campaign import program
from tests.campaign.mutations import mutated
from tests.campaign.program import Served
from tests.campaign.promises import Bystanders, broken_by
from tests.campaign.tally import Campaign, normal_seconds

#: An empty case: of any rule book something can be said about it.
_EMPTY = "format: 1\ncase: E-1\nfacts: {}\n"


def run_small(campaign: Campaign) -> None:
    """Break the small rule book of the tests, which has one of everything."""
    _run(campaign, program.SMALL_RULES)


def run_law(campaign: Campaign) -> None:
    """Break the law itself."""
    _run(campaign, program.RULES)


def _run(campaign: Campaign, rules: Path) -> None:
    home, folder = campaign.scratch("home-"), campaign.scratch("rules-") / "rules"
    shutil.copytree(rules, folder)
    rsd = Served(home / "served", program.home(home))
    (home / "empty.yaml").write_text(_EMPTY)
    (home / "empty.yaml").chmod(0o600)
    names = sorted(path.relative_to(folder) for path in folder.rglob("*.yaml"))
    texts = [(folder / name).read_bytes() for name in names]
    bystanders = Bystanders(home / "around")

    def check() -> program.Done:
        return rsd.run("rules", "check", "--rules", folder, cwd=home)

    def assess() -> program.Done:
        return rsd.run("assess", "--brief", "--rules", folder, home / "empty.yaml", cwd=home)

    normal, normal_assess = normal_seconds(check), normal_seconds(assess)
    normal_assess += normal  # a damaged book is not in the cache
    for number in campaign.numbers():
        chance = campaign.chance(number)
        at = chance.randrange(len(names))
        (folder / names[at]).write_bytes(mutated(texts[at], chance, texts))
        done = check()
        campaign.measured(done, normal)
        campaign.tried("accepted" if done.code == 0 else "refused")
        campaign.findings(number, broken_by(done, normal=normal, codes=(0, 1)), f"rules check, {names[at]} damaged")
        if done.code == 0:
            found = broken_by(assess(), normal=normal_assess, codes=(0,))
            campaign.findings(number, found, f"assess under a damaged {names[at]} that rules check takes")
        elif not done.err.strip():
            campaign.finding(number, f"rules check refuses {names[at]} without a word")
        campaign.findings(number, bystanders.touched())
        (folder / names[at]).write_bytes(texts[at])
    rsd.stop()
