"""How figures went from run to run: a small chart for each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import altair as alt
import pandas as pd

from benchmarks._figures import courses
from gatecast.reporting import number, short
from gatecast.reporting.charts import Figure, inline, theme

_MOST, _COLUMNS = 12, 3
_COLOURS = (theme.BLUE, theme.VERMILION, theme.PURPLE, theme.GREEN, theme.GREY)


def course(benchmark: str, rows: pd.DataFrame) -> Figure | None:
    """The figures of a benchmark that changed from run to run, None if there are none.

    Args:
        benchmark: its name.
        rows: its rows, in order of time.
    """
    found = courses(rows, _MOST)
    if not found:
        return None
    machines = [*pd.concat(found)["machine"].unique()]
    panels = [_panel(each, machines) for each in found]
    grid: Any = alt.concat(*panels, columns=_COLUMNS, spacing=24)
    caption = (
        "From left to right as they were recorded, each run with its commit; green and dashed is "
        "the target. A line joins runs on one machine."
    )
    return Figure(benchmark, caption, grid)


def _panel(rows: pd.DataFrame, machines: list[str]) -> Any:
    """One figure from run to run."""
    data = pd.DataFrame(
        {
            # The place tells runs of one commit apart, and sorts.
            "run": [f"{place:03} {each or 'earlier'}" for place, each in enumerate(rows["commit"])],
            "value": rows["value"].to_numpy(),
            "machine": rows["machine"].to_numpy(),
            "told": [_told(row) for row in rows.to_dict("records")],
        }
    )
    axis = alt.Axis(labelExpr="split(datum.label, ' ')[1]", labelAngle=-40, labelFontSize=9)
    scale = alt.Scale(zero=False, nice=False, padding=8)
    colours = alt.Scale(domain=machines, range=[*_COLOURS[: len(machines)]])
    base = alt.Chart(inline(data)).encode(
        x=alt.X("run:N", title=None, axis=axis),
        y=alt.Y("value:Q", title=None, scale=scale, axis=alt.Axis(tickCount=3)),
        color=alt.Color("machine:N", scale=colours, legend=alt.Legend(columns=1, labelLimit=400)),
    )
    dots = base.mark_point(filled=True, size=44, opacity=1, aria=True).encode(description="told:N")
    layers: list[alt.Chart] = [base.mark_line(strokeWidth=1.8), dots]
    target = rows["target"].iloc[-1]
    if target:
        bound = pd.DataFrame({"value": [float(target.lstrip("<>=").partition("±")[0])]})
        rule = alt.Chart(inline(bound)).mark_rule(color=theme.GREEN, strokeDash=[4, 3])
        layers.insert(0, rule.encode(y="value:Q"))
    title = alt.TitleParams(
        short(rows["metric"].iloc[0], 36),
        subtitle=rows["conditions"].iloc[0],
        fontSize=10.5,
        subtitleFontSize=11,
        offset=4,
    )
    return alt.layer(*layers).properties(width=185, height=90, title=title)


def _told(row: Mapping[Any, Any]) -> str:
    """What the page says under the pointer."""
    goal = f", target {row['target']}" if row["target"] else ""
    return f"{number(row['value'])}{goal} | {row['date']} {row['commit']} | {row['machine']}"
