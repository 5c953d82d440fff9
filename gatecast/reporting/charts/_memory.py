"""What a forecaster remembers: gates over time, half-lives, and the rows it responds to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt
import numpy as np
import pandas as pd

from gatecast._wording import number, short
from gatecast.reporting.charts import _theme as theme
from gatecast.reporting.charts._figure import Figure
from gatecast.reporting.charts._view import inline, small_title, time_axis

if TYPE_CHECKING:
    from gatecast.forecasting import Inspection
    from gatecast.reporting.charts._figure import Chart

_GATES = {
    "input": "Input gate: what is let in",
    "forget": "Forget gate: what is kept",
    "output": "Output gate: what is shown",
    "update": "Update gate: what is kept",
    "reset": "Reset gate: what is looked at",
}
_HALF = 325  # pixels, two to a row
_HEIGHT = 180
_BARS = 24
# Shorter half-lives are drawn as this one: the axis is logarithmic.
_SHORTEST = 0.01


def memory(inspection: Inspection) -> Figure:
    """The gates of one series, the half-lives of all units, and the sensitivity by lag.

    Args:
        inspection: its first series is drawn; without gates the sensitivity stands alone.
    """
    views = [view for view in (_half_lives(inspection.half_life),) if view]
    views.append(_sensitivity(inspection.sensitivity, _HALF if views else theme.WIDTH))
    rows: list[Chart] = [alt.hconcat(*views, spacing=40)]
    finding, _, rest = inspection.summary.partition(": ")
    notes = [rest]
    if len(inspection.gates):
        series = inspection.gates["unique_id"].iloc[0]
        own = inspection.gates[inspection.gates["unique_id"] == series]
        rows.insert(0, _traces(own))
        notes.append(
            f"Gates along the last window of {short(series)}: mean and middle 80 % of units."
        )
    title = alt.TitleParams(finding, subtitle=[note for note in notes if note])
    caption = (
        "A forget or update gate near 1 keeps what is there, near 0 drops it; old rows matter only "
        "where the last view still shows a response to them."
    )
    return Figure("memory", caption, alt.vconcat(*rows).properties(title=title))


def _traces(gates: pd.DataFrame) -> Chart:
    """One panel per gate: its mean over members, layers and units, and where most of them lie."""
    names = [name for name in _GATES if name in gates and gates[name].notna().any()]
    width = (theme.WIDTH - 50 * (len(names) - 1)) // len(names)
    panels = [_gate(gates, name).properties(width=width, height=130) for name in names]
    row: Chart = alt.hconcat(*panels, spacing=24)
    return row


def _gate(gates: pd.DataFrame, name: str) -> Chart:
    found = gates.dropna(subset=name).groupby("ds")[name]
    rows = pd.DataFrame(
        {"mean": found.mean(), "low": found.quantile(0.1), "high": found.quantile(0.9)}
    ).reset_index()
    kept = name in {"forget", "update"}
    colour = theme.VERMILION if kept else theme.BLUE
    low, mean = (
        alt.Y(f"{field}:Q", title=None, scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(tickCount=5))
        for field in ("low", "mean")
    )
    base = alt.Chart(inline(rows)).encode(x=time_axis(rows["ds"], ticks=4))
    band = base.mark_area(color=colour, opacity=0.18).encode(y=low, y2="high:Q")
    line = base.mark_line(color=colour, strokeWidth=2.2).encode(y=mean)
    return alt.layer(band, line).properties(title=small_title(_GATES[name]))


def _half_lives(half_life: pd.DataFrame) -> Chart | None:
    """How many units have which half-life, on a logarithmic axis."""
    found = half_life["half_life"]
    finite = np.maximum(found[np.isfinite(found)], _SHORTEST)
    if finite.empty:
        return None
    edges = np.geomspace(finite.min() * 0.95, finite.max() * 1.05, _BARS + 1)
    count, _ = np.histogram(finite, edges)
    bars = pd.DataFrame({"low": edges[:-1], "high": edges[1:], "units": count, "zero": 0})
    x = alt.X(
        "low:Q",
        title="half-life in steps",
        scale=alt.Scale(type="log", nice=False),
        axis=alt.Axis(format="~g", tickCount=5),
    )
    # Some room above the highest bar keeps this title level with its neighbour's.
    scale = alt.Scale(domain=[0, 1.1 * count.max()], nice=False)
    axis = alt.Axis(tickCount=5, format="d", tickMinStep=1)
    y = alt.Y("units:Q", title="units", scale=scale, axis=axis)
    drawn = alt.Chart(inline(bars[bars["units"] > 0])).mark_rect(
        color=theme.VERMILION, opacity=0.75
    )
    histogram = drawn.encode(x=x, x2="high:Q", y=y, y2="zero:Q")
    layers, note = [histogram], ""
    middle = found.median()
    if np.isfinite(middle):
        line = alt.Chart(inline(pd.DataFrame({"low": [max(middle, _SHORTEST)]})))
        layers.append(line.mark_rule(color=theme.INK, strokeDash=[4, 4]).encode(x=x))
        note = f" (dashed: median {number(middle)})"
    title = small_title(f"Half-life of the units{note}")
    return alt.layer(*layers).properties(width=_HALF, height=_HEIGHT, title=title)


def _sensitivity(found: pd.DataFrame, width: int) -> Chart:
    """Lags against steps ahead, the darker the stronger; bars where one step is forecast."""
    x = alt.X(
        "lag:O",
        title="lag (1: the newest row)",
        sort="descending",
        axis=alt.Axis(labelAngle=0, labelOverlap="greedy", labelSeparation=8),
    )
    chart = alt.Chart(inline(found))
    if found["step"].max() > 1:
        scale = alt.Scale(
            range=["#fff6ee", theme.VERMILION], domain=[0, found["sensitivity"].max()]
        )
        y = alt.Y("step:O", title="steps ahead", axis=alt.Axis(labelOverlap="greedy"))
        colour = alt.Color("sensitivity:Q", scale=scale, legend=None)
        drawn = chart.mark_rect().encode(x=x, y=y, color=colour)
        title = f"Response to each lag (darkest: {number(found['sensitivity'].max())})"
    else:
        y = alt.Y("sensitivity:Q", title=None, axis=alt.Axis(tickCount=5))
        drawn = chart.mark_bar(color=theme.VERMILION, opacity=0.75).encode(x=x, y=y)
        title = "Response of the forecast to each lag"
    sized: Chart = drawn.properties(width=width, height=_HEIGHT, title=small_title(title))
    return sized
