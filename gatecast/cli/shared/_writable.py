"""Whether what a command is to write can be written, told before it works for long."""

from __future__ import annotations

import os
from pathlib import Path

from gatecast._types import InputError


def refuse_unwritable_file(out: Path | None, option: str) -> None:
    """Raise before any work is done if a file could not be written in the end."""
    if out is None:
        return
    if out.is_dir():
        raise InputError(f"{out} is a folder: give {option} a file")
    if out.exists() and not out.is_file():
        # Such as a pipe or /dev/null: written to as it is.
        return
    written = Path(os.path.realpath(out))
    if not written.parent.is_dir():
        raise InputError(f"{out} cannot be written: the folder {written.parent} does not exist")
    if not os.access(written.parent, os.W_OK):
        raise InputError(f"{out} may not be written to: give {option} another place")


def refuse_unwritable_folder(out: Path) -> None:
    """Raise before any work is done if files could not be written into a folder in the end."""
    place = next(each for each in (out.absolute(), *out.absolute().parents) if each.exists())
    if not place.is_dir():
        raise InputError(f"{place} is a file: give --out a folder")
    if not os.access(place, os.W_OK):
        raise InputError(f"{place} may not be written to: give --out another folder")
