"""The season of a window, estimated from the window alone by classical decomposition.

As all of this room, the formulas are written once for `jax.numpy` and for `keras.ops`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np

from gatecast.framing.seasonal._masks import WindowMask, decay, total_of
from gatecast.framing.seasonal._traits import SEASON_DECAYS, Traits


class Seasons(NamedTuple):
    """The seasons of a series, and whether they are input of the network.

    Attributes:
        rows: per season, 1 for none.
        longer: rows per longer season, a multiple; 1 for none.
        shown: False gives a network the input of a series that has no season.
        traits: of the samples; None for the usual ones.
        block: rows that are averaged after the season was removed, and read as one.
    """

    rows: int
    longer: int = 1
    shown: bool = True
    traits: Traits | None = None
    block: int = 1


def every_index(values: Any, seen: WindowMask, seasons: Seasons, xp: Any) -> tuple[Any, Any]:
    """The indices of both seasons together, as `seasonal_indices` has them."""
    rows, traits = values.shape[1], seasons.traits
    season, longer = (each if 2 * each <= rows else 1 for each in seasons[:2])
    paces = None if traits is None else traits.paces
    indices, trusted = seasonal_indices(values, seen, season, xp, paces)
    if longer > season:
        left = values - repeated(indices, rows, xp)
        of_longer = seasonal_indices(left, seen, longer, xp, paces)[0]
        if traits is not None:
            of_longer = of_longer * traits.longer
        indices = xp.tile(indices, (1, longer // season)) + of_longer
    return indices, trusted


def repeated(indices: Any, rows: int, xp: Any, *, from_the_end: bool = True) -> Any:
    """[samples, rows] the indices [samples, season] again and again.

    Args:
        indices: in the order of the newest season.
        rows: as many.
        xp: as in `normalised`.
        from_the_end: of the rows of a window, the newest of which has the last index; else of the
            rows ahead, the first of which has the first one.
    """
    again = xp.tile(indices, (1, -(-rows // indices.shape[1])))
    return again[:, again.shape[1] - rows :] if from_the_end else again[:, :rows]


def seasonal_indices(
    values: Any, seen: WindowMask, season: int, xp: Any = jnp, paces: Any = None
) -> tuple[Any, Any]:
    """The additive seasonal indices of windows, by classical decomposition, shrunken.

    d_t = y_t - centred moving average over one season
    s_p = weighted mean of d_t over the rows of phase p, newer seasons counting more; sum_p s_p = 0
    s_p <- s_p max(0, 1 - v / mean_p s_p^2),  v the sampling variance of the s_p

    The last line shrinks the season towards zero as James and Stein (1961) do: indices that are no
    larger than noise alone would make them become zero. It is a smooth form of the usual test for
    a season (shrinkage of indices: Miller and Williams 2003).

    Args:
        values: [samples, rows].
        seen: which of them count.
        season: rows per season.
        xp: as in `normalised`.
        paces: [samples, paces] the mean with these weights of what each of `SEASON_DECAYS` gives;
            None for the first alone.

    Returns:
        [samples, season] indices of the rows of the newest season, in their order; and
        [samples, 1] the share that shrinking left. Both zero where a phase was not observed.
    """
    if season == 1:
        return xp.zeros_like(values[:, :1]), xp.zeros_like(values[:, :1])
    # Only where the whole average lies inside the series, which is where its oldest row does.
    half = season // 2
    counts = xp.pad(seen.inside[:, : -2 * half], ((0, 0), (half, half))) * seen.observed
    average = _moving_average(values * seen.inside, season, xp)
    detrended = xp.where(counts > 0, values - average, 0)
    decays = SEASON_DECAYS if paces is not None else SEASON_DECAYS[:1]
    indices, trusted = _indices(detrended, counts, season, decays, xp)
    if paces is None:
        return indices[:, 0], trusted[:, 0]
    share = paces[:, :, None]
    return xp.sum(share * indices, axis=1), xp.sum(share * trusted, axis=1)


def _indices(
    detrended: Any, counts: Any, season: int, decays: tuple[float, ...], xp: Any
) -> tuple[Any, Any]:
    """As `seasonal_indices`, of rows without their moving average, for each of some decays.

    Args:
        detrended: [samples, rows].
        counts: [samples, rows] which of them count.
        season: rows per season.
        decays: the weights of a season's observations compared with those one season later.
        xp: as in `normalised`.

    Returns:
        [samples, decays, season] and [samples, decays, 1].
    """
    rows = detrended.shape[1]
    cycles = -(-rows // season)
    newer = decay(np.array(decays)[:, None, None], np.arange(cycles)[::-1, None])
    # [samples, 1, cycles, season] seasons that end at the origin.
    front = ((0, 0), (cycles * season - rows, 0))
    counted, values = (
        xp.reshape(xp.pad(each, front), (-1, 1, cycles, season)) for each in (counts, detrended)
    )
    weight = counted * newer
    total = xp.sum(weight, axis=2)
    indices = xp.sum(values * weight, axis=2) / xp.maximum(total, 1e-6)
    indices = indices - xp.mean(indices, axis=2, keepdims=True)
    spare = (total_of(counts, xp) - season)[:, None]
    squares = xp.sum(counted * (values - indices[:, :, None]) ** 2, axis=2)
    variance = xp.sum(squares, axis=2, keepdims=True) / xp.maximum(spare, 1)
    of_index = xp.sum(counted * newer**2, axis=2) / (xp.maximum(total, 1e-6) ** 2)
    power = xp.maximum(xp.mean(indices**2, axis=2, keepdims=True), 1e-12)
    of_index = xp.mean(of_index, axis=2, keepdims=True)
    trusted = xp.clip(1 - variance * of_index / power, 0, 1)
    # From a single season, pattern and noise cannot be told apart: half is trusted at most.
    trusted = xp.where(spare < season // 2, xp.minimum(trusted, 0.5), trusted)
    trusted = xp.where(xp.all(total > 0, axis=2, keepdims=True), trusted, 0)
    return indices * trusted, trusted


def _moving_average(values: Any, season: int, xp: Any) -> Any:
    """[samples, rows] the average over one centred season; zero at the edges.

    Of an even number of rows it is the mean of the two that are half a row off the centre. Sums are
    put together from sums of 1, 2, 4, ... rows: differences of running totals would lose digits.
    """
    sums = _moving_sums(values, season, xp)
    if season % 2 == 0:
        sums = (sums[:, 1:] + sums[:, :-1]) / 2
    half = season // 2
    return xp.pad(sums / season, ((0, 0), (half, half)))


def _moving_sums(values: Any, length: int, xp: Any) -> Any:
    """[samples, rows - length + 1] the sums over so many rows each."""
    number = values.shape[1] - length + 1
    total, done, some, size = xp.zeros_like(values[:, :number]), 0, values, 1
    while size <= length:
        if length & size:
            total = total + some[:, done : done + number]
            done += size
        if 2 * size <= length:
            some = some[:, :-size] + some[:, size:]
        size *= 2
    return total
