"""Rows into files: those that are there are replaced, the others added."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd

from gatecast._files import write_file
from gatecast._lock import locked
from gatecast._types import InputError
from gatecast.data.databases import check_columns

_SECONDS_TO_WAIT = 600.0


def _read_csv(path: Path, rows: pd.DataFrame) -> pd.DataFrame:
    """The file, its columns of the types that those of the new rows have."""
    words = dict.fromkeys(rows.select_dtypes("object"), str)
    # A series may well be called NA.
    found = pd.read_csv(
        path, dtype=words, keep_default_na=False, na_values=[""], float_precision="round_trip"
    )
    for name in set(rows.select_dtypes(["datetime", "datetimetz"])) & set(found):
        found[name] = pd.to_datetime(found[name], format="ISO8601")
    return found


def _read_parquet(path: Path, _: pd.DataFrame) -> pd.DataFrame:
    return pd.read_parquet(path)


_READERS: Mapping[str, Callable[[Path, pd.DataFrame], pd.DataFrame]] = MappingProxyType(
    {".csv": _read_csv, ".parquet": _read_parquet}
)
_WRITERS: Mapping[str, Callable[[pd.DataFrame, Path], Any]] = MappingProxyType(
    {
        ".csv": lambda frame, file: frame.to_csv(file, index=False),
        ".parquet": lambda frame, file: frame.to_parquet(file, index=False),
    }
)
FILES = tuple(_WRITERS)


def write_merged(path: Path, rows: pd.DataFrame, keys: Sequence[str]) -> str:
    """Put rows into a file, which appears whole or stays as it was."""
    ending = path.suffix.lower()
    with locked(path, "lock", wait_seconds=_SECONDS_TO_WAIT):
        if path.exists():
            rows = _merged(_known(path, ending, rows), rows, keys, path)
        write_file(path, lambda file: _WRITERS[ending](rows, file))
    return str(path)


def write_folder(folder: Path, rows: pd.DataFrame, keys: Sequence[str], time_col: str) -> str:
    """Put rows into a file for each month, `2024-03.parquet`; whole numbers into `rows.parquet`.

    Of all files only those of these months are written, so that a folder may grow for years.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{folder}: cannot be written: {error.strerror}") from None
    times = rows[time_col]
    is_date = times.dtype.kind == "M"
    names = times.dt.strftime("%Y-%m") if is_date else pd.Series("rows", index=rows.index)
    for name, part in rows.groupby(names):
        write_merged(folder / f"{name}.parquet", part, keys)
    return str(folder)


def _known(path: Path, ending: str, rows: pd.DataFrame) -> pd.DataFrame:
    try:
        return _READERS[ending](path, rows)
    except (ValueError, OSError) as error:
        words = " ".join(str(error).split())
        raise InputError(f"{path} cannot be read, so nothing is added to it: {words}") from None


def _merged(
    known: pd.DataFrame, rows: pd.DataFrame, keys: Sequence[str], path: Path
) -> pd.DataFrame:
    """The known rows that are not replaced, and the new ones, in the order of their keys."""
    check_columns(list(map(str, known)), list(map(str, rows)), str(path))
    kept = known[~pd.MultiIndex.from_frame(known[keys]).isin(pd.MultiIndex.from_frame(rows[keys]))]
    both = pd.concat([kept, rows]) if len(kept) else rows.reindex(columns=known.columns)
    return both.sort_values(list(keys), ignore_index=True)
