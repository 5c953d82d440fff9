"""The effects of what is known ahead: columns, calendar features and holidays.

The scaled training rows of a panel come in, with the numbers that its columns become; the columns
that are worth using, and the effect of each on each series, go out. Effects are taken out of a
series before networks look, and added to their forecasts.
"""

from gatecast.framing.effects._design import Design, design_of
from gatecast.framing.effects._effects import Effects
from gatecast.framing.effects._predictors import Predictors
from gatecast.framing.effects._regression import Regression
from gatecast.framing.effects._verdict import ColumnVerdict, Verdict

__all__ = ["ColumnVerdict", "Design", "Effects", "Predictors", "Regression", "Verdict", "design_of"]
