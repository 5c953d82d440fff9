"""What suits a series: how its season changes, whether it has a longer one, how its trend lasts."""

from __future__ import annotations

from itertools import accumulate, pairwise
from typing import Any, NamedTuple

import numpy as np

from gatecast._types import Floats
from gatecast.framing.seasonal._blocks import places_ahead

SEASON_DECAYS = (0.8, 0.5, 0.1)
"""Weights of a season's observations compared with those one season later: how fast it changes.

The first is what every series gets without a choice.
"""

# A series that reverts is half of the way back to its mean after half a season; in that mean an
# observation counts half seven seasons later, a week of hours ("Reverting to the mean" in
# docs/tried.md).
_HALF_WAY, MEMORY = 0.5, 7

# What the networks without adaptation are damped to, and how many rows ahead ("Damping" in
# docs/tried.md).
LEAST_LEFT, _ROWS_AHEAD = 0.7, 24


class Traits(NamedTuple):
    """What suits some samples, as numbers from 0 to 1 that networks compute with.

    Attributes:
        paces: [samples, paces] shares of the seasons estimated with each of `SEASON_DECAYS`.
        longer: [samples, 1] the share of the longer season that is used.
        lasting: [samples, 1] the share of the damping that is undone.
        reverting: [samples, 1] the share of a series that reverts to its mean.
    """

    paces: Any
    longer: Any
    lasting: Any
    reverting: Any

    @classmethod
    def of(cls, numbers: Any) -> Traits:
        """The traits in an array [samples, TRAITS]; views of it, where it is NumPy's."""
        return cls(*(numbers[:, first:stop] for first, stop in pairwise(_PLACES)))

    def kept(self, ahead: int, season: float) -> Any:
        """[samples, ahead] what damped contributions to level and season are multiplied by.

        Args:
            ahead: rows or blocks ahead.
            season: rows or blocks per season.
        """
        undamped = 1 + self.lasting * (1 / damping(ahead) - 1)
        return undamped * (1 - self.reverted(np.arange(1, ahead + 1), season))

    def reverted(self, places: Any, season: float) -> Any:
        """[samples, places] the share of the way back to the mean that is gone.

        reverting (1 - 2^(-k / (season / 2)))  k rows ahead

        Args:
            places: [places] k, rows or blocks ahead.
            season: rows or blocks per season.
        """
        gone = 1 - 0.5 ** (places / (_HALF_WAY * season))
        return self.reverting * gone.astype(np.float32)


_PLACES = (0, *accumulate((len(SEASON_DECAYS), 1, 1, 1)))
TRAITS = _PLACES[-1]
"""How many numbers `Traits` are."""


def usual_traits(series: int) -> Floats:
    """[series, TRAITS] the traits of series of which nothing is known."""
    usual = np.zeros((series, TRAITS))
    traits = Traits.of(usual)
    traits.paces[:, 0] = traits.longer[:] = 1
    return usual


def damping(horizon: int, block: int = 1) -> Floats:
    """[horizon] the share that damping leaves of what networks add to level and season.

    k rows ahead it is 1 - (1 - 0.7) min(k - 1, 23) / 23; so it is of blocks ahead, where networks
    read blocks of rows.
    """
    done = np.minimum(places_ahead(horizon, block) - 1, _ROWS_AHEAD - 1) / (_ROWS_AHEAD - 1)
    share: Floats = (1 - (1 - LEAST_LEFT) * done).astype(np.float32)
    return share
