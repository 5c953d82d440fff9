"""From forecasts of held-out windows to a calibration and the skill."""

from __future__ import annotations

import numpy as np

from gatecast._group import ALONE, Group
from gatecast._lazy import lazy
from gatecast._types import Floats, Integers, Panel
from gatecast.data import filled
from gatecast.forecasting.intervals._calibration import Calibration, scores_of
from gatecast.forecasting.intervals._held_back import HeldBack
from gatecast.forecasting.members import Combination
from gatecast.metrics import persistence, seasonal_change, seasonal_naive, skill_score

special = lazy("scipy.special")

# Scores that stand for a random walk; enough for levels up to 99.5 %.
_QUANTILES = 199


def calibrate(
    members: Combination,
    held_back: HeldBack,
    panel: Panel,
    train: Integers,
    season_length: int,
    group: Group = ALONE,
) -> Calibration:
    """Measure the errors of members on rows they were not trained on.

    A series that never changes says nothing about others: its errors are those of rounding, and
    are left out. Where no window of another series is held out, the scores are those of repeating
    the last value of a random walk.

    Args:
        members: whose forecasts these are.
        held_back: the forecasts of each of their parts.
        panel: the series.
        train: [series] leading rows that members have seen.
        season_length: rows per season.
        group: the processes that calibrate together, each with windows of its own.
    """
    which = held_back.calibrates
    skill = _skill(panel, held_back, season_length, group)
    scale = scales(panel, train, season_length)
    which = which & (scale > 0)[held_back.windows.series]
    if not group.any(which.any()):
        h = held_back.actual.shape[1]
        if members.distributional:
            return Calibration(_paths(h), np.ones(_QUANTILES), scale, "uncorrected", skill)
        return Calibration(_random_walk(h), np.ones(_QUANTILES), scale, "absolute", skill)
    windows = held_back.windows.where(which)
    forecast, actual = held_back.forecast(which), held_back.actual[which]
    weight = 1 / np.bincount(windows.series)[windows.series]
    kind = "relative" if members.relative else "absolute"
    if forecast.quantiles is not None:
        kind = "probability"
    scores = scores_of(kind, forecast, actual, scale[windows.series])
    return Calibration(group.joined(scores), group.joined(weight), scale, kind, skill)


def uncorrected(panel: Panel, train: Integers, season_length: int, h: int) -> Calibration:
    """Intervals of forecast distributions as they are: without held-back rows, and without a skill.

    Args:
        panel: the series.
        train: [series] leading rows that members have seen.
        season_length: rows per season.
        h: rows to forecast.
    """
    scale = scales(panel, train, season_length)
    return Calibration(_paths(h), np.ones(_QUANTILES), scale, "uncorrected", {})


def scales(panel: Panel, rows: Integers, season_length: int) -> Floats:
    """[series] the units of scores: the seasonal change in the leading rows; 0 if there is none.

    A series with fewer than two observed rows is taken to change by the same share of its size as
    the median of the others.
    """
    change = seasonal_change(panel, rows, season_length)
    size = np.abs(np.fmax.reduceat(np.abs(panel.y), panel.offsets[:-1]))
    known = ~np.isnan(change) & (size > 0)
    share = np.median(change[known] / size[known]) if known.any() else 0.0
    guess = np.where(size * share > 0, size * share, 1.0)
    return np.where(np.isnan(change), guess, change)


def _random_walk(h: int) -> Floats:
    """[quantiles, h] the errors of repeating its last value, in units of its mean change.

    A normal step of mean size 1 has a deviation of sqrt(pi / 2); k steps have sqrt(k) times that.
    """
    steps = special.ndtri((np.arange(_QUANTILES) + 1 / 2) / _QUANTILES)
    errors: Floats = steps[:, None] * np.sqrt(np.pi / 2 * np.arange(1, h + 1))
    return errors


def _paths(h: int) -> Floats:
    """[quantiles, h] probabilities, less one half, along paths of random walks.

    At each step they are spread evenly, so that intervals are those of the distribution itself;
    along a path they depend on each other as the values of a random walk do.
    """
    walks = np.cumsum(np.random.default_rng(0).standard_normal((_QUANTILES, h)), axis=1)
    ranks = walks.argsort(axis=0).argsort(axis=0)
    scores: Floats = (ranks + 1 / 2) / _QUANTILES - 1 / 2
    return scores


def _skill(panel: Panel, held_back: HeldBack, season_length: int, group: Group) -> dict[str, float]:
    """RMSE skill against persistence and seasonal naive on the windows that calibrate."""
    which = held_back.calibrates
    windows, actual = held_back.windows.where(which), held_back.actual[which]
    point = held_back.forecast(which).point
    before, h = filled(panel), actual.shape[1]
    known = windows.origin - panel.offsets[windows.series]
    naive = {
        "persistence": persistence(before, windows.origin, h),
        "seasonal_naive": seasonal_naive(before, windows.origin, known, season_length, h),
    }
    own = _rmse(group.joined(point - actual))
    return {
        name: skill_score(own, _rmse(group.joined(each - actual))) for name, each in naive.items()
    }


def _rmse(error: Floats) -> float:
    return float(np.sqrt(np.nanmean(error**2)))
