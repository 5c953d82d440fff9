"""Trained networks, and what they forecast.

A panel comes in; its rows are scaled as in training, gathered around forecast origins and run
through the networks of each part; forecasts in the user's units go out, of each member, of each
part and of all together. Hidden and cell state go in and come out as arrays. Nothing here trains.
"""

from gatecast.forecasting.members._combination import Combination
from gatecast.forecasting.members._forecast import Forecast, MemberForecast, joined, mean_of
from gatecast.forecasting.members._from_windows import (
    ahead,
    from_windows,
    one_step,
    points_from_windows,
    traced,
)
from gatecast.forecasting.members._kinds import Finish, Kinds, Support
from gatecast.forecasting.members._learnt_kinds import with_kinds
from gatecast.forecasting.members._learnt_traits import with_traits
from gatecast.forecasting.members._masking import can_mask, needs_mask
from gatecast.forecasting.members._members import Members, view_of
from gatecast.forecasting.members._own_past import OwnPast, Reach
from gatecast.forecasting.members._program import Program
from gatecast.forecasting.members._quantiles import PROBABILITIES, probability_at, value_at
from gatecast.forecasting.members._runner import ForecastInputs, NetworkOutput, Runner
from gatecast.forecasting.members._state import (
    NOTHING,
    PartState,
    level_before,
    memory_after,
    memory_before,
)

__all__ = [
    "NOTHING",
    "PROBABILITIES",
    "Combination",
    "Finish",
    "Forecast",
    "ForecastInputs",
    "Kinds",
    "MemberForecast",
    "Members",
    "NetworkOutput",
    "OwnPast",
    "PartState",
    "Program",
    "Reach",
    "Runner",
    "Support",
    "ahead",
    "can_mask",
    "from_windows",
    "joined",
    "level_before",
    "mean_of",
    "memory_after",
    "memory_before",
    "needs_mask",
    "one_step",
    "points_from_windows",
    "probability_at",
    "traced",
    "value_at",
    "view_of",
    "with_kinds",
    "with_traits",
]
