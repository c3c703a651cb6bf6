"""Broken tables for `rsd batch`: every record is accounted for, and a record means the same however it is spelled.

What was accepted is held against another reader: Python's own csv and json, or pyarrow, read the input; the record is
spelled again in another format; and a second batch must find the same of it in every column.
"""

from __future__ import annotations

import csv
import datetime
import io
import json
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from tests.campaign import program, promises
from tests.campaign.facts import Fact, facts
from tests.campaign.groups import grouped
from tests.campaign.mutations import WORDS, mutated
from tests.campaign.program import Done, Served
from tests.campaign.promises import STORY
from tests.campaign.tally import Campaign, normal_seconds

GROUP = 16

Record = dict[str, Any]


def runner(form: str) -> Callable[[Campaign], None]:
    """Return what runs the campaign for one format: csv, jsonl, parquet, or packed, such as csv.zst."""

    def run(campaign: Campaign) -> None:
        Records(campaign, form).run()

    return run


class Records:
    """The campaign for one format, its folder of inputs, and the program that reads them."""

    def __init__(self, campaign: Campaign, ending: str) -> None:
        self.campaign, self.ending = campaign, ending
        self.form, _, self.packed = ending.partition(".")
        self.home, self.folder = campaign.scratch("home-"), campaign.scratch("in-")
        self.rsd = Served(self.home / "served", program.home(self.home))
        self.facts = {fact.name: fact for fact in facts(self.home)}
        seed = self.home / f"seed.{self.form}"
        self.rsd.run("-q", "simulate", "-n", "12", "--seed", "7", "--out", seed, cwd=self.home)
        self.seed = seed.read_bytes()

    def run(self) -> None:
        """Go through the numbers in groups."""
        bystanders = promises.Bystanders(self.folder.parent / f"{self.folder.name}-around", self.home / "out")
        whole = range(min(GROUP, self.campaign.count))
        for number in whole:
            self._path(number).write_bytes(self._undamaged(number))
        normal = normal_seconds(lambda: self._batch(whole))
        for group in grouped(self.campaign, GROUP):
            for path in self.folder.iterdir():
                path.unlink()
            inputs = {number: self._made(number) for number in group}
            for number, data in inputs.items():
                self._path(number).write_bytes(data)
            rows = [row for members, done in self._ended(group) for row in self._judge(members, done, normal)]
            if not self.packed:
                self._compare(inputs, rows)
            self.campaign.findings(group[0], bystanders.touched())
        self.rsd.stop()

    def _undamaged(self, number: int) -> bytes:
        return self._pack(self.seed.replace(b"sim-", b"n%d-" % number) if self.form != "parquet" else self.seed)

    def _made(self, number: int) -> bytes:
        chance = self.campaign.chance(number)
        data = self._small(number, chance) if chance.random() < 0.5 else self.seed
        if self.form != "parquet":
            data = data.replace(b"sim-", b"n%d-" % number)
        if self.packed:
            return mutated(self._pack(data), chance) if chance.random() < 0.8 else self._pack(mutated(data, chance))
        return data if data is not self.seed and chance.random() < 0.8 else mutated(data, chance, (self.seed,))

    def _pack(self, data: bytes) -> bytes:
        if not self.packed:
            return data
        import pyarrow

        packed: bytes = pyarrow.Codec({"gz": "gzip", "zst": "zstd"}[self.packed]).compress(data, asbytes=True)
        return packed

    def _small(self, number: int, chance: random.Random) -> bytes:
        """Return a small table in which hostile words stand for answers."""
        if self.form == "parquet":
            return _small_parquet(list(self.facts), number, chance)
        (first, value), (second, other) = self._cell(chance), self._cell(chance)
        name = b"n%d-" % number
        if self.form == "csv":
            quote = chance.choice((b'"%s"', b"%s"))
            head = f"id,{first},{second}\n".encode()
            return head + name + b"a," + quote % value + b"," + quote % other + b"\n" + name + b"b,,\n"
        line = b'{"id": "%sa", "%s": %s, "%s": %s}\n{"id": "%sb", "age": 30}\n'
        raw = [chance.choice((_quoted(word), _quoted(word), word)) for word in (value, other)]
        return line % (name, first.encode(), raw[0], second.encode(), raw[1], name)

    def _cell(self, chance: random.Random) -> tuple[str, bytes]:
        fact = chance.choice(list(self.facts.values()))
        if chance.random() < 0.55:
            return fact.name, fact.answer(chance).encode()
        return fact.name, chance.choice(WORDS)

    def _path(self, number: int) -> Path:
        return self.folder / f"n{number}.{self.ending}"

    def _batch(self, group: Sequence[int]) -> Done:
        return self._batched([self._path(number) for number in group], self.home / "out/out.jsonl")

    def _batched(self, paths: Sequence[Path], out: Path) -> Done:
        # A name may be a row number, and so stand in every input: then the first alone would be scored.
        return self.rsd.run(
            "batch", *(path.name for path in paths), "--out", out, "--overwrite", "--summary", "json", "-j", "1",
            cwd=paths[0].parent,
        )  # fmt: skip

    def _ended(self, group: Sequence[int]) -> Iterator[tuple[Sequence[int], Done]]:
        """Yield commands that ended, each with its inputs: what a message names is set aside and tried alone."""
        rest = list(group)
        while rest:
            done = self._batch(rest)
            if done.code in (0, 3) or len(rest) == 1:
                yield rest, done
                return
            aside = [number for number in rest if self._path(number).name in done.err] or rest
            for number in aside:
                yield [number], self._batch([number])
            rest = [number for number in rest if number not in aside]

    def _judge(self, group: Sequence[int], done: Done, normal: float) -> list[Record]:
        """Return the rows of a batch, after a look at its account."""
        found = promises.broken_by(done, normal=normal, codes=(0, 1, 3))
        if found and len(group) > 1:
            return [row for number in group for row in self._judge([number], self._batch([number]), normal)]
        self.campaign.measured(done, normal)
        self.campaign.tried("scored" if done.code in (0, 3) else "refused", len(group))
        self.campaign.findings(group[0], found, f"batch of {self.ending}")
        if done.code not in (0, 3):
            return []
        rows, account = self._account(done)
        self.campaign.findings(group[0], account)
        self.campaign.findings(group[0], promises.open_to_others(self.home / "out", "out.*"))
        return rows

    def _account(self, done: Done) -> tuple[list[Record], list[str]]:
        out, rejects = self.home / "out/out.jsonl", self.home / "out/out.jsonl.rejects.jsonl"
        rows = [json.loads(line) for line in out.read_text().splitlines()]
        told = json.loads(done.out)
        found = []
        if told["read"] != told["scored"] + told["rejected"] or told["scored"] != len(rows):
            found.append(f"records are lost: {told['read']} read, {told['scored']} scored, {len(rows)} rows")
        if rejects.exists() != bool(told["rejected"]):
            found.append(f"{told['rejected']} rejected, and rejects {'are' if rejects.exists() else 'are not'} there")
        if rejects.exists() and STORY in rejects.read_text():
            found.append("rejects repeat a person's words")
        return rows, found

    def _compare(self, inputs: Mapping[int, bytes], rows: Sequence[Record]) -> None:
        """Hold what was found of each record against what is found of it in another spelling."""
        found = {row["id"]: row for row in rows}
        again: dict[str, tuple[int, Record]] = {}
        for number, data in inputs.items():
            read = [record for record in read_apart(self.form, data) if isinstance(record.get("id"), str)]
            names = [record["id"] for record in read]
            again |= {
                record["id"]: (number, clear)
                for record in read
                if record["id"] in found and names.count(record["id"]) == 1 and record["id"] not in again
                and (clear := self._clear(record)) is not None
            }  # fmt: skip
        if not again:
            return
        path = self.home / ("again.csv" if self.form == "jsonl" else "again.jsonl")
        spell = as_csv if self.form == "jsonl" else as_json_lines
        path.write_text(spell([record for _, record in again.values()]), encoding="utf-8")
        done = self._batched([path], self.home / "again-out.jsonl")
        rows = [json.loads(line) for line in (self.home / "again-out.jsonl").read_text().splitlines()]
        second = {row["id"]: row for row in rows} if done.code in (0, 3) else {}
        for name, (number, record) in again.items():
            if name not in second:
                self.campaign.finding(number, f"accepted as {self.form}, refused as {path.suffix[1:]}: {record!r:.150}")
            elif second[name] != found[name]:
                columns = [column for column in found[name] if found[name][column] != second[name].get(column)]
                self.campaign.finding(number, f"another reader gives other findings, {columns[:3]}: {record!r:.150}")

    def _clear(self, record: Record) -> Record | None:
        """Return a record in values of its facts' kinds; None where the formats have no common spelling for it."""
        clear: Record = {"id": record["id"]}
        for name, value in record.items():
            if name == "id" or value is None or (self.form == "csv" and value == ""):
                continue
            if name == "profile" or name.endswith(".credibility"):
                clear[name] = value
            elif name in self.facts:
                kept = _value(self.facts[name], value, text=self.form == "csv")
                if kept is None:
                    return None
                clear[name] = kept
            elif not name.endswith((".source", ".note")):
                return None
        return clear


