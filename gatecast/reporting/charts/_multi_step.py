"""Many steps at once: forecasts from the cutoff against what then happened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import altair as alt
import pandas as pd

from gatecast.reporting._facts import leading, models, ranked_multi_step
from gatecast._wording import number, short
from gatecast.reporting.charts import _theme as theme
from gatecast.reporting.charts._figure import Figure
from gatecast.reporting.charts._view import (
    hover,
    inline,
    last_rows,
    melted,
    panel_title,
    shown,
    shown_note,
    time_axis,
    value_axis,
)

if TYPE_CHECKING:
    from gatecast.evaluation import Experiment
    from gatecast.reporting.charts._figure import Chart

_RIVALS = [theme.BLUE, theme.GREEN, theme.PURPLE]


def multi_step(experiment: Experiment, label: str) -> Figure | None:
    """The leading model and its three best rivals in colour, all others in grey."""
    frame, records = experiment.multi_step_forecasts, ranked_multi_step(experiment)
    if frame.empty or not records:
        return None
    colours = _colours(experiment, records)
    panels = [rows[rows["cutoff"] == rows["cutoff"].max()] for rows in shown(frame)]
    limit = last_rows(panels)
    charts = [
        _panel(experiment, rows.head(limit), colours, label).properties(
            width=theme.WIDTH,
            height=300 if len(panels) == 1 else 150,
            title=panel_title(rows, panels),
        )
        for rows in panels
    ]
    steps = max(map(len, panels))
    notes = [
        "All start at the cutoff and see nothing after it; in brackets the test RMSE.",
        f"The first {limit} of {steps:,} steps are drawn." if steps > limit else "",
        shown_note(frame),
    ]
    title = alt.TitleParams(
        _finding(records, leading(experiment)), subtitle=" ".join(filter(None, notes))
    )
    caption = (
        "One step ahead is easy, because the last value is known; here every model has to carry "
        "trend and season on its own."
    )
    return Figure("multi_step", caption, alt.vconcat(*charts).properties(title=title))


def _finding(records: list[dict[str, Any]], leader: dict[str, Any] | None) -> str:
    best, h = records[0], f"{records[0]['h']:,}"
    names = [record["model"] for record in records]
    if leader is None or leader["model"] not in names:
        return f"{h} steps ahead, {short(best['model'])} comes closest: {number(best['test_rmse'])}"
    place = names.index(leader["model"])
    error = number(records[place]["test_rmse"])
    text = f"{h} steps ahead, the {short(leader['model'])} misses by {error}"
    if place:
        return f"{text}; {short(best['model'])} is best with {number(best['test_rmse'])}"
    return f"{text} and is the best of {len(records)}"


def _colours(experiment: Experiment, records: list[dict[str, Any]]) -> dict[str, str]:
    """The colour of each model worth telling apart."""
    leader = leading(experiment)
    first = str(leader["model"]) if leader else ""
    names = [str(record["model"]) for record in records]
    rivals = dict(zip((n for n in names if n != first), _RIVALS, strict=False))
    return ({first: theme.VERMILION} if first in names else {}) | rivals


def _observed(experiment: Experiment, rows: pd.DataFrame) -> pd.DataFrame:
    """The truth after the cutoff, and half as much before it."""
    past = experiment.one_step_forecasts
    own = past[past["unique_id"] == rows["unique_id"].iloc[0]].sort_values("ds")
    before = own.loc[own["ds"] <= rows["cutoff"].iloc[0], ["ds", "y"]].tail(len(rows) // 2)
    both: pd.DataFrame = pd.concat([before, rows[["ds", "y"]]])
    return both.rename(columns={"y": "value"})


def _panel(
    experiment: Experiment, rows: pd.DataFrame, colours: dict[str, str], label: str
) -> Chart:
    errors = {record["model"]: number(record["test_rmse"]) for record in experiment.multi_step}
    names = models(rows)
    legend = {name: f"{short(name, 20)} ({errors[name]})" for name in colours if name in names}
    others = [name for name in names if name not in legend]
    observed = _observed(experiment, rows)
    scale = alt.Scale(
        domain=["observed", *legend.values(), *["others"][: len(others)]],
        range=[theme.INK, *(colours[name] for name in legend), theme.GREY],
    )
    x, y = time_axis(observed["ds"]), value_axis(label)

    def lines(data: pd.DataFrame, width: float) -> Chart:
        colour = alt.Color("kind:N", scale=scale)
        chart = alt.Chart(inline(data)).mark_line(strokeWidth=width)
        drawn: Chart = chart.encode(x=x, y=y, color=colour, detail="model:N")
        return drawn

    named = melted(rows.rename(columns=legend), list(legend.values()))
    cutoff = alt.Chart(inline(rows[["cutoff"]].head(1).rename(columns={"cutoff": "ds"})))
    return alt.layer(
        cutoff.mark_rule(color=theme.MUTED, strokeDash=[4, 4]).encode(x=x),
        lines(melted(rows, others).assign(kind="others"), 1.2),
        lines(observed.assign(kind="observed", model="observed"), 2),
        lines(named.assign(kind=named["model"]), 1.8),
        hover(rows.rename(columns={"y": "observed"}), ["observed", *names], theme.WIDTH * 2 / 3),
    )
