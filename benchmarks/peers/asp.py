"""clingo: answer set programming, many cases as constants of one program.

As it is, what is not said is not so (negation as failure). By hand, each criterion has a rule for yes and one for no.
Read back as the text of the model: an object for each atom takes several times as long.
"""

from __future__ import annotations

from importlib.metadata import version
from itertools import count

from benchmarks.peers.law import AS_IT_IS, BY_HAND, CRITERIA, FACTS, NO, YES, Case, Condition, Law
from benchmarks.peers.roads import ByCase, Engine

TOGETHER = 1000  # cases a program


def engines() -> list[Engine]:
    """Return the engine with the law as it is, and with unknown by hand. Raises ImportError."""
    return [Clingo(AS_IT_IS), Clingo(BY_HAND)]


class Clingo(ByCase):
    """One grounding and one solving for so many cases."""

    name, share = "clingo", 0.1

    def __init__(self, law: Law) -> None:
        import clingo

        self.control = clingo.Control
        self.version, self.law = version("clingo"), law
        self.unknowns = "by hand" if law.by_hand else "not said is no"
        self.program = "\n".join(_program(law))

    def found(self, cases: list[Case]) -> list[Case]:
        return [one for first in range(0, len(cases), TOGETHER) for one in self._some(cases[first : first + TOGETHER])]

    def _some(self, cases: list[Case]) -> list[Case]:
        ends = {True: YES, False: NO} if self.law.by_hand else {True: ""}
        said = "".join(
            f"{fact}{ends[value]}({number})."
            for number, case in enumerate(cases)
            for fact, value in case.items()
            if value in ends
        )
        control = self.control(["--warn=none"])
        control.add("base", [], f"{self.program}\n{said}case(0..{len(cases) - 1}).")
        control.ground([("base", [])])
        with control.solve(yield_=True) as models:
            atoms = str(models.model()).split()
        unsaid = None if self.law.by_hand else False
        found: list[Case] = [dict.fromkeys(CRITERIA, unsaid) for _ in cases]
        for atom in atoms:
            name, _, number = atom[:-1].partition("(")
            if name.endswith(NO):
                found[int(number)][name.removesuffix(NO)] = False
            else:
                found[int(number)][name.removesuffix(YES)] = True
        return found


def _program(law: Law) -> list[str]:
    lines = [f"#defined {fact}{end}/1." for fact in FACTS for end in (("", YES, NO))]
    lines += [f"#show {name}/1." for name in law.rules]
    fresh = (f"part{number}" for number in count())

    def literal(condition: Condition) -> str:
        if isinstance(condition, str):
            return f"{condition}(C)"
        if condition[0] == "not":
            return f"not {literal(condition[1])}"
        name = next(fresh)
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
