"""A served series: what came, what had been forecast for it, and what comes next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import altair as alt
import numpy as np
import pandas as pd

from gatecast._wording import count, moments, number
from gatecast.data import show_time
from gatecast.reporting.charts import inline, theme, time_axis
from gatecast.studio.views._picture import Picture

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gatecast._types import Floats
    from gatecast.reporting.charts import Chart

_CAME, _BEFORE, _NEXT, _UNUSUAL = (
    "observed",
    "forecast before it came",
    "forecast of what comes next",
    "unusual",
)
_INKS = {
    _CAME: theme.INK,
    _BEFORE: theme.BLUE,
    _NEXT: theme.VERMILION,
    _UNUSUAL: theme.PURPLE,
}


@dataclass(frozen=True)
class Arrived:
    """The newest rows of a served series.

    Attributes:
        ds: [rows] times.
        y: [rows] what was observed, NaN where nothing was.
        forecast: [rows] what had been forecast for it, NaN where nothing had.
        unusual: [rows] whether it was further off than all but a few are.
    """

    ds: NDArray[Any]
    y: Floats
    forecast: Floats
    unusual: NDArray[np.bool_]


@dataclass(frozen=True)
class Ahead:
    """What comes next.

    Attributes:
        ds: [steps] times.
        value: [steps].
        bounds: level in percent -> ([steps], [steps]) the ends of its interval, narrow first.
    """

    ds: NDArray[Any]
    value: Floats
    bounds: Mapping[float, tuple[Floats, Floats]] = field(default_factory=dict)


def live_picture(name: str, arrived: Arrived, ahead: Ahead | None, label: str) -> Picture:
    """The newest rows of a series, and its forecast where there is one.

    Args:
        name: of the series.
        arrived: its newest rows, at least one.
        ahead: what comes next; None while there are too few rows to tell.
        label: name of the values, for the axis.
    """
    every = arrived.ds if ahead is None else np.concatenate([arrived.ds, ahead.ds])
    lines = [_rows(arrived.ds, arrived.y, _CAME), _rows(arrived.ds, arrived.forecast, _BEFORE)]
    if ahead is not None:
        lines.append(_rows(ahead.ds, ahead.value, _NEXT))
    odd = _rows(arrived.ds[arrived.unusual], arrived.y[arrived.unusual], _UNUSUAL)
    x, ink = time_axis(pd.Series(every)), _colour([*lines, odd])
    drawn = [_line(pd.concat(lines)), *([_ring(odd)] if len(odd) else [])]
    chart = alt.layer(
        *([] if ahead is None else _bands(ahead, x, label)),
        *(
            each.encode(x=x, y=_y("value", label), color=ink, tooltip=_tips(label))
            for each in drawn
        ),
    )
    were = "value of the {} shown was" if len(odd) == 1 else "values of the {} shown were"
    told = [
        f"{name}: the newest value is {_value(arrived.y[-1])}, at {show_time(arrived.ds[-1])}.",
        f"{len(odd):,} {were.format(len(arrived.y))} unusual.",
        *([_reach(ahead)] if ahead is not None else []),
    ]
    note = "Shaded: where the next values should lie." if ahead and ahead.bounds else ""
    return Picture.of(chart, _finding(arrived, ahead), " ".join(told), 300, note)


def _finding(arrived: Arrived, ahead: Ahead | None) -> str:
    """The next value, or the newest one while nothing can be forecast."""
    if ahead is None:
        return f"{_value(arrived.y[-1])} at {show_time(arrived.ds[-1])}; no forecast yet"
    first = f"Next, at {show_time(ahead.ds[0])}: {number(float(ahead.value[0]))}"
    if not ahead.bounds:
        return first
    level, (low, high) = max(ahead.bounds.items())
    bounds = f"{number(float(low[0]))} and {number(float(high[0]))}"
    return f"{first}; with {level:g} % probability between {bounds}"


def _reach(ahead: Ahead) -> str:
    """Where the forecast leads."""
    until = f"at {show_time(ahead.ds[-1])}, {count(len(ahead.ds), 'step')} ahead"
    return (
        f"The next value is forecast to be {number(float(ahead.value[0]))}, "
        f"the last one {number(float(ahead.value[-1]))} {until}."
    )


def _value(value: float) -> str:
    return "missing" if np.isnan(value) else number(float(value))


def _rows(ds: NDArray[Any], values: Floats, kind: str) -> pd.DataFrame:
    rows = pd.DataFrame({"ds": ds, "value": values, "kind": kind})
    return rows.assign(time=moments(rows["ds"]))


def _line(rows: pd.DataFrame) -> alt.Chart:
    """A line for each kind, broken where nothing was observed."""
    dots = alt.OverlayMarkDef(size=18, filled=True)
    line: alt.Chart = alt.Chart(inline(rows)).mark_line(strokeWidth=1.8, point=dots)
    return line


def _ring(rows: pd.DataFrame) -> alt.Chart:
    ring: alt.Chart = alt.Chart(inline(rows)).mark_point(size=110, strokeWidth=2.2, filled=False)
    return ring


def _bands(ahead: Ahead, x: alt.X, label: str) -> list[Chart]:
    """The intervals, the widest one first."""
    bands: list[Chart] = []
    for level, (low, high) in sorted(ahead.bounds.items(), reverse=True):
        rows = pd.DataFrame({"ds": ahead.ds, "low": low, "high": high})
        area = alt.Chart(inline(rows.assign(time=moments(rows["ds"]))))
        tips = [
            alt.Tooltip("time:N", title="time"),
            alt.Tooltip("low:Q", title=f"{level:g} % from", format=",.4~g"),
            alt.Tooltip("high:Q", title="to", format=",.4~g"),
        ]
        band = area.mark_area(color=theme.VERMILION, opacity=0.18)
        bands.append(band.encode(x=x, y=_y("low", label), y2="high:Q", tooltip=tips))
    return bands


def _y(column: str, label: str) -> alt.Y:
    return alt.Y(f"{column}:Q", title=label, scale=alt.Scale(zero=False))


def _colour(parts: Sequence[pd.DataFrame]) -> alt.Color:
    """The inks of the kinds that there are values of."""
    kinds = [part["kind"].iloc[0] for part in parts if part["value"].notna().any()]
    scale = alt.Scale(domain=kinds, range=[_INKS[kind] for kind in kinds])
    return alt.Color("kind:N", scale=scale, legend=alt.Legend(columns=2))


def _tips(label: str) -> list[alt.Tooltip]:
    return [
        alt.Tooltip("kind:N", title="what"),
        alt.Tooltip("time:N", title="time"),
        alt.Tooltip("value:Q", title=label, format=",.4~g"),
    ]
