"""All charts of a report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gatecast.reporting.charts._curves import curves
from gatecast.reporting.charts._figure import Figure
from gatecast.reporting.charts._framings import framings
from gatecast.reporting.charts._future import future
from gatecast.reporting.charts._multi_step import multi_step
from gatecast.reporting.charts._one_step import one_step
from gatecast.reporting.charts._residuals import residuals
from gatecast.reporting.charts._scores import scores

if TYPE_CHECKING:
    from gatecast.evaluation import Experiment


def figures(experiment: Experiment, label: str = "y") -> list[Figure]:
    """Every chart the experiment has data for, in reading order.

    Args:
        experiment: what was measured.
        label: the name or unit of `y`, for the axes.
    """
    drawn = [
        scores(experiment, label),
        one_step(experiment, label),
        framings(experiment, label),
        residuals(experiment, label),
        curves(experiment),
        multi_step(experiment, label),
        future(experiment, label),
    ]
    return [figure for figure in drawn if figure]
