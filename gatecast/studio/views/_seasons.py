"""Each season of a series as a line, one over the other."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd

from gatecast._types import Floats
from gatecast._wording import number, percent
from gatecast.reporting.charts import Chart, inline, theme, value_axis
from gatecast.studio.views._picture import Picture
from gatecast.studio.views._series import Parts, Series
from gatecast.studio.views._words import Places, places_of

_CYCLES = 12
_KINDS = ("earlier", "newest")


def seasons_picture(series: Series) -> Picture | None:
    """One line per season; None without two whole seasons.

    The finding is about the season without the trend, which would make late months look high.
    """
    looked, series = series.newest_note, series.newest
    parts = series.parts
    if parts is None:
        return None
    places = places_of(series.ds, series.freq, series.season)
    usual = _usual(parts, places)
    high, low = (places.names[int(pick(usual))] for pick in (np.argmax, np.argmin))
    strong = percent(parts.strength_of_season)
    cycle = series.cycle
    at = places.preposition
    finding = f"Highest {at} {high}, lowest {at} {low}"
    if series.repeats == "weakly":
        finding = f"Weakly: {finding[0].lower()}{finding[1:]}"
    elif series.repeats == "not":
        finding = f"No pattern repeats every {cycle}"
    told = (
        f"One line per {cycle}. {finding}. Of the changes beside the trend, {strong} follow the "
        f"{cycle}: {high} is {_off(usual.max())} the trend, {low} {_off(usual.min())} it, on "
        "average."
    )
    note = (
        f"{looked}Each line is one {cycle}, the newest in colour. Of the changes beside the trend, "
        f"{strong} follow the {cycle}."
    )
    return Picture.of(_lines(series, places), finding, told, note=note)


def _usual(parts: Parts, places: Places) -> Floats:
    """[places] the average distance from the trend."""
    return pd.Series(parts.season + parts.remainder).groupby(places.place).mean().to_numpy()


def _off(value: float) -> str:
    side = "above" if value >= 0 else "below"
    return f"{number(abs(float(value)))} {side}"


def _lines(series: Series, places: Places) -> Chart:
    newest = np.unique(places.cycle)[-_CYCLES:]
    rows = pd.DataFrame(
        {
            "name": np.array(places.names)[places.place],
            "cycle": places.cycle,
            "value": series.y,
            "kind": np.where(places.cycle == newest[-1], _KINDS[1], _KINDS[0]),
        }
    )
    rows = rows[np.isin(places.cycle, newest)].assign(text=lambda rows: rows["value"].map(number))
    x = alt.X(
        "name:N",
        sort=list(places.names),
        title=None,
        axis=alt.Axis(labelOverlap=True, labelAngle=0, labelFlush=False),
        scale=alt.Scale(type="point"),
    )
    colour = alt.Color(
        "kind:N",
        scale=alt.Scale(domain=list(_KINDS), range=[theme.GREY, theme.VERMILION]),
        legend=alt.Legend(symbolType="stroke"),
    )
    base = alt.Chart(inline(rows)).encode(
        x=x, y=value_axis(series.label), color=colour, detail="cycle:N"
    )
    tips = [
        alt.Tooltip("cycle:N", title=series.cycle),
        alt.Tooltip("name:N", title=series.step),
        alt.Tooltip("text:N", title=series.label),
    ]
    return alt.layer(
        base.mark_line(strokeWidth=1.6),
        base.mark_circle(size=120, opacity=0).encode(tooltip=tips),
    )
