"""What an answer may look like: the one place that turns typed words into a value or a command.

In: a typed line or key and the question it was typed at. Out: a `Value`, a `Command`, or None where it is neither; what
to say then; and the words of a value. Left alone: the screen. Plain lines and the terminal read through here alike.

A line is read as it stands or not at all: where two options fit, or none, the question is asked again.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from screen.case.evidence import Credibility, RecordedAnswer
from screen.interview.view import CREDIBILITY_LABELS, NONE_ENTRY, QuestionView, clip, entries
from screen.rulebook.answers import UNKNOWN, InvalidAnswer, parse_answer
from screen.rulebook.terms import Value
from screen.text import sanitize_line


class PromptCommand(Enum):
    """What can be typed instead of an answer. The value is its word; its letter stands below."""

    BACK = "back"
    HELP = "help"
    WHY = "why"
    REVIEW = "review"
    NOTE = "note"
    MORE = "more"
    QUIT = "quit"


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
    **{one.value: one for one in PromptCommand},
}
_YES_NO = {"y": "yes", "n": "no", "u": UNKNOWN}
#: Every word that can be typed whole where its first letter alone may do something.
KEYWORDS = ("yes", "no", UNKNOWN, NONE_ENTRY, *(one.value for one in PromptCommand))

# ── the Korean keyboard ─────────────────────────────────────────────────────────────────────────────────────────────

# The key of each letter on the two-set layout, in the order of Unicode: first consonants, vowels, last consonants.
_FIRST = "r R s e E f a q Q t T d w W c z x v g"
_VOWEL = "k o i O j p u P h hk ho hl y n nj np nl b m ml l"
_LAST = "r R rt s sw sg e f fr fa fq ft fx fv fg a q qt t T d w c z x v g"
_KEYS = {
    chr(start + place): key
    for start, keys in ((0x1100, _FIRST), (0x1161, _VOWEL), (0x11A8, _LAST))
    for place, key in enumerate(keys.split())
}


def latin_keys(text: str) -> str | None:
    """Return the Latin letters on the keys that typed this Hangul, capitals for shifted ones; None where it has none.

    A letter arrives as a compatibility, halfwidth or conjoining code point or within a syllable: NFKD makes all of them
    the same.
    """
    apart = unicodedata.normalize("NFKD", text)
    if not any(char in _KEYS for char in apart):
        return None
    return "".join(_KEYS.get(char, char) for char in apart)


# Written as keys, so that a word that arrives in loose letters is the same word.
_KOREAN = {
    latin_keys(word): answer
    for words, answer in (("예 네", "yes"), ("아니오 아니요 아뇨", "no"), ("모름 몰라", UNKNOWN), ("없음", NONE_ENTRY))
    for word in words.split()
}

_FULLWIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: " ", ord("、"): ",", ord("’"): "'"}


def fold(text: str) -> str:
    """Return the text for comparing: no case, accents, fullwidth forms or doubled spaces; Hangul stays Hangul."""
    apart = unicodedata.normalize("NFD", text.translate(_FULLWIDTH))
    bare = "".join(char for char in apart if unicodedata.category(char) != "Mn")
    return " ".join(unicodedata.normalize("NFC", bare).casefold().split())


def _readings(typed: str) -> list[str]:
    """Return the line as it stands and, where it is Hangul, as the Latin keys that were meant."""
    keys = latin_keys(typed)
    return [fold(typed)] if keys is None else [fold(typed), fold(keys)]


# ── reading ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def parse_input(typed: str, view: QuestionView) -> Value | PromptCommand | None:
    """Return the answer or the command that a typed line is, or None where it is neither or could be two things."""
    command = parse_command(typed)
    if command is not None:
        return command
    for raw in _raw(typed, _readings(typed), view):
        value = parse_answer(view.fact, raw, dict(view.options))
        if not isinstance(value, InvalidAnswer):
            return value
    return None


def value_from_entries(names: tuple[str, ...], view: QuestionView) -> Value:
    """Return the answer that entries chosen from a list give, by their names."""
    raw = _listed(names, view) if view.fact.type == "many" else names[0]
    value = parse_answer(view.fact, raw, dict(view.options))
    assert not isinstance(value, InvalidAnswer), value
    return value


def parse_command(typed: str) -> PromptCommand | None:
    """Return the command of this letter or word, on either layout."""
    return next((_COMMANDS[words] for words in _readings(typed) if words in _COMMANDS), None)


def parse_key(key: str, view: QuestionView) -> str | None:
    """Return the entry that one key names without Enter: y, n and u at a yes/no question, u where one is chosen."""
    named = next((_YES_NO[words] for words in _readings(key) if words in _YES_NO), None)
    return named if view.fact.type == "yes_no" or named == UNKNOWN else None


def _raw(typed: str, readings: list[str], view: QuestionView) -> list[object]:
    """Return the line as a case file would write the answer: no item where it cannot be read, never more than one."""
    korean, kind = _KOREAN.get(latin_keys(typed.strip())), view.fact.type
    if korean == UNKNOWN or any(words in ("u", UNKNOWN) for words in readings):
        return [UNKNOWN]
    if kind == "yes_no" and korean in ("yes", "no"):
        return [korean]
    if kind == "many" and korean == NONE_ENTRY:
        readings = [NONE_ENTRY]
    found = [raw for words in readings if (raw := _one(words, typed, view)) is not None]
    return found if len(found) == 1 else []


def _one(words: str, typed: str, view: QuestionView) -> object:
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


def _forms(place: int, name: str, label: str, view: QuestionView) -> tuple[str, ...]:
    number = () if view.fact.type == "country" else (str(place),)
    return (*number, fold(name), fold(name.replace("_", " ")), fold(label))


def _entry(words: str, view: QuestionView) -> str | None:
    """Return the entry of this number, name or words, or the only one that begins so. One letter begins nothing."""
    forms = {name: _forms(place, name, label, view) for place, (name, label) in enumerate(entries(view), 1)}
    # Other names are taken whole: the beginning of one may be meant for a State that has none here.
    fits = {name for name, known in forms.items() if words in known or words in map(fold, view.synonyms.get(name, ()))}
    if not fits and len(words) > 1 and not words.isdigit():
        fits = {name for name, known in forms.items() if any(form.startswith(words) for form in known)}
    return fits.pop() if len(fits) == 1 else None


def _several(words: str, view: QuestionView) -> object:
    """Return the answer that a line of several names gives; None where it can be read in no way or in two."""
    ways = {_set_named(words.split(","), view), _set_named([words], view), _set_named(words.split(), view)} - {None}
    named = ways.pop() if len(ways) == 1 else None
    # None of them and one of them: which was meant is not ours to say.
    return _listed(named, view) if named and (len(named) == 1 or not {NONE_ENTRY, UNKNOWN} & set(named)) else None


def _listed(named: tuple[str, ...], view: QuestionView) -> object:
    if named == (UNKNOWN,):
        return UNKNOWN
    return [] if named == (NONE_ENTRY,) and NONE_ENTRY not in dict(view.options) else list(named)


def _set_named(items: list[str], view: QuestionView) -> tuple[str, ...] | None:
    named = [_entry(item.strip(), view) for item in items]
    found = sorted(name for name in named if name is not None)
    # The same one twice may be a slip for another.
    return tuple(found) if len(found) == len(items) == len(set(found)) else None


# ── what is said ────────────────────────────────────────────────────────────────────────────────────────────────────


def similar_entries(typed: str, view: QuestionView, most: int = 8) -> tuple[str, ...]:
    """Return the entries that a line could have meant, as they can be typed."""
    shown = [
        (fold(label), f"{label} ({name})" if view.fact.type == "country" else f"{place}. {label}")
        for place, (name, label) in enumerate(entries(view), 1)
    ]
    for words in _readings(typed):
        if len(words) < 2:
            continue
        named = [
            place
            for place, (name, _) in enumerate(entries(view))
            if any(
                other.startswith(words) or words.startswith(other) for other in map(fold, view.synonyms.get(name, ()))
            )
        ]
        known = [label for label, _ in shown]
        begins = [place for place, label in enumerate(known) if label.startswith(words)]
        holds = [place for place, label in enumerate(known) if words in label and place not in begins]
        alike = [known.index(label) for label in difflib.get_close_matches(words, known, 3)]
        if found := tuple(dict.fromkeys(named + begins + holds)) or alike:
            return tuple(sanitize_line(shown[place][1]) for place in found[:most])
    return ()


def expected_for_type(kind: str) -> str:
    """Return what a question of this type takes, in words."""
    return {
        "yes_no": "y yes, n no, u unknown",
        "choice": "number or words of one, u unknown",
        "level": "number or words of one, u unknown",
        "many": "numbers or names with commas, none, u unknown",
        "number": "a number such as 3 or 2.5, u unknown",
        "date": "a day as 2022-06-28, u unknown",
        "country": "two-letter code or name of a country, u unknown",
        "text": "your words, u unknown",
    }[kind]


def expected_input(view: QuestionView) -> str:
    """Return what a question takes, in words; where unknown is an entry of its own, its words."""
    words = f"{view.fact.bounds}, u unknown" if view.fact.bounds else expected_for_type(view.fact.type)
    return words.replace("u unknown", "u passes") if UNKNOWN in dict(view.options) else words


def unreadable_message(typed: str, view: QuestionView) -> str:
    """Return what to say of a line that could not be read: what came, what could be meant, what is wanted."""
    wanting = f"Type {expected_input(view)}."
    if not typed.strip():
        return f"Nothing was typed. {wanting}"
    found = similar_entries(typed, view) if view.fact.type in ("choice", "level", "country", "many") else ()
    said = f'"{clip(typed, 40)}" is not an answer here.'
    return f"{said} Near: {'; '.join(found)}. {wanting}" if found else f"{said} {wanting}"


# ── what is said with an answer ─────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class AnswerContext:
    """What the caseworker set for the answer that follows: None leaves it as it was, empty takes it away."""

    note: str | None = None
    source: str | None = None
    credibility: Credibility | None = None

    def __bool__(self) -> bool:
        return self != AnswerContext()


def record_answer(value: Value, before: RecordedAnswer | None, said: AnswerContext) -> RecordedAnswer:
    """Return the answer as it is kept.

    Note, source and date of the answer before stay with a changed one, for words are not thrown away unasked. Its
    credibility does not: somebody judged that answer, and nobody this one.
    """
    before = before or RecordedAnswer(value)
    judged = before.credibility if before.value == value else Credibility.NOT_ASSESSED
    return RecordedAnswer(
        value,
        judged if said.credibility is None else said.credibility,
        (before.source if said.source is None else said.source) or None,
        (before.note if said.note is None else said.note) or None,
        before.date,
    )


def parse_credibility(typed: str) -> Credibility | None:
    """Return the credibility of this number, or the only one whose words begin so; None where there is no such one."""
    found: set[Credibility] = set()
    for words in _readings(typed):
        found |= {one for place, one in enumerate(CREDIBILITY_LABELS, 1) if words == str(place)}
        found |= {one for one, label in CREDIBILITY_LABELS.items() if words and label.startswith(words)}
    return found.pop() if len(found) == 1 else None


def number_lines(labels: Iterable[str]) -> list[str]:
    """Return labels as numbered lines, safe to show."""
    return [f"  {place}. {sanitize_line(label)}" for place, label in enumerate(labels, 1)]
