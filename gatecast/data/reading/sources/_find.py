"""The files that a path or glob means."""

from __future__ import annotations

import glob
from difflib import get_close_matches
from pathlib import Path

from gatecast._types import InputError
from gatecast.data.databases import path_of


def find_files(pattern: str) -> list[Path]:
    """The files that a path or glob means, in sorted order; of a folder, its Parquet files.

    Raises:
        InputError: if there is none, with the closest name in the folder.
    """
    if "://" in pattern:
        raise InputError(f"{pattern} is an address, not a file; download it and name the file")
    try:
        return _find(path_of(pattern))
    except (OSError, RuntimeError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{pattern[:80]!r} is no usable path: {error}") from None


def _find(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    if path.is_dir():
        found = sorted(file for file in path.rglob("*.parquet") if file.is_file())
        if not found:
            raise InputError(
                f"{path} is a folder without Parquet files; name a file or a glob such as "
                f"'{path}/*.csv'"
            )
        return found
    root = Path(path.anchor or ".")
    found = sorted(file for file in root.glob(str(path.relative_to(path.anchor))) if file.is_file())
    if not found:
        raise InputError(_not_found(path))
    return found


def folder_columns(path: Path, pattern: str) -> dict[str, str]:
    """The columns that folders called `key=value` stand for, within a folder or through a glob.

    Folders that the user named are only a place; those that a pattern matched tell files apart.

    Args:
        path: a file.
        pattern: what matched it; the path itself, if it is no glob.
    """
    named = path_of(pattern).parts
    fixed = next((at for at, name in enumerate(named) if name != path.parts[at]), len(named))
    pairs = (name.partition("=") for name in path.parts[fixed:-1])
    return {key: value for key, sign, value in pairs if key and sign}


def _not_found(path: Path) -> str:
    """That there is no such file, and which name comes closest."""
    if glob.has_magic(str(path)):
        return f"{path} was not found: no file matches"
    if not path.parent.is_dir():
        return f"{path} was not found: there is no folder {path.parent}"
    near = get_close_matches(path.name, [file.name for file in path.parent.iterdir()], n=1)
    hint = f"did you mean {path.parent / near[0]}?" if near else "check the spelling"
    return f"{path} was not found; {hint}"
