"""Many steps at once: forecasts from the cutoff against what then happened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import altair as alt
import pandas as pd

from gatecast._wording import METRIC_NAMES, count, model_name, number
from gatecast.evaluation import REFERENCES
from gatecast.reporting._facts import (
    error,
    in_units,
    leading,
    metric_name,
    models,
    ranked_multi_step,
)
from gatecast.reporting.charts import _theme as theme
from gatecast.reporting.charts._by_series import by_series, drawers
from gatecast.reporting.charts._figure import Panels
from gatecast.reporting.charts._view import (
    height_of,
    hover,
    inline,
    last_rows,
    melted,
    panel_title,
    picked,
    time_axis,
    value_axis,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gatecast.evaluation import Experiment
    from gatecast.reporting.charts._figure import Chart, Figure

_SOLID, _DASHED = (1, 0), (5, 3)
_RIVALS = [theme.BLUE, theme.GREEN, theme.PURPLE]


def multi_step(experiment: Experiment, label: str) -> Figure | None:
    """The leading model and its three best rivals in colour, all others in grey."""
    frame, records = experiment.multi_step_forecasts, ranked_multi_step(experiment)
    if frame.empty or not records:
        return None
    colours = _colours(experiment, records)
    panels = [rows[rows["cutoff"] == rows["cutoff"].max()] for rows in picked(frame)]
    limit = last_rows(panels)

    def draw(rows: pd.DataFrame) -> Chart:
        heading = panel_title(rows, panels, _missed(experiment, rows))
        drawn = _panel(experiment, rows.head(limit), colours, label)
        return drawn.properties(width=theme.WIDTH, height=height_of(panels), title=heading)

    steps, name = max(map(len, panels)), metric_name(experiment)
    notes = f"All start at the cutoff and see nothing after it; in brackets the {name}."
    if steps > limit:
        notes += f" The first {limit} of {steps:,} steps are drawn."
    finding, total = _finding(experiment, records), frame["unique_id"].nunique()
    caption = (
        "One step ahead is easy, because the last value is known; here every model has to carry "
        "trend and season on its own."
    )
    drawn = Panels(finding, notes, drawers(panels, draw), total)
    return by_series("multi_step", caption, drawn)


def _finding(experiment: Experiment, records: list[dict[str, Any]]) -> str:
    best, leader = records[0], leading(experiment)
    first = f"{model_name(best['model'])} comes closest"
    opening = f"{count(best['h'], 'step')} ahead, from one cutoff,"
    names = [record["model"] for record in records]
    if leader is None or leader["model"] not in names:
        return f"{opening} {first}"
    place = names.index(leader["model"])
    if place:
        return f"{opening} {first}, the {model_name(leader['model'])} is number {place + 1}"
    return f"{opening} the {first} of {len(records)}"


def _missed(experiment: Experiment, rows: pd.DataFrame) -> str:
    """The errors of the leading model and of the best in one series, in its own units."""
    leader, unit = leading(experiment), in_units(experiment.ranked_by)
    names = [str(record["model"]) for record in ranked_multi_step(experiment)]
    chosen = dict.fromkeys([str(leader["model"]) if leader else names[0], names[0]])
    table = experiment.multi_step_by_series
    own = table[table["unique_id"] == rows["unique_id"].iloc[0]].set_index("model")[unit]
    told = [f"{model_name(name)} {number(own.get(name))}" for name in chosen]
    return f"{METRIC_NAMES[unit]} {', '.join(told)}"


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
    records = ranked_multi_step(experiment)
    errors = {record["model"]: number(error(experiment, record)) for record in records}
    names = [name for name in models(rows) if name in errors]
    legend = {n: f"{model_name(n, 20)} ({errors[n]})" for n in colours if n in names}
    others = [name for name in names if name not in legend]
    observed = _observed(experiment, rows)
    scale = alt.Scale(
        domain=["observed", *legend.values(), *["others"][: len(others)]],
        range=[theme.INK, *(colours[name] for name in legend), theme.GREY],
    )
    x, y = time_axis(observed["ds"]), value_axis(label)

    def lines(data: pd.DataFrame, width: float, dash: Sequence[int] = _SOLID) -> Chart:
        colour = alt.Color("kind:N", scale=scale)
        chart = alt.Chart(inline(data)).mark_line(strokeWidth=width, strokeDash=[*dash])
        drawn: Chart = chart.encode(x=x, y=y, color=colour, detail="model:N")
        return drawn

    # Where two lines are one, the dashes of the naive forecasts let the other show through.
    naive = {name: text for name, text in legend.items() if name in REFERENCES}
    parts = [({n: text for n, text in legend.items() if n not in naive}, _SOLID), (naive, _DASHED)]
    cutoff = alt.Chart(inline(rows[["cutoff"]].head(1).rename(columns={"cutoff": "ds"})))
    return alt.layer(
        cutoff.mark_rule(color=theme.MUTED, strokeDash=[4, 4]).encode(x=x),
        lines(melted(rows, others).assign(kind="others"), 1.2),
        lines(observed.assign(kind="observed", model="observed"), 2),
        *(lines(_named(rows, part), 1.8, dash) for part, dash in parts if part),
        hover(rows.rename(columns={"y": "observed"}), ["observed", *names], theme.WIDTH * 2 / 3),
    )


def _named(rows: pd.DataFrame, legend: dict[str, str]) -> pd.DataFrame:
    """The forecasts of some models, under their names in the legend."""
    named = melted(rows.rename(columns=legend), list(legend.values()))
    return named.assign(kind=named["model"])
