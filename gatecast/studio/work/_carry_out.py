"""From a plan and a file to all that a page shows and a visitor takes away."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from gatecast.studio.work._plan import Plan
from gatecast.studio.work._told import Progress


def carry_out(plan: Plan, data: Path, folder: Path, tell: Callable[[Progress], object]) -> None:
    """Fit, forecast, test and explain; fill a folder.

    Args:
        plan: what to do.
        data: the file that the plan is about.
        folder: gets `result.json`, `forecast.csv`, `forecast.xlsx`, `forecast.png`,
            `forecast.svg`, `report.html`, `model.gatecast` and, where columns of the future are
            read, `future.csv`. All of them, or none.
        tell: is told how far it is.

    Raises:
        InputError: if the data or the plan cannot be used.
    """
    raise NotImplementedError
