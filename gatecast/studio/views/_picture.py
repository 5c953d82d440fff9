"""A picture of a page: what draws it, and what it says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import altair as alt

from gatecast.reporting.charts import theme

if TYPE_CHECKING:
    from gatecast.reporting.charts import Chart

_HEIGHT = 260


@dataclass(frozen=True)
class Picture:
    """A chart in words and as a specification.

    Attributes:
        spec: for Vega-Lite, as wide as its place on the page.
        finding: what the chart shows, in one sentence: its title.
        alt: the same for those who cannot see it, with the numbers.
        note: how the chart is read.
    """

    spec: dict[str, Any]
    finding: str
    alt: str
    note: str = ""


def drawn(
    chart: Chart, finding: str, told: str, note: str = "", *, height: int = _HEIGHT
) -> Picture:
    """The picture of a chart.

    Args:
        chart: of one panel; its title is on the page, where it wraps.
        finding: what it shows.
        told: the same for those who cannot see it.
        note: how it is read.
        height: in pixels.
    """
    sized = chart.properties(
        width="container",
        height=height,
        autosize=alt.AutoSizeParams(type="fit-x", contains="padding"),
    )
    return Picture(sized.configure(**theme.CONFIG).to_dict(), finding, told, note)
