"""What suits a series: how its season changes, whether it has a longer one, how its trend lasts."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from gatecast._types import Floats
from gatecast.framing._blocks import places_ahead

SEASON_DECAYS = (0.8, 0.5, 0.1)
"""Weights of a season's observations compared with those one season later: how fast it changes.

The first is what every series gets without a choice.
"""

# What the networks without adaptation are damped to, and how many rows ahead ("Damping" in
# docs/tried.md).
LEAST_LEFT, _ROWS_AHEAD = 0.7, 24


class Traits(NamedTuple):
    """What suits some samples, as numbers from 0 to 1 that networks compute with.

    Attributes:
        paces: [samples, paces] shares of the seasons estimated with each of `SEASON_DECAYS`.
        longer: [samples, 1] the share of the longer season that is used.
        lasting: [samples, 1] the share of the damping that is undone.
    """

    paces: Any
    longer: Any
    lasting: Any

    @classmethod
    def of(cls, numbers: Any) -> Traits:
        """The traits in an array [samples, TRAITS]."""
        return cls(numbers[:, :-2], numbers[:, -2:-1], numbers[:, -1:])

    def undamped(self, horizon: int) -> Any:
        """[samples, horizon] what damped contributions to level and season are multiplied by."""
        return 1 + self.lasting * (1 / damping(horizon) - 1)


TRAITS = len(SEASON_DECAYS) + 2
"""How many numbers `Traits` are."""


def usual_traits(series: int) -> Floats:
    """[series, TRAITS] the traits of series of which nothing is known."""
    return np.tile([1.0, *[0.0] * (len(SEASON_DECAYS) - 1), 1.0, 0.0], (series, 1))


def damping(horizon: int, block: int = 1) -> Floats:
    """[horizon] the share that damping leaves of what networks add to level and season.

    k rows ahead it is 1 - (1 - 0.7) min(k - 1, 23) / 23; so it is of blocks ahead, where networks
    read blocks of rows.
    """
    done = np.minimum(places_ahead(horizon, block) - 1, _ROWS_AHEAD - 1) / (_ROWS_AHEAD - 1)
    share: Floats = (1 - (1 - LEAST_LEFT) * done).astype(np.float32)
    return share
