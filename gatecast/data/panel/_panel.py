"""Frames to panels and back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gatecast._types import IRREGULAR, Freq, InputError, Panel
from gatecast.data._frames import long_frame
from gatecast.data.calendar import infer_freq
from gatecast.data.panel._checks import refuse_huge, warn_about_constants, warn_about_gaps
from gatecast.data.panel._grid import on_calendar
from gatecast.data.panel._static import static_columns
from gatecast.data.reading import (
    DATA_FRAME,
    Rows,
    Table,
    check_frame,
    present_id,
    read_columns,
    read_exogenous,
    read_keys,
    require_values,
    sort_rows,
    with_values,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from numpy.typing import NDArray


def to_panel(
    df: Any,
    *,
    id_col: str | None = "unique_id",
    time_col: str = "ds",
    target_col: str | Sequence[str] = "y",
    freq: Freq | None = None,
    exog: Sequence[str] = (),
    static_df: Any = None,
    categorical: Collection[str] | None = None,
) -> Panel:
    """Put every series on its regular calendar, or keep irregular rows at their times.

    Rows are sorted; steps without a row, or without a value, between the first and the last value
    of a series become NaN; rows before the first value and after the last are left out, also where
    exogenous values are known (those of future rows belong to `extend`). Timestamps with a time
    zone become UTC, or, where a step is a day or more, keep their local time of day. Each of these
    is told in an `InputWarning`, except leaving out the ends; so are constant series and series
    without any value, which are left out.

    Args:
        df: a pandas, polars or pyarrow frame with one row per series and time; or a pandas Series
            with times as index.
        id_col: the column that tells the series apart; None for a single series, which is then
            called "series". So is one without a column `unique_id`.
        time_col: timestamps, dates or integers.
        target_col: the values; several columns become series side by side, of the same rows.
        freq: a pandas offset alias, an integer step, or `IRREGULAR` for no calendar; None infers.
        exog: columns of numbers, truth values or categories (text) beside the target.
        static_df: what does not change in time: a frame with one row per series, its id column
            named as in `df`. Numbers stay numbers, anything else becomes text.
        categorical: which of `exog` hold categories; None to tell by their values.

    Raises:
        InputError: if a value cannot be used or is beyond 1e100, a series has a time twice or no
            static values, or the times do not lie on the calendar.
    """
    targets, exog = _names(target_col), _names(exog)
    if not targets:
        raise InputError("target_col names no column; give at least one")
    frame = long_frame(df, time_col, targets[0])
    id_col = present_id(frame, id_col)
    check_frame(frame, (id_col, time_col, *targets, *exog), DATA_FRAME.name)
    unique_id, times = read_keys(frame, id_col, time_col, DATA_FRAME)
    rows = Rows(DATA_FRAME, unique_id, times)
    y = read_columns(frame, targets, rows)
    require_values(y, targets, DATA_FRAME)
    beside = read_exogenous(frame, exog, rows, categorical)
    table = sort_rows(unique_id, times, y, beside.values, freq)
    freq = infer_freq(table.ds, table.series) if freq is None else freq
    freq = int(freq) if isinstance(freq, np.integer) else freq
    table = with_values(table, freq)
    table = table if freq == IRREGULAR else on_calendar(table, freq)
    static = static_columns(static_df, table.ids, id_col or "unique_id")
    panel = _side_by_side(table, targets, exog, static, freq)
    panel = replace(panel, categories=beside.categories)
    refuse_huge(panel)
    warn_about_gaps(panel)
    warn_about_constants(panel)
    return panel


def to_frame(panel: Panel) -> pd.DataFrame:
    """The rows of a panel as `unique_id`, `ds`, `y`, gaps included with `y` NaN.

    Several targets have a column each, of their own name, instead of `y`.
    """
    count = len(panel.targets)
    names = panel.targets if count > 1 else ("y",)
    rows = [panel.series_of_row % count == target for target in range(count)]
    ids = np.repeat(panel.ids, panel.lengths)[rows[0]]
    values = {name: panel.y[chosen] for name, chosen in zip(names, rows, strict=True)}
    return pd.DataFrame({"unique_id": ids, "ds": panel.ds[rows[0]], **values})


def _names(columns: str | Sequence[str]) -> tuple[str, ...]:
    return (columns,) if isinstance(columns, str) else tuple(columns)


def _side_by_side(
    table: Table,
    targets: tuple[str, ...],
    exog: tuple[str, ...],
    static: Mapping[str, NDArray[Any]],
    freq: Freq,
) -> Panel:
    """The panel in which each id has one series per target, all of the same rows."""
    count, starts = len(targets), table.starts
    lengths = np.repeat(np.diff(starts), count)
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    series = np.repeat(np.arange(len(lengths)), lengths)
    row = np.arange(offsets[-1]) - offsets[series] + starts[series // count]
    return Panel(
        ids=np.repeat(table.ids, count),
        ds=table.ds[row],
        y=table.y[series % count, row],
        offsets=offsets,
        freq=freq,
        exog={name: values[row] for name, values in zip(exog, table.exog, strict=True)},
        static={name: np.repeat(values, count) for name, values in static.items()},
        targets=targets,
    )
