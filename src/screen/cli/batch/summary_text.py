"""The summary of a run as JSON, or as text that fits the screen."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable

from screen.batch.summary import RunSummary
from screen.cli import console
from screen.cli.batch.progress_display import ProgressDisplay

_BAR_WIDTH = 24
_NUMBERS_WIDTH = 24  # columns of a row besides its word and its bar
_WORD_WIDTH = 28
_MOST_ROWS = 20
_FEW_ROWS = 5  # of a list whose rare words interest nobody
_STATUSES = {name: name.replace("_", " ") for name in ("met", "not_met", "undetermined", "not_applicable")}


def summary_as_json(summary: RunSummary) -> str:
    """Return the summary of a run as JSON."""
    data = {
        "format": 1,
        "read": summary.read,
        "scored": summary.scored,
        "rejected": summary.rejected,
        "codes": summary.codes,
        "counts": summary.counts,
    }
    return json.dumps(data, indent=2, sort_keys=True) + "\n"


def summary_as_text(summary: RunSummary, conclusions: Iterable[str], progress: ProgressDisplay) -> str:
    """Return the summary of a run as lines that fit the screen."""
    return "".join(f"{line}\n" for line in _lines(summary, tuple(conclusions), progress))


def _lines(summary: RunSummary, conclusions: tuple[str, ...], progress: ProgressDisplay) -> list[str]:
    """Return the lines of a summary; the account of its records comes last, where a small screen still shows it."""
    total = summary.scored
    lines: list[str] = []
    for title, name in (("Recommendation", "recommendation"), ("Priority", "priority")):
        shown: list[dict[str, int]] = []
        for suffix, counts in _by_profile(summary, name).items():
            if counts not in shown:  # a further profile is shown only if it changes something
                lines += _table(title + suffix, counts, total)
                shown.append(counts)
    by_conclusion = {name: _by_profile(summary, name) for name in conclusions}
    for suffix in dict.fromkeys(suffix for by_profile in by_conclusion.values() for suffix in by_profile):
        counts_of = {name: by_profile[suffix] for name, by_profile in by_conclusion.items() if suffix in by_profile}
        lines += _status_table(f"Conclusion{suffix}", counts_of, total)
    lines += _table("Reasons for priority", summary.counts.get("priority_reasons", {}), total, _FEW_ROWS)
    missing = summary.counts.get("facts_missing", {})
    in_every_case = [fact for fact, count in missing.items() if count == total]
    in_some_cases = {fact: count for fact, count in missing.items() if count != total}
    lines += _table("Facts missing in some cases, most often", in_some_cases, total, _FEW_ROWS)
    if in_every_case:
        lines += ["", *_wrap(f"Facts missing in every case: {len(in_every_case):,}")]
    lines += _table("Mistakes in rejected records", summary.codes, sum(summary.codes.values()), _FEW_ROWS)
    rate = f", {progress.rate:,.0f} a second" if progress.seconds > 1 else ""
    account = f"{summary.read:,} read = {total:,} scored + {summary.rejected:,} rejected{rate}"
    return [*lines, "", *_wrap(account)][not lines :]


def _by_profile(summary: RunSummary, name: str) -> dict[str, dict[str, int]]:
    """Return the counts of a column under each profile, by what follows a heading then."""
    return {
        f"{at and ', '}{profile}": counts
        for column, counts in summary.counts.items()
        for plain, at, profile in [column.partition("@")]
        if plain == name
    }


def _wrap(text: str, indent: str = "") -> list[str]:
    return textwrap.wrap(
        text, console.output_width(), subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )


def _status_table(title: str, counts_of: dict[str, dict[str, int]], total: int) -> list[str]:
    """Return how often each conclusion has each status; on a narrow screen each conclusion has lines of its own.

    Conclusions with the same status in every case are listed together.
    """
    if not counts_of:
        return []
    uniform = {name: next(iter(counts)) for name, counts in counts_of.items() if list(counts.values()) == [total]}
    varied = {name: counts for name, counts in counts_of.items() if name not in uniform}
    lines = ["", title]
    width = max(map(len, (title, *varied)))
    cell = min(16, (console.output_width() - width) // len(_STATUSES))
    if varied and cell > len("undetermined"):
        headings = (word if len(word) < cell else "n/a" for word in _STATUSES.values())
        lines = ["", f"{title:{width}}" + "".join(f"{heading:>{cell}}" for heading in headings)]
        for name, counts in varied.items():
            lines.append(f"{name:{width}}" + "".join(f"{counts.get(status, 0):>{cell},}" for status in _STATUSES))
    else:
        for name, counts in varied.items():
            rows = (f"{counts[status]:>16,} {word}" for status, word in _STATUSES.items() if counts.get(status))
            lines += [f"  {name}", *rows]
    for status, word in _STATUSES.items():
        if names := [name for name, only_status in uniform.items() if only_status == status]:
            lines += _wrap(f"{word} in every case: {', '.join(names)}", "  ")
    return lines


def _table(title: str, counts: dict[str, int], total: int, most: int = _MOST_ROWS) -> list[str]:
    """Return how often each word occurs and its share of the total, with bars where there is room for them."""
    if not counts:
        return []
    shown = list(counts.items())[:most]
    longest = max(len(word) for word, _ in shown)
    room = console.output_width()
    is_wide = room >= _NUMBERS_WIDTH + _WORD_WIDTH + _BAR_WIDTH
    width = max(_WORD_WIDTH, longest) if is_wide else longest
    full, empty = ("█", "·") if console.can_draw() and console.can_encode("█·") else ("#", ".")
    digits = 12 if is_wide else max(len(f"{count:,}") for _, count in shown)
    lines = ["", title]
    for word, count in shown:
        share = count / total if total else 0.0
        filled = min(_BAR_WIDTH, round(share * _BAR_WIDTH))
        bar = f"{full * filled}{empty * (_BAR_WIDTH - filled)} " if is_wide else ""
        numbers = f"{bar}{count:>{digits},} {share:>6.1%}"
        if 3 + width + len(numbers) <= room:
            lines.append(f"  {word:{width}} {numbers}")
        else:
            lines += [f"  {word}", numbers.rjust(room)]
    return lines
