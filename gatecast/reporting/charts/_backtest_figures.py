"""All charts of a backtest's report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gatecast.reporting.charts._backtest_residuals import backtest_residuals
from gatecast.reporting.charts._backtest_scores import backtest_scores
from gatecast.reporting.charts._by_horizon import by_horizon
from gatecast.reporting.charts._coverage import coverage
from gatecast.reporting.charts._windows import windows

if TYPE_CHECKING:
    from gatecast.evaluation import Backtest
    from gatecast.reporting.charts._figure import Figure


def backtest_figures(backtest: Backtest, label: str = "y") -> list[Figure]:
    """Every chart the backtest has data for, in reading order.

    Args:
        backtest: what was measured, in pandas.
        label: the name or unit of `y`, for the axes.
    """
    drawn = [
        backtest_scores(backtest, label),
        by_horizon(backtest, label),
        windows(backtest, label),
        backtest_residuals(backtest, label),
        coverage(backtest),
    ]
    return [figure for figure in drawn if figure]
