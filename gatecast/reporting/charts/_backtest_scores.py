"""Every model's error over all windows, best first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt

from gatecast._wording import METRIC_NAMES, count, model_name, number, short, skill
from gatecast.reporting._backtest_facts import leading_model, scored
from gatecast.reporting._facts import in_units
from gatecast.reporting.charts import _theme as theme
from gatecast.reporting.charts._figure import Figure
from gatecast.reporting.charts._view import inline, title

if TYPE_CHECKING:
    import pandas as pd

    from gatecast.evaluation import Backtest

_MOST = 30
_KINDS = {"model": theme.VERMILION, "baseline": theme.GREY}


def backtest_scores(backtest: Backtest, label: str) -> Figure | None:
    """Bars of the error that ranks the models."""
    scores = scored(backtest).head(_MOST)
    if scores.empty:
        return None
    ranking = backtest.ranked_by
    name = METRIC_NAMES[ranking]
    rows = scores[["kind"]].assign(
        model=[model_name(model) for model in scores["model"]],
        error=scores[ranking],
        text=[number(value) for value in scores[ranking]],
        told=[_told(record, ranking) for _, record in scores.iterrows()],
    )
    unit = f"{name}, {short(label)}" if in_units(ranking) == ranking else f"{name}, over all series"
    base = alt.Chart(inline(rows)).encode(
        x=alt.X("error:Q", title=unit, axis=alt.Axis(tickCount=8)),
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
    windows, steps = count(backtest.n_windows, "window"), count(backtest.h, "step")
    heading = title(_finding(backtest, scores), f"{name} over {windows} of {steps}")
    chart = alt.layer(bars, labels).properties(
        width=theme.WIDTH - 110, height=27 * len(rows), title=heading
    )
    return Figure("backtest_scores", "Shorter is better.", chart)


def _finding(backtest: Backtest, scores: pd.DataFrame) -> str:
    leader = leading_model(backtest)
    if leader is None or leader["kind"] == "baseline":
        return f"{model_name(scores['model'].iloc[0])} has the smallest error"
    better = int((scores[backtest.ranked_by] < leader[backtest.ranked_by]).sum())
    if not better:
        return f"{short(leader['model'])} has the smallest error of {len(scores)} models"
    return f"{short(leader['model'])} is number {better + 1} of {len(scores)}"


def _told(record: pd.Series, ranking: str) -> str:
    gain, error = skill(record["skill_vs_persistence"]), number(record[ranking])
    return f"{model_name(record['model'])} | {METRIC_NAMES[ranking]} {error} | skill {gain}"
