"""Every model's one-step error, best first, with persistence as the line to beat."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import altair as alt
import pandas as pd

from gatecast._wording import model_name, number, percent, short, skill
from gatecast.reporting._facts import (
    error,
    leading,
    metric_name,
    ranked,
    record_of,
    spread,
    unit,
)
from gatecast.reporting.charts import _theme as theme
from gatecast.reporting.charts._figure import Figure
from gatecast.reporting.charts._view import inline, title

if TYPE_CHECKING:
    from gatecast.evaluation import Experiment
    from gatecast.reporting.charts._figure import Chart


def scores(experiment: Experiment, label: str) -> Figure | None:
    """Bars of the median test RMSE with whiskers from the best to the worst seed."""
    records = ranked(experiment)
    if not records:
        return None
    rows = pd.DataFrame([_row(experiment, record) for record in records])
    bars, *marks = _bars(rows, unit(experiment, short(label)))
    chart = alt.layer(bars, *_persistence(experiment), *marks)
    sized = chart.properties(width=theme.WIDTH - 110, height=27 * len(rows))
    heading = title(
        _finding(experiment, records),
        f"{metric_name(experiment)} on the test rows, one step ahead; bar: median of the seeds,"
        " whisker: best to worst seed",
    )
    caption = (
        "Shorter is better; a model whose bar does not end clearly left of the dashed line "
        "is no better than repeating the last value."
    )
    return Figure("scores", caption, sized.properties(title=heading))


def _finding(experiment: Experiment, records: list[dict[str, Any]]) -> str:
    record = leading(experiment)
    if record is None:
        return f"{model_name(records[0]['model'])} has the smallest error"
    place = records.index(record) + 1
    text = f"{model_name(record['model'])} is number {place} of {len(records)}"
    gain = record["skill_vs_persistence"]
    if not math.isfinite(gain):
        return text
    share = f"{percent(abs(gain))} {'below' if gain > 0 else 'above'}"
    return f"{text}, {share} the error of repeating the last value"


def _row(experiment: Experiment, record: dict[str, Any]) -> dict[str, Any]:
    found, kind = spread(experiment, record), theme.KIND_NAMES[record["kind"]]
    name, text = model_name(record["model"]), number(found["median"])
    ends = f" ({number(found['min'])} to {number(found['max'])})"
    span = ends if found["max"] != found["min"] else ""
    told = f"{metric_name(experiment)} {text}{span}"
    return {
        "model": name,
        "kind": kind,
        "error": found["median"],
        "best": found["min"],
        "worst": found["max"],
        "end": max(found["median"], found["max"] or 0.0),
        "text": text,
        "told": f"{name} | {told} | skill {skill(record['skill_vs_persistence'])}",
    }


def _bars(rows: pd.DataFrame, unit: str) -> list[Chart]:
    order = rows["model"].tolist()
    kinds = [theme.KIND_NAMES[kind] for kind in theme.KINDS]
    colours = alt.Scale(domain=kinds, range=list(theme.KINDS.values()))
    base = alt.Chart(inline(rows)).encode(
        y=alt.Y(
            "model:N", sort=order, title=None, axis=alt.Axis(labelLimit=190, labelColor=theme.INK)
        )
    )
    bars = base.mark_bar(height=16, cornerRadiusEnd=2, aria=True).encode(
        x=alt.X("error:Q", title=unit, axis=alt.Axis(tickCount=8)),
        color=alt.Color("kind:N", scale=colours, legend=alt.Legend(offset=24, symbolType="square")),
        description="told:N",
    )
    seeded = alt.datum.worst > alt.datum.best
    whiskers = base.transform_filter(seeded).mark_rule(color=theme.INK, strokeWidth=1.4)
    ends = base.transform_filter(seeded).mark_tick(color=theme.INK, thickness=1.4, size=8)
    at = base.encode(x="end:Q", text="text:N")
    halo = at.mark_text(align="left", dx=6, fontSize=12, stroke="white", strokeWidth=5)
    labels = at.mark_text(align="left", dx=6, fontSize=12, color=theme.INK)
    return [
        bars,
        whiskers.encode(x="best:Q", x2="worst:Q"),
        ends.encode(x="best:Q"),
        ends.encode(x="worst:Q"),
        halo,
        labels,
    ]


def _persistence(experiment: Experiment) -> list[Chart]:
    record = record_of(experiment, "persistence")
    if record is None:
        return []
    base = alt.Chart(inline(pd.DataFrame({"error": [error(experiment, record)]})))
    at = base.encode(x="error:Q")
    rule = at.mark_rule(color=theme.INK, strokeDash=[4, 4])
    name = at.mark_text(
        text="persistence", align="center", baseline="bottom", color=theme.MUTED, dy=-4, fontSize=12
    ).encode(y=alt.value(0))
    return [rule, name]
