"""Keys of a terminal, with pasted text as one piece even if the terminal does not mark it as pasted.

Many plain keys that come at once become one paste, as a terminal with bracketed paste sends it. Key by key, twenty
kilobytes took half a minute, and each line end among them was an Enter.
"""

from __future__ import annotations

import select
from collections.abc import Iterator
from itertools import groupby

from prompt_toolkit.input.vt100 import Vt100Input
from prompt_toolkit.key_binding import KeyPress
from prompt_toolkit.keys import Keys

from screen.cli.prompt.tty import PAUSE_SECONDS, shutting_down

_PASTE_SIZE = 32  # keys at once: more than anybody types while a question is drawn
_FLOOD_SIZE = 256  # keys at once: more than any hand holds down; arrows among them are pasted too, and move nothing
_LINE_ENDS = (Keys.ControlM, Keys.ControlJ)
_INTERRUPTS = (Keys.ControlC, Keys.ControlD)


class PastedInput(Vt100Input):
    """The input of a terminal, with pastes recognised by how fast they come."""

    def read_keys(self) -> list[KeyPress]:
        """Return the keys that are there, a paste as one of them."""
        keys = super().read_keys()
        if len(keys) >= _PASTE_SIZE:
            while select.select([self.fileno()], [], [], PAUSE_SECONDS)[0] and (more := super().read_keys()):
                keys += more
        if shutting_down.is_set():
            return []  # the question that they were pressed at is being taken down
        return list(_join_pastes(_drop_moves(keys) if len(keys) >= _FLOOD_SIZE else keys))


def _drop_moves(keys: list[KeyPress]) -> list[KeyPress]:
    """Return the text of a flood of keys, key by key, and the keys that interrupt."""
    kept: list[KeyPress] = []
    for key in keys:
        if key.key == Keys.BracketedPaste:
            kept += (KeyPress(char, char) for char in key.data)
        elif _is_plain(key) or key.key in _INTERRUPTS:
            kept.append(key)
    return kept


def _join_pastes(keys: list[KeyPress]) -> Iterator[KeyPress]:
    for plain, run in groupby(keys, _is_plain):
        run_of_keys = list(run)
        if plain and len(run_of_keys) >= _PASTE_SIZE:
            # An Enter at its end is left out too: nobody has seen yet what it would accept.
            yield KeyPress(Keys.BracketedPaste, "".join(key.data for key in run_of_keys).rstrip("\r\n"))
        else:
            yield from run_of_keys


def _is_plain(press: KeyPress) -> bool:
    return press.key in _LINE_ENDS or press.key == Keys.ControlI or not isinstance(press.key, Keys)
