"""How much a series resembles its own past."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd

from gatecast._wording import MINUS, correlation, count, listed
from gatecast.reporting.charts import Chart, inline, theme
from gatecast.studio.views._picture import Picture
from gatecast.studio.views._series import Series
from gatecast.studio.views._statistics import stattools

_FEWEST, _MOST_LAGS = 8, 60
_KINDS = ("resembles", "may be chance")


def autocorrelation_picture(series: Series) -> Picture | None:
    """The correlation of a series with itself some rows before; None for few rows or a constant."""
    y = series.newest.y
    looked = series.newest_note
    known = y[~np.isnan(y)]
    if len(known) < _FEWEST or not np.ptp(known):
        return None
    lags = min(max(24, 2 * series.season + 1), _MOST_LAGS, len(y) // 2)
    found = stattools.acf(y, nlags=lags, missing="conservative", fft=False)[1:]
    # Of a series without any memory 95 % lie within 1.96 / sqrt(rows): Bartlett (1946).
    chance = 1.96 / np.sqrt(len(known))
    finding = _finding(series, found, chance)
    clear = np.flatnonzero(np.abs(found) > chance) + 1
    told = (
        f"Bars of the correlation of each {series.step} with the one 1 to {lags} {series.step}s "
        f"before it. {finding}. {len(clear)} of {lags} bars are more than chance."
    )
    note = (
        f"{looked}1: exactly alike; 0: nothing in common; below 0: high where the other is low. "
        "Bars between the dashed lines may be chance."
    )
    return Picture.of(_bars(found, chance, series), finding, told, note=note)


def _finding(series: Series, found: np.ndarray, chance: float) -> str:
    """What of the past tells most about the next value."""
    step = series.step
    told = []
    if found[0] > chance:
        told.append(f"the one before ({correlation(float(found[0]))})")
    if 1 < series.season <= len(found) and found[series.season - 1] > chance:
        name = f"the same {step} one {series.cycle} before"
        if series.cycle[0].isdigit():
            name = f"the one {count(series.season, step)} before"
        told.append(f"{name} ({correlation(float(found[series.season - 1]))})")
    if told:
        return f"Each {step} resembles {listed(told)}"
    if (np.abs(found) > chance).any():
        lag = int(np.abs(found).argmax()) + 1
        word = "resembles" if found[lag - 1] > 0 else "is the opposite of"
        size = correlation(float(found[lag - 1]))
        return f"Each {step} {word} the one {count(lag, step)} before ({size})"
    return f"No {step} tells anything about the next: this looks like chance"


def _bars(found: np.ndarray, chance: float, series: Series) -> Chart:
    rows = pd.DataFrame({"lag": np.arange(1, len(found) + 1), "value": found})
    rows["kind"] = np.where(rows["value"].abs() > chance, *_KINDS)
    rows["text"] = [correlation(float(value)) for value in found]
    step = series.season if series.season > 1 and len(found) >= 2 * series.season else 1
    ticks = list(range(step, len(found) + 1, step)) if step > 1 else alt.Undefined
    x = alt.X(
        "lag:Q",
        title=f"{series.step}s before",
        scale=alt.Scale(domain=[0, len(found) + 1], nice=False),
        axis=alt.Axis(format="d", values=ticks),
    )
    y = alt.Y("value:Q", title=f"correlation, {MINUS}1 to 1", scale=alt.Scale(domain=[-1, 1]))
    colours = alt.Scale(domain=list(_KINDS), range=[theme.BLUE, theme.GREY])
    bars = (
        alt.Chart(inline(rows))
        .mark_bar(size=6)
        .encode(
            x=x,
            y=y,
            y2=alt.datum(0),
            color=alt.Color("kind:N", scale=colours, legend=alt.Legend(symbolType="square")),
            tooltip=[
                alt.Tooltip("lag:Q", title=f"{series.step}s before"),
                alt.Tooltip("text:N", title="correlation"),
            ],
        )
    )
    bounds = alt.Chart(inline(pd.DataFrame({"value": [-chance, chance]})))
    return alt.layer(bars, bounds.mark_rule(color=theme.MUTED, strokeDash=[4, 4]).encode(y=y))
