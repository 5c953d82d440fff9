"""What suits each series, by forecasts of its own newest rows from those before.

One of the networks forecasts known rows from several origins. Errors e are mean absolute ones of
scaled values, over all rows ahead.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product

import jax
import numpy as np

from gatecast._types import Floats, Integers, Panel
from gatecast.forecasting.members._from_windows import around
from gatecast.forecasting.members._members import Members
from gatecast.forecasting.members._runner import ForecastInputs, Runner
from gatecast.forecasting.members._state import empty_or_given
from gatecast.framing import (
    SEASON_DECAYS,
    Framing,
    Rows,
    Windows,
    damping,
    fit_scaler,
    usual_traits,
)

# The season is judged from so many origins, which together see all of a longer season: the hours of
# a Friday alone say nothing about the week.
_ORIGINS = 7
# How much errors count, and what speaks for the usual pace and for the longer season before
# anything is seen (compared in "Seasons and traits" of docs/tried.md).
_SHARPNESS, _USUAL_PACE, _LONGER = 16.0, 0.8, 0.9
# A season is judged where so many lie before the origin.
_FEWEST_SEASONS = 3
# How long trends last is judged from a few origins, each after so many rows.
_FEW_ORIGINS, _FEWEST_ROWS = 4, 8
# What speaks for trends that are not damped before anything is seen, how much each origin counts,
# and the largest ratio of errors, e or 1 / e, that one origin can bring.
_LASTING, _PER_ORIGIN, _LARGEST = 0.1, 8.0, 1.0
# Windows whose rows are in memory at once.
_AT_ONCE = 2_048
# Errors below this, in scaled units, are rounding.
_ROUNDING = 1e-6


def with_traits(members: Members, panel: Panel, rows: Integers, season_length: int) -> Members:
    """Members that know what suits each series; seasons are looked at where there are two.

    Args:
        members: not trained on the panel, their scalers fitted on the leading `rows`.
        panel: the series; rows after the leading ones are not read.
        rows: [series] leading rows to learn from; a series without any keeps its traits.
        season_length: rows per season.
    """
    panel = members.read(panel)
    view, framing = members.view, members.settings.framing
    traits = usual_traits(len(panel.ids)) if view.traits is None else view.traits.copy()
    early = rows - framing.horizon
    if not (early > 0).any():
        return replace(members, view=replace(view, traits=traits))
    names = members.settings.scaler
    scaler = fit_scaler(
        names,
        panel,
        np.maximum(early, 0),
        season_length=season_length,
        effects=view.effects_of(panel),
    )
    judge = replace(
        members,
        view=replace(view, scaler=scaler, traits=traits),
        weights=jax.tree.map(lambda value: value[:, :1], members.weights),
        program=None,
    )
    if framing.longer_season > framing.season:
        traits = _with_season(judge, panel, early, traits)
    traits = _with_trend(judge, panel, early, traits)
    return replace(members, view=replace(view, traits=traits))


@dataclass(frozen=True)
class _Trial:
    """Forecasts of known rows.

    Attributes:
        members: that forecast.
        runner: their forward pass.
        rows: of the panel.
        windows: whose rows are forecast.
        series: how many there are.
    """

    members: Members
    runner: Runner
    rows: Rows
    windows: Windows
    series: int

    @classmethod
    def of(cls, members: Members, panel: Panel, origin: Integers, fewest: int) -> _Trial | None:
        """The trial from some origins; None where there is none.

        Args:
            members: that forecast.
            panel: the series.
            origin: [origins, series] places in each series.
            fewest: rows before an origin; others are left out.
        """
        inside = origin >= fewest
        if not inside.any():
            return None
        series = np.broadcast_to(np.arange(len(panel.ids)), origin.shape)[inside]
        windows = Windows(series, panel.offsets[series] + origin[inside])
        return cls(members, *members.rows(panel, windows), windows, len(panel.ids))

    def ahead(self, traits: Floats) -> tuple[Floats, Floats]:
        """[windows, horizon] scaled forecasts, and the level in them.

        Args:
            traits: [series, TRAITS].
        """
        rows = replace(self.rows, traits=traits.astype(np.float32))
        starts = range(0, len(self.windows), _AT_ONCE)
        found = [self._ahead(rows, self.windows.origin[at : at + _AT_ONCE]) for at in starts]
        center, level = (np.concatenate(each) for each in zip(*found, strict=True))
        return center, level

    def _ahead(self, rows: Rows, origin: Integers) -> tuple[Floats, Floats]:
        members, runner, horizon = self.members, self.runner, self.runner.framing.horizon
        samples = around(members, rows, origin[None], runner.reach(horizon))
        state = empty_or_given(members, runner, len(origin), [])
        inputs = ForecastInputs(members.weights, samples, state)
        found = runner.forecast(inputs, horizon, block=members.block)
        # Of the one network and target.
        center, level = (
            np.asarray(each, float)[0, 0, :, :, 0] for each in (found.center, found.level)
        )
        return center, level

    def errors(self, forecast: Floats) -> Floats:
        """[windows] of a forecast; NaN where nothing was observed."""
        place = self.windows.origin[:, None] + np.arange(self.runner.framing.horizon)
        wrong = np.abs(forecast - np.asarray(self.rows.targets, float)[place, 0])
        seen = (~np.isnan(wrong)).sum(axis=1)
        mean: Floats = np.nansum(wrong, axis=1) / np.where(seen > 0, seen, np.nan)
        return mean + _ROUNDING

    def by_series(self, values: Floats) -> Floats:
        """[series] sums over the windows of each."""
        sums = np.bincount(self.windows.series, np.nan_to_num(values), self.series)
        return sums.astype(float)


def _origins(early: Integers, number: int, apart: int) -> Integers:
    """[origins, series] the newest first."""
    return early - apart * np.arange(number)[:, None]


def _with_season(judge: Members, panel: Panel, early: Integers, traits: Floats) -> Floats:
    """The traits with those of the season, which are means over candidates.

    Candidates are the paces at which the season may change, each with and without the longer one.
    Their weights are exponential ones (Vovk 1990):

    w ~ prior exp(-16 (e / least e - 1)),  e the error over all origins.
    """
    framing = judge.settings.framing
    apart = max(_half(framing), -(-framing.longer_season // _ORIGINS))
    fewest = _FEWEST_SEASONS * framing.season
    trial = _Trial.of(judge, panel, _origins(early, _ORIGINS, apart), fewest)
    if trial is None:
        return traits
    number = len(SEASON_DECAYS)
    pairs = product(np.eye(number), (1.0, 0.0))
    candidates = np.array([[*pace, share] for pace, share in pairs])
    # [candidates] of the pace, times that of the longer season.
    prior = np.array([_USUAL_PACE, *[(1 - _USUAL_PACE) / (number - 1)] * (number - 1)])
    prior = candidates[:, :-1] @ prior * np.where(candidates[:, -1] > 0, _LONGER, 1 - _LONGER)
    sums = []
    for candidate in candidates:
        tried = np.column_stack([np.tile(candidate, (len(traits), 1)), np.zeros(len(traits))])
        sums.append(trial.by_series(trial.errors(trial.ahead(tried)[0])))
    errors = np.array(sums)
    judged = errors.min(axis=0) > 0
    errors = errors[:, judged]
    weight = prior[:, None] * np.exp(-_SHARPNESS * (errors / errors.min(axis=0) - 1))
    found = traits.copy()
    weight /= weight.sum(axis=0)
    # One candidate after the other: a product of matrices may round otherwise with other series.
    found[judged, :-1] = sum(
        share[:, None] * candidate for share, candidate in zip(weight, candidates, strict=True)
    )
    return found


def _with_trend(judge: Members, panel: Panel, early: Integers, traits: Floats) -> Floats:
    """The traits with the share of the damping that is undone.

    Each origin tells how much smaller errors are without damping; the ratios multiply, as
    likelihoods do:

    share / (1 - share) = 0.1 / 0.9 product (e damped / e undamped)^8
    """
    framing = judge.settings.framing
    fewest = max(framing.fewest, _FEWEST_ROWS)
    trial = _Trial.of(judge, panel, _origins(early, _FEW_ORIGINS, _half(framing)), fewest)
    if trial is None:
        return traits
    found = traits.copy()
    found[:, -1] = 0
    center, level = trial.ahead(found)
    undamped = level + (center - level) / damping(framing.horizon, framing.block)
    ratio = np.log(trial.errors(center) / trial.errors(undamped))
    gain = trial.by_series(_PER_ORIGIN * np.clip(ratio, -_LARGEST, _LARGEST))
    odds = _LASTING / (1 - _LASTING) * np.exp(gain)
    judged = trial.by_series(np.ones(len(ratio))) > 0
    found[:, -1] = np.where(judged, odds / (1 + odds), traits[:, -1])
    return found


def _half(framing: Framing) -> int:
    return max(1, framing.horizon // 2)
