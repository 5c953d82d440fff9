"""Pictures of forecasts and backtests, as a page has them, for notebooks and files."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from gatecast._types import InputError
from gatecast.data import long_frame, read, to_pandas
from gatecast.evaluation import Backtest
from gatecast.reporting._backtest_facts import in_pandas
from gatecast.reporting._forecast_figure import drawn
from gatecast.reporting.charts import BACKTEST_FIGURES, Figure, observed


def plot(
    found: Any,
    forecast: Any = None,
    *,
    kind: str = "windows",
    ids: Collection[Any] | None = None,
    id_col: str | None = "unique_id",
    time_col: str = "ds",
    target_col: str | Sequence[str] = "y",
) -> Figure:
    """Draw rows and their forecast, rows alone, or what a backtest found.

    Args:
        found: a frame of rows, as `fit` takes it; or what `backtest` returned.
        forecast: of these rows, as `predict` returned it.
        kind: which picture of a backtest: "windows", the forecasts from each cutoff beside what
            then happened; "scores"; "by_horizon", the errors of each step ahead; "residuals";
            "coverage" of the intervals.
        ids: of the series to draw; the first four, or those with the largest errors, if None.
        id_col: the column that names the series, in both frames.
        time_col: the column of times, in both frames.
        target_col: the column of values.

    Returns:
        A figure, which a notebook shows without asking another host for anything.
        `figure.save("a.png")` writes it, and `figure.chart` is the Altair chart.

    Raises:
        InputError: if there is nothing to draw, or no such series or picture.
    """
    if isinstance(found, Backtest):
        if forecast is not None:
            raise InputError("a backtest has its own forecasts: leave out forecast")
        return _of_backtest(in_pandas(found), kind, ids, str(target_col))
    targets = [target_col] if isinstance(target_col, str) else list(target_col)
    past = pd.concat([_rows(found, id_col, time_col, name) for name in targets])
    names = {id_col or "unique_id": "unique_id", time_col: "ds"}
    ahead = None if forecast is None else to_pandas(forecast).rename(columns=names)
    figure = (
        observed(_of(past, ids), targets[0])
        if ahead is None
        else drawn(_of(ahead.assign(unique_id=ahead["unique_id"].astype(str)), ids), past, targets)
    )
    return _there(figure)


def _of_backtest(found: Backtest, kind: str, ids: Collection[Any] | None, label: str) -> Figure:
    if kind not in BACKTEST_FIGURES:
        raise InputError(f"kind is {kind!r}; choose from {', '.join(BACKTEST_FIGURES)}")
    if ids is not None:
        forecasts, by_series = _of(found.forecasts, ids), _of(found.by_series, ids)
        found = replace(found, forecasts=forecasts, by_series=by_series)
    return _there(BACKTEST_FIGURES[kind](found, label))


def _rows(df: Any, id_col: str | None, time_col: str, target: str) -> pd.DataFrame:
    """`unique_id`, `ds`, `target` and `y`, in the types that forecasts have."""
    frame = long_frame(df, time_col, target)
    given = id_col if id_col in frame else None
    rows = read(frame, id_col=given, time_col=time_col, target_col=target)
    if isinstance(rows["ds"].dtype, pd.DatetimeTZDtype):
        rows["ds"] = rows["ds"].dt.tz_convert("UTC").dt.tz_localize(None)
    return rows[["unique_id", "ds", "y"]].assign(target=target)


def _of(frame: pd.DataFrame, ids: Collection[Any] | None) -> pd.DataFrame:
    """The rows of some series, in the order in which they are named."""
    if ids is None:
        return frame
    wanted = [str(each) for each in ([ids] if isinstance(ids, str) else ids)]
    own = frame["unique_id"].astype(str)
    for each in wanted:
        if each not in set(own):
            raise InputError(f"there is no series {each!r} to draw")
    return pd.concat([frame[own == each] for each in wanted])


def _there(figure: Figure | None) -> Figure:
    if figure is None:
        raise InputError("there is nothing to draw")
    return figure
