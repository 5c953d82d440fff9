"""Windows without their level, season and spread, all estimated from the window alone.

Values of windows come in, with a mask of the rows that count. `seasonal_indices` estimates the
season, which changes as fast as the `Traits` of a series say; `normalised` takes it out, and level
and spread with it. What a network reads goes out, and how its forecasts become those of rows.
"""

from gatecast.framing.seasonal._blocks import Scatter, blocks_ahead, places_ahead
from gatecast.framing.seasonal._masks import WindowMask
from gatecast.framing.seasonal._normalised import COLUMNS, NormalisedWindow, normalised
from gatecast.framing.seasonal._season import Seasons, seasonal_indices
from gatecast.framing.seasonal._traits import (
    SEASON_DECAYS,
    TRAITS,
    Traits,
    damping,
    usual_traits,
)

__all__ = [
    "COLUMNS",
    "SEASON_DECAYS",
    "TRAITS",
    "NormalisedWindow",
    "Scatter",
    "Seasons",
    "Traits",
    "WindowMask",
    "blocks_ahead",
    "damping",
    "normalised",
    "places_ahead",
    "seasonal_indices",
    "usual_traits",
]
