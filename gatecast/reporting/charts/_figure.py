"""A chart with its words, and its two pictures: SVG for the page, PNG for everything else."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import altair as alt
import vl_convert
from markupsafe import escape

from gatecast._files import write_file
from gatecast._types import InputError
from gatecast.reporting.charts._theme import CONFIG

Chart: TypeAlias = alt.Chart | alt.LayerChart | alt.FacetChart | alt.HConcatChart | alt.VConcatChart
_VEGA_LITE = ".".join(alt.SCHEMA_VERSION.split(".")[:2])


@dataclass(frozen=True)
class Panels:
    """The same picture of one series after the other, for a page that shows one at a time.

    Attributes:
        finding: what stands above the picture, whichever series it is of.
        notes: to the finding.
        draw: gives the chart of a series, by its id.
        total: how many series there are.
        order: by which the series are sorted, in words; empty if they stand as in the data.
    """

    finding: str
    notes: str
    draw: Mapping[Any, Callable[[], Chart]]
    total: int
    order: str = ""


@dataclass(frozen=True)
class Figure:
    """One chart of the report.

    Attributes:
        name: the file name without its ending.
        caption: one sentence saying what to see.
        chart: the Altair chart, its finding as the title.
        panels: the chart of each series, where `chart` shows a few of several.
    """

    name: str
    caption: str
    chart: Chart
    panels: Panels | None = None

    def svg(self) -> str:
        """The chart as SVG; it names nothing outside itself, nor in another chart of the page."""
        return _svg(self.chart, self.name)

    def png(self) -> bytes:
        """The chart as PNG, at twice its size for sharp print."""
        return png(self.svg())

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the chart as a `.png` or `.svg` file.

        Raises:
            InputError: if the file has another ending or cannot be written.
        """
        ending = Path(path).suffix.lower()
        if ending not in {".png", ".svg"}:
            raise InputError(f"{path}: a picture is written as .png or .svg")
        content = self.png() if ending == ".png" else self.svg().encode()
        return write_file(path, lambda file: file.write_bytes(content))

    def _repr_html_(self) -> str:
        """The picture itself, so that a notebook asks no other host for anything."""
        # On white, whatever the notebook's own colour.
        return f'<div style="background:white">{self.svg()}</div>'

    def panel_svgs(self) -> dict[str, str]:
        """The chart of each series as SVG, by its id; empty without `panels`."""
        draw = self.panels.draw if self.panels else {}
        return {
            str(series): _svg(chart(), f"{self.name}-{place}")
            for place, (series, chart) in enumerate(draw.items())
        }


def _svg(chart: Chart, name: str) -> str:
    """A chart as SVG, with a name for those who do not see it: its title."""
    themed = chart.configure(**CONFIG)
    svg: str = vl_convert.vegalite_to_svg(
        themed.to_json(indent=None), vl_version=_VEGA_LITE, allowed_base_urls=[]
    )
    # To those who do not see it a chart is one picture; Vega calls its groups pictures as well.
    plain = re.sub(r' role="graphics-\w+" aria-roledescription="\w+ mark container"', "", svg)
    label = escape(_words(chart.title))
    return _numbered(plain, name).replace("<svg ", f'<svg role="img" aria-label="{label}" ', 1)


def _words(title: Any) -> str:
    """A title and the notes below it, on one line."""
    if not isinstance(title, alt.TitleParams):
        return "" if title is alt.Undefined else str(title)
    parts = [part for part in (title.text, title.subtitle) if part is not alt.Undefined]
    lines = [line for part in parts for line in ([part] if isinstance(part, str) else part)]
    return " ".join(filter(None, lines))


def _numbered(svg: str, name: str) -> str:
    """Vega counts its marks on from chart to chart; here each chart counts its own from 0."""
    found = list(dict.fromkeys(re.findall(r'(?<= id=")(?:clip|gradient_)\d+(?=")', svg)))
    names = {old: f"{name}-{place}" for place, old in enumerate(found)}
    return re.sub(
        r'(?<= id=")\w+(?=")|(?<=url\(#)\w+(?=\))',
        lambda match: names.get(match[0], match[0]),
        svg,
    )


def png(svg: str) -> bytes:
    """The picture of an SVG, at twice its size for sharp print."""
    image: bytes = vl_convert.svg_to_png(svg, scale=2)
    return image
