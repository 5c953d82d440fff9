"""The charts of a report, one file each.

`figures` draws all that an experiment has data for, `backtest_figures` those of a backtest. Charts
made elsewhere look like them by `theme`, `inline`, `thinned`, `time_axis` and `value_axis`.
"""

from gatecast.reporting.charts import _theme as theme
from gatecast.reporting.charts._backtest_figures import BACKTEST_FIGURES, backtest_figures
from gatecast.reporting.charts._curves import curves
from gatecast.reporting.charts._figure import Chart, Figure, png
from gatecast.reporting.charts._figures import figures
from gatecast.reporting.charts._framings import framings
from gatecast.reporting.charts._future import ahead, future, observed
from gatecast.reporting.charts._memory import memory
from gatecast.reporting.charts._multi_step import multi_step
from gatecast.reporting.charts._one_step import one_step
from gatecast.reporting.charts._residuals import residuals
from gatecast.reporting.charts._scores import scores
from gatecast.reporting.charts._view import inline, some_of, thinned, time_axis, value_axis

__all__ = [
    "BACKTEST_FIGURES",
    "Chart",
    "Figure",
    "ahead",
    "backtest_figures",
    "curves",
    "figures",
    "framings",
    "future",
    "inline",
    "memory",
    "multi_step",
    "observed",
    "one_step",
    "png",
    "residuals",
    "scores",
    "some_of",
    "theme",
    "thinned",
    "time_axis",
    "value_axis",
]
