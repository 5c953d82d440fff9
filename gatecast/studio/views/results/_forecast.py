"""The forecast with its fan, and what it would be if something else were known."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import altair as alt
import pandas as pd

from gatecast._wording import count, listed, moments, number, percent
from gatecast.reporting.charts import inline, theme, time_axis, value_axis
from gatecast.studio.views._picture import Picture

if TYPE_CHECKING:
    from gatecast.studio.views.results._values import Course, Line, Subject

_HEIGHT = 340
_LEVEL = 0.005


def forecast_picture(course: Course, subject: Subject) -> Picture:
    """The last observed rows, the forecast and its intervals; every value under the pointer."""
    ahead, past = course.ahead.frame("forecast"), course.past.frame("observed")
    told = [alt.Tooltip("when:N", title=subject.step), alt.Tooltip("forecast:Q", format=",.4~g")]
    for place, band in enumerate(course.bands):
        ahead[f"low{place}"], ahead[f"high{place}"] = band.low, band.high
        ends = zip(band.low, band.high, strict=True)
        ahead[f"told{place}"] = [f"{number(low)} to {number(high)}" for low, high in ends]
        told.append(alt.Tooltip(f"told{place}:N", title=f"{band.level} % band"))
    x = time_axis(pd.concat([past["ds"], ahead["ds"]]), ticks=6)
    y = value_axis(subject.label)
    drawn = alt.Chart(inline(ahead.assign(when=moments(ahead["ds"]))))
    layers = [
        drawn.mark_area(color=theme.VERMILION, opacity=0.18).encode(
            x=x, y=alt.Y(f"low{place}:Q", title=subject.label), y2=f"high{place}:Q"
        )
        for place in reversed(range(len(course.bands)))
    ]
    layers += [
        _observed(past, x, y, subject),
        drawn.mark_line(color=theme.VERMILION, strokeWidth=2.2).encode(
            x=x, y=alt.Y("forecast:Q", title=subject.label)
        ),
        drawn.mark_point(color=theme.VERMILION, filled=True, size=70, opacity=0).encode(
            x=x,
            y="forecast:Q",
            tooltip=told,
            opacity=alt.condition(_under_pointer(), alt.value(1), alt.value(0)),
        ),
    ]
    layers[-1] = layers[-1].add_params(_under_pointer())
    return Picture.of(alt.layer(*layers), _finding(course, subject), _alt(course, subject), _HEIGHT)


def _under_pointer() -> alt.Parameter:
    return alt.selection_point(
        name="pointer",
        nearest=True,
        on="pointerover",
        clear="pointerout",
        fields=["ds"],
        empty=False,
    )


def _observed(past: pd.DataFrame, x: alt.X, y: alt.Y, subject: Subject) -> alt.Chart:
    told = [alt.Tooltip("when:N", title=subject.step), alt.Tooltip("value:Q", title=subject.label)]
    rows = past.rename(columns={"observed": "value"}).assign(when=moments(past["ds"]))
    observed: alt.Chart = (
        alt.Chart(inline(rows)).mark_line(color=theme.INK, strokeWidth=1.5).encode(x=x, y=y)
    )
    return observed.encode(tooltip=told)


def _finding(course: Course, subject: Subject) -> str:
    """The mean of the forecast beside that of as many rows before it."""
    steps = len(course.ahead.ds)
    mean, before = _mean(course.ahead), _mean(course.past, steps)
    told = f"{subject.name} is forecast to average {number(mean)} over the next "
    told += count(steps, subject.step)
    if not math.isfinite(before) or not before:
        return told
    change = mean / before - 1
    if abs(change) < _LEVEL:
        return f"{told}, as over the last {steps}"
    than = f"{'more' if change > 0 else 'less'} than over the last {steps}"
    return f"{told}, {percent(abs(change))} {than}"


def _mean(line: Line, last: int = 0) -> float:
    return float(line.frame()["value"].iloc[-last:].mean())


def _alt(course: Course, subject: Subject) -> str:
    ahead = course.ahead.frame()
    until = moments(ahead["ds"])[-1]
    bands = [f"{band.level} %" for band in course.bands]
    fan = f", with bands of {listed(bands)}" if bands else ""
    first, last = (number(ahead["value"].iloc[place]) for place in (0, -1))
    return (
        f"Line chart of {subject.name}: observed values, then a forecast until {until}{fan}. It "
        f"begins with {first} and ends with {last}."
    )


def what_if_picture(course: Course, changed: Sequence[float], what: str, by: Subject) -> Picture:
    """The forecast as planned, and as it would be.

    Args:
        course: of the series.
        changed: [rows] the forecast if something else were known.
        what: that, in words: "price at 4.50".
        by: what is forecast.
    """
    past, planned = course.past.frame(), course.ahead.frame()
    other = planned.assign(value=list(changed))
    x = time_axis(pd.concat([past["ds"], planned["ds"]]), ticks=6)
    y = value_axis(by.label)
    names = ["as planned", what]
    both = pd.concat([planned.assign(kind=names[0]), other.assign(kind=names[1])])
    colour = alt.Color(
        "kind:N",
        scale=alt.Scale(domain=names, range=[theme.VERMILION, theme.BLUE]),
        legend=alt.Legend(symbolType="stroke"),
    )
    told = [
        alt.Tooltip("when:N", title=by.step),
        alt.Tooltip("kind:N", title="if"),
        alt.Tooltip("value:Q", title=by.label, format=",.4~g"),
    ]
    lines = alt.Chart(inline(both.assign(when=moments(both["ds"]))))
    chart = alt.layer(
        _observed(past.rename(columns={"value": "observed"}), x, y, by),
        lines.mark_line(strokeWidth=2.2, point=True).encode(x=x, y=y, color=colour, tooltip=told),
    )
    before, after = float(planned["value"].sum()), float(other["value"].sum())
    if not before or abs(after / before - 1) < _LEVEL:
        finding = f"With {what}, the forecast of {by.name} stays as it is"
    else:
        change = after / before - 1
        finding = (
            f"With {what}, {by.name} is forecast {percent(abs(change))} "
            f"{'higher' if change > 0 else 'lower'}: {number(after)} in total instead of "
            f"{number(before)}"
        )
    return Picture.of(chart, finding, f"Line chart. {finding}.", _HEIGHT)
