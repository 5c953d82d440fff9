"""A chart for a page, and its words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from gatecast.reporting.charts import theme

if TYPE_CHECKING:
    from gatecast.reporting.charts import Chart

_HEIGHT = 260


@dataclass(frozen=True)
class Picture:
    """A chart for a page.

    Attributes:
        spec: of Vega-Lite; as wide as its place.
        finding: a plain sentence that says what is to be seen: the title.
        alt: what a screen reader says instead of the chart.
        note: how the chart is read.
    """

    spec: dict[str, Any]
    finding: str
    alt: str
    note: str = ""

    @classmethod
    def of(
        cls, chart: Chart, finding: str, alt: str, height: int = _HEIGHT, note: str = ""
    ) -> Self:
        """The picture of a chart of one panel, in the look of the reports."""
        # To compare it with the schema would take most of the time; the tests draw each of them.
        spec = chart.properties(width="container", height=height).to_dict(validate=False)
        return cls(spec | {"config": theme.CONFIG}, finding, alt, note)
