"""Rows in: from files, globs, DuckDB queries and data frames."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

from gatecast.data._frames import to_pandas, unique_names
from gatecast.data.reading._columns import infer_columns
from gatecast.data.reading._duplicates import refuse_duplicates
from gatecast.data.reading._files import find_files
from gatecast.data.reading._load import Table, load_files, load_query
from gatecast.data.reading._origin import DATA_FRAME
from gatecast.data.reading._standard import standard
from gatecast.data.reading._values import typed_text

_QUERY = re.compile(r"\s*(SELECT|WITH|FROM)\s", re.IGNORECASE)


def read(
    source: Any,
    *,
    id_col: str | None = None,
    time_col: str | None = None,
    target_col: str | None = None,
    exog: Sequence[str] = (),
) -> pd.DataFrame:
    """Read time series from a file, a glob, a DuckDB query or a data frame.

    Columns that are not named are inferred, see `infer_columns`; `Columns.of` tells which were
    taken. In text files, rows without any value are left out, and commas between semicolons may
    be decimal.

    Args:
        source: a path or glob to CSV, TSV, Parquet, JSON or JSON lines (text also as `.gz`), a
            DuckDB query that starts with SELECT, WITH or FROM, or a pandas, polars or pyarrow
            frame.
        id_col: the column that tells the series apart.
        time_col: the column of dates, timestamps or whole numbers.
        target_col: the column to forecast.
        exog: exogenous columns, which are none of these.

    Returns:
        The rows in their order: `unique_id` (text), `ds` (timestamps or integers), `y` (float64,
        NaN where missing), then every other column.

    Raises:
        InputError: if the source cannot be used; the message names the file, line and value.
    """
    frame, origin, is_text = _load(source)
    columns = infer_columns(
        frame,
        id_col=id_col,
        time_col=time_col,
        target_col=target_col,
        exog=exog,
        where=origin.name,
    )
    rows = standard(frame, columns, origin)
    rows["unique_id"] = rows["unique_id"].astype(str)
    refuse_duplicates(rows, origin)
    extras = frame.drop(columns=columns.used)
    extras.columns = pd.Index(unique_names(extras.columns, taken=list(rows.columns)))
    result = pd.concat([rows, typed_text(extras) if is_text else extras], axis="columns")
    result.attrs["columns"] = asdict(columns)
    return result


def _load(source: Any) -> Table:
    """The raw table of any kind of source."""
    if isinstance(source, str) and _QUERY.match(source):
        return load_query(source)
    if isinstance(source, str | Path):
        return load_files(find_files(str(source)))
    return Table(to_pandas(source), DATA_FRAME)
