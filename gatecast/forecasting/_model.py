"""A fitted forecaster as data: everything another machine needs to go on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gatecast._types import Floats, Freq, InputError, Panel, check_whole
from gatecast.data import future_ds, require_rows, season_length
from gatecast.forecasting._calibration import Calibration, calibrate, held_back_rows
from gatecast.forecasting._combination import Combination, fit_combination
from gatecast.forecasting._settings import Settings
from gatecast.framing import last_windows
from gatecast.network import State
from gatecast.training import Trained


@dataclass(frozen=True)
class Context:
    """Where each series stands: what a forecast goes on from.

    Attributes:
        ids: [series] `unique_id`.
        last_ds: [series] the last time seen.
        history: [series, rows] the last values, as many as a forecast looks back on.
        memory: of each part before its last window, empty where none is carried.
    """

    ids: NDArray[Any]
    last_ds: NDArray[Any]
    history: Floats
    memory: Sequence[State]


@dataclass(frozen=True)
class Model:
    """A fitted forecaster.

    Attributes:
        h: the default number of rows to forecast.
        freq: of the series.
        season_length: rows per season.
        combination: trained members and their scalers.
        context: where each series stands.
        calibration: of prediction intervals, None where there were too few rows.
    """

    h: int
    freq: Freq
    season_length: int
    combination: Combination
    context: Context
    calibration: Calibration | None

    @property
    def name(self) -> str:
        """The column of its forecasts: LSTM, GRU, RNN or DENSE."""
        return self.combination.parts[0].settings.architecture.cell.upper()

    def forecast(self, h: int | None = None, level: Sequence[float] = ()) -> pd.DataFrame:
        """Forecast the rows after the last one.

        Args:
            h: rows to forecast; the default of the model if None.
            level: coverage of the intervals, in percent.

        Returns:
            `unique_id`, `ds`, the forecast, then `-lo-` and `-hi-` columns per level.

        Raises:
            InputError: for a horizon below 1, or intervals from a model without calibration.
        """
        h = self.h if h is None else h
        check_whole("h", h, 1)
        if level and self.calibration is None:
            raise InputError(
                "no intervals were calibrated: forecast without level, or fit with intervals=True "
                "on enough rows to hold some back"
            )
        context = self.context
        series = np.arange(len(context.ids))
        point = self.combination.from_history(context.history, series, h, context.memory)
        frame = pd.DataFrame(
            {
                "unique_id": np.repeat(context.ids, h),
                "ds": future_ds(context.last_ds, self.freq, h).reshape(-1),
                self.name: point.reshape(-1),
            }
        )
        if self.calibration:
            for percent in level:
                low, high = self.calibration.interval(point, percent)
                frame[f"{self.name}-lo-{percent:g}"] = low.reshape(-1)
                frame[f"{self.name}-hi-{percent:g}"] = high.reshape(-1)
        return frame


def fit_model(
    settings: Sequence[Settings],
    panel: Panel,
    h: int,
    *,
    intervals: bool = True,
    verbose: bool | None = None,
) -> tuple[Model, list[Trained]]:
    """Fit a forecaster on all rows of a panel.

    Intervals come from a first fit without the newest rows, which are then forecast; the members
    that stay are trained on all rows.

    Args:
        settings: of the ensembles that are combined; usually one.
        panel: the series.
        h: the default horizon, and the one intervals are calibrated for.
        intervals: whether to calibrate.
        verbose: progress, as in `gatecast.training.Watch`.

    Returns:
        The model, and the runs on all rows, one per settings record.

    Raises:
        InputError: if a series is too short, naming it.
    """
    season = season_length(panel.freq)
    needed, wanted = max(_rows_needed(each, season) for each in settings)
    require_rows(panel, needed, wanted)
    fit = partial(fit_combination, settings, panel, season_length=season, verbose=verbose)
    calibration = None
    train = panel.lengths - held_back_rows(panel, h, season)
    if intervals and (train >= needed).any():
        early, _ = fit(train=train, room=panel.lengths)
        calibration = calibrate(early, panel, train, season, h)
    combination, runs = fit(train=panel.lengths, room=panel.lengths)
    return Model(
        h, panel.freq, season, combination, context_of(combination, panel), calibration
    ), runs


def context_of(combination: Combination, panel: Panel) -> Context:
    """Where each series of a panel stands for a forecaster."""
    windows = last_windows(panel)
    return Context(
        ids=panel.ids,
        last_ds=panel.ds[windows.origin - 1],
        history=combination.history(panel, windows),
        memory=combination.memory(panel, windows),
    )


def _rows_needed(settings: Settings, season_length: int) -> tuple[int, str]:
    """Rows of the shortest series that gives a sample, and why."""
    lags = {"difference": 1, "seasonal_difference": season_length}
    lag = sum(lags.get(name, 0) for name in settings.scaler)
    framing = settings.framing
    wanted = f"look_back={framing.look_back} and h={framing.horizon}"
    if lag:
        wanted += f" and {lag} rows for the scaler {'+'.join(settings.scaler)}"
    return framing.look_back + framing.horizon + lag, wanted
