"""From forecasts of held-out windows to a calibration and the skill."""

from __future__ import annotations

import numpy as np

from gatecast._types import Floats, Integers, Panel
from gatecast.data import filled
from gatecast.forecasting.intervals._calibration import Calibration
from gatecast.forecasting.intervals._held_back import HeldBack
from gatecast.forecasting.members import Combination, probability_at
from gatecast.framing import Windows
from gatecast.metrics import persistence, seasonal_change, seasonal_naive, skill_score


def calibrate(
    members: Combination, held_back: HeldBack, panel: Panel, train: Integers, season_length: int
) -> Calibration:
    """Measure the errors of members on rows they were not trained on.

    Args:
        members: whose forecasts these are.
        held_back: the forecasts of each of their parts.
        panel: the series.
        train: [series] leading rows that members have seen.
        season_length: rows per season.
    """
    which = held_back.calibrates
    windows = held_back.windows.where(which)
    forecast, actual = held_back.forecast(which), held_back.actual[which]
    scale = seasonal_change(panel, train, season_length)
    weight = 1 / np.bincount(windows.series)[windows.series]
    skill = _skill(panel, windows, forecast.point, actual, season_length)
    if forecast.quantiles is not None:
        scores = probability_at(forecast.quantiles, actual) - 1 / 2
        return Calibration(scores, weight, scale, "probability", skill)
    if members.relative:
        with np.errstate(divide="ignore", invalid="ignore"):
            scores = np.log(actual) - np.log(forecast.point)
        scores[~np.isfinite(scores)] = np.nan
        return Calibration(scores, weight, scale, "relative", skill)
    scores = (actual - forecast.point) / scale[windows.series][:, None]
    return Calibration(scores, weight, scale, "absolute", skill)


def _skill(
    panel: Panel, windows: Windows, point: Floats, actual: Floats, season_length: int
) -> dict[str, float]:
    """RMSE skill against persistence and seasonal naive on the same windows."""
    before, h = filled(panel), actual.shape[1]
    known = windows.origin - panel.offsets[windows.series]
    naive = {
        "persistence": persistence(before, windows.origin, h),
        "seasonal_naive": seasonal_naive(before, windows.origin, known, season_length, h),
    }
    own = _rmse(point - actual)
    return {name: skill_score(own, _rmse(each - actual)) for name, each in naive.items()}


def _rmse(error: Floats) -> float:
    return float(np.sqrt(np.nanmean(error**2)))
