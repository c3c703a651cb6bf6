"""Single damaged bits in the cached rule book: the book is read from the rules again, and never believed."""

from __future__ import annotations

from tests.campaign import program, promises
from tests.campaign.program import Served
from tests.campaign.tally import Campaign, normal_seconds


def run(campaign: Campaign) -> None:
    """Damage the cache and see whether anything that is said of a case changes."""
    home = campaign.scratch()
    rsd = Served(home / "served", program.home(home))
    cases = [path for path in program.CASES if path.stem in ("min", "guard")]

    def explain() -> program.Done:
        return rsd.run("assess", *cases, cwd=home)

    normal = normal_seconds(explain)
    right = explain()
    cache = next((home / "cache").rglob("*.json"))
    data = cache.read_bytes()
    # A book that is passed over is read from the rules again, which takes as long as it takes.
    cache.unlink()
    normal += explain().seconds
    for number in campaign.numbers():
        chance = campaign.chance(number)
        at = chance.randrange(len(data))
        cache.write_bytes(data[:at] + bytes([data[at] ^ 1 << chance.randrange(7)]) + data[at + 1 :])
        cache.chmod(0o600)
        done = explain()
        campaign.measured(done, normal)
        campaign.findings(number, promises.broken_by(done, normal=normal, codes=(0,)), "assess on a damaged cache")
        believed = cache.read_bytes() != data
        campaign.tried("left as it is" if believed else "written again")
        if done.out != right.out:
            campaign.finding(number, "a damaged cache is believed: a determination says something else")
        elif believed:
            campaign.finding(number, f"a damaged cache is believed: bit at {at}")
        cache.write_bytes(data)
    rsd.stop()
