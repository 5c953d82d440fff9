"""Files that commands write, whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from gatecast._types import InputError


def refuse_unwritable_file(out: Path | None, option: str) -> None:
    """Raise before any work is done if a file could not be written in the end."""
    if out is None:
        return
    if out.is_dir():
        raise InputError(f"{out} is a folder: give {option} a file")
    if not out.absolute().parent.is_dir():
        raise InputError(f"{out} cannot be written: the folder {out.parent} does not exist")
    if not os.access(out.absolute().parent, os.W_OK):
        raise InputError(f"{out} may not be written to: give {option} another place")


def refuse_unwritable_folder(out: Path) -> None:
    """Raise before any work is done if files could not be written into a folder in the end."""
    place = next(each for each in (out.absolute(), *out.absolute().parents) if each.exists())
    if not place.is_dir():
        raise InputError(f"{place} is a file: give --out a folder")
    if not os.access(place, os.W_OK):
        raise InputError(f"{place} may not be written to: give --out another folder")


def write_file(out: Path, write: Callable[[Path], object]) -> None:
    """Let a function write a file; the file appears whole or not at all."""
    staged = out.with_name(f".{out.name}.partial")
    try:
        write(staged)
        staged.replace(out)
    except OSError as error:
        raise InputError(f"{out}: cannot be written: {error.strerror or error}") from None
    finally:
        staged.unlink(missing_ok=True)
