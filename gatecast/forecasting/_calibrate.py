"""Measuring what a forecaster gets wrong on windows it has not seen."""

from __future__ import annotations

import numpy as np

from gatecast._types import Floats, Integers, Panel
from gatecast.forecasting._calibration import Calibration
from gatecast.forecasting._combination import Combination
from gatecast.forecasting._quantiles import probability_at
from gatecast.framing import Windows, filled, leads, of_every_target, rows_from
from gatecast.metrics import skill_score

# Origins per series and in all: more cost time and, overlapping, say little new.
_MOST_ORIGINS = 60
_MOST_WINDOWS = 6_000
_MOST_DRAWN = 2_000


def held_back_rows(panel: Panel, h: int, season_length: int) -> Integers:
    """[series] rows held back to calibrate on.

    About three horizons or seasons, at most a third of the rows, or one horizon and half of them.
    """
    wanted = max(2 * h, h + 2 * season_length)
    third = np.where(panel.lengths >= 2 * h, np.maximum(panel.lengths // 3, h), panel.lengths // 3)
    return np.minimum(wanted, third)


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
    lead = leads(panel)
    known = train[:: len(panel.targets)]
    most = (_MOST_DRAWN if forecaster.draws(h) else _MOST_WINDOWS) / len(lead.ids)
    chosen = held_back_origins(lead, known, h, int(np.clip(most, 1, _MOST_ORIGINS)))
    turns = _turns(lead, chosen, one_origin=forecaster.one_origin)
    if not turns:
        return None
    parts = [forecaster.forecast(panel, windows, h) for windows in turns]
    own = [of_every_target(panel, windows) for windows in turns]
    judged = [part.origin - panel.offsets[part.series] >= train[part.series] for part in own]
    judged = [
        inside & (part.origin + h <= panel.offsets[part.series + 1])
        for inside, part in zip(judged, own, strict=True)
    ]
    origins = Windows(
        np.concatenate([part.series[kept] for part, kept in zip(own, judged, strict=True)]),
        np.concatenate([part.origin[kept] for part, kept in zip(own, judged, strict=True)]),
    )
    point = np.concatenate([part.point[kept] for part, kept in zip(parts, judged, strict=True)])
    actual = rows_from(panel.y, origins.origin, h)
    scale = seasonal_change(panel, train, season_length)
    weight = 1 / np.bincount(origins.series)[origins.series]
    skill = _skill(panel, origins, point, actual, season_length)
    if forecaster.distributional:
        quantiles = [part.quantiles[kept] for part, kept in zip(parts, judged, strict=True)]  # type: ignore[index]
        scores = probability_at(np.concatenate(quantiles), actual) - 1 / 2
        return Calibration(scores, weight, scale, "probability", skill)
    if forecaster.relative:
        with np.errstate(divide="ignore", invalid="ignore"):
            scores = np.log(actual) - np.log(point)
        scores[~np.isfinite(scores)] = np.nan
        return Calibration(scores, weight, scale, "relative", skill)
    scores = (actual - point) / scale[origins.series][:, None]
    return Calibration(scores, weight, scale, "absolute", skill)


def held_back_origins(lead: Panel, known: Integers, h: int, most: int) -> list[Integers]:
    """Up to `most` places in each series to forecast `h` rows from, spread evenly."""
    chosen: list[Integers] = []
    for rows, trained in zip(lead.lengths, known, strict=True):
        available = np.arange(trained, rows - h + 1)
        stride = max(1, -(-len(available) // most))
        chosen.append(available[::-1][::stride][::-1])
    return chosen


def windows_at(lead: Panel, chosen: list[Integers]) -> Windows:
    """The windows at some places of each series."""
    every = np.repeat(np.arange(len(chosen)), [len(origins) for origins in chosen])
    return Windows(every, lead.offsets[every] + np.concatenate(chosen))


def _turns(lead: Panel, chosen: list[Integers], *, one_origin: bool) -> list[Windows]:
    """The origins as windows over the series of the first target.

    One set of all of them; or, where a call takes one origin of each series, one set after the
    other, in which a series without an origin left repeats its last row.
    """
    counts = np.array([len(origins) for origins in chosen])
    series = np.arange(len(lead.ids))
    if not counts.any():
        return []
    if not one_origin:
        return [windows_at(lead, chosen)]
    return [
        Windows(
            series,
            lead.offsets[:-1]
            + [
                origins[turn] if turn < len(origins) else rows
                for origins, rows in zip(chosen, lead.lengths, strict=True)
            ],
        )
        for turn in range(counts.max())
    ]


def _skill(
    panel: Panel, origins: Windows, point: Floats, actual: Floats, season_length: int
) -> dict[str, float]:
    """RMSE skill against persistence and seasonal naive on the same windows."""
    before = filled(panel)
    known = origins.origin - panel.offsets[origins.series]
    # A series younger than a season repeats its last value.
    season = np.where(known < season_length, 1, season_length)[:, None]
    seasonal = before[origins.origin[:, None] - season + np.arange(actual.shape[1]) % season]
    errors = {
        "own": point - actual,
        "persistence": before[origins.origin - 1][:, None] - actual,
        "seasonal_naive": seasonal - actual,
    }
    rmse = {name: float(np.sqrt(np.nanmean(error**2))) for name, error in errors.items()}
    return {name: skill_score(rmse["own"], rmse[name]) for name in list(rmse)[1:]}


def seasonal_change(panel: Panel, train: Integers, season_length: int) -> Floats:
    """[series] mean absolute seasonal change in the training rows, 1 where nothing changes."""
    values = filled(panel)
    scale = np.ones(len(panel.ids))
    for number, first in enumerate(panel.offsets[:-1]):
        rows = values[first : first + train[number]]
        rows = rows[~np.isnan(rows)]
        lag = season_length if len(rows) > season_length else 1
        change = np.abs(rows[lag:] - rows[:-lag]).mean() if len(rows) > lag else 0.0
        scale[number] = change or 1.0
    return scale
