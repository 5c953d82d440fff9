"""Columns that do not change in time: one row per series."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from pandas.api.types import is_any_real_numeric_dtype

from gatecast._types import InputError
from gatecast.data._frames import to_pandas
from gatecast.data._words import show_name, show_some
from gatecast.data.reading import (
    NumberedRows,
    Rows,
    Selected,
    check_frame,
    is_number,
    read_ids,
    read_numbers,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gatecast._types import Integers

_ORIGIN = NumberedRows("static_df", first=0)


def static_columns(static_df: Any, ids: NDArray[Any], id_col: str) -> dict[str, NDArray[Any]]:
    """The static columns in the order of the series.

    Args:
        static_df: a pandas, polars or pyarrow frame with one row per series; others are ignored;
            None for no columns.
        ids: [series] the series.
        id_col: the column that names the series.

    Returns:
        Column -> [series] float64, or text where it holds no numbers.

    Raises:
        InputError: naming a series without a row, with two, or with a missing value.
    """
    if static_df is None:
        return {}
    frame = to_pandas(static_df)
    check_frame(frame, [id_col], _ORIGIN.name)
    unique_id = read_ids(frame[id_col], Rows(_ORIGIN))
    known = series_numbers(unique_id, ids)
    chosen = frame[known >= 0].assign(**{id_col: known[known >= 0]})
    twice = chosen[id_col].duplicated().to_numpy()
    if twice.any():
        row = int(twice.argmax())
        raise InputError(
            f"static_df has series {show_name(ids[chosen[id_col].iloc[row]])} twice; "
            "keep one row per series"
        )
    missing = ids[~pd.Index(range(len(ids))).isin(chosen[id_col])]
    if len(missing):
        raise InputError(
            f"static_df has no row for series {show_some(missing)}; add one row per series"
        )
    chosen = chosen.sort_values(id_col)
    rows = Rows(Selected(_ORIGIN, chosen.index.tolist()), pd.Series(ids))
    names = [name for name in chosen.columns if name != id_col]
    return {name: _values(chosen[name].reset_index(drop=True), rows) for name in names}


def _values(values: pd.Series, rows: Rows) -> NDArray[Any]:
    """Numbers as float64, anything else as text.

    Raises:
        InputError: at the first missing value.
    """
    rows.refuse(values.isna(), values, "is missing; every series needs a value")
    if is_number(values):
        return read_numbers(values, rows).to_numpy()
    return values.astype(str).to_numpy(dtype=object)


def series_numbers(unique_id: Any, ids: NDArray[Any]) -> Integers:
    """The number of the series that each id names, -1 if there is no such series.

    Numbers and their text are the same id, because a file gives one where a frame has the other.

    Args:
        unique_id: [rows] ids.
        ids: [series] the series, each once.
    """
    named, known = pd.Index(unique_id), pd.Index(ids)
    if is_any_real_numeric_dtype(named) != is_any_real_numeric_dtype(known):
        named, known = named.astype(str), known.astype(str)
    return np.asarray(known.get_indexer(named))
