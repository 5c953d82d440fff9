"""A frame into a table, by its keys."""

from __future__ import annotations

import os
from typing import Any

import pandas as pd

from gatecast._types import InputError
from gatecast.data._frames import to_pandas
from gatecast.data._words import show_name
from gatecast.data.databases import MODEL, Address, address_of, path_of, upsert
from gatecast.data.writing._files import FILES, write_folder, write_merged

_FURTHER_KEYS = ("target", MODEL, "cutoff", "path")
"""Columns that tell the rows of a series and time apart, where a frame has them."""


def write(
    frame: Any,
    target: str | os.PathLike[str],
    *,
    model: str | None = None,
    id_col: str = "unique_id",
    time_col: str = "ds",
) -> str:
    """Write forecasts, or other rows, into a table; writing them twice changes nothing.

    A row is known by its id and time, and by `target`, `model`, `cutoff` and `path` where the frame
    has such columns. One that is in the table already is replaced, the others are added. All is
    written or, if anything fails, nothing; into a folder, each file by itself.

    Args:
        frame: pandas, polars or Arrow frame, such as `predict` returns.
        target: a table of PostgreSQL, SQLite or DuckDB, as for `read`; without `?table=` that is
            `forecasts`, and a table that is missing is made. Or a `.csv` or `.parquet` file. Or a
            folder, whose name ends with a slash if it does not exist yet: of Parquet files, one for
            each month of the time.
        model: the name of the model, as a further column and key: so several share a table.
        id_col: the column that names the series.
        time_col: the column of times.

    Returns:
        The target in words, without a password.

    Raises:
        InputError: if the target cannot be written, has not all columns of the frame, or if the
            frame has no such columns, or a row twice.
    """
    check_target(target)
    rows = to_pandas(frame)
    if model is not None:
        rows = rows.assign(**{MODEL: model})
    keys = [id_col, time_col, *(name for name in _FURTHER_KEYS if name in rows)]
    _check_keys(rows, keys)
    address, path = _address(target), path_of(os.fspath(target))
    if address is not None:
        return upsert(address, rows, keys)
    if path.suffix.lower() in FILES:
        return write_merged(path, rows, keys)
    return write_folder(path, rows, keys, time_col)


def check_target(target: str | os.PathLike[str]) -> None:
    """Raise an `InputError` unless rows could be written to a target of this name."""
    name = os.fspath(target)
    path = path_of(name)
    is_file = path.suffix.lower() in FILES or path.is_dir() or name.endswith(("/", os.sep))
    if _address(target) is None and ("://" in name or not is_file):
        raise InputError(
            f"{name}: rows are written to a database, such as postgresql://user@host/name or "
            f"forecasts.db, to a {' or '.join(FILES)} file, or to a folder, which ends with a slash"
        )


def _address(target: str | os.PathLike[str]) -> Address | None:
    return address_of(os.fspath(target))


def _check_keys(rows: pd.DataFrame, keys: list[str]) -> None:
    for key in keys:
        if key not in rows:
            raise InputError(f"the rows to write have no column {show_name(key)}")
        if rows[key].isna().any():
            raise InputError(f"the rows to write have an empty value in column {show_name(key)}")
    repeated = rows.duplicated(keys)
    if repeated.any():
        first = ", ".join(str(value) for value in rows.loc[repeated, keys].iloc[0])
        raise InputError(f"the rows to write have ({first}) twice, of {', '.join(keys)}")
