"""Searching the settings of a forecaster.

A forecaster and a frame come in, with lists of values or a budget. Every setting that is tried
forecasts past windows of the frame, as in a backtest. The best one goes out, with all that were
tried, what mattered, and what needs no search beside it.
"""

from gatecast.tuning._default import default_space
from gatecast.tuning._mattered import mattered
from gatecast.tuning._space import Space
from gatecast.tuning._study import Study, Trial, Tuning, study, windows_of
from gatecast.tuning._tune import tune

__all__ = [
    "Space",
    "Study",
    "Trial",
    "Tuning",
    "default_space",
    "mattered",
    "study",
    "tune",
    "windows_of",
]
