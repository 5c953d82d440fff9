"""The forecasts of each window against what then happened."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt
import pandas as pd

from gatecast._wording import METRIC_NAMES, model_name, number
from gatecast.reporting._backtest_facts import leading_model, rivals, worst_first
from gatecast.reporting._facts import in_units, levels
from gatecast.reporting.charts import _theme as theme
from gatecast.reporting.charts._by_series import by_series, drawers
from gatecast.reporting.charts._figure import Panels
from gatecast.reporting.charts._view import (
    MAX_PICKED,
    height_of,
    hover,
    inline,
    last_rows,
    panel_title,
    rows_of,
    time_axis,
    value_axis,
)

if TYPE_CHECKING:
    from gatecast.evaluation import Backtest
    from gatecast.reporting.charts._figure import Chart, Figure


def windows(backtest: Backtest, label: str) -> Figure | None:
    """The leading model with its interval, and the best baseline, window after window."""
    leader = leading_model(backtest)
    if leader is None:
        return None
    names = [str(leader["model"]), *rivals(backtest, 1)]
    panels = rows_of(backtest.forecasts, worst_first(backtest)[:MAX_PICKED])
    limit = last_rows(panels)

    def draw(rows: pd.DataFrame) -> Chart:
        heading = panel_title(rows, panels, _missed(backtest, rows, names))
        drawn = _panel(backtest, rows[rows["cutoff"] >= _start(rows, limit)], names, label)
        return drawn.properties(width=theme.WIDTH, height=height_of(panels), title=heading)

    notes = "Dashed: the cutoffs, beyond which nothing was known."
    if width := levels(backtest.forecasts, names[0])[:1]:
        notes += f" Band: {width[0]} % interval of {model_name(names[0])}."
    found = f"{METRIC_NAMES[backtest.ranked_by]} {number(leader[backtest.ranked_by])}"
    finding = f"{model_name(names[0])} from each cutoff: {found}"
    caption = "What the forecasts would have looked like at the time, and what then happened."
    total = backtest.forecasts["unique_id"].nunique()
    order = "with the largest MASE"
    drawn = Panels(finding, notes, drawers(panels, draw), total, order)
    return by_series("windows", caption, drawn)


def _missed(backtest: Backtest, rows: pd.DataFrame, names: list[str]) -> str:
    """The errors of the drawn models in one series, in its own units."""
    table, unit = backtest.by_series, in_units(backtest.ranked_by)
    own = table[table["unique_id"] == rows["unique_id"].iloc[0]].set_index("model")[unit]
    told = [f"{model_name(name)} {number(own.get(name))}" for name in names]
    return f"{METRIC_NAMES[unit]} {', '.join(told)}"


def _start(rows: pd.DataFrame, limit: int) -> object:
    """The first cutoff that is drawn: as many of the latest windows as fit."""
    cutoffs = rows.groupby("cutoff")["ds"].size().sort_index(ascending=False).cumsum()
    return cutoffs[cutoffs <= max(limit, cutoffs.iloc[0])].index[-1]


def _panel(backtest: Backtest, rows: pd.DataFrame, names: list[str], label: str) -> Chart:
    seen = backtest.observed
    own = seen[seen["unique_id"] == rows["unique_id"].iloc[0]].sort_values("ds")
    before = own[own["ds"] <= rows["cutoff"].min()].tail(max(backtest.h, len(rows) // 3))
    observed = own[own["ds"] >= before["ds"].iloc[0]][["ds", "y"]]
    x, y = time_axis(observed["ds"]), value_axis(label)
    shades = dict(zip(names, (theme.VERMILION, theme.BLUE), strict=False))
    legend = {name: model_name(name, 24) for name in names}
    scale = alt.Scale(
        domain=["observed", *legend.values()], range=[theme.INK, *(shades[name] for name in names)]
    )
    colour = alt.Color("kind:N", scale=scale)
    truth = observed.rename(columns={"y": "value"}).assign(kind="observed")
    cutoffs = pd.DataFrame({"ds": rows["cutoff"].unique()})
    lines = [
        alt.Chart(inline(_values(rows, name, legend[name])))
        .mark_line(strokeWidth=2.2 if name == names[0] else 1.4)
        .encode(x=x, y=y, color=colour, detail="cutoff:N")
        for name in reversed(names)
    ]
    told = rows.rename(columns={"y": "observed"})
    return alt.layer(
        alt.Chart(inline(cutoffs)).mark_rule(color=theme.GREY, strokeDash=[4, 4]).encode(x=x),
        *_band(rows, names[0], x),
        alt.Chart(inline(truth)).mark_line(strokeWidth=1.8).encode(x=x, y=y, color=colour),
        *lines,
        hover(told, ["observed", *names], theme.WIDTH * len(rows) / max(len(observed), 1)),
    )


def _values(rows: pd.DataFrame, name: str, text: str) -> pd.DataFrame:
    """One line per window."""
    values = rows[["ds"]].assign(value=rows[name], cutoff=rows["cutoff"].astype(str))
    return values.assign(kind=text)


def _band(rows: pd.DataFrame, model: str, x: alt.X) -> list[Chart]:
    """The narrowest interval of each window."""
    charts: list[Chart] = []
    for level in levels(rows, model)[:1]:
        bounds = rows[["ds"]].assign(
            low=rows[f"{model}-lo-{level}"],
            high=rows[f"{model}-hi-{level}"],
            cutoff=rows["cutoff"].astype(str),
        )
        area = alt.Chart(inline(bounds)).mark_area(color=theme.VERMILION, opacity=0.18)
        charts.append(area.encode(x=x, y="low:Q", y2="high:Q", detail="cutoff:N"))
    return charts
