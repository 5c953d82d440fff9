"""Variants of the prior, each one change to the synthetic series that are shipped.

Each is a function as `synthetic`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from pretraining._series import Draw, Prior, synthetic


def more_cycles(random: np.random.Generator, series: int, rows: int, season: int) -> Any:
    """Another slow wave in two of five series."""
    y, draw = synthetic(random, series, rows, season), Draw(random, series)
    height = np.where(draw.some(0.4), _size(y) * draw.uniform(0.5, 4), 0)
    turn = draw.uniform(2 * np.pi / 60, 2 * np.pi / 12) * np.arange(rows)
    return _single(y + height * np.sin(turn + draw.uniform(0, 2 * np.pi)))


def more_outliers(random: np.random.Generator, series: int, rows: int, season: int) -> Any:
    """Single rows that are far off, in half of the series."""
    y, draw = synthetic(random, series, rows, season), Draw(random, series)
    far = draw.some(0.03, rows) * draw.some(0.5) * draw.normal(rows)
    return _single(y + 4 * _size(y) * far)


def wandering_noise(random: np.random.Generator, series: int, rows: int, season: int) -> Any:
    """Noise whose size wanders, in half of the series."""
    y, draw = synthetic(random, series, rows, season), Draw(random, series)
    wide = np.exp(np.clip(0.2 * np.cumsum(draw.normal(rows), axis=1), -2, 2))
    return _single(y + draw.some(0.5) * _size(y) * wide * draw.normal(rows))


def broken_trends(random: np.random.Generator, series: int, rows: int, season: int) -> Any:
    """A trend that changes once, in half of the series."""
    y, draw = synthetic(random, series, rows, season), Draw(random, series)
    since = np.maximum(np.arange(rows) - draw.uniform(0, rows), 0)
    return _single(y + draw.some(0.5) * 0.2 * _size(y) * draw.normal(1) * since)


def fewer_seasons(random: np.random.Generator, series: int, rows: int, season: int) -> Any:
    """No season in two of five series beside those that have none anyway."""
    plain, y = (synthetic(random, series, rows, each) for each in (1, season))
    return np.where(Draw(random, series).some(0.4), plain, y)


def more_by_amounts(random: np.random.Generator, series: int, rows: int, season: int) -> Any:
    """Growth by amounts instead of by shares in half of the series more."""
    y, draw = synthetic(random, series, rows, season), Draw(random, series)
    amounts = np.log(np.maximum(1 + (y - y[:, :1]) * draw.uniform(0.5, 1.5), 0.1))
    return _single(np.where(draw.some(0.5), amounts, y))


def less_upward(random: np.random.Generator, series: int, rows: int, season: int) -> Any:
    """A third of the series upside down: as many fall as rise."""
    y = synthetic(random, series, rows, season)
    return np.where(Draw(random, series).some(1 / 3), -y, y)


VARIANTS: Mapping[str, Prior] = MappingProxyType(
    {
        "shipped": synthetic,
        **{
            each.__name__: each
            for each in (
                more_cycles,
                more_outliers,
                wandering_noise,
                broken_trends,
                fewer_seasons,
                more_by_amounts,
                less_upward,
            )
        },
    }
)


def _size(y: Any) -> Any:
    """[series, 1] the usual change from row to row."""
    return np.median(np.abs(np.diff(y, axis=1)), axis=1, keepdims=True)


def _single(y: Any) -> Any:
    return y.astype(np.float32)
