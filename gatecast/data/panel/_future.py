"""What is known of future rows: values announced in a frame of their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gatecast._types import Freq, InputError
from gatecast.data._frames import to_pandas
from gatecast.data._words import show_kind, show_name, show_some, show_time
from gatecast.data.calendar import daily_or_longer, without_zone
from gatecast.data.panel._static import series_numbers
from gatecast.data.reading import (
    NumberedRows,
    Rows,
    check_frame,
    present_id,
    read_exogenous,
    read_keys,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from numpy.typing import NDArray

    from gatecast._types import Floats, Integers

_ORIGIN = NumberedRows("futr_df", first=0)


@dataclass(frozen=True)
class Ends:
    """Where series end: [series] their ids and last times, and the calendar step."""

    ids: NDArray[Any]
    last: NDArray[Any]
    freq: Freq


@dataclass(frozen=True)
class Announced:
    """Rows after the last of their series, in order of series and time.

    Attributes:
        ends: where the series end.
        series: [rows] the number of the series.
        ds: [rows] times.
        values: column -> [rows] values, NaN where missing.
        categories: column of text -> its categories, as in `Panel`.
    """

    ends: Ends
    series: Integers
    ds: NDArray[Any]
    values: dict[str, Floats]
    categories: dict[str, tuple[str, ...]]

    def next_times(self, h: int) -> NDArray[Any]:
        """The first `h` times of each series, [series, h].

        Raises:
            InputError: naming a series that has fewer.
        """
        starts = np.searchsorted(self.series, np.arange(len(self.ends.ids) + 1))
        short = np.flatnonzero(np.diff(starts) < h)
        if len(short):
            first = short[0]
            others = f" ({len(short) - 1:,} more series have too few)" if len(short) > 1 else ""
            raise InputError(
                f"futr_df has {np.diff(starts)[first]:,} rows of series "
                f"{show_name(self.ends.ids[first])} after {show_time(self.ends.last[first])}, but "
                f"h={h} needs as many{others}"
            )
        return np.asarray(self.ds[starts[:-1, None] + np.arange(h)])

    def at(self, ds: NDArray[Any]) -> dict[str, Floats]:
        """The values at given times, [series, h], of each column.

        Raises:
            InputError: naming the first series, time and column without a value.
        """
        series = np.repeat(np.arange(len(ds)), ds.shape[1])
        wanted = pd.MultiIndex.from_arrays([series, ds.reshape(-1)])
        place = pd.MultiIndex.from_arrays([self.series, self.ds]).get_indexer(wanted)
        # A place of -1 takes the NaN appended behind the last row.
        found = {name: np.append(values, np.nan)[place] for name, values in self.values.items()}
        missing = {name: np.isnan(values) for name, values in found.items()}
        count = sum(int(absent.sum()) for absent in missing.values())
        if count:
            column = min(missing, key=lambda name: _first(missing[name]))
            row = _first(missing[column])
            raise InputError(
                f"futr_df has no value of {show_name(column)} for series "
                f"{show_name(self.ends.ids[series[row]])} at {show_time(ds.reshape(-1)[row])}"
                f" ({count:,} missing in all); every row to forecast needs one"
            )
        return {name: values.reshape(ds.shape) for name, values in found.items()}


def _first(chosen: NDArray[np.bool_]) -> int:
    return int(chosen.argmax()) if chosen.any() else len(chosen)


def read_announced(
    futr_df: Any,
    ends: Ends,
    columns: Sequence[str],
    id_col: str | None,
    time_col: str,
    categorical: Collection[str] = (),
) -> Announced:
    """The rows of a frame that come after the last of their series.

    Args:
        futr_df: the frame.
        ends: where the series end.
        columns: to read.
        id_col: as in `to_panel`.
        time_col: as in `to_panel`.
        categorical: which columns hold categories.

    Raises:
        InputError: if a column is missing, a value cannot be used, or a series has a time twice.
    """
    frame = to_pandas(futr_df)
    id_col = present_id(frame, id_col)
    check_frame(frame, (id_col, time_col, *columns), _ORIGIN.name)
    unique_id, times = read_keys(frame, id_col, time_col, _ORIGIN)
    found = read_exogenous(frame, columns, Rows(_ORIGIN, unique_id, times), categorical)
    ds = without_zone(times, daily=daily_or_longer(ends.freq))
    if show_kind(ds) != show_kind(ends.last):
        raise InputError(
            f"futr_df, column {show_name(time_col)} holds {show_kind(ds)}, but the times of the "
            f"series are {show_kind(ends.last)}"
        )
    series = series_numbers(unique_id, ends.ids)
    later = np.flatnonzero((series >= 0) & (ds > ends.last[series]))
    order = later[np.lexsort((ds[later], series[later]))]
    series, ds = series[order], ds[order]
    twice = (np.diff(series) == 0) & (ds[1:] == ds[:-1])
    if twice.any():
        row = int(twice.argmax())
        raise InputError(
            f"futr_df has series {show_name(ends.ids[series[row]])} at {show_time(ds[row])} "
            "twice; keep one row per series and time"
        )
    known = dict(zip(columns, found.values[:, order], strict=True))
    return Announced(ends, series, ds, known, found.categories)


def nothing_announced(ends: Ends, ds: NDArray[Any], columns: Sequence[str]) -> InputError:
    """That columns are needed at the times to forecast, [series, h], and no frame gives them."""
    ranges = show_some(
        range(len(ds)),
        lambda number: (
            f"{show_name(ends.ids[number])} from {show_time(ds[number, 0])} to "
            f"{show_time(ds[number, -1])}"
        ),
    )
    return InputError(
        f"futr_df is needed: a frame with the values of {show_some(columns, most=len(columns))} "
        f"for series {ranges}"
    )
