"""Synthetic series of every kind, as logarithms: the prior of the pre-trained networks.

Each series is a sum of what textbooks take series apart into (Hyndman and Athanasopoulos 2021,
chapter 3): a level that wanders or reverts, a local trend, a season that may evolve, a slow cycle,
autocorrelated noise, breaks and outliers; growth is exponential or linear, the season
multiplicative or additive. Every number is drawn anew for each series, most on a logarithmic scale.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

Prior: TypeAlias = Callable[[np.random.Generator, int, int, int], Any]
"""Random numbers, how many series, rows, rows per season -> [series, rows] logarithms."""

# No series moves further than this from its mean: e^6 is four hundredfold.
_WIDEST = 6.0


@dataclass(frozen=True)
class Draw:
    """Random numbers of so many series, in single precision.

    Attributes:
        random: their source.
        series: how many.
    """

    random: np.random.Generator
    series: int

    def normal(self, *shape: int) -> Any:
        """[series, *shape] standard normal."""
        return self.random.standard_normal((self.series, *shape), np.float32)

    def uniform(self, low: float, high: float, *shape: int) -> Any:
        """[series, 1 or *shape] uniform."""
        return low + (high - low) * self.random.random((self.series, *(shape or (1,))), np.float32)

    def log_uniform(self, low: float, high: float, *shape: int) -> Any:
        """[series, 1 or *shape] whose logarithm is uniform."""
        return np.exp(self.uniform(np.log(low), np.log(high), *shape))

    def some(self, share: float, *shape: int) -> Any:
        """[series, 1 or *shape] whether each is one of so large a share."""
        return self.random.random((self.series, *(shape or (1,)))) < share

    def shocks(self, rows: int) -> Any:
        """[series, rows] normal, or of some series Student's t with 4 degrees of freedom."""
        normal = self.normal(rows)
        chi = self.random.gamma(2.0, 0.5, (self.series, rows))
        return np.where(self.some(0.4), normal / np.sqrt(2 * chi), normal).astype(np.float32)


def synthetic(random: np.random.Generator, series: int, rows: int, season: int) -> Any:
    """Draw series.

    Args:
        random: the same state draws the same series.
        series: how many.
        rows: of each.
        season: rows per season, 1 for none.

    Returns:
        [series, rows] logarithms, single precision.
    """
    draw = Draw(random, series)
    # The size of what cannot be foreseen, and its share that stays.
    size = np.exp(np.log(0.05) + draw.normal(1)).clip(0.002, 0.6)
    lasting = random.beta(0.7, 0.7, (series, 1)).astype(np.float32)
    y = _level(draw, rows, size * np.sqrt(lasting)) + np.cumsum(_slope(draw, rows, size), axis=1)
    y += size * np.sqrt(1 - lasting) * _noise(draw, rows)
    y += draw.some(0.03, rows) * draw.some(0.25) * draw.normal(rows) * size * 4
    y += _cycle(draw, rows, size)
    y = np.where(draw.some(0.5), _linear(draw, y), y)
    if season > 1:
        y = _with_season(draw, y, size, season)
    wide = np.abs(y - y.mean(1, keepdims=True)).max(1, keepdims=True)
    return (y * np.minimum(1, _WIDEST / np.maximum(wide, 1e-6))).astype(np.float32)


def _level(draw: Draw, rows: int, size: Any) -> Any:
    """A random walk, or one that reverts to its mean; with a few breaks in some series."""
    kept = np.where(draw.some(0.4), draw.uniform(0.3, 0.97), 1)
    steps = draw.shocks(rows)
    steps += draw.some(1.5 / rows, rows) * draw.some(0.25) * draw.normal(rows) * 4
    level = np.zeros((draw.series, rows), np.float32)
    now = np.zeros((draw.series, 1), np.float32)
    for row in range(rows):
        now = kept * now + size * steps[:, row : row + 1]
        level[:, row : row + 1] = now
    return level


