"""The same picture of several series: a few in one chart, and each by itself for a page."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import altair as alt

from gatecast.reporting.charts._figure import Figure
from gatecast.reporting.charts._view import MAX_SERIES, some_of, title

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd

    from gatecast.reporting.charts._figure import Chart, Panels


def by_series(name: str, caption: str, panels: Panels) -> Figure:
    """The figure whose chart shows the first few of the panels below each other."""
    first = [draw() for draw in list(panels.draw.values())[:MAX_SERIES]]
    left_out = some_of(panels.total, MAX_SERIES, panels.order)
    heading = title(panels.finding, panels.notes, left_out and f"{left_out} are drawn.")
    chart = alt.vconcat(*first).properties(title=heading)
    return Figure(name, caption, chart, panels if len(panels.draw) > 1 else None)


def drawers(
    panels: Sequence[pd.DataFrame], draw: Callable[[pd.DataFrame], Chart]
) -> dict[Any, Callable[[], Chart]]:
    """What draws each series when it is wanted, by its id."""
    return {rows["unique_id"].iloc[0]: partial(draw, rows) for rows in panels}
