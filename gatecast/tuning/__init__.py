"""Searching the settings of a forecaster.

A forecaster, a frame and lists of values come in. Every setting that is tried forecasts past
windows of the frame, as in a backtest. The best one goes out, with all that were tried.
"""

from gatecast.tuning._space import Space
from gatecast.tuning._study import Study, Trial, Tuning, study
from gatecast.tuning._tune import tune

__all__ = ["Space", "Study", "Trial", "Tuning", "study", "tune"]
