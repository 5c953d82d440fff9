"""All charts of a backtest's report."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from gatecast.reporting.charts._backtest_residuals import backtest_residuals
from gatecast.reporting.charts._backtest_scores import backtest_scores
from gatecast.reporting.charts._by_horizon import by_horizon
from gatecast.reporting.charts._coverage import coverage
from gatecast.reporting.charts._windows import windows

if TYPE_CHECKING:
    from gatecast.evaluation import Backtest
    from gatecast.reporting.charts._figure import Figure


BACKTEST_FIGURES: Mapping[str, Callable[[Backtest, str], Figure | None]] = MappingProxyType(
    {
        "scores": backtest_scores,
        "by_horizon": by_horizon,
        "windows": windows,
        "residuals": backtest_residuals,
        "coverage": lambda backtest, _: coverage(backtest),
    }
)
"""Each picture of a backtest by its name, in reading order."""


def backtest_figures(backtest: Backtest, label: str = "y") -> list[Figure]:
    """Every chart the backtest has data for, in reading order.

    Args:
        backtest: what was measured, in pandas.
        label: the name or unit of `y`, for the axes.
    """
    drawn = [draw(backtest, label) for draw in BACKTEST_FIGURES.values()]
    return [figure for figure in drawn if figure]
