"""Prediction intervals from errors on held-back windows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gatecast._types import Floats, InputError, Integers, Panel
from gatecast.evaluation import skill_score
from gatecast.forecasting._combination import Combination
from gatecast.framing import Windows, filled, targets_at

# Origins per series: more cost time and, overlapping, say little new.
_MOST_ORIGINS = 60


@dataclass(frozen=True)
class Calibration:
    """Split conformal intervals (Vovk et al. 2005; Lei et al. 2018), one width per horizon.

    The scores are absolute errors of a forecaster that had not seen the windows: relative (of
    logarithms) where the forecaster works on logarithms, else in units of each series' `scale`.
    With n windows the interval of level p covers the next forecast with probability p if windows
    are exchangeable; overlapping windows of one series are not quite, so this is approximate.

    Attributes:
        errors: [windows, h] scores, sorted in each column; NaN (nothing observed) last.
        scale: [series] mean absolute seasonal change in the training rows.
        relative: whether scores are of logarithms.
        skill: RMSE skill on the same windows against "persistence" and "seasonal_naive".
    """

    errors: Floats
    scale: Floats
    relative: bool
    skill: dict[str, float]

    def interval(self, point: Floats, level: float) -> tuple[Floats, Floats]:
        """Lower and upper ends.

        Args:
            point: [series, h] forecasts; beyond the calibrated horizon widths grow with the
                square root of the horizon, as a random walk's do.
            level: in percent.

        Raises:
            InputError: if the level is not between 0 and 100.
        """
        if not 0 < level < 100:  # noqa: PLR2004 (percent)
            raise InputError(f"level must lie between 0 and 100 (percent), got {level}")
        width = self._width(level / 100, point.shape[1])
        if self.relative:
            return point * np.exp(-width), point * np.exp(width)
        return point - width * self.scale[:, None], point + width * self.scale[:, None]

    def _width(self, coverage: float, h: int) -> Floats:
        calibrated = self.errors.shape[1]
        count = (~np.isnan(self.errors)).sum(axis=0)
        # The k-th smallest of n scores with k = ceil((n + 1) p).
        place = np.minimum(np.ceil((count + 1) * coverage).astype(int), count) - 1
        # A longer horizon is not more certain than a shorter one; one without scores is like it.
        widths = np.fmax.accumulate(self.errors[place, np.arange(calibrated)])
        widths = np.where(np.isnan(widths), np.nanmin(widths), widths)
        steps = np.arange(1, h + 1)
        growth = np.sqrt(np.maximum(steps / calibrated, 1))
        width: Floats = widths[np.minimum(steps, calibrated) - 1] * growth
        return width


def held_back_rows(panel: Panel, h: int, season_length: int) -> Integers:
    """[series] rows held back to calibrate on: about three horizons or seasons, at most a third."""
    wanted = max(2 * h, h + 2 * season_length)
    return np.minimum(wanted, panel.lengths // 3)


def calibrate(
    forecaster: Combination, panel: Panel, train: Integers, season_length: int, h: int
) -> Calibration | None:
    """Measure a forecaster on the rows it was not trained on.

    Args:
        forecaster: trained on the leading `train` rows of each series.
        panel: the series.
        train: [series] leading rows it has seen.
        season_length: rows per season.
        h: horizon to calibrate.

    Returns:
        The `Calibration`, or None where no series has `h` rows held back.
    """
    origins = _origins(panel, train, h, forecaster.context_rows)
    if not len(origins):
        return None
    forecasts = _forecasts(forecaster, panel, origins, h)
    actual = targets_at(panel.y, origins.origin, h)
    before = filled(panel)
    known = origins.origin - panel.offsets[origins.series]
    # A series younger than a season repeats its last value.
    season = np.where(known < season_length, 1, season_length)[:, None]
    seasonal = before[origins.origin[:, None] - season + np.arange(h) % season]
    errors = {
        "own": forecasts - actual,
        "persistence": before[origins.origin - 1][:, None] - actual,
        "seasonal_naive": seasonal - actual,
    }
    rmse = {name: float(np.sqrt(np.nanmean(error**2))) for name, error in errors.items()}
    skill = {name: skill_score(rmse["own"], rmse[name]) for name in list(rmse)[1:]}
    scale = seasonal_change(panel, before, train, season_length)
    if forecaster.relative:
        with np.errstate(divide="ignore", invalid="ignore"):
            scores = np.abs(np.log(forecasts) - np.log(actual))
        scores[~np.isfinite(scores)] = np.nan
    else:
        scores = np.abs(errors["own"]) / scale[origins.series][:, None]
    return Calibration(np.sort(scores, axis=0), scale, forecaster.relative, skill)


def _origins(panel: Panel, train: Integers, h: int, context_rows: int) -> Windows:
    series, origin = [], []
    for number, (first, rows) in enumerate(zip(panel.offsets[:-1], panel.lengths, strict=True)):
        start = max(int(train[number]), context_rows)
        available = np.arange(start, rows - h + 1)
        stride = max(1, -(-len(available) // _MOST_ORIGINS))
        chosen = available[::-1][::stride][::-1]
        series.append(np.full(len(chosen), number))
        origin.append(first + chosen)
    return Windows(np.concatenate(series), np.concatenate(origin))


def _forecasts(forecaster: Combination, panel: Panel, origins: Windows, h: int) -> Floats:
    if not forecaster.stateful:
        return forecaster.from_windows(panel, origins, h)
    # A carried memory belongs to one origin per series: take them one after another.
    forecasts = np.empty((len(origins), h))
    place = np.arange(len(origins)) - np.searchsorted(origins.series, origins.series)
    for turn in range(int(place.max()) + 1):
        now = np.flatnonzero(place == turn)
        series = origins.series[now]
        rows = panel.lengths.copy()
        rows[series] = origins.origin[now] - panel.offsets[:-1][series]
        forecasts[now] = forecaster.ahead(panel, h, rows)[series]
    return forecasts


def seasonal_change(panel: Panel, values: Floats, train: Integers, season_length: int) -> Floats:
    """[series] mean absolute seasonal change in the training rows, 1 where nothing changes."""
    scale = np.ones(len(panel.ids))
    for number, first in enumerate(panel.offsets[:-1]):
        rows = values[first : first + train[number]]
        lag = season_length if len(rows) > season_length else 1
        change = np.abs(rows[lag:] - rows[:-lag]).mean() if len(rows) > lag else 0.0
        scale[number] = change or 1.0
    return scale
