"""Pasted text as one piece, where the terminal does not say that it was pasted.

In: keys as prompt_toolkit reads them. Out: the same, many plain ones that came at once as one paste, as a terminal that
brackets pastes sends it. Key by key, twenty kilobytes took half a minute, and each line end among them was an Enter.
"""

from __future__ import annotations

import select
from collections.abc import Iterator
from itertools import groupby

from prompt_toolkit.input.vt100 import Vt100Input
from prompt_toolkit.key_binding import KeyPress
from prompt_toolkit.keys import Keys

from screen.cli.prompt.tty import PAUSE_SECONDS, shutting_down

_MANY = 32  # keys at once: more than anybody types while a question is drawn
_FLOOD = 256  # keys at once: more than any hand holds down; arrows among them are pasted too, and move nothing
_LINE_ENDS = (Keys.ControlM, Keys.ControlJ)
_BREAKS = (Keys.ControlC, Keys.ControlD)


class PastedInput(Vt100Input):
    """A terminal whose pastes are told from typing by how they come."""

    def read_keys(self) -> list[KeyPress]:
        """Return the keys that are there, a paste as one of them."""
        keys = super().read_keys()
        if len(keys) >= _MANY:
            while select.select([self.fileno()], [], [], PAUSE_SECONDS)[0] and (more := super().read_keys()):
                keys += more
        if shutting_down.is_set():
            return []  # the question that they were pressed at is being taken down
        return list(_gathered(_without_moves(keys) if len(keys) >= _FLOOD else keys))


def _without_moves(keys: list[KeyPress]) -> list[KeyPress]:
    """Return what a flood of keys says: its text as it stands, and the keys that break off."""
    said: list[KeyPress] = []
    for key in keys:
        if key.key == Keys.BracketedPaste:
            said += (KeyPress(letter, letter) for letter in key.data)
        elif _is_plain(key) or key.key in _BREAKS:
            said.append(key)
    return said


def _gathered(keys: list[KeyPress]) -> Iterator[KeyPress]:
    for plain, run in groupby(keys, _is_plain):
        pressed = list(run)
        if plain and len(pressed) >= _MANY:
            # An Enter at its end is left out too: nobody has seen yet what it would accept.
            yield KeyPress(Keys.BracketedPaste, "".join(key.data for key in pressed).rstrip("\r\n"))
        else:
            yield from pressed


def _is_plain(press: KeyPress) -> bool:
    return press.key in _LINE_ENDS or press.key == Keys.ControlI or not isinstance(press.key, Keys)
