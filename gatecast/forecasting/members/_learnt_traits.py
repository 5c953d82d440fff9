"""What suits each series, by forecasts of its own newest rows from those before.

One of the networks forecasts known rows from several origins. Errors e are mean absolute ones of
scaled values, over all rows ahead.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from typing import Any

import jax
import numpy as np

from gatecast._types import Floats, Integers, Panel
from gatecast.forecasting.members._members import Members
from gatecast.forecasting.members._trial import Trial, origins
from gatecast.framing import (
    SEASON_DECAYS,
    Framing,
    Traits,
    daily_or_shorter,
    damping,
    fit_scaler,
    places_ahead,
    usual_traits,
)

# The season is judged from so many origins, which together see all of a longer season: the hours of
# a Friday alone say nothing about the week.
_ORIGINS = 7
# How much errors count, and what speaks for the usual pace and for the longer season before
# anything is seen (compared in "Seasons and traits" of docs/tried.md).
_SHARPNESS, _USUAL_PACE, _LONGER = 16.0, 0.8, 0.9
# A season, or a mean to revert to, is judged where so many seasons lie before the origin.
_FEWEST_SEASONS = 3
# Whether series revert to their mean is judged from so many origins, a season or more apart, and
# what speaks for it beforehand.
_MANY_ORIGINS, _REVERTING = 20, 0.5
# How long trends last is judged from a few origins, each after so many rows.
_FEW_ORIGINS, _FEWEST_ROWS = 4, 8
# What speaks for trends that are not damped before anything is seen, how much each origin counts,
# and the largest ratio of errors, e or 1 / e, that one origin can bring.
_LASTING, _PER_ORIGIN, _LARGEST = 0.1, 8.0, 1.0


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
    # Slower steps have too few rows to tell: months were 1 to 3 % worse.
    if daily_or_shorter(panel):
        traits = _with_reversion(judge, panel, early, traits)
    return replace(members, view=replace(view, traits=traits))


def _with_season(judge: Members, panel: Panel, early: Integers, traits: Floats) -> Floats:
    """The traits with those of the season, which are means over candidates.

    Candidates are the paces at which the season may change, each with and without the longer one.
    """
    framing = judge.settings.framing
    apart = max(_half(framing), -(-framing.longer_season // _ORIGINS))
    fewest = _FEWEST_SEASONS * framing.season
    trial = Trial.of(judge, panel, origins(early, _ORIGINS, apart), fewest)
    if trial is None:
        return traits
    number = len(SEASON_DECAYS)
    pairs = [*product(range(number), (1.0, 0.0))]
    candidates = [
        _changed(traits, paces=np.eye(number)[pace], longer=longer) for pace, longer in pairs
    ]
    paces = [_USUAL_PACE, *[(1 - _USUAL_PACE) / (number - 1)] * (number - 1)]
    prior = [paces[pace] * (_LONGER if longer else 1 - _LONGER) for pace, longer in pairs]
    errors = [trial.by_series(trial.errors(trial.ahead(each)[0])) for each in candidates]
    return _averaged(traits, candidates, errors, prior)


def _with_reversion(judge: Members, panel: Panel, early: Integers, traits: Floats) -> Floats:
    """The traits with how far each series reverts to its mean: not at all, or wholly, or between.

    What a network adds fades as the level reverts, so one pass of it tells both forecasts.
    """
    framing = judge.settings.framing
    apart = max(_half(framing), framing.season)
    fewest = _FEWEST_SEASONS * framing.season
    trial = Trial.of(judge, panel, origins(early, _MANY_ORIGINS, apart), fewest)
    if trial is None:
        return traits
    stays, reverts = (_changed(traits, reverting=share) for share in (0, 1))
    center, level = trial.ahead(stays)
    places = places_ahead(framing.horizon, framing.block)
    gone = Traits.of(reverts[:1]).reverted(places, framing.season / framing.block)
    reverted = trial.level(reverts) + (1 - gone) * (center - level)
    errors = [trial.by_series(trial.errors(each)) for each in (center, reverted)]
    return _averaged(traits, [stays, reverts], errors, [1 - _REVERTING, _REVERTING])


def _changed(traits: Floats, **fields: Any) -> Floats:
    """[series, TRAITS] traits with some fields of `Traits` the same in all series."""
    found = traits.copy()
    for name, value in fields.items():
        getattr(Traits.of(found), name)[:] = value
    return found


def _averaged(
    traits: Floats, candidates: Sequence[Floats], errors: Sequence[Floats], prior: Sequence[float]
) -> Floats:
    """[series, TRAITS] means of candidates, with exponential weights (Vovk 1990).

    w ~ prior exp(-16 (e / least e - 1)),  e the error over all origins

    Args:
        traits: [series, TRAITS] of series without any error.
        candidates: [series, TRAITS] each.
        errors: [series] e of each.
        prior: the weights before anything is seen.
    """
    judged = np.min(errors, axis=0) > 0
    seen = np.array(errors)[:, judged]
    weight = np.array(prior)[:, None] * np.exp(-_SHARPNESS * (seen / seen.min(axis=0) - 1))
    weight /= weight.sum(axis=0)
    found = traits.copy()
    # One candidate after the other: a product of matrices may round otherwise with other series.
    found[judged] = sum(
        share[:, None] * one[judged] for share, one in zip(weight, candidates, strict=True)
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
    trial = Trial.of(judge, panel, origins(early, _FEW_ORIGINS, _half(framing)), fewest)
    if trial is None:
        return traits
    found = _changed(traits, lasting=0)
    center, level = trial.ahead(found)
    undamped = level + (center - level) / damping(framing.horizon, framing.block)
    ratio = np.log(trial.errors(center) / trial.errors(undamped))
    gain = trial.by_series(_PER_ORIGIN * np.clip(ratio, -_LARGEST, _LARGEST))
    odds = _LASTING / (1 - _LASTING) * np.exp(gain)
    judged = trial.by_series(np.ones(len(ratio))) > 0
    lasting = Traits.of(found).lasting[:, 0]
    lasting[:] = np.where(judged, odds / (1 + odds), Traits.of(traits).lasting[:, 0])
    return found


def _half(framing: Framing) -> int:
    return max(1, framing.horizon // 2)
