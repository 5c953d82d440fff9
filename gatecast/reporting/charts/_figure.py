"""A chart with its words, and its two pictures: SVG for the page, PNG for everything else."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeAlias

import altair as alt
import vl_convert

from gatecast.reporting.charts._theme import CONFIG

Chart: TypeAlias = alt.Chart | alt.LayerChart | alt.FacetChart | alt.HConcatChart | alt.VConcatChart
_VEGA_LITE = ".".join(alt.SCHEMA_VERSION.split(".")[:2])


@dataclass(frozen=True)
class Figure:
    """One chart of the report.

    Attributes:
        name: the file name without its ending.
        caption: one sentence saying what to see.
        chart: the Altair chart, its finding as the title.
    """

    name: str
    caption: str
    chart: Chart

    def svg(self) -> str:
        """The chart as SVG; it names nothing outside itself, nor in another chart of the page."""
        themed = self.chart.configure(**CONFIG)
        svg: str = vl_convert.vegalite_to_svg(
            themed.to_json(indent=None), vl_version=_VEGA_LITE, allowed_base_urls=[]
        )
        return self._numbered(svg)

    def _numbered(self, svg: str) -> str:
        """Vega counts its marks on from chart to chart; here each chart counts its own from 0."""
        found = list(dict.fromkeys(re.findall(r'(?<= id=")(?:clip|gradient_)\d+(?=")', svg)))
        names = {old: f"{self.name}-{place}" for place, old in enumerate(found)}
        return re.sub(
            r'(?<= id=")\w+(?=")|(?<=url\(#)\w+(?=\))',
            lambda match: names.get(match[0], match[0]),
            svg,
        )


def png(svg: str) -> bytes:
    """The picture of an SVG, at twice its size for sharp print."""
    image: bytes = vl_convert.svg_to_png(svg, scale=2)
    return image
