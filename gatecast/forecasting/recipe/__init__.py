"""The parts of `AutoLSTM`: which there are, what they start from, and which of them stay.

A panel comes in; the parts to fit go out, which depend on its calendar and its lengths only. Their
forecasts of held-out windows then decide which parts are kept.
"""

from gatecast.forecasting.recipe import _pretrained as pretrained
from gatecast.forecasting.recipe._choose import chosen_parts
from gatecast.forecasting.recipe._recipe import Quality, check_recipe, recipe_parts
from gatecast.forecasting.recipe._season import LONGEST_SEASON, seasons, with_period

__all__ = [
    "LONGEST_SEASON",
    "Quality",
    "check_recipe",
    "chosen_parts",
    "pretrained",
    "recipe_parts",
    "seasons",
    "with_period",
]
