"""How the forecast did on past windows that it had not seen."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import altair as alt
import numpy as np
import pandas as pd

from gatecast._wording import count, moments, number
from gatecast.reporting.charts import inline, theme, time_axis, value_axis
from gatecast.studio.views._picture import Picture
from gatecast.studio.views.results._values import Line

if TYPE_CHECKING:
    from gatecast.studio.views.results._values import Course, Subject

_OURS, _SIMPLE = "this forecast", "best simple forecast"
_NUMBERS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")


def scores_picture(
    names: Sequence[str], errors: Sequence[float], metric: str, by: Subject
) -> Picture:
    """Bars of the errors, best first.

    Args:
        names: of the forecasts, best first; one of them is "this forecast".
        errors: of each.
        metric: the error that ranks them: "mae", "rmse", "mase" or "rmsse".
        by: what is forecast.
    """
    # What stands in brackets is in the table, and too long for a phone.
    short = [name.partition(" (")[0] for name in names]
    rows = pd.DataFrame({"name": short, "error": errors, "text": [number(each) for each in errors]})
    rows["ours"] = rows["name"] == _OURS
    order = alt.Y("name:N", sort=short, title=None, axis=alt.Axis(labelLimit=170))
    x = alt.X("error:Q", title=_unit(metric, by), axis=alt.Axis(tickCount=4))
    base = alt.Chart(inline(rows)).encode(x=x, y=order)
    colour = alt.condition("datum.ours", alt.value(theme.VERMILION), alt.value(theme.GREY))
    bars = base.mark_bar(height=16, cornerRadiusEnd=2).encode(
        color=colour, tooltip=[alt.Tooltip("name:N"), alt.Tooltip("text:N", title="error")]
    )
    labels = base.mark_text(align="left", dx=6, color=theme.INK).encode(text="text:N")
    place = list(names).index(_OURS)
    if place == 0:
        finding = f"This forecast has the smallest error of {len(names)}"
    elif place < len(_NUMBERS):
        finding = f"This forecast comes {_NUMBERS[place]} of {len(names)}: {names[0]} is the best"
    else:
        finding = f"{names[0].capitalize()} has the smallest error of {len(names)}"
    told = "; ".join(f"{name} {number(error)}" for name, error in zip(names, errors, strict=True))
    words = f"Bar chart of errors, shorter is better: {told}."
    return Picture.of(alt.layer(bars, labels), finding, words, 34 * len(rows) + 20)


def past_picture(course: Course, subject: Subject) -> Picture | None:
    """What was forecast of past windows, over what came; None without a test."""
    if not course.tests:
        return None
    past = course.past.frame()
    first = Line([window.ds[0] for window in course.tests], [None] * len(course.tests)).frame()
    past = past[past["ds"] >= first["ds"].min() - (past["ds"].max() - first["ds"].min())]
    drawn = pd.concat(
        [
            Line(window.ds, values).frame().assign(kind=kind, window=place)
            for place, window in enumerate(course.tests)
            for kind, values in ((_SIMPLE, window.simple), (_OURS, window.forecast))
            if values
        ]
    )
    drawn["when"] = moments(drawn["ds"])
    x, y = time_axis(pd.concat([past["ds"], drawn["ds"]]), ticks=6), value_axis(subject.label)
    kinds = ["observed", _OURS, _SIMPLE] if _SIMPLE in set(drawn["kind"]) else ["observed", _OURS]
    colours = [theme.INK, theme.VERMILION, theme.GREY][: len(kinds)]
    colour = alt.Color(
        "kind:N",
        scale=alt.Scale(domain=kinds, range=colours),
        legend=alt.Legend(symbolType="stroke", columns=2),
    )
    told = [
        alt.Tooltip("when:N", title=subject.step),
        alt.Tooltip("kind:N", title="what"),
        alt.Tooltip("value:Q", title=subject.label, format=",.4~g"),
    ]
    observed = past.assign(kind="observed", when=moments(past["ds"]))
    chart = alt.layer(
        alt.Chart(inline(observed))
        .mark_line(strokeWidth=1.5)
        .encode(x=x, y=y, color=colour, tooltip=told),
        alt.Chart(inline(drawn))
        .mark_line(strokeWidth=2)
        .encode(x=x, y=y, color=colour, detail="window:N", tooltip=told),
    )
    finding = _worst(past, drawn, subject)
    words = f"Line chart of {subject.name} and of what was forecast of it. {finding}."
    return Picture.of(chart, finding, words, 320)


def _worst(past: pd.DataFrame, drawn: pd.DataFrame, subject: Subject) -> str:
    """How far off the forecast was, and when most."""
    ours = drawn[drawn["kind"] == _OURS].drop_duplicates("ds", keep="last")
    both = ours.merge(past.rename(columns={"value": "y"}), on="ds")
    missed = (both["value"] - both["y"]).abs()
    if not missed.notna().any():
        return f"Nothing was observed of {subject.name} in the test"
    worst = both.iloc[int(missed.argmax())]
    return (
        f"In the test it missed {subject.name} by {number(missed.mean())} on average, and most at "
        f"{moments(pd.Series([worst['ds']]))[0]}, by {number(missed.max())}"
    )


def ahead_picture(
    ours: Sequence[float | None], simple: Sequence[float | None], metric: str, by: Subject
) -> Picture | None:
    """The error at each step ahead, of this forecast and the best simple one; None for one step.

    Args:
        ours: [steps] errors of this forecast.
        simple: [steps] those of the best simple one; empty without one.
        metric: which error.
        by: what is forecast.
    """
    known = [each for each in ours if each is not None and math.isfinite(each)]
    if len(known) < 2:  # noqa: PLR2004 (a line has two ends)
        return None
    kinds = {_OURS: list(ours), _SIMPLE: list(simple)}
    kinds = {kind: errors for kind, errors in kinds.items() if errors}
    rows = pd.concat(
        [
            pd.DataFrame({"step": np.arange(1, len(errors) + 1), "error": errors, "kind": kind})
            for kind, errors in kinds.items()
        ]
    )
    colours = [theme.VERMILION, theme.GREY][: len(kinds)]
    scale = alt.Scale(domain=list(kinds), range=colours)
    chart = (
        alt.Chart(inline(rows))
        .mark_line(strokeWidth=2, point=True)
        .encode(
            x=alt.X(
                "step:Q",
                title=f"{by.step}s ahead",
                axis=alt.Axis(format="d", tickMinStep=1, tickCount=8),
            ),
            y=alt.Y("error:Q", title=_unit(metric, by), axis=alt.Axis(tickCount=5)),
            color=alt.Color("kind:N", scale=scale, legend=alt.Legend(symbolType="stroke")),
            tooltip=[
                alt.Tooltip("kind:N", title="what"),
                alt.Tooltip("step:Q", title=f"{by.step}s ahead"),
                alt.Tooltip("error:Q", title="error", format=",.4~g"),
            ],
        )
    )
    near, far = count(1, by.step), count(len(ours), by.step)
    finding = (
        f"Its {_unit(metric, by)}, is {number(known[0])} for {near} ahead and {number(known[-1])} "
        f"for {far}"
    )
    return Picture.of(chart, finding, f"Line chart of the error. {finding}.", 240)


def _unit(metric: str, by: Subject) -> str:
    """What an error is measured in."""
    if metric in {"mase", "rmsse"}:
        return "error, in usual changes of a series"
    return f"error, in the units of {by.label}"
