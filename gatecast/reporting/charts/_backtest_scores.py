"""Every model's error over all windows, best first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt

from gatecast.reporting._backtest_facts import leading_model, scored
from gatecast._wording import number, short, skill
from gatecast.reporting.charts import _theme as theme
from gatecast.reporting.charts._figure import Figure
from gatecast.reporting.charts._view import inline

if TYPE_CHECKING:
    import pandas as pd

    from gatecast.evaluation import Backtest

_MOST = 30
_KINDS = {"model": theme.VERMILION, "baseline": theme.GREY}


def backtest_scores(backtest: Backtest, label: str) -> Figure | None:
    """Bars of the RMSE."""
    scores = scored(backtest).head(_MOST)
    if scores.empty:
        return None
    rows = scores[["model", "kind", "rmse"]].assign(
        text=[number(value) for value in scores["rmse"]],
        told=[_told(record) for _, record in scores.iterrows()],
    )
    base = alt.Chart(inline(rows)).encode(
        x=alt.X("rmse:Q", title=f"RMSE, {short(label)}", axis=alt.Axis(tickCount=8)),
        y=alt.Y(
            "model:N",
            sort=rows["model"].tolist(),
            title=None,
            axis=alt.Axis(labelLimit=190, labelColor=theme.INK),
        ),
    )
    scale = alt.Scale(domain=list(_KINDS), range=list(_KINDS.values()))
    bars = base.mark_bar(height=16, cornerRadiusEnd=2, aria=True).encode(
        color=alt.Color("kind:N", scale=scale, legend=alt.Legend(symbolType="square")),
        description="told:N",
    )
    labels = base.mark_text(align="left", dx=6, fontSize=12, color=theme.INK).encode(text="text:N")
    title = alt.TitleParams(
        _finding(backtest, scores),
        subtitle=f"RMSE over {backtest.n_windows:,} windows of {backtest.h:,} steps",
    )
    chart = alt.layer(bars, labels).properties(
        width=theme.WIDTH - 110, height=27 * len(rows), title=title
    )
    return Figure("backtest_scores", "Shorter is better.", chart)


def _finding(backtest: Backtest, scores: pd.DataFrame) -> str:
    leader = leading_model(backtest)
    if leader is None or leader["kind"] == "baseline":
        return f"{short(scores['model'].iloc[0])} has the smallest error"
    better = int((scores["rmse"] < leader["rmse"]).sum())
    if not better:
        return f"{short(leader['model'])} has the smallest error of {len(scores)} models"
    return f"{short(leader['model'])} is number {better + 1} of {len(scores)}"


def _told(record: pd.Series) -> str:
    gain = skill(record["skill_vs_persistence"])
    return f"{record['model']} | RMSE {number(record['rmse'])} | skill {gain}"