def _slope(draw: Draw, rows: int, size: Any) -> Any:
    """The change per row: constant, wandering, or damped (Gardner and McKenzie 1985)."""
    first = draw.log_uniform(0.02, 1.5) * np.where(draw.some(0.68), size, -size)
    first = np.where(draw.some(0.75), first, 0)
    mean = np.where(draw.some(0.4), first, 0)
    wander = np.where(draw.some(0.35), size * draw.log_uniform(0.01, 0.5), 0)
    damped = np.where(draw.some(0.5), 1, draw.uniform(0.7, 1))
    steps, now = draw.normal(rows), first
    slope = np.zeros((draw.series, rows), np.float32)
    for row in range(rows):
        now = mean + damped * (now - mean) + wander * steps[:, row : row + 1]
        slope[:, row : row + 1] = now
    return slope


def _noise(draw: Draw, rows: int) -> Any:
    """Of unit variance; autocorrelated in half of the series."""
    kept = np.where(draw.some(0.5), draw.uniform(-0.4, 0.8), 0)
    noise = draw.shocks(rows)
    for row in range(1, rows):
        noise[:, row] = (kept * noise[:, row - 1 : row])[:, 0] + (
            np.sqrt(1 - kept**2) * noise[:, row : row + 1]
        )[:, 0]
    return noise


def _cycle(draw: Draw, rows: int, size: Any) -> Any:
    """A slow wave in some series."""
    height = np.where(draw.some(0.4), size * draw.uniform(0.5, 4), 0)
    turn = draw.uniform(2 * np.pi / 60, 2 * np.pi / 12) * np.arange(rows)
    return height * np.sin(turn + draw.uniform(0, 2 * np.pi))


def _linear(draw: Draw, y: Any) -> Any:
    """The logarithm of what grows by amounts instead of by shares."""
    return np.log(np.maximum(1 + (y - y[:, :1]) * draw.uniform(0.5, 1.5), 0.1))


def _with_season(draw: Draw, y: Any, size: Any, season: int) -> Any:
    rows = y.shape[1]
    height = np.maximum(size, 0.01) * np.exp(np.log(1.5) + draw.normal(1))
    height = np.where(draw.some(0.8), height, 0).clip(0, 1.5)
    first = _pattern(draw, season)
    evolves = np.where(draw.some(0.5), draw.log_uniform(0.02, 0.3), 0)[..., None]
    cycles = -(-rows // season)
    pattern = first[:, None] + np.cumsum(draw.normal(cycles, season) * evolves, axis=1)
    pattern -= pattern.mean(2, keepdims=True)
    shape = pattern.reshape(draw.series, -1)[:, :rows] * height
    # An additive season becomes relatively smaller as the level rises.
    shrinking = shape * np.exp(-(y - y[:, :1]).clip(-3, 3))
    shape = np.where(draw.some(0.3), np.log1p(np.maximum(shrinking, -0.8)), shape)
    return y + shape


def _pattern(draw: Draw, season: int) -> Any:
    """[series, season] a season of mean 0 and deviation 1: waves, free numbers, and some spikes."""
    pattern = draw.normal(season)
    if season > 4:  # noqa: PLR2004 (a shorter one has no room for waves)
        waves = np.arange(1, season // 2 + 1)
        angle = 2 * np.pi * waves[:, None] * np.arange(season) / season
        falling = waves[:, None] ** draw.uniform(0.5, 1.5, 1, 1)
        share = draw.normal(len(waves), 2) / falling
        smooth = share[..., 0] @ np.cos(angle) + share[..., 1] @ np.sin(angle)
        pattern = np.where(draw.some(0.7), smooth, pattern)
        spikes = draw.normal(season) * draw.some(0.15, season) * 2
        pattern = pattern + np.where(draw.some(0.4), spikes, 0)
    pattern = pattern - pattern.mean(1, keepdims=True)
    return pattern / (pattern.std(1, keepdims=True) + 1e-6)
