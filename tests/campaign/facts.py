"""The facts a case may answer, as the program itself publishes them with `rsd batch schema`."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tests.campaign import program


@dataclass(frozen=True)
class Fact:
    """A fact: `kind` is choice, many, number, or text (a day is one that has a form)."""

    name: str
    kind: str
    options: tuple[str, ...]

    def answer(self, chance: random.Random) -> str:
        """Return an answer that is allowed, as YAML and CSV spell it."""
        if self.kind == "number":
            return str(chance.choice((0, 1, 13, 17, 18, 40)))
        if self.options:
            return chance.choice(self.options)
        return chance.choice(("2019-11-02", "unknown"))


@cache
def facts(folder: Path) -> tuple[Fact, ...]:
    """Return every fact; `folder` is a home for the program."""
    done = program.run("batch", "schema", cwd=folder, env=program.home(folder))
    properties = json.loads(done.out)["json_schema"]["properties"]
    return tuple(
        _fact(name, shape) for name, shape in properties.items() if "." not in name and name not in ("id", "profile")
    )


def _fact(name: str, shape: dict[str, Any]) -> Fact:
    first = shape.get("anyOf", [shape])[0]
    if first.get("type") == "array":
        return Fact(name, "many", tuple(first["items"]["enum"]))
    if first.get("type") in ("number", "integer"):
        return Fact(name, "number", ())
    options = tuple(option for option in first.get("enum", ()) if option is not None)
    return Fact(name, "choice" if options else "text", options)
