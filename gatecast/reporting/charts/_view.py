"""What part of a panel a chart can show, and in which shape Vega-Lite takes it."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import altair as alt
import numpy as np
import pandas as pd

from gatecast._wording import model_name, moments, number, short

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MAX_SERIES = 4
MAX_PICKED = 20  # series that a page lets its reader choose from
MAX_ROWS = 400
CROWDED_ROWS = 160  # of each series, where several share a chart

_LINE = 88  # letters of a title that fit on a chart
_LINE_OF_NOTES = 116
_DAYS_OF_YEARS = 182  # with more between ticks, Vega puts them at years
# From so many days between ticks on, Vega puts them at months, at days, at hours: the upper and the
# lower line of a label, and when the lower one is new.
_DATES = (
    (14.6, "%b", "%Y", "utcmonth(datum.value) == 0"),
    (0.7, "%d %b", "%Y", "utcmonth(datum.value) == 0 && utcdate(datum.value) <= 7"),
    (0, "%H:%M", "%d %b %Y", "utchours(datum.value) == 0 && utcminutes(datum.value) == 0"),
)


def shown(frame: pd.DataFrame) -> list[pd.DataFrame]:
    """The rows of each of the first few series, in order of time."""
    return rows_of(frame, frame["unique_id"].drop_duplicates().head(MAX_SERIES))


def picked(frame: pd.DataFrame) -> list[pd.DataFrame]:
    """The rows of each of the series that a page lets its reader choose from, in order of time."""
    return rows_of(frame, frame["unique_id"].drop_duplicates().head(MAX_PICKED))


def rows_of(frame: pd.DataFrame, ids: Iterable[Any]) -> list[pd.DataFrame]:
    """The rows of each of some series, in order of time."""
    return [
        frame[frame["unique_id"] == name].sort_values("ds").reset_index(drop=True) for name in ids
    ]


def shown_note(frame: pd.DataFrame) -> str:
    """Says that only some series are drawn, where this is so."""
    some = some_of(frame["unique_id"].nunique(), MAX_SERIES)
    return some and f"{some} are drawn."


def some_of(total: int, most: int, order: str = "") -> str:
    """Which series are among those taken, in words; empty where it is all of them.

    Args:
        total: how many series there are.
        most: how many are taken.
        order: by which they are sorted, such as "with the largest MASE"; else they are the first.
    """
    if total <= most:
        return ""
    return (
        f"The {most} of {total:,} series {order}"
        if order
        else f"The first {most} of {total:,} series"
    )


def height_of(panels: Sequence[object]) -> int:
    """How high each of the drawn series is, in pixels."""
    return 300 if len(panels) == 1 else 170


def last_rows(panels: Sequence[pd.DataFrame]) -> int:
    """How many of its most recent rows each of the drawn series gets."""
    return MAX_ROWS if len(panels) == 1 else CROWDED_ROWS


def title(text: str, *notes: str) -> alt.TitleParams:
    """The finding of a chart over notes to it, in as many lines as they need."""
    below = _wrapped(" ".join(filter(None, notes)), _LINE_OF_NOTES)
    return alt.TitleParams(_wrapped(text, _LINE), subtitle=below)


def _wrapped(text: str, width: int) -> str | list[str]:
    lines = textwrap.wrap(text, width)
    return lines if len(lines) > 1 else text


def panel_title(
    rows: pd.DataFrame, panels: Sequence[pd.DataFrame], figure: str = ""
) -> alt.TitleParams:
    """The name of the series, where there is more than one to tell apart, and a figure of it."""
    name = short(rows["unique_id"].iloc[0]) if len(panels) > 1 else ""
    return small_title(": ".join(filter(None, [name, figure])) if name else "")


def small_title(text: str, note: str = "") -> alt.TitleParams:
    """The heading of one panel, and a note below it."""
    return alt.TitleParams(
        text,
        fontSize=13,
        offset=4,
        frame="group",
        subtitle=note or alt.Undefined,
        subtitleFontSize=12,
        subtitlePadding=2,
    )


def thinned(rows: pd.DataFrame, points: int = MAX_ROWS) -> pd.DataFrame:
    """The lowest and highest `y` of equal stretches: peaks stay, whatever the number of rows."""
    if len(rows) <= points:
        return rows
    stretch = np.arange(len(rows)) * (points // 2) // len(rows)
    known = rows["y"].reset_index(drop=True).dropna()
    grouped = known.groupby(stretch[known.index])
    keep = np.unique(np.concatenate([grouped.idxmin(), grouped.idxmax()]).astype(int))
    return rows.iloc[keep]


def inline(frame: pd.DataFrame) -> alt.InlineData:
    """The rows as JSON text inside the chart; time in milliseconds, NaN as null.

    Altair neither limits, copies nor validates text row by row, so this is also the fast way.
    """
    text = frame.to_json(orient="records", date_unit="ms")
    return alt.InlineData(values=text, format=alt.JsonDataFormat(type="json"))


def melted(rows: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """`ds`, `model`, `value`: one row per value, so that user's names never become field names."""
    long = rows[["ds", *columns]].melt("ds", var_name="model", value_name="value")
    return long.assign(model=long["model"].astype(str))


def time_axis(ds: pd.Series[Any], ticks: int = 8) -> alt.X:
    """A horizontal axis for integers or dates, shown as stored whatever the local time zone."""
    if pd.api.types.is_datetime64_any_dtype(ds):
        axis = alt.Axis(tickCount=ticks, labelExpr=_date_labels(ds, ticks))
        return alt.X("ds:T", title=None, scale=alt.Scale(type="utc"), axis=axis)
    scale = alt.Scale(zero=False, nice=False)
    return alt.X("ds:Q", title="time", scale=scale, axis=alt.Axis(format="d", tickCount=ticks))


def _date_labels(ds: pd.Series[Any], ticks: int) -> str:
    """Dates whose year is always to be seen: below the first label, and where it changes."""
    days = (ds.max() - ds.min()).days
    if days >= _DAYS_OF_YEARS * ticks:
        return "utcFormat(datum.value, '%Y')"
    upper, lower, new = next(each for least, *each in _DATES if days >= least * ticks)
    second = f"datum.index == 0 || {new} ? utcFormat(datum.value, '{lower}') : ''"
    return f"[utcFormat(datum.value, '{upper}'), {second}]"


def value_axis(title: str, *, zero: bool = False, log: bool = False) -> alt.Y:
    """A vertical axis for `value`."""
    scale = alt.Scale(type="log") if log else alt.Scale(zero=zero)
    axis = alt.Axis(tickCount=4 if log else 5)
    return alt.Y("value:Q", title=short(title), scale=scale, axis=axis)


def hover(rows: pd.DataFrame, columns: Sequence[str], width: float) -> alt.Chart:
    """Invisible strips, one per row, that tell the date and every value under the pointer.

    Args:
        rows: `ds` and `columns`.
        columns: the values to tell.
        width: of the chart, in pixels.
    """
    values = [[f"{model_name(name)} {number(v)}" for v in rows[name]] for name in columns]
    text = [" | ".join(parts) for parts in zip(moments(rows["ds"]), *values, strict=True)]
    strips: alt.Chart = (
        alt.Chart(inline(pd.DataFrame({"ds": rows["ds"], "text": text})))
        .mark_rule(aria=True, opacity=0, strokeWidth=max(width / max(len(rows), 1), 1.5))
        .encode(x=time_axis(rows["ds"]), description="text:N")
    )
    return strips
