"""SWI-Prolog: backward chaining over compiled clauses, in a process that reads and writes a line for each case.

As it is, what is not stated is false (negation as failure). By hand, each criterion has a clause for yes and another
for no. The bridge janus, which would make the pipe unnecessary, needs a newer SWI-Prolog than Debian's.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

import polars as pl

from benchmarks.peers.engine import Engine, TableEngine
from benchmarks.peers.law import AS_IS, BY_HAND, CRITERIA, FACTS, NO, YES, Condition, Law

#: Each line is `c(Letter, …)`, its letters `y`, `n` and `u` as codes.
READ = """
:- use_module(library(readutil)).
main :- set_stream(user_input, encoding(octet)), set_stream(user_output, buffer(full)), repeat,
    read_line_to_codes(user_input, Line),
    ( Line == end_of_file -> ! ; C =.. [c|Line], answer(C), fail ).
"""


def engines() -> list[Engine]:
    """Return the engine with the law as it is, and with unknown by hand. Raises ImportError."""
    program = shutil.which("swipl")
    if program is None:
        raise ImportError("there is no swipl on the path")
    return [Prolog(program, AS_IS), Prolog(program, BY_HAND)]


class Prolog(TableEngine):
    """A process for each run, its start included."""

    name, share = "SWI-Prolog", 0.5

    def __init__(self, program: str, law: Law) -> None:
        output = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
        self.version, self.program = output.split()[2], program
        self.unknowns = "by hand" if law.by_hand else "not said is no"
        self.clauses = "\n".join(_clauses(law)) + READ
        letters = [
            pl.when(fact).then(pl.lit("y")).when(~pl.col(fact)).then(pl.lit("n")).otherwise(pl.lit("u"))
            for fact in FACTS
        ]
        self.line = pl.concat_str(letters)
        self.truths = [
            pl.col("line").str.slice(index, 1).replace_strict({"y": True, "n": False, "u": None}).alias(name)
            for index, name in enumerate(CRITERIA)
        ]

    def evaluate(self, cases: pl.DataFrame) -> pl.DataFrame:
        lines = cases.select(self.line).to_series().to_list()
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "law.pl"
            path.write_text(self.clauses, encoding="utf-8")
            command = [self.program, "-O", "-g", "main", "-t", "halt", str(path)]
            result = subprocess.run(command, input="\n".join(lines) + "\n", capture_output=True, text=True, check=True)
        return pl.DataFrame({"line": result.stdout.splitlines()}).select(self.truths)


def _clauses(law: Law) -> list[str]:
    clauses = [f"{name}(C) :- {_goal(condition, law)}, !." for name, condition in law.rules.items()]
    goals = []
    for name in CRITERIA:
        if law.by_hand:
            goals.append(f"({name}{YES}(C) -> put_char(y) ; {name}{NO}(C) -> put_char(n) ; put_char(u))")
        else:
            goals.append(f"({name}(C) -> put_char(y) ; put_char(n))")
    return [*clauses, f"answer(C) :- {', '.join(goals)}, nl."]


def _goal(condition: Condition, law: Law) -> str:
    if isinstance(condition, str):
        if condition in law.rules:
            return f"{condition}(C)"
        letter = "n" if condition.endswith(NO) else "y"
        return f"arg({FACTS.index(condition.removesuffix(YES).removesuffix(NO)) + 1}, C, 0'{letter})"
    kind, *parts = condition
    if kind == "not":
        return f"\\+ {_goal(parts[0], law)}"
    return "(" + {"all": ", ", "any": " ; "}[kind].join(_goal(part, law) for part in parts) + ")"
