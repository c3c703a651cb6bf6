"""What was typed at a question, as a value or a command: plain lines and the terminal both read through here.

A line is read unambiguously or not at all: if two options fit, or none, the question is asked again.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from screen.case.evidence import Credibility, RecordedAnswer
from screen.cli.prompt.normalise import fold, latin_keys, readings
from screen.interview.view import CREDIBILITY_LABELS, NONE_ENTRY, QuestionView, clip, entries
from screen.rulebook.answers import UNKNOWN, InvalidAnswer, parse_answer
from screen.rulebook.terms import Value
from screen.text import sanitize_line


class PromptCommand(Enum):
    """What can be typed instead of an answer. The value is its word."""

    BACK = "back"
    HELP = "help"
    WHY = "why"
    REVIEW = "review"
    NOTE = "note"
    MORE = "more"
    QUIT = "quit"


ALL_COMMANDS = frozenset(PromptCommand)
# `n` is No, so the note has `t` (text); none of these letters is an answer to any question.
_COMMANDS = {
    "b": PromptCommand.BACK,
    "?": PromptCommand.HELP,
    "h": PromptCommand.HELP,
    "w": PromptCommand.WHY,
    "r": PromptCommand.REVIEW,
    "t": PromptCommand.NOTE,
    "m": PromptCommand.MORE,
    "q": PromptCommand.QUIT,
    **{command.value: command for command in PromptCommand},
}
_YES_NO = {"y": "yes", "n": "no", "u": UNKNOWN}
#: Every word that can be typed whole where its first letter alone may do something.
KEYWORDS = ("yes", "no", UNKNOWN, NONE_ENTRY, *(command.value for command in PromptCommand))

# Korean words by the keys that type them, so that a word that arrives in loose letters is the same word.
_KOREAN_WORDS = {
    latin_keys(word): answer
    for words, answer in (("예 네", "yes"), ("아니오 아니요 아뇨", "no"), ("모름 몰라", UNKNOWN), ("없음", NONE_ENTRY))
    for word in words.split()
}


# ── reading ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def parse_input(typed: str, view: QuestionView) -> Value | PromptCommand | None:
    """Return the answer or the command that a typed line is; None if it is neither or could be two things."""
    command = parse_command(typed)
    if command is not None:
        return command
    for raw in _raw_answers(typed, readings(typed), view):
        value = parse_answer(view.fact, raw, dict(view.options))
        if not isinstance(value, InvalidAnswer):
            return value
    return None


def value_from_entries(names: tuple[str, ...], view: QuestionView) -> Value:
    """Return the answer given by entries chosen from a list, by their names."""
    raw = _raw_list(names, view) if view.fact.type == "many" else names[0]
    value = parse_answer(view.fact, raw, dict(view.options))
    assert not isinstance(value, InvalidAnswer), value
    return value


def parse_command(typed: str) -> PromptCommand | None:
    """Return the command of this letter or word, on either layout."""
    return next((_COMMANDS[words] for words in readings(typed) if words in _COMMANDS), None)


def parse_key(key: str, view: QuestionView) -> str | None:
    """Return the entry that one key chooses without Enter: y, n and u at a yes/no question, u at every other list."""
    name = next((_YES_NO[words] for words in readings(key) if words in _YES_NO), None)
    return name if view.fact.type == "yes_no" or name == UNKNOWN else None


def parse_credibility(typed: str) -> Credibility | None:
    """Return the credibility of this number, or the only one that begins so; None if there is no such one."""
    matches: set[Credibility] = set()
    for words in readings(typed):
        matches |= {level for number, level in enumerate(CREDIBILITY_LABELS, 1) if words == str(number)}
        matches |= {level for level, label in CREDIBILITY_LABELS.items() if words and label.startswith(words)}
    return matches.pop() if len(matches) == 1 else None


def _raw_answers(typed: str, typed_readings: list[str], view: QuestionView) -> list[object]:
    """Return the line as a case file would hold the answer: an empty list if it cannot be read, never more than one."""
    korean, fact_type = _KOREAN_WORDS.get(latin_keys(typed.strip())), view.fact.type
    if korean == UNKNOWN or any(words in ("u", UNKNOWN) for words in typed_readings):
        return [UNKNOWN]
    if fact_type == "yes_no" and korean in ("yes", "no"):
        return [korean]
    if fact_type == "many" and korean == NONE_ENTRY:
        typed_readings = [NONE_ENTRY]
    answers = [raw for words in typed_readings if (raw := _raw_answer(words, typed, view)) is not None]
    return answers if len(answers) == 1 else []


def _raw_answer(words: str, typed: str, view: QuestionView) -> object:
    match view.fact.type:
        case "number":
            return _number(words)
        case "date":
            return words or None
        case "text":
            # The words of a person are kept as they were typed; Hangul is Hangul here, not a layout left on.
            return typed.strip() if words == fold(typed) and typed.strip() else None
        case "many":
            return _several(words, view)
        case "yes_no" if words in _YES_NO:
            return _YES_NO[words]
        case _:
            return _entry(words, view)


def _number(words: str) -> int | float | None:
    # No 1e3, no 1,000 (a thousand or one?), no sign: nothing that is asked here is counted below zero.
    if re.fullmatch(r"[0-9]{1,12}", words):
        return int(words)
    return float(words) if re.fullmatch(r"[0-9]{1,12}\.[0-9]{1,6}", words) else None


def _spellings(number: int, name: str, label: str, view: QuestionView) -> tuple[str, ...]:
    numbers = () if view.fact.type == "country" else (str(number),)
    return (*numbers, fold(name), fold(name.replace("_", " ")), fold(label))


def _entry(words: str, view: QuestionView) -> str | None:
    """Return the entry of this number, name or label, or the only one that begins so. One letter begins nothing."""
    spellings = {name: _spellings(number, name, label, view) for number, (name, label) in enumerate(entries(view), 1)}
    # Synonyms must be typed whole: the beginning of one may be meant for a State that has none here.
    matches = {
        name for name, known in spellings.items() if words in known or words in map(fold, view.synonyms.get(name, ()))
    }
    if not matches and len(words) > 1 and not words.isdigit():
        matches = {name for name, known in spellings.items() if any(spelling.startswith(words) for spelling in known)}
    return matches.pop() if len(matches) == 1 else None


def _several(words: str, view: QuestionView) -> object:
    """Return the answer that a line of several names gives; None if it can be read in no way or in two."""
    splits = (words.split(","), [words], words.split())
    sets = {_entry_set(items, view) for items in splits} - {None}
    names = sets.pop() if len(sets) == 1 else None
    # None of them and one of them: which was meant is not ours to say.
    return _raw_list(names, view) if names and (len(names) == 1 or not {NONE_ENTRY, UNKNOWN} & set(names)) else None


def _entry_set(items: list[str], view: QuestionView) -> tuple[str, ...] | None:
    names = sorted(name for item in items if (name := _entry(item.strip(), view)) is not None)
    # The same one twice may be a slip for another.
    return tuple(names) if len(names) == len(items) == len(set(names)) else None


def _raw_list(names: tuple[str, ...], view: QuestionView) -> object:
    if names == (UNKNOWN,):
        return UNKNOWN
    return [] if names == (NONE_ENTRY,) and NONE_ENTRY not in dict(view.options) else list(names)


# ── messages ────────────────────────────────────────────────────────────────────────────────────────────────────────


def similar_entries(typed: str, view: QuestionView, limit: int = 8) -> tuple[str, ...]:
    """Return the entries that a line could have meant, as they can be typed."""
    numbered = list(enumerate(entries(view), 1))
    labels = [fold(label) for _, (_, label) in numbered]
    for words in readings(typed):
        if len(words) < 2:
            continue
        by_synonym = [
            index
            for index, (_, (name, _)) in enumerate(numbered)
            if any(
                synonym.startswith(words) or words.startswith(synonym)
                for synonym in map(fold, view.synonyms.get(name, ()))
            )
        ]
        by_beginning = [index for index, label in enumerate(labels) if label.startswith(words)]
        by_part = [index for index, label in enumerate(labels) if words in label]
        by_likeness = [labels.index(label) for label in difflib.get_close_matches(words, labels, 3)]
        if indexes := tuple(dict.fromkeys(by_synonym + by_beginning + by_part)) or by_likeness:
            return tuple(_as_shown(*numbered[index], view) for index in indexes[:limit])
    return ()


def _as_shown(number: int, entry: tuple[str, str], view: QuestionView) -> str:
    name, label = entry
    return sanitize_line(f"{label} ({name})" if view.fact.type == "country" else f"{number}. {label}")


_EXPECTED = {
    "yes_no": "y yes, n no, u unknown",
    "choice": "number or words of one, u unknown",
    "level": "number or words of one, u unknown",
    "many": "numbers or names with commas, none, u unknown",
    "number": "a number such as 3 or 2.5, u unknown",
    "date": "a day as 2022-06-28, u unknown",
    "country": "two-letter code or name of a country, u unknown",
    "text": "your words, u unknown",
}


def expected_for_type(fact_type: str) -> str:
    """Return what a question of this type takes, in words."""
    return _EXPECTED[fact_type]


def expected_input(view: QuestionView) -> str:
    """Return what a question takes, in words: its bounds if it has some; `passes` if unknown is one of its options."""
    words = f"{view.fact.bounds}, u unknown" if view.fact.bounds else expected_for_type(view.fact.type)
    return words.replace("u unknown", "u passes") if UNKNOWN in dict(view.options) else words


def unreadable_message(typed: str, view: QuestionView) -> str:
    """Return the message about a line that could not be read: what came, what could be meant, what is expected."""
    expected = f"Type {expected_input(view)}."
    if not typed.strip():
        return f"Nothing was typed. {expected}"
    similar = similar_entries(typed, view) if view.fact.type in ("choice", "level", "country", "many") else ()
    message = f'"{clip(typed, 40)}" is not an answer here.'
    return f"{message} Near: {'; '.join(similar)}. {expected}" if similar else f"{message} {expected}"


def number_lines(labels: Iterable[str]) -> list[str]:
    """Return labels as numbered lines, safe to show."""
    return [f"  {number}. {sanitize_line(label)}" for number, label in enumerate(labels, 1)]


# ── what is recorded with an answer ─────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class AnswerContext:
    """What the caseworker set for the answer that follows: None leaves it as it was, empty takes it away."""

    note: str | None = None
    source: str | None = None
    credibility: Credibility | None = None

    def __bool__(self) -> bool:
        return self != AnswerContext()


def record_answer(value: Value, previous: RecordedAnswer | None, context: AnswerContext) -> RecordedAnswer:
    """Return the answer as it is kept.

    Note, source and date of the previous answer stay with a changed one: nobody asked for them to be thrown away. Its
    credibility does not: somebody assessed that answer, and nobody this one.
    """
    previous = previous or RecordedAnswer(value)
    credibility = previous.credibility if previous.value == value else Credibility.NOT_ASSESSED
    return RecordedAnswer(
        value,
        credibility if context.credibility is None else context.credibility,
        (previous.source if context.source is None else context.source) or None,
        (previous.note if context.note is None else context.note) or None,
        previous.date,
    )
