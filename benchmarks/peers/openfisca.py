"""OpenFisca, and PolicyEngine's fork of it: formulas over NumPy columns, all cases in one simulation.

An input that is missing has its variable's default, here no.
"""

from __future__ import annotations

from functools import reduce
from importlib import import_module
from importlib.metadata import version
from operator import and_, or_
from typing import Any

import polars as pl

from benchmarks.peers.law import AS_IT_IS, BY_HAND, FACTS, NO, YES, Condition, Law
from benchmarks.peers.roads import ByTable, Engine, joined, split

PERIOD = "2026-11"


def engines(name: str, package: str, distribution: str) -> list[Engine]:
    """Return the engine with the law as it is, and with unknown by hand. Raises ImportError."""
    return [Simulated(name, package, version(distribution), law) for law in (AS_IT_IS, BY_HAND)]


class Simulated(ByTable):
    """One simulation of so many persons a run."""

    def __init__(self, name: str, package: str, version: str, law: Law) -> None:
        self.name, self.version, self.law = name, version, law
        self.unknowns = "by hand" if law.by_hand else "default: no"
        self.builder = import_module(f"{package}.simulations").SimulationBuilder
        periods = import_module(f"{package}.periods")
        self.eternity = periods.DateUnit.ETERNITY if hasattr(periods, "DateUnit") else periods.ETERNITY
        self.variable = import_module(f"{package}.variables").Variable
        self.person = import_module(f"{package}.entities").build_entity(
            key="person", plural="persons", label="a case", is_person=True
        )
        self.system = import_module(f"{package}.taxbenefitsystems").TaxBenefitSystem([self.person])
        for fact in (fact + end for fact in FACTS for end in ((YES, NO) if law.by_hand else ("",))):
            self._add(fact)
        for criterion, condition in law.rules.items():
            self._add(criterion, formula=_formula(condition))

    def _add(self, name: str, **formula: Any) -> None:
        kind = {"value_type": bool, "entity": self.person, "definition_period": self.eternity, "label": name}
        self.system.add_variable(type(name, (self.variable,), kind | formula))

    def found(self, cases: pl.DataFrame) -> pl.DataFrame:
        simulation = self.builder().build_default_simulation(self.system, cases.height)
        given = split(cases) if self.law.by_hand else cases.select(FACTS).fill_null(False)
        for column in given:
            simulation.set_input(column.name, PERIOD, column.to_numpy())
        found = pl.DataFrame({name: simulation.calculate(name, PERIOD) for name in self.law.rules})
        return joined(found) if self.law.by_hand else found


def _formula(condition: Condition) -> Any:
    def formula(person: Any, period: Any, parameters: Any) -> Any:
        return value(condition, person, period)

    def value(one: Condition, person: Any, period: Any) -> Any:
        if isinstance(one, str):
            return person(one, period)
        kind, *parts = one
        values = [value(part, person, period) for part in parts]
        return ~values[0] if kind == "not" else reduce(and_ if kind == "all" else or_, values)

    return formula
