"""Which rows the forecast looked at, how long it remembers, and its gates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

import altair as alt
import numpy as np
import pandas as pd

from gatecast._wording import count, listed, number, percent
from gatecast.reporting.charts import inline, theme, time_axis
from gatecast.studio.views._picture import Picture
from gatecast.studio.views.results._values import Line

if TYPE_CHECKING:
    from gatecast.studio.views.results._values import Subject

_GATES: Mapping[str, str] = MappingProxyType(
    {
        "input": "input gate: lets new values in",
        "forget": "forget gate: keeps what is held",
        "output": "output gate: shows what is held",
        "update": "update gate: keeps what is held",
        "reset": "reset gate: looks at what is held",
    }
)
_COLOURS = (theme.BLUE, theme.VERMILION, theme.GREEN)
_NAMED = 3
_EVEN = 1.5
_POINTS = 60


def looked_picture(by_lag: Sequence[float], effective: int, subject: Subject) -> Picture:
    """The share of each past row in the forecast's response.

    Args:
        by_lag: [lags] shares, the newest row first.
        effective: so many of the newest rows carry 95 %.
        subject: what is forecast.
    """
    shares = np.asarray(by_lag, float)
    rows = pd.DataFrame({"lag": np.arange(1, len(shares) + 1), "share": shares})
    rows["told"] = [f"{percent(share)} of its response" for share in shares]
    x = alt.X(
        "lag:O",
        sort="descending",
        title=f"{subject.step}s ago (1 is the newest)",
        axis=alt.Axis(labelAngle=0, labelOverlap="greedy", labelSeparation=8),
    )
    y = alt.Y("share:Q", title="share of its response", axis=alt.Axis(format="%", tickCount=4))
    told = [
        alt.Tooltip("lag:O", title=f"{subject.step}s ago"),
        alt.Tooltip("told:N", title="share"),
    ]
    kept = alt.condition(
        f"datum.lag <= {effective}", alt.value(theme.VERMILION), alt.value(theme.GREY)
    )
    chart = alt.Chart(inline(rows)).mark_bar().encode(x=x, y=y, tooltip=told, color=kept)
    finding = _looked(shares, effective, subject)
    return Picture.of(chart, finding, f"Bar chart over past {subject.step}s. {finding}.", 220)


def _looked(shares: np.ndarray, effective: int, subject: Subject) -> str:
    if not shares.any():
        return "The forecast does not depend on what was observed"
    most = [int(lag) + 1 for lag in np.argsort(-shares, kind="stable")[:_NAMED]]
    back = f"the newest {effective} of the {len(shares)} it sees hold 95 % of what counts"
    if effective == len(shares):
        back = f"all {len(shares)} that it sees count"
    if shares.max() < _EVEN / len(shares):
        return f"It looks at all {count(len(shares), subject.step)} about alike"
    ago = f"{listed([str(lag) for lag in sorted(most)])} {subject.step}{'s' * (max(most) > 1)} ago"
    return f"It looks most at the value{'s' * (len(most) > 1)} of {ago}; {back}"


def kept_picture(half_lives: Sequence[float], subject: Subject) -> Picture | None:
    """How much of a value is still held after some steps; None where nothing is carried.

    What a unit holds after n steps is 0.5 ** (n / half-life) of it.

    Args:
        half_lives: [units] in steps.
        subject: what is forecast.
    """
    half = np.asarray([each for each in half_lives if each > 0], float)
    if not len(half):
        return None
    middle, slow = float(np.median(half)), float(np.quantile(half, 0.9))
    steps = np.linspace(0, max(4 * slow, 4.0), _POINTS)
    held = 0.5 ** (steps[:, None] / half[None, :])
    rows = pd.DataFrame(
        {
            "step": steps,
            "held": np.median(held, axis=1),
            "low": np.quantile(held, 0.1, axis=1),
            "high": np.quantile(held, 0.9, axis=1),
        }
    )
    rows["told"] = [percent(each) for each in rows["held"]]
    x = alt.X("step:Q", title=f"{subject.step}s later", axis=alt.Axis(tickCount=6))
    scale = alt.Scale(domain=[0, 1])
    y = alt.Y("held:Q", title="still held", scale=scale, axis=alt.Axis(format="%", tickCount=4))
    base = alt.Chart(inline(rows)).encode(x=x)
    chart = alt.layer(
        base.mark_area(color=theme.VERMILION, opacity=0.18).encode(
            y=alt.Y("low:Q", scale=scale, title="still held"), y2="high:Q"
        ),
        base.mark_line(color=theme.VERMILION, strokeWidth=2.2).encode(
            y=y, tooltip=[alt.Tooltip("step:Q", format=".1f"), alt.Tooltip("told:N", title="held")]
        ),
    )
    steps_word = subject.step if number(middle) == "1.00" else f"{subject.step}s"
    finding = (
        f"A typical unit of its memory has lost half of a value after {number(middle)} {steps_word}"
    )
    words = f"Falling curve. {finding}; the slowest tenth after {number(slow)} or more."
    return Picture.of(chart, finding, words, 220)


def gates_picture(
    times: Sequence[str], gates: Mapping[str, Sequence[Sequence[float]]], subject: Subject
) -> Picture | None:
    """How far the gates are open along the last rows; None for a network without gates.

    Args:
        times: [rows] of the last window.
        gates: name -> [rows, 3] the mean over units, and the bounds of the middle 80 %.
        subject: what is forecast.
    """
    if not gates:
        return None
    names = [_GATES[name] for name in gates]
    rows = pd.concat(
        [
            Line(_as_integers(times), [each[0] for each in values])
            .frame("open")
            .assign(low=[each[1] for each in values], high=[each[2] for each in values])
            .assign(gate=_GATES[name], when=list(times))
            for name, values in gates.items()
        ]
    )
    colour = alt.Color(
        "gate:N",
        scale=alt.Scale(domain=names, range=list(_COLOURS[: len(names)])),
        legend=alt.Legend(symbolType="stroke", columns=1, symbolOpacity=1),
    )
    scale = alt.Scale(domain=[0, 1])
    base = alt.Chart(inline(rows)).encode(x=time_axis(rows["ds"], ticks=6), color=colour)
    y = alt.Y("open:Q", title="open", scale=scale, axis=alt.Axis(format="%", tickCount=4))
    told = [
        alt.Tooltip("when:N", title=subject.step),
        alt.Tooltip("gate:N"),
        alt.Tooltip("open:Q", format=".0%"),
    ]
    chart = alt.layer(
        base.mark_area(opacity=0.12).encode(
            y=alt.Y("low:Q", scale=scale, title="open"), y2="high:Q"
        ),
        # A window of one row has no line, but a point.
        base.mark_line(strokeWidth=2.2, point=len(times) == 1).encode(y=y, tooltip=told),
    )
    keeps = next((name for name in ("forget", "update") if name in gates), None)
    finding = "How far its gates are open"
    if keeps is not None:
        mean = float(np.mean([each[0] for each in gates[keeps]]))
        finding = (
            f"From {subject.step} to {subject.step} it keeps about {percent(mean)} of its memory"
        )
    words = f"Lines of {listed(names)}. {finding}."
    return Picture.of(chart, finding, words, 260)


def _as_integers(times: Sequence[str]) -> list[int | str]:
    """Integer times, which came as text, as such."""
    if all(each.lstrip("-").isdecimal() for each in times):
        return [int(each) for each in times]
    return list(times)