def _value(fact: Fact, value: Any, *, text: bool) -> Any:
    """Return a value in its fact's kind: a list, a number or a string; None where there is no telling."""
    if value == "unknown":
        return value
    if fact.kind == "many":
        return ([] if value == "[]" else value.split(";")) if text else value if isinstance(value, list) else None
    if fact.kind == "number":
        if not text and not isinstance(value, (int, float, Decimal)):
            return None
        try:
            return Decimal(str(value))
        except InvalidOperation:
            return None
    if isinstance(value, datetime.date):
        return value.isoformat()
    return value if isinstance(value, str) and value else None


def read_apart(form: str, data: bytes) -> list[Record]:
    """Return the records of an input as another reader reads them; what it cannot read is left out."""
    if form == "parquet":
        return _read_parquet(data)
    text = data.decode("utf-8-sig", "replace")
    if form == "csv":
        try:
            return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
        except csv.Error:
            return []
    return [record for line in text.split("\n") if isinstance(record := _json(line), dict)]


def _json(line: str) -> Any:
    try:
        return json.loads(line, parse_int=Decimal, parse_float=Decimal)
    except (ValueError, RecursionError):
        return None


def _read_parquet(data: bytes) -> list[Record]:
    import pyarrow
    import pyarrow.parquet

    try:
        records: list[Record] = pyarrow.parquet.read_table(io.BytesIO(data)).to_pylist()
    except (OSError, ValueError, pyarrow.ArrowException):
        return []
    return records


