"""Naive and statistical forecasts of every series of a panel, on the same rows as the network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from gatecast._lazy import lazy
from gatecast._types import Floats, InputError, Integers, Panel
from gatecast._wording import MODEL_NAMES
from gatecast.evaluation.baselines import _statistical as statistical
from gatecast.evaluation.baselines._series import (
    NAIVE,
    Forecast,
    Series,
    filled_series,
    run,
)

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
    return Baselines(panel, train, names, season_length, max_fit_rows, max_series).one_step()


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
    known = Baselines(panel, train, names, season_length, max_fit_rows, max_series)
    return known.multi_step(h, level)


@dataclass(frozen=True)
class Baselines:
    """Baselines on the training rows of a panel; each is fitted once, whatever it forecasts.

    Attributes and errors are the arguments and errors of `one_step`.
    """

    panel: Panel
    train: Integers
    names: Sequence[str] = BASELINES
    season_length: int = 1
    max_fit_rows: int = 500
    max_series: int = 100

    def __post_init__(self) -> None:
        _check(self.panel, self.train, self.names, self.season_length)

    def one_step(self) -> BaselineForecasts:
        """As the function of this name."""
        panel = self.panel
        table, seconds = self._run(self._rolled, (panel.lengths, 1))
        keys = pd.DataFrame({"unique_id": panel.ids[panel.series_of_row], "ds": panel.ds})
        values = pd.DataFrame(table[:, :, 0], columns=list(self.names))
        return BaselineForecasts(keys.join(values), seconds)

    def multi_step(self, h: int, level: Sequence[float] | None = None) -> BaselineForecasts:
        """As the function of this name."""
        if h < 1:
            raise InputError(f"h is {h}; forecast at least one step")
        if wrong := [x for x in level or () if not 0 < x / 100 < 1]:
            raise InputError(f"level has {wrong[0]}; give percentages between 0 and 100, as 80")
        ends = ("", *statistical.interval_names(level or ()))

        def ahead(name: str, series: Series) -> Floats:
            forecasts = statistical.ahead(self._fitted(name, series)[0], h, level or ())
            _finite(forecasts[:, 0])
            return forecasts

        table, seconds = self._run(ahead, (np.full(len(self.panel.ids), h), len(ends)))
        columns = ["-".join(filter(None, (name, end))) for name in self.names for end in ends]
        values = pd.DataFrame(table.reshape(len(table), -1), columns=columns)
        return BaselineForecasts(_future(self.panel, self.train, h).join(values), seconds)

    def _run(
        self, forecast: Forecast, shape: tuple[Integers, int]
    ) -> tuple[Floats, dict[str, float]]:
        return run(self.names, self._series, forecast, shape, self.max_series)

    def _rolled(self, name: str, series: Series) -> Floats:
        """[rows, 1] in-sample fits, then rolling forecasts."""
        model, fitted_on = self._fitted(name, series)
        before = np.full(len(series.history) - len(fitted_on), np.nan)
        rolling = statistical.rolling(model, fitted_on, series.new, self._longest(name, series))
        parts = [before, statistical.in_sample(model), _finite(rolling)]
        return np.concatenate(parts)[:, np.newaxis]

    def _fitted(self, name: str, series: Series) -> tuple[Any, Floats]:
        """The model of a series, and the rows that it was fitted on."""
        key = name, series.unique_id
        if key not in self._models:
            fitted_on = _fit_rows(series, self._longest(name, series))
            self._models[key] = statistical.fit(name, fitted_on, series.season_length), fitted_on
        return self._models[key]

    def _longest(self, name: str, series: Series) -> int:
        """How many rows a model looks back at most."""
        if name in NAIVE:
            return len(series.history)
        return max(self.max_fit_rows, 2 * series.season_length)

    @cached_property
    def _series(self) -> list[Series]:
        return list(filled_series(self.panel, self.train, self.season_length))

    @cached_property
    def _models(self) -> dict[tuple[str, Any], tuple[Any, Floats]]:
        return {}


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


def _fit_rows(series: Series, longest: int) -> Floats:
    """The latest training rows, from the first observation at the earliest."""
    latest = series.history[-longest:]
    observed = latest[~np.isnan(latest)]
    if len(observed) == 0:
        raise ValueError("its training rows have no observation")
    return observed


def _finite(forecasts: Floats) -> Floats:
    if not np.isfinite(forecasts).all():
        raise ValueError("its forecasts are not finite")
    return forecasts
