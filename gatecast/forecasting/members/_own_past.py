"""Distributions made of a series' own past values, with weights.

The value of a coming row is like one of the past: one that was observed lately, or in the same
place of the season. Its distribution is that of past values y_r with weights

w_r ~ d^age, times k where row r lies in another place of the season,

a mean over some d and k. Their shares follow from how well each would have foretold known rows
(exponential weights: Vovk 1990). Such forecasts keep to the values that there can be: whole
numbers, zeros, yes and no (bootstrap of demand: Willemain, Smart and Schwarz 2004).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from gatecast._types import Floats, Panel
from gatecast.forecasting.members._quantiles import PROBABILITIES
from gatecast.framing import Framing, Windows

OWN_ROWS = 200
"""Past rows that are kept, or those that networks look back on, if these are more."""

# Shares of its weight that a value keeps from row to row, and weights of other places in the
# season ("Counts, zeros, yes and no" in docs/tried.md).
_DECAYS, _OTHER_PLACES = (1.0, 0.97, 0.9), (1.0, 0.05)
_SHARPNESS = 80.0
# Known rows are foretold from at least so many others, and at most so many of them; their
# distributions are compared at so many values.
_FEWEST, _MOST, _VALUES = 10, 100, 8
# Seasons of which places are blocks of rows, that are looked back on.
_SEASONS = 7
_ROUNDING = 1e-9
# Weights in memory at once.
_AT_ONCE = 2_000_000


@dataclass(frozen=True)
class Reach:
    """How far own pasts reach.

    Attributes:
        rows: of each window.
        season: rows per season; 1 for none.
        horizon: of the networks: known rows are foretold from half of it before.
        block: rows in one place of the season; as many as networks read as one.
    """

    rows: int
    season: int
    horizon: int
    block: int = 1

    @classmethod
    def of(cls, framing: Framing, rows: int) -> Reach:
        """How far own pasts reach beside networks that read blocks or rows.

        Args:
            framing: of the networks.
            rows: that are kept.
        """
        season, block = framing.season, framing.block
        if block > 1:
            # A place is a block: as many places as rows would be most of the time.
            rows = max(OWN_ROWS, min(rows, _SEASONS * season) // block * block)
        return cls(rows, season, framing.horizon, block)

    @property
    def apart(self) -> int:
        """How many rows before a known one its forecast was made."""
        return int(np.clip((self.horizon + 1) // 2, 1, max(self.rows // 4, 1)))

    @property
    def phases(self) -> int:
        """Places in a season, where two of it are seen; else 1."""
        return -(-self.cycle // self.block)

    @property
    def cycle(self) -> int:
        """Rows after which places come again."""
        return self.season if 2 * self.season <= self.rows else self.block

    def elsewhere(self, age: Any) -> Any:
        """Whether rows that are so many apart lie in other places of the season.

        Args:
            age: [...] rows between them.
        """
        # Nearer to a whole number of seasons than half a block.
        return (age + self.block // 2) % self.cycle >= self.block


@dataclass(frozen=True)
class OwnPast:
    """What own pasts say of some windows, from each as many rows on as a season has.

    Attributes:
        quantiles: [windows, phases, probabilities] at `PROBABILITIES`.
        mean: [windows, phases].
        known: [windows] False where nothing was observed.
        cycle: rows after which places come again.
        block: rows in one place.
    """

    quantiles: Floats
    mean: Floats
    known: Any
    cycle: int
    block: int

    @classmethod
    def of(cls, panel: Panel, windows: Windows, reach: Reach) -> OwnPast:
        """The distributions of the rows that follow some windows.

        Args:
            panel: the series; rows from the origins on are not read.
            windows: over all its series.
            reach: how far they reach.
        """
        parts = [_own_past(values, reach) for values in _histories(panel, windows, reach)]
        quantiles, mean, known = (np.concatenate(each) for each in zip(*parts, strict=True))
        return cls(quantiles, mean, known, reach.cycle, reach.block)

    def ahead(self, h: int) -> tuple[Floats, Floats]:
        """[windows, h, probabilities] and [windows, h] quantiles and means of `h` rows."""
        phase = np.arange(h) % self.cycle // self.block
        return self.quantiles[:, phase], self.mean[:, phase]


def _histories(panel: Panel, windows: Windows, reach: Reach) -> Iterator[Floats]:
    """[windows, rows] the values before some windows at a time; NaN where there is none."""
    size = max(1, _AT_ONCE // (reach.phases * reach.rows))
    for first in range(0, len(windows), size):
        some = windows.where(slice(first, first + size))
        place = some.origin[:, None] + np.arange(-reach.rows, 0)
        inside = place >= panel.offsets[some.series][:, None]
        yield np.where(inside, panel.y[np.maximum(place, 0)], np.nan)


def _own_past(values: Floats, reach: Reach) -> tuple[Floats, Floats, Any]:
    seen = ~np.isnan(values)
    weights = np.zeros((len(values), reach.phases, reach.rows))
    for share, own in zip(_shares(values, seen, reach), _candidates(reach), strict=True):
        weights += share[:, None, None] * own
    weights *= seen[:, None]
    total = weights.sum(axis=-1, keepdims=True)
    known = seen.any(axis=1)
    weights /= np.where(total > 0, total, 1)
    order = np.argsort(values, axis=1, kind="stable")
    sorted_values = np.nan_to_num(np.take_along_axis(values, order, axis=1))
    summed = np.take_along_axis(weights, order[:, None], axis=2).cumsum(axis=2)
    last = np.maximum(seen.sum(axis=1) - 1, 0)[:, None]
    quantiles = np.stack(
        [
            np.take_along_axis(
                sorted_values,
                np.minimum((summed < probability - _ROUNDING).sum(axis=2), last),
                axis=1,
            )
            for probability in PROBABILITIES
        ],
        axis=-1,
    )
    mean = (weights * np.nan_to_num(values)[:, None]).sum(axis=-1)
    return quantiles, mean, known


def _candidates(reach: Reach) -> Iterator[Floats]:
    """[phases, rows] the weights of past rows for each row ahead, for each decay and season."""
    rows = np.arange(reach.rows)
    # From the middle of a place.
    first = reach.rows + (reach.block - 1) // 2
    ahead = first + reach.block * np.arange(reach.phases)[:, None] - rows
    for decay, other in product(_DECAYS, _OTHER_PLACES):
        age = (reach.rows - 1.0 - rows) / reach.block
        yield decay**age * np.where(reach.elsewhere(ahead), other, 1.0)


def _shares(values: Floats, seen: Any, reach: Reach) -> Floats:
    """[candidates, windows] by how well each would have foretold the known rows.

    share ~ exp(-80 (e / least e - 1)), e the mean of (F(v) - [y <= v])^2 over known rows y and some
    values v, a continuous ranked probability score (Gneiting and Raftery 2007).
    """
    rows, apart = np.arange(reach.rows), reach.apart
    fewest = max(_FEWEST, reach.phases * reach.block)
    first = max(reach.rows - _MOST, min(apart + fewest, reach.rows - 1))
    age = rows[first:, None] - rows
    places = rows.size * np.arange(1, _VALUES + 1) // (_VALUES + 1)
    # Of a short series the values that there are.
    ordered = np.sort(values, axis=1)
    number = np.maximum(seen.sum(axis=1), 1)[:, None]
    level = np.take_along_axis(ordered, places * number // reach.rows, axis=1)
    below = ((values[..., None] <= level[:, None]) & seen[..., None]).astype(float)
    counted = seen.astype(float)[..., None]
    errors = []
    for decay, other in product(_DECAYS, _OTHER_PLACES):
        weight = np.where(age >= apart, decay ** (np.maximum(age, 0.0) / reach.block), 0.0)
        weight *= np.where(reach.elsewhere(age), other, 1.0)
        total = np.matmul(weight, counted)
        told = np.matmul(weight, below) / np.where(total > 0, total, 1)
        judged = (total > 0) & seen[:, first:, None]
        missed = np.where(judged, (told - below[:, first:]) ** 2, 0).sum(axis=(1, 2))
        errors.append(missed / np.maximum(judged.sum(axis=(1, 2)), 1) + _ROUNDING)
    error = np.array(errors)
    share = np.exp(-_SHARPNESS * (error / error.min(axis=0) - 1))
    found: Floats = share / share.sum(axis=0)
    return found
