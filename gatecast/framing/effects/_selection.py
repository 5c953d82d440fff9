"""Which columns are used: those that lower the errors of rows that were held back.

Each tenth of every series is held back in turn, and forecast one row ahead with effects that were
estimated from the other rows. So holidays of the winter count, even if the series end in summer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from gatecast._types import Floats, Integers
from gatecast.framing.effects._predictors import ALWAYS, groups_of
from gatecast.framing.effects._shrinkage import Sums, of_each, of_panel, shared
from gatecast.framing.effects._statistics import BLOCKS, Statistics
from gatecast.framing.effects._verdict import ColumnVerdict

# A column is used where the likelihood of held-back rows rises by so much in all (as a logarithm),
# and by so much for each row, and not by a few parts of the series alone.
_EVIDENT, _PER_ROW, _STEADY = 3.0, 0.0025, 1.2
# Of several lags some fit by chance, and the variances that shrink them know the held-back rows.
_PER_ROW_OF_LAGS = 0.0075
# Fewer series say nothing of how effects differ between them.
_FEWEST_SERIES = 8
# Of several lags of a column, those are told whose effect is at least so much of the largest.
_LARGE = 0.25


def column_verdicts(
    told: Statistics, names: Sequence[str], every: Sequence[str], lag: Integers
) -> tuple[ColumnVerdict, ...]:
    """Whether each column is used: the least useful one is left out until all are useful.

    Args:
        told: of some series.
        names: [numbers] the column that each number comes from.
        every: the columns.
        lag: [numbers] how many rows before a row its value counts; 0 where it is that of the row.
    """
    source, rows = np.array(names), int(told.rows.sum())

    def losses(columns: frozenset[str]) -> Floats:
        return _losses(told, np.flatnonzero(np.isin(source, [*columns])))

    lagged = {*source[lag > 0]}
    found = _verdicts(
        told,
        every,
        losses,
        by_part=lambda gained: gained.sum(axis=0),
        evident=lambda name, gains: _evident(gains, rows, lagged=name in lagged),
    )
    places = np.flatnonzero(np.isin(source, [each.name for each in found if each.used]))
    shown = _lags_shown(told.of(places), source[places], lag[places])
    return tuple(replace(each, lags=shown.get(each.name, ())) for each in found)


def static_verdicts(
    told: Statistics, predictors: Floats, names: Sequence[str], every: Sequence[str]
) -> tuple[ColumnVerdict, ...]:
    """Whether static columns are used: those that tell the effects of series held back whole.

    Each tenth of the series is held back in turn, and its effects are those that its predictors
    tell, with coefficients from the others.

    Args:
        told: of the numbers that are used, of some series.
        predictors: [series, predictors] of these.
        names: [predictors] the static column that each comes from, or one of `ALWAYS`.
        every: the static columns.
    """
    source = np.array(names)
    if told.right.shape[-1] == 0 or (told.error > 0).sum() < _FEWEST_SERIES:
        return untold(every)
    sums, rows = told.sums(predictors), int(told.rows.sum())
    fold = np.arange(len(predictors)) % BLOCKS

    def losses(columns: frozenset[str]) -> Floats:
        own = np.isin(source, [*ALWAYS, *columns])
        some = sums._replace(predictors=predictors[:, own])
        explained = _explained(some, fold, groups_of(source[own].tolist()))
        found: Floats = told.total.sum(axis=1) - explained
        return found

    found = _verdicts(
        told,
        every,
        losses,
        by_part=lambda gained: np.bincount(fold, gained, BLOCKS),
        evident=lambda _, gains: _evident(gains, rows),
    )
    return tuple(replace(each, static=True) for each in found)


def untold(every: Sequence[str]) -> tuple[ColumnVerdict, ...]:
    """The verdicts on static columns where nothing tells of them."""
    return tuple(
        ColumnVerdict(name, used=False, with_it=0, without=0, static=True) for name in every
    )


def _explained(sums: Sums, fold: Integers, groups: Integers) -> Floats:
    """[series] what effects explain that are told by the series of all other folds alone."""
    found = np.zeros(len(fold))
    for number in range(BLOCKS):
        out = fold == number
        own = sums.predictors[out] @ shared(sums.where(~out), groups).mean
        left = 2 * sums.right[out] - np.einsum("sab,sb->sa", sums.gram[out], own)
        found[out] = (own * left).sum(axis=1)
    return found


def _verdicts(
    told: Statistics,
    every: Sequence[str],
    losses_with: Callable[[frozenset[str]], Floats],
    by_part: Callable[[Floats], Any],
    evident: Callable[[str, Floats], bool],
) -> tuple[ColumnVerdict, ...]:
    """What is left when the least useful column is left out until the gain of each is evident.

    Args:
        told: of the series.
        every: the columns.
        losses_with: columns -> [series, ...] squared errors of what is held back, in units of the
            errors' variance.
        by_part: [series, ...] -> [parts held back in turn] sums.
        evident: whether a column's gains [parts] of the logarithm of the likelihood are.
    """
    losses = cache(losses_with)

    def gains(columns: frozenset[str], name: str) -> Floats:
        found: Floats = by_part(losses(columns - {name}) - losses(columns | {name})) / 2
        return found

    used = frozenset(every)
    while used:
        gained = {name: gains(used, name) for name in every if name in used}
        weakest = min(gained, key=lambda name: float(gained[name].sum()))
        if evident(weakest, gained[weakest]):
            break
        used -= {weakest}

    def error(columns: frozenset[str]) -> float:
        return _error(told, losses(columns).reshape(len(told.error), -1).sum(axis=1))

    return tuple(
        ColumnVerdict(name, name in used, error(used | {name}), error(used - {name}))
        for name in every
    )


def _error(told: Statistics, losses: Floats) -> float:
    """The root of the mean square of errors in scaled units, times 100.

    Args:
        told: of the series.
        losses: [series] sums of their squares, in units of the errors' variance.
    """
    squares = told.error**2 * losses
    return float(100 * np.sqrt(max(squares.sum(), 0) / max(told.rows.sum(), 1)))


def _lags_shown(told: Statistics, source: Any, lag: Integers) -> dict[str, tuple[int, ...]]:
    """Column -> its lags whose effects are at least so large a part of the largest.

    The size of an effect is sqrt(m^2 + T), which those of single series have on average.

    Args:
        told: of the numbers that are used.
        source: [numbers] the column that each comes from.
        lag: [numbers].
    """
    if not lag.any():
        return {}
    known = shared(told.sums())
    size = np.sqrt(known.mean[0] ** 2 + known.between)
    found = {}
    for name in dict.fromkeys(source[lag > 0]):
        own = source == name
        large = own & (size >= _LARGE * size[own].max())
        found[str(name)] = tuple(sorted({*lag[large].tolist()}))
    return found


def _evident(gains: Floats, rows: int, *, lagged: bool = False) -> bool:
    total, per_row = float(gains.sum()), _PER_ROW_OF_LAGS if lagged else _PER_ROW
    return total >= max(_EVIDENT, per_row * rows, _STEADY * float(np.sqrt((gains**2).sum())))


def _losses(told: Statistics, places: Integers) -> Floats:
    """[series, blocks] squared errors of held-back rows, in units of the errors' variance."""
    if not len(places):
        return told.total
    some = told.of(places)
    whole = some.sums()
    known = shared(whole)
    losses = np.empty(told.total.shape)
    for block in range(BLOCKS):
        held, of_held = some.gram[:, block], some.right[:, block]
        others = Sums.alike(whole.gram - held, whole.right - of_held)
        own = of_each(others, known._replace(mean=of_panel(others, known)))
        explained = (own * (2 * of_held - np.einsum("sab,sb->sa", held, own))).sum(axis=1)
        losses[:, block] = told.total[:, block] - explained
    return losses
