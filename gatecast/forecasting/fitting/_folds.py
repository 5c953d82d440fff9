"""Forecasts from several cutoffs of the same series, each by a forecaster fitted before it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from gatecast._types import Floats, Integers, Panel
from gatecast.data import head, tail
from gatecast.forecasting.fitting._fit import PartsOf, fit
from gatecast.forecasting.fitting._options import FitOptions, Trainer
from gatecast.forecasting.members import points_from_windows
from gatecast.framing import Windows, first_target, last_windows
from gatecast.training import Trained


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
    frames = []
    for own, known in zip(each, ends, strict=True):
        forecast = own.members.forecast(panel, _windows(panel, known), h)
        name, columns = own.members.name, {own.members.name: forecast.point}
        if own.calibration:
            support = own.members.support(
                tail(head(panel, _at_least_one(known)), own.members.kept_rows)
            )
            columns |= own.calibration.columns(forecast, name, support, level)
        frames.append(_frame(panel, known, h, columns, options))
    return pd.concat(frames, ignore_index=True)


@dataclass(frozen=True)
class Variation:
    """What may differ between forecasters that are trained as one program.

    Attributes:
        learning_rate: constant.
        seeds: one per member.
    """

    learning_rate: float
    seeds: tuple[int, ...]

    @property
    def networks(self) -> list[tuple[float, int]]:
        """Learning rate and seed of each member."""
        return [(self.learning_rate, seed) for seed in self.seeds]


def forecast_variations(
    parts_of: PartsOf,
    panel: Panel,
    ends: Integers,
    h: int,
    variations: Sequence[Variation],
    options: FitOptions,
) -> list[pd.DataFrame]:
    """The forecasts of each variation of a global forecaster, trained once, before the first.

    A network that several of them have is trained once; one that diverges forecasts NaN.

    Args:
        parts_of: a single part, drawn at random.
        panel: as for `forecast_folds`.
        ends: as for `forecast_folds`.
        h: rows to forecast.
        variations: of the forecaster.
        options: how it is fitted; without intervals. Its trainer also takes `rates`.

    Returns:
        For each, what `forecast_folds` returns without `refit`.
    """
    networks = [*dict.fromkeys(one for each in variations for one in each.networks)]
    choices = [[networks.index(one) for one in each.networks] for each in variations]
    options = replace(options, trainer=_Each(options.trainer, tuple(networks)), diverged=True)
    (fitted,) = fit(parts_of, panel, [ends[0]], h, options)
    (members,) = fitted.members.parts
    frames: list[list[pd.DataFrame]] = [[] for _ in variations]
    for known in ends:
        points = points_from_windows(members, panel, _windows(panel, known), h, choices)
        for own, point in zip(frames, points, strict=True):
            own.append(_frame(panel, known, h, {fitted.members.name: point}, options))
    return [pd.concat(own, ignore_index=True) for own in frames]


@dataclass(frozen=True)
class _Each:
    """A trainer of networks of a learning rate and a seed each."""

    trainer: Trainer
    networks: tuple[tuple[float, int], ...]

    def __call__(self, *what: Any, seeds: Sequence[int], **how: Any) -> Trained:
        # Those of the settings are of one of the variations.
        rates, seeds = zip(*self.networks, strict=True)
        return self.trainer(*what, seeds=seeds, rates=rates, **how)


def _at_least_one(known: Integers) -> Integers:
    """The rows known at a cutoff; a series without one is forecast from its first, and left out."""
    return np.maximum(known, 1)


def _windows(panel: Panel, known: Integers) -> Windows:
    """The windows of all series after the rows known at a cutoff."""
    return last_windows(first_target(panel), _at_least_one(known)[:: len(panel.targets)])


def _frame(
    panel: Panel, known: Integers, h: int, columns: Mapping[str, Floats], options: FitOptions
) -> pd.DataFrame:
    """The forecasts from a cutoff, within their bounds."""
    bounded = {name: options.bounds.clip(values.reshape(-1)) for name, values in columns.items()}
    return _keys(panel, _at_least_one(known), h).assign(**bounded)[np.repeat(known > 0, h)]


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
