"""Where a series has no value."""

from __future__ import annotations

from dataclasses import dataclass

import altair as alt
import numpy as np
import pandas as pd

from gatecast._types import IRREGULAR
from gatecast._wording import count
from gatecast.data import later_ds
from gatecast.reporting.charts import Chart, inline, theme, time_axis
from gatecast.studio.views._picture import Picture
from gatecast.studio.views._series import Series

_KINDS = ("observed", "missing")
_HEIGHT = 70


@dataclass(frozen=True)
class Gap:
    """Neighbouring rows without a value.

    Attributes:
        first: place of the first row.
        rows: how many.
    """

    first: int
    rows: int


def gaps_of(series: Series) -> list[Gap]:
    """The gaps of a series, in order of time."""
    edges = np.flatnonzero(np.diff(np.isnan(series.y), prepend=False, append=False))
    return [Gap(int(first), int(end - first)) for first, end in edges.reshape(-1, 2)]


def gaps_picture(series: Series) -> Picture:
    """A band over the time of the series, of another colour where values are missing."""
    found = gaps_of(series)
    missing, rows = sum(gap.rows for gap in found), len(series.y)
    if series.freq == IRREGULAR:
        finding = f"{rows:,} observations at uneven times: there is no calendar to miss a step of"
    elif not found:
        first, last = series.moment(series.ds[0]), series.moment(series.ds[-1])
        finding = f"No gaps: every {series.step} from {first} to {last} has a value"
    else:
        longest = max(found, key=lambda gap: gap.rows)
        finding = f"{missing:,} of {count(rows, series.step)} {_are(missing)} missing"
        where = _between(series, longest)
        finding += f", {'at' if missing == 1 else 'the longest gap is'} {where}"
    note = "A network passes over a missing value; nothing is invented." if found else ""
    return Picture.of(_band(series, found), finding, f"Band of time. {finding}.", _HEIGHT, note)


def _are(number: int) -> str:
    return "is" if number == 1 else "are"


def _between(series: Series, gap: Gap) -> str:
    first, last = series.ds[gap.first], series.ds[gap.first + gap.rows - 1]
    if gap.rows == 1:
        return series.moment(first)
    return f"{count(gap.rows, series.step)}, {series.moment(first)} to {series.moment(last)}"


def _band(series: Series, found: list[Gap]) -> Chart:
    """Stretches of observed and missing rows, each until the next begins."""
    starts = {0: 0} | {gap.first: 1 for gap in found}
    starts |= {gap.first + gap.rows: 0 for gap in found}
    first = np.array(sorted(starts))
    after = series.ds[-1:]
    if series.freq != IRREGULAR:
        after = later_ds(series.ds[-1:], series.freq, np.array([1]))
    ends = np.concatenate([series.ds[first[1:]], after])
    rows = pd.DataFrame(
        {
            "ds": series.ds[first],
            "end": ends,
            "kind": [_KINDS[starts[place]] for place in first],
            "rows": np.diff(np.append(first, len(series.y))),
        }
    )
    axis = time_axis(pd.Series(np.array([series.ds[0], ends[-1]])))
    colours = alt.Scale(domain=list(_KINDS), range=[theme.BLUE, theme.VERMILION])
    band: Chart = (
        alt.Chart(inline(rows))
        .mark_bar(height=26)
        .encode(
            x=axis,
            x2="end",
            color=alt.Color("kind:N", scale=colours, legend=alt.Legend(symbolType="square")),
            tooltip=[
                alt.Tooltip("kind:N", title="values"),
                alt.Tooltip("rows:Q", title=f"{series.step}s"),
            ],
        )
    )
    return band
