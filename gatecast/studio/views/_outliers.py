"""Values that stand out from the rest of their series."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd

from gatecast._lazy import lazy
from gatecast._types import Integers
from gatecast._wording import listed, moments, number
from gatecast.reporting.charts import inline, theme, time_axis, value_axis
from gatecast.studio.views._picture import Picture
from gatecast.studio.views._series import Series

_smoothers = lazy("statsmodels.nonparametric.smoothers_lowess")

_FEWEST, _NAMED = 10, 3
_SPAN = 0.3  # of the rows, for the level around a value
_FAR = 3.0  # interquartile ranges
SOURCE = (
    "A value stands out if, without its season and level, it lies more than three interquartile "
    "ranges beyond the quartiles (Hyndman and Athanasopoulos, Forecasting: Principles and Practice,"
    " 3rd edition, chapter 13.9)."
)


def outliers_of(series: Series) -> Integers | None:
    """Places of the values that stand out; None where there is too little to tell by.

    As `tsoutliers` of the R package forecast: a clear season is taken off by robust STL, the level
    by a robust smoother (Cleveland 1979), and what is left judged by Tukey's outer fences. Where
    half of what is left is alike, as in series of mostly zeros, nothing can be judged.
    """
    known = ~np.isnan(series.y)
    if known.sum() < _FEWEST:
        return None
    y = series.without_gaps
    if series.parts is not None and series.repeats == "clearly":
        y = y - series.parts.season
    level = _smoothers.lowess(
        y, np.arange(len(y)), frac=_SPAN, delta=0.01 * len(y), return_sorted=False
    )
    left = y - level
    low, high = np.quantile(left[known], [0.25, 0.75])
    values = series.y[known]
    if not high > low or np.mean(values == np.median(values)) >= 1 / 2:
        return None
    far = (left < low - _FAR * (high - low)) | (left > high + _FAR * (high - low))
    return np.flatnonzero(far & known)


def outliers_picture(series: Series) -> Picture:
    """The series with a mark at each value that stands out."""
    series = series.newest
    found = outliers_of(series)
    if found is None:
        finding = "Too few different values to say whether one stands out"
    elif not len(found):
        finding = "No value stands out"
    elif len(found) == 1:
        finding = f"One value stands out: {_named(series, found[0])}"
    else:
        # The first by time would hide a later, larger one.
        typical = np.nanmedian(series.y)
        first = sorted(found[np.argsort(-np.abs(series.y[found] - typical))][:_NAMED])
        names = [_named(series, row) for row in first]
        more = len(found) - len(first)
        told = listed([*names, f"{more:,} more"] if more else names)
        finding = f"{len(found):,} values stand out: {told}"
    marks = np.array([], int) if found is None else found
    note = f"{SOURCE} It may be an error, or the most important event of all: look before removing."
    return Picture.of(
        _marked(series, marks), finding, f"Line of {series.label}. {finding}.", note=note
    )


def _named(series: Series, row: int) -> str:
    return f"{series.moment(series.ds[row])} ({number(float(series.y[row]))})"


def _marked(series: Series, found: Integers) -> alt.LayerChart:
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
