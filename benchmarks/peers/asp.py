"""clingo: answer set programming, many cases as constants of one program.

As it is, what is not stated is false (negation as failure). By hand, each criterion has a rule for yes and another for
no. Results are read from the text of the model: an object for each atom takes several times as long.
"""

from __future__ import annotations

from importlib.metadata import version
from itertools import count

from benchmarks.peers.engine import CaseEngine, Engine
from benchmarks.peers.law import AS_IS, BY_HAND, CRITERIA, FACTS, NO, YES, Case, Condition, Law

CASES_PER_PROGRAM = 1000


def engines() -> list[Engine]:
    """Return the engine with the law as it is, and with unknown by hand. Raises ImportError."""
    return [Clingo(AS_IS), Clingo(BY_HAND)]


class Clingo(CaseEngine):
    """A program for many cases, grounded and solved once."""

    name, share = "clingo", 0.1

    def __init__(self, law: Law) -> None:
        import clingo

        self.control = clingo.Control
        self.version, self.law = version("clingo"), law
        self.unknowns = "by hand" if law.by_hand else "not said is no"
        self.program = "\n".join(_program(law))

    def evaluate(self, cases: list[Case]) -> list[Case]:
        return [
            result
            for first in range(0, len(cases), CASES_PER_PROGRAM)
            for result in self._solve(cases[first : first + CASES_PER_PROGRAM])
        ]

    def _solve(self, cases: list[Case]) -> list[Case]:
        suffixes = {True: YES, False: NO} if self.law.by_hand else {True: ""}
        atoms_of_cases = "".join(
            f"{fact}{suffixes[value]}({number})."
            for number, case in enumerate(cases)
            for fact, value in case.items()
            if value in suffixes
        )
        control = self.control(["--warn=none"])
        control.add("base", [], f"{self.program}\n{atoms_of_cases}case(0..{len(cases) - 1}).")
        control.ground([("base", [])])
        with control.solve(yield_=True) as models:
            atoms = str(models.model()).split()
        default = None if self.law.by_hand else False
        results: list[Case] = [dict.fromkeys(CRITERIA, default) for _ in cases]
        for atom in atoms:
            name, _, number = atom[:-1].partition("(")
            if name.endswith(NO):
                results[int(number)][name.removesuffix(NO)] = False
            else:
                results[int(number)][name.removesuffix(YES)] = True
        return results


def _program(law: Law) -> list[str]:
    lines = [f"#defined {fact}{suffix}/1." for fact in FACTS for suffix in ("", YES, NO)]
    lines += [f"#show {name}/1." for name in law.rules]
    fresh_names = (f"part{number}" for number in count())

    def literal(condition: Condition) -> str:
        if isinstance(condition, str):
            return f"{condition}(C)"
        if condition[0] == "not":
            return f"not {literal(condition[1])}"
        name = next(fresh_names)
        rule(name, condition)
        return f"{name}(C)"

    def rule(name: str, condition: Condition) -> None:
        if isinstance(condition, str) or condition[0] == "not":
            bodies = [[condition]]
        else:
            kind, *parts = condition
            bodies = [parts] if kind == "all" else [[part] for part in parts]
        for body in bodies:
            lines.append(f"{name}(C) :- case(C), {', '.join(map(literal, body))}.")

    for name, condition in law.rules.items():
        rule(name, condition)
    return lines
