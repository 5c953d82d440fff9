"""A chart for a page, and its words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from gatecast.reporting.charts import theme

if TYPE_CHECKING:
    import altair as alt


@dataclass(frozen=True)
class Picture:
    """A chart for a page.

    Attributes:
        spec: of Vega-Lite; as wide as its place.
        finding: a plain sentence that says what is to be seen: the title.
        alt: what a screen reader says instead of the chart.
    """

    spec: dict[str, Any]
    finding: str
    alt: str

    @classmethod
    def of(cls, chart: alt.LayerChart | alt.Chart, finding: str, alt: str, height: int) -> Self:
        """The picture of a chart, in the look of the reports."""
        sized = chart.properties(width="container", height=height).configure(**theme.CONFIG)
        return cls(sized.to_dict(), finding, alt)
