"""Values that stand out from the rest of their series."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd

from gatecast._types import Floats, Integers
from gatecast._wording import listed, moments, number
from gatecast.reporting.charts import Chart, inline, theme, time_axis, value_axis
from gatecast.studio.views._picture import Picture
from gatecast.studio.views._series import Series
from gatecast.studio.views._statistics import smoothers

_FEWEST, _NAMED = 10, 3
_SPAN = 0.3  # of the rows, for the level around a value
_FAR = 3.0  # interquartile ranges
SOURCE = (
    "A value stands out if, without its season and level, it lies more than three interquartile "
    "ranges beyond the quartiles (Hyndman and Athanasopoulos, Forecasting: Principles and Practice,"
    " 3rd edition, chapter 13.9)."
)


def outliers_of(series: Series) -> Floats | None:
    """[rows] how far each value stands out, 0 for most; None where there is too little to tell by.

    As `tsoutliers` of the R package forecast: a clear season is taken off by robust STL, the level
    by a robust smoother (Cleveland 1979), and what is left judged by Tukey's outer fences. Where
    half of the values are alike, as in series of mostly zeros, nothing can be judged.

    Returns:
        Distances from the nearer fence, in interquartile ranges.
    """
    known = ~np.isnan(series.y)
    if known.sum() < _FEWEST:
        return None
    y = series.without_gaps
    if series.parts is not None and series.repeats == "clearly":
        y = y - series.parts.season
    level = smoothers.lowess(
        y, np.arange(len(y)), frac=_SPAN, delta=0.01 * len(y), return_sorted=False
    )
    left = y - level
    low, high = np.quantile(left[known], [0.25, 0.75])
    values = series.y[known]
    if not high > low or np.mean(values == np.median(values)) >= 1 / 2:
        return None
    beyond = np.maximum(low - left, left - high) / (high - low) - _FAR
    return np.where(known, np.maximum(beyond, 0), 0)


def outliers_picture(series: Series) -> Picture:
    """The series with a mark at each value that stands out."""
    looked, series = series.newest_note, series.newest
    distance = outliers_of(series)
    found = np.array([], int) if distance is None else np.flatnonzero(distance)
    if distance is None:
        finding = "Too few different values to say whether one stands out"
    elif not len(found):
        finding = "No value stands out"
    elif len(found) == 1:
        finding = f"One value stands out: {_named(series, found[0])}"
    else:
        first = sorted(found[np.argsort(-distance[found], kind="stable")][:_NAMED])
        names = [_named(series, row) for row in first]
        more = len(found) - len(first)
        told = listed([*names, f"{more:,} more"] if more else names)
        finding = f"{len(found):,} values stand out: {told}"
    note = f"{looked}{SOURCE} It may be an error, or the event that matters: look before removing."
    return Picture.of(
        _marked(series, found), finding, f"Line of {series.label}. {finding}.", note=note
    )


def _named(series: Series, row: int) -> str:
    return f"{series.moment(series.ds[row])} ({number(float(series.y[row]))})"


def _marked(series: Series, found: Integers) -> Chart:
    x, y = time_axis(pd.Series(series.ds)), value_axis(series.label)
    rows = pd.DataFrame({"ds": series.ds, "value": series.y})
    line = alt.Chart(inline(rows)).mark_line(color=theme.GREY, strokeWidth=1.2).encode(x=x, y=y)
    own = rows.iloc[found]
    own = own.assign(date=moments(own["ds"]), text=own["value"].map(number))
    tips = [alt.Tooltip("date:N", title=series.step), alt.Tooltip("text:N", title=series.label)]
    dots = (
        alt.Chart(inline(own))
        .mark_circle(size=90, color=theme.VERMILION, opacity=1)
        .encode(x=x, y=y, tooltip=tips)
    )
    return alt.layer(line, dots)
