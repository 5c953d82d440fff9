"""Forecasts from several cutoffs of the same series, each by a forecaster fitted before it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from gatecast._types import Integers, Panel
from gatecast.data import head, tail
from gatecast.forecasting.fitting._fit import Fitted, PartsOf, fit
from gatecast.forecasting.fitting._options import FitOptions
from gatecast.framing import Windows, first_target, last_windows
from gatecast.training import Trained, train_network


def forecast_folds(
    parts_of: PartsOf,
    panel: Panel,
    ends: Integers,
    h: int,
    level: Sequence[float] = (),
    *,
    refit: bool = True,
    options: FitOptions = FitOptions(),
) -> pd.DataFrame:
    """Forecast `h` rows from each of several cutoffs.

    Args:
        parts_of: what is fitted.
        panel: the series; rows after a cutoff are not read, except columns known ahead.
        ends: [folds, series] leading rows known at each cutoff; 0 leaves a series out.
        h: rows to forecast.
        level: coverage of intervals in percent; left out where none could be calibrated.
        refit: train again at each cutoff; else only at the first.
        options: how the forecaster is fitted.

    Returns:
        `unique_id`, `ds`, `cutoff`, then the forecast and its intervals.
    """
    fitted = fit(parts_of, panel, [*ends] if refit else [ends[0]], h, options)
    each = fitted if refit else fitted * len(ends)
    return _forecasts(each, panel, ends, h, level, options)


@dataclass(frozen=True)
class Variation:
    """What may differ between forecasters that are trained as one program.

    Attributes:
        learning_rate: constant.
        seeds: one per member, as many for each forecaster.
    """

    learning_rate: float
    seeds: tuple[int, ...]


def forecast_variations(
    parts_of: PartsOf,
    panel: Panel,
    ends: Integers,
    h: int,
    variations: Sequence[Variation],
    options: FitOptions,
) -> list[pd.DataFrame]:
    """The forecasts of each variation of a global forecaster, trained once, before the first.

    Args:
        parts_of: a single part, drawn at random.
        panel: as for `forecast_folds`.
        ends: as for `forecast_folds`.
        h: rows to forecast.
        variations: of the forecaster.
        options: how it is fitted; without intervals.

    Returns:
        For each, what `forecast_folds` returns without `refit`.
    """
    options = replace(options, trainer=_SideBySide(tuple(variations)))
    fitted = fit(parts_of, panel, [ends[0]] * len(variations), h, options)
    return [_forecasts([own] * len(ends), panel, ends, h, (), options) for own in fitted]


@dataclass(frozen=True)
class _SideBySide:
    """A trainer whose members have the seeds and learning rates of their variations."""

    variations: tuple[Variation, ...]

    def __call__(self, *what: Any, seeds: Sequence[int], **how: Any) -> Trained:
        # Variations replace the seeds of the settings, which are those of the first for all.
        own = [seed for each in self.variations for seed in each.seeds]
        rates = [each.learning_rate for each in self.variations for _ in each.seeds]
        return train_network(*what, seeds=own, rates=rates, **how)


def _forecasts(
    fitted: Sequence[Fitted],
    panel: Panel,
    ends: Integers,
    h: int,
    level: Sequence[float],
    options: FitOptions,
) -> pd.DataFrame:
    """The forecasts from each cutoff, by what was fitted for it."""
    frames = []
    for own, known in zip(fitted, ends, strict=True):
        # A series without a cutoff in this fold is forecast from its first row, and left out.
        rows = np.maximum(known, 1)
        windows = last_windows(first_target(panel), rows[:: len(panel.targets)])
        forecast = own.members.forecast(panel, windows, h)
        name, columns = own.members.name, {own.members.name: forecast.point.reshape(-1)}
        if own.calibration:
            floor = own.members.floor(tail(head(panel, rows), own.members.kept_rows))
            columns |= own.calibration.columns(forecast, name, floor, level)
        bounded = {name: options.bounds.clip(values) for name, values in columns.items()}
        frame = _keys(panel, rows, h).assign(**bounded)
        frames.append(frame[np.repeat(known > 0, h)])
    return pd.concat(frames, ignore_index=True)


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
