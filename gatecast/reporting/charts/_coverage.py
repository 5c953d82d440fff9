"""Whether intervals hold what they promise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt
import pandas as pd

from gatecast._wording import model_name, percent
from gatecast.reporting._backtest_facts import leading_model, scored
from gatecast.reporting.charts import _theme as theme
from gatecast.reporting.charts._figure import Figure
from gatecast.reporting.charts._view import inline, small_title, title

if TYPE_CHECKING:
    from gatecast.evaluation import Backtest
    from gatecast.reporting.charts._figure import Chart

_MOST = 20


def coverage(backtest: Backtest) -> Figure | None:
    """The share of values inside each model's intervals, next to the share that was promised."""
    columns = {f"coverage_{level}": level for level in backtest.level}
    scores = scored(backtest).dropna(subset=list(columns), how="all").head(_MOST)
    leader = leading_model(backtest)
    if not columns or scores.empty or leader is None:
        return None
    width = (theme.WIDTH - 130 - 24 * (len(columns) - 1)) // len(columns)
    panels = [
        _panel(scores, column, level, first=place == 0).properties(
            width=width, height=27 * len(scores), title=small_title(f"{level} % interval")
        )
        for place, (column, level) in enumerate(columns.items())
    ]
    widest = max(columns.values())
    own = scores[scores["model"] == leader["model"]]
    told = (own if len(own) else scores).iloc[0]
    held = percent(told[f"coverage_{widest}"])
    heading = title(
        f"The {widest} % interval of {model_name(told['model'])} held {held} of the values",
        "Share of the values inside; dashed: the share that was promised",
    )
    caption = (
        "Left of the dashed line an interval is too narrow and promises too much; right of it, it "
        "is wider than need be."
    )
    chart = alt.hconcat(*panels, spacing=24).properties(title=heading)
    return Figure("coverage", caption, chart)


def _panel(scores: pd.DataFrame, column: str, level: float, *, first: bool) -> Chart:
    rows = scores[["kind"]].assign(
        model=[model_name(model) for model in scores["model"]],
        share=100 * scores[column],
        promised=level,
        text=[percent(share) for share in scores[column]],
    )
    rows["told"] = rows["model"] + " | " + rows["text"] + f" inside {level} %"
    axis = alt.Axis(labelLimit=190, labelColor=theme.INK, labels=first)
    y = alt.Y("model:N", sort=rows["model"].tolist(), title=None, axis=axis)
    x = alt.X(
        "share:Q",
        title="% of the values",
        scale=alt.Scale(domain=[0, 100]),
        axis=alt.Axis(tickCount=5),
    )
    scale = alt.Scale(domain=["model", "baseline"], range=[theme.VERMILION, theme.GREY])
    base = alt.Chart(inline(rows)).encode(y=y)
    gaps = base.mark_rule(color=theme.LINE, strokeWidth=3).encode(x=x, x2="promised:Q")
    dots = base.mark_circle(size=90, opacity=1, aria=True).encode(
        x=x, color=alt.Color("kind:N", scale=scale), description="told:N"
    )
    line = alt.Chart(inline(pd.DataFrame({"share": [level]}))).mark_rule(
        color=theme.INK, strokeDash=[4, 4]
    )
    at = base.encode(x=x, text="text:N")
    halo = at.mark_text(dy=-11, fontSize=11, stroke="white", strokeWidth=4)
    texts = at.mark_text(dy=-11, fontSize=11, color=theme.MUTED)
    return alt.layer(gaps, line.encode(x=x), halo, dots, texts)
