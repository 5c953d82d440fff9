"""Which columns are used: those that lower the errors of rows that were held back.

Each tenth of every series is held back in turn, and forecast one row ahead with effects that were
estimated from the other rows. So holidays of the winter count, even if the series end in summer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
    source = np.array(names)
    known: dict[frozenset[str], Floats] = {}

    def losses(columns: frozenset[str]) -> Floats:
        if columns not in known:
            known[columns] = _losses(told, np.flatnonzero(np.isin(source, [*columns])))
        return known[columns]

    def gain(columns: frozenset[str], name: str) -> Floats:
        """[blocks] what a column adds to the logarithm of the likelihood."""
        difference = losses(columns - {name}) - losses(columns | {name})
        found: Floats = difference.sum(axis=0) / 2
        return found

    rows, lagged = int(told.rows.sum()), {*source[lag > 0]}
    used = _useful(every, gain, lambda name, own: _evident(own, rows, lagged=name in lagged))

    def error(columns: frozenset[str]) -> float:
        return _error(told, losses(columns).sum(axis=1))

    places = np.flatnonzero(np.isin(source, [*used]))
    shown = _lags_shown(told.of(places), source[places], lag[places])
    return tuple(
        ColumnVerdict(
            name,
            name in used,
            error(used | {name}),
            error(used - {name}),
            shown.get(name, ()),
        )
        for name in every
    )


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
    sums = Sums(told.gram.sum(axis=1), told.right.sum(axis=1), predictors)
    fold = np.arange(len(predictors)) % BLOCKS
    known: dict[frozenset[str], Floats] = {}

    def losses(columns: frozenset[str]) -> Floats:
        """[series] squared errors, in units of the errors' variance."""
        if columns not in known:
            own = np.isin(source, [*ALWAYS, *columns])
            explained = _explained(
                sums._replace(predictors=predictors[:, own]), fold, groups_of(source[own].tolist())
            )
            known[columns] = told.total.sum(axis=1) - explained
        return known[columns]

    def gain(columns: frozenset[str], name: str) -> Floats:
        """[folds] what a column adds to the logarithm of the likelihood."""
        difference = losses(columns - {name}) - losses(columns | {name})
        found: Floats = np.bincount(fold, difference, BLOCKS) / 2
        return found

    rows = int(told.rows.sum())
    used = _useful(every, gain, lambda _, own: _evident(own, rows))
    return tuple(
        ColumnVerdict(
            name,
            name in used,
            _error(told, losses(used | {name})),
            _error(told, losses(used - {name})),
            static=True,
        )
        for name in every
    )


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


def _useful(
    every: Sequence[str],
    gain: Callable[[frozenset[str], str], Floats],
    evident: Callable[[str, Floats], bool],
) -> frozenset[str]:
    """What is left when the least useful is left out until the gain of each is evident."""
    used = frozenset(every)
    while used:
        gains = {name: gain(used, name) for name in every if name in used}
        weakest = min(gains, key=lambda name: float(gains[name].sum()))
        if evident(weakest, gains[weakest]):
            break
        used -= {weakest}
    return used


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
    known = shared(Sums.alike(told.gram.sum(axis=1), told.right.sum(axis=1)))
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
    gram, right = some.gram.sum(axis=1), some.right.sum(axis=1)
    known = shared(Sums.alike(gram, right))
    losses = np.empty(told.total.shape)
    for block in range(BLOCKS):
        held, of_held = some.gram[:, block], some.right[:, block]
        others = Sums.alike(gram - held, right - of_held)
        own = of_each(others, known._replace(mean=of_panel(others, known)))
        explained = (own * (2 * of_held - np.einsum("sab,sb->sa", held, own))).sum(axis=1)
        losses[:, block] = told.total[:, block] - explained
    return losses
