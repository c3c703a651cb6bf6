"""OpenFisca, and PolicyEngine's fork of it: formulas over NumPy columns, all cases in a single simulation.

A missing input has its variable's default, here no.
"""

from __future__ import annotations

from functools import reduce
from importlib import import_module
from importlib.metadata import version
from operator import and_, or_
from typing import Any

import polars as pl

from benchmarks.peers.engine import Engine, TableEngine, join_truths, split_truths
from benchmarks.peers.law import AS_IS, BY_HAND, FACTS, NO, YES, Condition, Law

PERIOD = "2026-11"


def engines(name: str, package: str, distribution: str) -> list[Engine]:
    """Return the engine with the law as it is, and with unknown by hand. Raises ImportError."""
    return [OpenFiscaEngine(name, package, version(distribution), law) for law in (AS_IS, BY_HAND)]


class OpenFiscaEngine(TableEngine):
    """A simulation of many persons."""

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
        for fact in (fact + suffix for fact in FACTS for suffix in ((YES, NO) if law.by_hand else ("",))):
            self._add(fact)
        for criterion, condition in law.rules.items():
            self._add(criterion, formula=_formula(condition))

    def _add(self, name: str, **formula: Any) -> None:
        attributes = {"value_type": bool, "entity": self.person, "definition_period": self.eternity, "label": name}
        self.system.add_variable(type(name, (self.variable,), attributes | formula))

    def evaluate(self, cases: pl.DataFrame) -> pl.DataFrame:
        simulation = self.builder().build_default_simulation(self.system, cases.height)
        inputs = split_truths(cases) if self.law.by_hand else cases.select(FACTS).fill_null(False)
        for column in inputs:
            simulation.set_input(column.name, PERIOD, column.to_numpy())
        results = pl.DataFrame({name: simulation.calculate(name, PERIOD) for name in self.law.rules})
        return join_truths(results) if self.law.by_hand else results


def _formula(condition: Condition) -> Any:
    def formula(person: Any, period: Any, parameters: Any) -> Any:
        return value(condition, person, period)

    def value(condition: Condition, person: Any, period: Any) -> Any:
        if isinstance(condition, str):
            return person(condition, period)
        kind, *parts = condition
        values = [value(part, person, period) for part in parts]
        return ~values[0] if kind == "not" else reduce(and_ if kind == "all" else or_, values)

    return formula
