"""Typed text made comparable: case, accents, full-width forms, and Latin keys pressed on the Korean layout."""

from __future__ import annotations

import unicodedata

# The key of each letter on the two-set layout, in the order of Unicode: first consonants, vowels, last consonants.
_FIRST = "r R s e E f a q Q t T d w W c z x v g"
_VOWEL = "k o i O j p u P h hk ho hl y n nj np nl b m ml l"
_LAST = "r R rt s sw sg e f fr fa fq ft fx fv fg a q qt t T d w c z x v g"
_KEYS = {
    chr(start + offset): key
    for start, keys in ((0x1100, _FIRST), (0x1161, _VOWEL), (0x11A8, _LAST))
    for offset, key in enumerate(keys.split())
}
_FULLWIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: " ", ord("、"): ",", ord("’"): "'"}


def latin_keys(text: str) -> str | None:
    """Return the Latin letters on the keys that typed this Hangul, capitals for shifted ones; None if it has none.

    A letter arrives as a compatibility, halfwidth or conjoining code point or within a syllable: NFKD makes all of them
    the same.
    """
    decomposed = unicodedata.normalize("NFKD", text)
    if not any(char in _KEYS for char in decomposed):
        return None
    return "".join(_KEYS.get(char, char) for char in decomposed)


def fold(text: str) -> str:
    """Return the text for comparing: no case, accents, full-width forms or doubled spaces; Hangul stays Hangul."""
    decomposed = unicodedata.normalize("NFD", text.translate(_FULLWIDTH))
    without_accents = "".join(char for char in decomposed if unicodedata.category(char) != "Mn")
    return " ".join(unicodedata.normalize("NFC", without_accents).casefold().split())


def fold_key(key: str) -> str:
    """Return the letter of one key, whichever layout is on."""
    return fold(latin_keys(key) or key)


def readings(typed: str) -> list[str]:
    """Return the line as it stands and, if it is Hangul, as the Latin keys that were pressed."""
    keys = latin_keys(typed)
    return [fold(typed)] if keys is None else [fold(typed), fold(keys)]
