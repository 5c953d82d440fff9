"""What kind each series is of, and how far networks forecast it, by its own past."""

from __future__ import annotations

from dataclasses import replace

import jax
import numpy as np

from gatecast._group import ALONE, Group
from gatecast._types import Floats, Integers, Panel
from gatecast.forecasting.members._combination import Combination
from gatecast.forecasting.members._forecast import Forecast
from gatecast.forecasting.members._from_windows import combined_from_windows
from gatecast.forecasting.members._kinds import Kinds
from gatecast.forecasting.members._members import Members
from gatecast.forecasting.members._quantiles import PROBABILITIES
from gatecast.framing import (
    PLAIN,
    YES_NO,
    Windows,
    apart,
    fit_scaler,
    kinds_of,
    mean_size,
    rows_from,
    yes_no_targets,
)

# The networks are judged from a few origins, each after so many rows. What speaks for them before
# anything is seen, how much each origin counts, and the largest logarithm of a ratio of errors that
# it can bring ("Counts, zeros, yes and no" in docs/tried.md).
_ORIGINS, _FEWEST_ROWS = 4, 20
_NETWORKS, _PER_ORIGIN, _LARGEST = 0.25, 4.0, 1.0
# Errors below this share of the mean size are rounding.
_ROUNDING = 1e-3


def with_kinds(
    members: Combination,
    judge: Members,
    panel: Panel,
    rows: Integers,
    season_length: int,
    group: Group = ALONE,
) -> Combination:
    """The members that know the kind of each series, learnt from its leading rows.

    Args:
        members: of a fit; those of `AutoLSTM` alone look at kinds.
        judge: its networks that were not trained on the panel.
        panel: the series; rows after the leading ones are not read.
        rows: [series] leading rows to learn from; a series without any keeps its kind and share.
        season_length: rows per season.
        group: the processes that decide together.
    """
    if not judge.part.apart:
        return members
    before = members.kinds
    if before is None:
        yes_no = yes_no_targets(panel, rows, group)
        kind = kinds_of(panel, rows, yes_no)
        before = Kinds(kind, np.ones(len(kind)))
    else:
        kind = np.where(rows > 0, kinds_of(panel, rows, _yes_no(before, panel)), before.kind)
    learnt = (rows > 0) & (kind != PLAIN)
    known = replace(members, kinds=Kinds(kind, np.where(learnt, 1.0, before.share)))
    if not learnt.any():
        return known
    share = _shares(known, _first_of(judge), apart(panel), np.where(learnt, rows, 0), season_length)
    return replace(known, kinds=Kinds(kind, np.where(learnt, share, before.share)))


def _yes_no(known: Kinds, panel: Panel) -> Integers:
    """[targets] whether its series are of yes and no."""
    by_id = known.kind.reshape(-1, len(panel.targets))
    found: Integers = (by_id == YES_NO).any(axis=0).astype(int)
    return found


def _first_of(judge: Members) -> Members:
    weights = jax.tree.map(lambda value: value[:, :1], judge.weights)
    return replace(judge, weights=weights, program=None)


def _shares(
    members: Combination, judge: Members, panel: Panel, rows: Integers, season_length: int
) -> Floats:
    """[series] of the networks; 1 where there are too few rows to judge.

    share / (1 - share) = 0.25 / 0.75 product (e own past / e networks)^4

    over the origins, e the mean pinball loss of the quantiles.
    """
    horizon = judge.settings.framing.horizon
    early = rows - horizon
    scaler = fit_scaler(
        judge.settings.scaler,
        panel,
        np.maximum(early, 0),
        season_length=season_length,
        effects=judge.view.effects_of(panel),
    )
    judge = replace(judge, view=replace(judge.view, scaler=scaler))
    known = np.where(panel.position < rows[panel.series_of_row], panel.y, np.nan)
    size = _ROUNDING * np.maximum(mean_size(known, panel), np.finfo(float).tiny)
    gain, judged = np.zeros(len(rows)), np.zeros(len(rows), bool)
    for number in range(_ORIGINS):
        place = early - number * max(1, horizon // 2)
        series = np.flatnonzero(place >= max(judge.settings.framing.fewest, _FEWEST_ROWS))
        if not len(series):
            continue
        windows = Windows(series, panel.offsets[series] + place[series])
        said = combined_from_windows(judge, panel, windows, horizon)
        actual = rows_from(panel.y, windows.origin, horizon)
        finish = members.finish(panel, windows)
        if finish is None:
            continue
        networks, own = (
            _pinball(replace(finish, share=np.full(len(series), share)).of(said), actual)
            for share in (1.0, 0.0)
        )
        ratio = np.log((own + size[series]) / (networks + size[series]))
        seen = ~np.isnan(ratio)
        gain[series[seen]] += _PER_ORIGIN * np.clip(ratio[seen], -_LARGEST, _LARGEST)
        judged[series[seen]] = True
    odds = _NETWORKS / (1 - _NETWORKS) * np.exp(gain)
    return np.where(judged, odds / (1 + odds), 1.0)


def _pinball(forecast: Forecast, actual: Floats) -> Floats:
    """[windows] the mean loss of the quantiles; NaN where nothing was observed."""
    over = actual[..., None] - (np.nan if forecast.quantiles is None else forecast.quantiles)
    loss = np.maximum(PROBABILITIES * over, (PROBABILITIES - 1) * over).mean(axis=-1)
    seen = (~np.isnan(loss)).sum(axis=1)
    total: Floats = np.nansum(loss, axis=1)
    mean: Floats = np.divide(total, seen, out=np.full(len(seen), np.nan), where=seen > 0)
    return mean
