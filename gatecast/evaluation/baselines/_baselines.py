"""Naive and statistical forecasts of every series of a panel, on the same rows as the network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from gatecast._lazy import lazy
from gatecast._types import Floats, InputError, Integers, Panel
from gatecast._wording import MODEL_NAMES
from gatecast.evaluation.baselines import _statistical as statistical
from gatecast.evaluation.baselines._series import NAIVE, Series, filled_series, run

processing = lazy("utilsforecast.processing")

BASELINES = tuple(MODEL_NAMES)


@dataclass(frozen=True)
class BaselineForecasts:
    """What the baselines forecast.

    Attributes:
        forecasts: the key columns, then one column per baseline.
        seconds: baseline -> wall seconds to fit and forecast all series.
    """

    forecasts: pd.DataFrame
    seconds: dict[str, float]


def one_step(
    panel: Panel,
    train: Integers,
    names: Sequence[str] = BASELINES,
    season_length: int = 1,
    *,
    max_fit_rows: int = 500,
    max_series: int = 100,
) -> BaselineForecasts:
    """Forecast every row one step ahead.

    Parameters are estimated on training rows and then fixed while the observations roll in;
    training rows get the in-sample fits, NaN where there is none. A forecast sees gaps filled by
    the last observation before them. A series with fewer than two seasons of training rows is
    taken as non-seasonal.

    Args:
        panel: the series.
        train: [series] leading calendar rows of each series that are training rows.
        names: baselines, from `BASELINES`.
        season_length: calendar steps in a season; 1 for none.
        max_fit_rows: statistical models are fitted on at most this many of the latest training
            rows (but at least two seasons); earlier rows get no fit. AutoTheta and AutoCES, whose
            seasonal indices follow the data, look back as far from every later row.
        max_series: statistical models are fitted on at most this many series, spread evenly over
            the panel; a warning says so, and the others are NaN.

    Returns:
        `unique_id`, `ds`, then one column per name; one row per calendar row of the panel.

    Raises:
        InputError: a setting or `train` does not fit the panel.

    Warns:
        InputWarning: a model failed on some series (NaN there), or `max_series` applied.
    """
    _check(panel, train, names, season_length)
    series = list(filled_series(panel, train, season_length))
    forecast = partial(_one_step, max_fit_rows=max_fit_rows)
    table, seconds = run(names, series, forecast, (panel.lengths, 1), max_series)
    keys = pd.DataFrame({"unique_id": panel.ids[panel.series_of_row], "ds": panel.ds})
    return BaselineForecasts(keys.join(pd.DataFrame(table[:, :, 0], columns=list(names))), seconds)


def multi_step(
    panel: Panel,
    train: Integers,
    h: int,
    names: Sequence[str] = BASELINES,
    season_length: int = 1,
    level: Sequence[float] | None = None,
    *,
    max_fit_rows: int = 500,
    max_series: int = 100,
) -> BaselineForecasts:
    """Forecast the `h` steps that follow the training rows of each series.

    Args:
        panel: the series.
        train: [series] leading calendar rows of each series that are training rows.
        h: calendar steps to forecast; they may reach beyond the last row.
        names: baselines, from `BASELINES`.
        season_length: calendar steps in a season; 1 for none.
        level: coverage of prediction intervals in percent, as (80, 95).
        max_fit_rows: as in `one_step`.
        max_series: as in `one_step`.

    Returns:
        `unique_id`, `ds`, `cutoff` (the last training row), then per name one column, followed by
        its `{name}-lo-{level}` and `{name}-hi-{level}`; `h` rows per series.

    Raises:
        InputError: a setting or `train` does not fit the panel.

    Warns:
        InputWarning: as in `one_step`.
    """
    _check(panel, train, names, season_length)
    if h < 1:
        raise InputError(f"h is {h}; forecast at least one step")
    if wrong := [x for x in level or () if not 0 < x / 100 < 1]:
        raise InputError(f"level has {wrong[0]}; give percentages between 0 and 100, as 80")
    series = list(filled_series(panel, train, season_length))
    intervals = statistical.interval_names(level or ())
    forecast = partial(_multi_step, h=h, level=level or (), max_fit_rows=max_fit_rows)
    shape = (np.full(len(series), h), 1 + len(intervals))
    table, seconds = run(names, series, forecast, shape, max_series)
    columns = ["-".join(filter(None, (name, end))) for name in names for end in ("", *intervals)]
    values = pd.DataFrame(table.reshape(len(table), -1), columns=columns)
    return BaselineForecasts(_future(panel, train, h).join(values), seconds)


def _future(panel: Panel, train: Integers, h: int) -> pd.DataFrame:
    """The key columns of the `h` steps after the training rows."""
    cutoff = panel.ds[panel.offsets[:-1] + train - 1]
    steps = processing.time_ranges(pd.Index(cutoff), panel.freq, h + 1).to_numpy()
    return pd.DataFrame(
        {
            "unique_id": np.repeat(panel.ids, h),
            "ds": steps.reshape(-1, h + 1)[:, 1:].ravel(),
            "cutoff": np.repeat(cutoff, h),
        }
    )


def _check(panel: Panel, train: Integers, names: Sequence[str], season_length: int) -> None:
    if unknown := [name for name in names if name not in BASELINES]:
        raise InputError(f"unknown baseline {unknown[0]!r}; choose from {', '.join(BASELINES)}")
    if season_length < 1:
        raise InputError(f"season_length is {season_length}; use 1 for no season")
    if np.shape(train) != panel.lengths.shape:
        raise InputError(f"train has shape {np.shape(train)}; give one number per series")
    for wrong in np.flatnonzero((train < 1) | (train > panel.lengths)):
        raise InputError(
            f"series '{panel.ids[wrong]}' has {panel.lengths[wrong]} rows, but train asks for"
            f" {train[wrong]}; give at least 1 and at most all"
        )


def _longest(name: str, series: Series, max_fit_rows: int) -> int:
    """How many rows a model looks back at most."""
    if name in NAIVE:
        return len(series.history)
    return max(max_fit_rows, 2 * series.season_length)


def _fit_rows(series: Series, longest: int) -> Floats:
    """The latest training rows, from the first observation at the earliest."""
    latest = series.history[-longest:]
    observed = latest[~np.isnan(latest)]
    if len(observed) == 0:
        raise ValueError("its training rows have no observation")
    return observed


def _one_step(name: str, series: Series, max_fit_rows: int) -> Floats:
    """[rows, 1] in-sample fits, then rolling forecasts."""
    longest = _longest(name, series, max_fit_rows)
    fitted_on = _fit_rows(series, longest)
    model = statistical.fit(name, fitted_on, series.season_length)
    before = np.full(len(series.history) - len(fitted_on), np.nan)
    rolling = statistical.rolling(model, fitted_on, series.new, longest)
    parts = [before, statistical.in_sample(model), _finite(rolling)]
    return np.concatenate(parts)[:, np.newaxis]


def _multi_step(
    name: str, series: Series, h: int, level: Sequence[float], max_fit_rows: int
) -> Floats:
    """[h, 1 + 2 levels] forecasts from the end of training."""
    fitted_on = _fit_rows(series, _longest(name, series, max_fit_rows))
    model = statistical.fit(name, fitted_on, series.season_length)
    forecasts = statistical.ahead(model, h, level)
    _finite(forecasts[:, 0])
    return forecasts


def _finite(forecasts: Floats) -> Floats:
    if not np.isfinite(forecasts).all():
        raise ValueError("its forecasts are not finite")
    return forecasts