def as_json_lines(records: Sequence[Record]) -> str:
    """Return records as JSON Lines; numbers keep every digit."""
    return "".join(f"{{{', '.join(f'{json.dumps(n)}: {_as_json(v)}' for n, v in one.items())}}}\n" for one in records)


def _as_json(value: Any) -> str:
    return str(value) if isinstance(value, Decimal) else json.dumps(value)


def as_csv(records: Sequence[Record]) -> str:
    """Return records as CSV."""
    out = io.StringIO(newline="")
    names = list(dict.fromkeys(name for record in records for name in record))
    writer = csv.DictWriter(out, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _as_cell(value) for name, value in record.items()} for record in records)
    return out.getvalue()


def _as_cell(value: Any) -> str:
    if isinstance(value, list):
        return ";".join(map(str, value)) or "[]"
    return str(value)


def _quoted(word: bytes) -> bytes:
    return json.dumps(word.decode("utf-8", "replace"), ensure_ascii=False).encode()


def _small_parquet(names: Sequence[str], number: int, chance: random.Random) -> bytes:
    """Return a small Parquet file whose columns have types that their facts may not."""
    import pyarrow
    import pyarrow.parquet

    day = datetime.date
    odd = chance.choice((None, True, 1, -1, 0.5, float("nan"), float("inf"), 2**62, "yes", "", [], ["a"], "\u202e"))
    columns: dict[str, list[Any]] = {"id": [f"n{number}-{letter}" for letter in "abc"]}
    for _ in range(chance.randrange(1, 5)):
        values: tuple[list[Any], ...] = (
            [odd] * 3, [None] * 3, ["yes", "no", None], [1.5, None, -3.0], [[], None, ["x"]], [True, False, None],
            [b"a", b"\xff", None], [day(1, 1, 1), None, day(9999, 12, 31)], [["torture"], [], None], [30, 17, None],
        )  # fmt: skip
        columns[chance.choice(names) + chance.choice(("", "", "", ".unknown", ".credibility"))] = chance.choice(values)
    made = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.table(columns), made)
    return made.getvalue()
