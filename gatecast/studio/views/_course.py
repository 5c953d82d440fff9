"""The values of a series in the course of time."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd

from gatecast._types import Floats
from gatecast._wording import count, moments, number
from gatecast.reporting.charts import Chart, inline, theme, thinned, time_axis, value_axis
from gatecast.studio.views._gaps import gaps_of
from gatecast.studio.views._picture import Picture
from gatecast.studio.views._series import Series

_CHANGE = 0.5  # of the standard deviation: less is no change worth telling
_POINTS = 1_000
_QUARTER = 4


def course_picture(series: Series) -> Picture:
    """The whole series; its finding says where it begins, where it ends, and its peak."""
    known = np.flatnonzero(~np.isnan(series.y))
    if not len(known):
        message = "No value was observed"
        return Picture.of(_line(series), message, f"{message} in {series.name}.")
    change = _change(series)
    top, low = (known[pick(series.y[known])] for pick in (np.argmax, np.argmin))
    finding = f"{change}; highest {number(series.y[top])}, {series.moment(series.ds[top])}"
    rows = count(len(series.y), series.step)
    told = (
        f"Line of {series.label} over {rows}, from {series.moment(series.ds[0])} to "
        f"{series.moment(series.ds[-1])}. {finding}; lowest {number(series.y[low])}, "
        f"{series.moment(series.ds[low])}."
    )
    long = len(series.y) > _POINTS
    note = f"The lowest and highest of neighbouring {series.step}s are drawn." if long else ""
    return Picture.of(_line(series), finding, told, note=note)


def _change(series: Series) -> str:
    """How the average of the last season compares with that of the first."""
    rows = len(series.y)
    stretch = series.season if series.whole_seasons else max(1, rows // _QUARTER)
    first, last = _mean(_some(series.y)), _mean(_some(series.y[::-1]))
    if rows > 2 * stretch:
        first, last = (_mean(part) for part in (series.y[:stretch], series.y[-stretch:]))
    if not abs(last - first) > _CHANGE * np.nanstd(series.y):
        return f"Ends about where it began, at {number(last)}"
    word = "Rises" if last > first else "Falls"
    period = series.cycle if series.whole_seasons else count(stretch, series.step)
    return (
        f"{word} from {number(first)} in the first {period} to {number(last)} in the "
        "last, on average"
    )


def _some(y: Floats) -> Floats:
    """The first observed value."""
    found: Floats = y[~np.isnan(y)][:1]
    return found


def _mean(y: Floats) -> float:
    return float(np.nanmean(y)) if not np.isnan(y).all() else float("nan")


def _line(series: Series) -> Chart:
    """The line, broken at gaps, with the values under the pointer."""
    every = pd.DataFrame({"ds": series.ds, "y": series.y})
    # Thinned rows have no gaps; the first row of each breaks the line.
    breaks = every.iloc[[gap.first for gap in gaps_of(series)]]
    rows = pd.concat([thinned(every, _POINTS), breaks]).sort_index().drop_duplicates("ds")
    told = rows.assign(value=rows["y"], date=moments(rows["ds"]), text=rows["y"].map(number))
    base = alt.Chart(inline(told)).encode(x=time_axis(rows["ds"]), y=value_axis(series.label))
    line = base.mark_line(color=theme.BLUE, strokeWidth=1.6)
    tips = [alt.Tooltip("date:N", title=series.step), alt.Tooltip("text:N", title=series.label)]
    strips = base.mark_circle(size=120, opacity=0).encode(tooltip=tips)
    return alt.layer(line, strips)
