"""Forecasts from several cutoffs of the same series, trained in one compiled program."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from gatecast._types import Integers, Panel
from gatecast.data import head, season_length
from gatecast.forecasting._calibrate import calibrate, held_back_rows
from gatecast.forecasting._calibration import Calibration
from gatecast.forecasting._combination import Combination
from gatecast.forecasting._fitting import fit_ensemble, fit_folds
from gatecast.forecasting._samples import Fit
from gatecast.forecasting._settings import Settings
from gatecast.framing import Windows, last_windows, leads


def forecast_folds(
    settings: Sequence[Settings],
    panel: Panel,
    ends: Integers,
    h: int,
    level: Sequence[float] = (),
    *,
    refit: bool = True,
) -> pd.DataFrame:
    """Forecast `h` rows from each of several cutoffs.

    Args:
        settings: of the ensembles that are combined.
        panel: the series; what follows a cutoff is not looked at, but for columns known ahead.
        ends: [folds, series] leading rows known at each cutoff; 0 leaves a series out.
        h: rows to forecast.
        level: coverage of intervals in percent.
        refit: train anew at each cutoff; else at the first alone.

    Returns:
        `unique_id`, `ds`, `cutoff`, then the forecast and its intervals.
    """
    season = season_length(panel.freq)
    trains = list(ends) if refit else [ends[0]]
    combinations = _fitted(settings, panel, trains, season)
    calibrations: list[Calibration | None] = [None] * len(trains)
    if level:
        early = [_early(panel, train, h, season) for train in trains]
        calibrations = [
            calibrate(combination, head(panel, np.maximum(train, 1)), rows, season, h)
            for combination, train, rows in zip(
                _fitted(settings, panel, early, season), trains, early, strict=True
            )
        ]
    name = settings[0].architecture.cell.upper()
    frames = []
    for fold, known in enumerate(ends):
        use = fold if refit else 0
        kept = known > 0
        # A series without a cutoff in this fold is forecast from its first row, and left out.
        windows = last_windows(leads(panel), np.maximum(known, 1)[:: len(panel.targets)])
        forecast = combinations[use].forecast(panel, windows, h)
        frame = _keys(panel, np.maximum(known, 1), h)
        frame[name] = forecast.point.reshape(-1)
        calibration = calibrations[use]
        if calibration:
            frame = frame.assign(**calibration.columns(forecast, name, level))
        frames.append(frame[np.repeat(kept, h)])
    return pd.concat(frames, ignore_index=True)


def _fitted(
    settings: Sequence[Settings], panel: Panel, trains: list[Integers], season: int
) -> list[Combination]:
    """One combination per fold."""
    how = Fit(season_length=season, verbose=False)
    parts = []
    for each in settings:
        if each.scope == "local":
            parts.append([fit_ensemble(each, panel, train, how)[0] for train in trains])
        else:
            parts.append(fit_folds(each, panel, trains, how)[0])
    return [Combination(fold) for fold in zip(*parts, strict=True)]


def _early(panel: Panel, train: Integers, h: int, season: int) -> Integers:
    return train - held_back_rows(head(panel, np.maximum(train, 1)), h, season)


def _keys(panel: Panel, known: Integers, h: int) -> pd.DataFrame:
    rows = Windows(np.arange(len(known)), panel.offsets[:-1] + known)
    place = (rows.origin[:, None] + np.arange(h)).reshape(-1)
    # A series left out may end earlier.
    place = np.minimum(place, panel.rows - 1)
    return pd.DataFrame(
        {
            "unique_id": np.repeat(panel.ids, h),
            "ds": panel.ds[place],
            "cutoff": np.repeat(panel.ds[rows.origin - 1], h),
        }
    )
