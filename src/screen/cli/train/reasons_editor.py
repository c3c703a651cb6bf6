"""Written reasons: the draft that a trainee edits, kept for the next time."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

import typer

from screen import files
from screen.cli import console
from screen.cli.train.progress_store import is_replaceable_file, make_private_folder
from screen.regular_files import read_utf8


def edit_reasons(folder: Path, name: str, template: str) -> str:
    """Return what a trainee writes in the editor. The draft stays, and opens again the next time.

    Raises a usage error where there is no editor.
    """
    drafts = folder / "drafts"
    make_private_folder(folder)
    make_private_folder(drafts)
    draft = drafts / f"{name}.md"
    if not is_replaceable_file(draft):  # an editor would write through a link
        files.create(draft, template.encode(), console.info)
    command = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    try:
        editor = shlex.split(command) or ["vi"]
    except ValueError:
        editor = [command]
    if os.spawnvp(os.P_WAIT, editor[0], [*editor, str(draft)]) != 0:
        message = f'The editor "{editor[0]}" failed; the draft is in {draft}.'
        raise typer.BadParameter(f"{message} Set EDITOR, or give --text FILE.", param_hint="--way")
    return read_utf8(draft)
