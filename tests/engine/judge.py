"""A second judge, who has read docs/rule-language.md and nothing else.

He looks a rule book up as plain data, by name, and he knows nothing of tables for unknown: where something is not
known he imagines each way in which it could turn out, and calls the whole undetermined unless all of them agree. He is
slow; the books that he is asked about are small.
"""

from __future__ import annotations

from functools import cached_property
from itertools import product
from typing import Any

ENDS = ("met", "not_met", "not_applicable")
UNKNOWN, UNDETERMINED = "unknown", "undetermined"


class Judge:
    """Judges one case: a rule book and answers, both as files write them, and the sides that a profile takes."""

    def __init__(self, book: dict[str, Any], answers: dict[str, Any], sides: dict[str, str]) -> None:
        self.book, self.answers, self.sides = book, answers, sides
        self.criteria = {criterion["criterion"]: criterion for criterion in book["criteria"]}
        self._found: dict[str, str] = {}

    @cached_property
    def findings(self) -> dict[str, str]:
        return {name: self.criterion(name) for name in self.criteria}

    @property
    def recommendation(self) -> str:
        for recommendation in self.book["recommendations"]:
            if self.term(recommendation["when"]) == "met":
                return recommendation["recommend"]
        return "undetermined_no_return"

    # ── facts ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def worth(self, fact: str) -> Any:
        """Return the answer to a fact, as far as it can be relied on."""
        answer = self.answers.get(fact, {"answer": UNKNOWN, "credibility": "accepted"})
        if answer["credibility"] != "rejected":
            return answer["answer"]
        return "no" if answer["answer"] == "yes" else UNKNOWN

    def fact(self, fact: str) -> Any:
        """Return the value of a fact: the answer, or else what may be presumed of the State or of every State."""
        answer = self.worth(fact)
        if answer != UNKNOWN:
            return answer
        state = self.worth("country_of_origin")
        origins = [state] + ([None] if fact not in self.answers and state != UNKNOWN else [])
        for origin in origins:
            for presumption in self.book["presumptions"]:
                if (presumption["presume"], presumption["origin"]) == (fact, origin):
                    when = self.term(presumption["when"]) if "when" in presumption else "met"
                    if when in ("met", UNDETERMINED):
                        return presumption["value"] if when == "met" else UNKNOWN
        return UNKNOWN

    def compared(self, fact: str, how: str, with_: Any) -> bool:
        value = self.fact(fact)
        if self.book["types"][fact] == "level" and how in ("at_least", "at_most"):
            order = self.book["options"][fact]
            value, with_ = order.index(value), order.index(with_)
        return {
            "is": lambda: value == with_,
            "in": lambda: value in with_,
            "includes": lambda: with_ in value,
            "includes_any": lambda: bool(set(with_) & set(value)),
            "at_least": lambda: value >= with_,
            "at_most": lambda: value <= with_,
            "over": lambda: value > with_,
            "under": lambda: value < with_,
            "before": lambda: value < with_,  # days as files write them stand in order
            "after": lambda: value > with_,
        }[how]()

    # ── conditions ──────────────────────────────────────────────────────────────────────────────────────────────────

    def term(self, term: Any) -> str:
        if isinstance(term, str):
            return self.criterion(term) if term in self.criteria else self.term({"fact": term, "is": "yes"})
        keys = set(term)
        if "fact" in keys:
            (how,) = keys - {"fact"}
            if self.fact(term["fact"]) == UNKNOWN:
                return "undetermined"
            return "met" if self.compared(term["fact"], how, term[how]) else "not_met"
        if "binds" in keys:
            state = self.fact("country_of_origin" if term.get("on") == "origin" else "host_country")
            row = self.book["treaties"].get(state, {}).get(term["binds"])
            if row is None:
                return "undetermined"
            return "met" if row == "party" else "not_met"
        if "reading" in keys:
            side = self.sides[term["reading"]]
            if "as" in keys:
                return self.term(term["as"][side])
            return "met" if side in term.get("in", [term.get("is")]) else "not_met"
        if "not_ruled_out" in keys:
            return "met" if self.criterion(term["not_ruled_out"]) in ("met", "undetermined") else "not_met"
        if keys == {"not"}:
            return self.agreed([term["not"]], opposite)
        if keys == {"at_least", "of"}:
            return self.agreed(term["of"], lambda *statuses: counted(statuses, term["at_least"]))
        if keys == {"all"}:
            return self.agreed(
                term["all"], lambda *statuses: counted(statuses, len(statuses) - statuses.count("not_applicable"))
            )
        assert keys == {"any"}
        return self.agreed(term["any"], lambda *statuses: counted(statuses, 1))

    def agreed(self, parts: list[Any], rule: Any) -> str:
        """Return the status that a rule gives, if it is the same however the unknown parts turn out."""
        known = [self.term(part) for part in parts]
        possible = product(*(ENDS if status == "undetermined" else (status,) for status in known))
        verdicts = {rule(*statuses) for statuses in possible}
        return verdicts.pop() if len(verdicts) == 1 else "undetermined"

    def criterion(self, name: str) -> str:
        if name not in self._found:
            self._found[name] = self._examined(self.criteria[name])
        return self._found[name]

    def _examined(self, criterion: dict[str, Any]) -> str:
        # Whether it applies comes first: until that is known nothing is. Days as files write them stand in order.
        if not criterion.get("in_force_from", "") <= self.book["day"] < criterion.get("until", "9999-12-31"):
            return "not_applicable"
        applies = self.term(criterion["applies_if"]) if "applies_if" in criterion else "met"
        if applies != "met":
            return "undetermined" if applies == "undetermined" else "not_applicable"

        def unless_defeated(holds: str, *unless: str) -> str:
            return "not_met" if "met" in unless else holds

        return self.agreed([criterion["holds_if"], *criterion.get("unless", [])], unless_defeated)


def opposite(end: str) -> str:
    return {"met": "not_met", "not_met": "met"}.get(end, end)


def counted(statuses: tuple[str, ...], needed: int) -> str:
    """Return the status of a group in which so many parts must be met, when every part is known."""
    if set(statuses) == {"not_applicable"}:
        return "not_applicable"
    return "met" if statuses.count("met") >= needed else "not_met"
