"""The rows to forecast, with what is known of them in advance."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from gatecast._types import IRREGULAR, InputError, Panel, check_whole
from gatecast.data._words import show_some
from gatecast.data.calendar import future_ds, median_step
from gatecast.data.panel._append import joined
from gatecast.data.panel._categories import same_categories
from gatecast.data.panel._future import Ends, nothing_announced, read_announced

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from gatecast._types import Floats


def extend(
    panel: Panel,
    h: int,
    futr_df: Any = None,
    *,
    futr_exog: Sequence[str] = (),
    id_col: str | None = "unique_id",
    time_col: str = "ds",
    step: np.timedelta64 | int | None = None,
) -> Panel:
    """The panel with `h` future rows after the last of each series, their `y` NaN.

    Args:
        panel: the series.
        h: number of steps.
        futr_df: a pandas, polars or pyarrow frame with the id, the time and the columns known in
            advance; other rows and columns are ignored. Irregular series take its first `h` times
            after their last one.
        futr_exog: the exogenous columns known in advance; others are NaN in future rows.
        id_col: the column of `futr_df` that tells the series apart; as in `to_panel`.
        time_col: its timestamps, dates or integers.
        step: the time between irregular rows without `futr_df`; the median step if None.

    Raises:
        InputError: naming the first series and time without a known value, or a series with too
            few times.
    """
    check_whole("h", h, 1)
    _require_columns(panel, futr_exog)
    irregular, count = panel.freq == IRREGULAR, len(panel.targets)
    last = panel.ds[panel.offsets[1:] - 1]
    ends = Ends(panel.ids[::count], last[::count], panel.freq)
    announced = None
    if futr_df is not None and (futr_exog or irregular):
        announced = read_announced(
            futr_df, ends, futr_exog, id_col, time_col, categorical=panel.categories
        )
    if announced is not None and irregular:
        ds = announced.next_times(h)
    else:
        step = median_step(panel) if irregular and step is None else step
        ds = future_ds(ends.last, panel.freq, h, step)
    if futr_exog and announced is None:
        raise nothing_announced(ends, ds, futr_exog)
    if announced is None:
        return _with_future(panel, ds, {}, {})
    return _with_future(panel, ds, announced.at(ds), announced.categories)


def _require_columns(panel: Panel, futr_exog: Sequence[str]) -> None:
    unknown = [name for name in futr_exog if name not in panel.exog]
    if unknown:
        there = show_some(list(panel.exog)) or "none"
        raise InputError(
            f"futr_exog names {show_some(unknown)}, but the exogenous columns are {there}"
        )


def _with_future(
    panel: Panel,
    ds: NDArray[Any],
    known: Mapping[str, Floats],
    categories: Mapping[str, tuple[str, ...]],
) -> Panel:
    """The panel with rows at times and with values of [ids, h], and the categories of these."""
    count, h = len(panel.targets), ds.shape[1]
    unknown = np.full(ds.size * count, np.nan)

    def for_targets(values: NDArray[Any]) -> NDArray[Any]:
        return np.repeat(values, count, axis=0).reshape(-1)

    future = replace(
        panel,
        ds=for_targets(ds),
        y=unknown,
        offsets=h * np.arange(len(panel.ids) + 1),
        exog={name: for_targets(known[name]) if name in known else unknown for name in panel.exog},
        categories={**panel.categories, **categories},
    )
    panel, future = same_categories(panel, future)
    every = np.arange(len(panel.ids))
    return joined(panel, future, every, skipped=np.zeros_like(every))
