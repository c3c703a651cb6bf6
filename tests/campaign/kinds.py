"""Every kind of attack: its name, what it is in words, how it runs, and how many of which number it takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.campaign import (
    broken_cases,
    broken_records,
    broken_rules,
    broken_saves,
    broken_shares,
    damaged_cache,
    hostile_commands,
    hostile_text,
    kill_batches,
    kill_interviews,
    links,
    small_faults,
    system_calls,
    terminals,
    together,
)
from tests.campaign.tally import Campaign


@dataclass(frozen=True)
class Kind:
    """A kind of attack; it takes `part` of the number that the command line gives for its `unit`."""

    name: str
    title: str
    run: Callable[[Campaign], None]
    unit: str
    part: float = 1.0


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("case", "Broken case files", broken_cases.run, "inputs", 0.34),
        Kind("save", "Answers saved into files of every shape", broken_saves.run, "inputs", 0.08),
        Kind("rules", "Broken rule files", broken_rules.run_small, "inputs", 0.24),
        Kind("law", "The law, broken", broken_rules.run_law, "inputs", 0.004),
        Kind("csv", "Broken CSV", broken_records.runner("csv"), "inputs", 0.08),
        Kind("jsonl", "Broken JSON Lines", broken_records.runner("jsonl"), "inputs", 0.09),
        Kind("parquet", "Broken Parquet", broken_records.runner("parquet"), "inputs", 0.06),
        Kind("csv.zst", "Broken CSV, packed", broken_records.runner("csv.zst"), "inputs", 0.03),
        Kind("jsonl.gz", "Broken JSON Lines, packed", broken_records.runner("jsonl.gz"), "inputs", 0.03),
        Kind("join", "Broken shares, joined", broken_shares.run, "inputs", 0.046),
        Kind("kill-plain", "Interviews in plain lines, killed", kill_interviews.runner(False, ".yaml"), "kills", 0.3),
        Kind("kill-json", "Interviews on JSON, killed", kill_interviews.runner(False, ".json"), "kills", 0.1),
        Kind("kill-keys", "Interviews with keys, killed", kill_interviews.runner(True, ".yaml"), "kills", 0.2),
        # A run is killed twice on average before it comes to its end.
        Kind("kill-batch", "Batches, killed and resumed", kill_batches.run, "kills", 0.15),
        Kind("kill-calls", "Commands killed at a system call", system_calls.run_kills, "kills", 0.2),
        Kind("errors", "System calls that fail once", system_calls.run_errors, "calls", 1.0),
        Kind("commands", "Commands in hostile surroundings", hostile_commands.run, "commands"),
        Kind("links", "Links, forged folders, pipes, huge files", links.run, "scenes"),
        Kind("together", "Two programs at once", together.run, "scenes"),
        Kind("text", "Hostile text in every shown place", hostile_text.run, "scenes"),
        Kind("terminals", "Hostile terminals", terminals.run, "scenes"),
        Kind("faults", "Small faults met elsewhere", small_faults.run, "scenes"),
        Kind("cache", "A damaged cache", damaged_cache.run, "inputs", 0.01),
    )
}
