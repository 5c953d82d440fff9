"""How the error grows with the distance from the cutoff."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt

from gatecast.reporting._backtest_facts import leading_model, rivals
from gatecast._wording import number, short
from gatecast.reporting.charts import _theme as theme
from gatecast.reporting.charts._figure import Figure
from gatecast.reporting.charts._view import hover, inline

if TYPE_CHECKING:
    from gatecast.evaluation import Backtest

_COLOURS = (theme.VERMILION, theme.BLUE, theme.GREEN, theme.PURPLE)
_POINTS = 60


def by_horizon(backtest: Backtest, label: str) -> Figure | None:
    """The RMSE of each step ahead: the leading model and its rivals in colour, others in grey."""
    leader = leading_model(backtest)
    if leader is None or backtest.h == 1:
        return None
    chosen = [leader["model"], *rivals(backtest, len(_COLOURS) - 1)]
    names = {name: short(name, 24) for name in chosen}
    rows = backtest.by_horizon[["model", "horizon", "rmse"]]
    drawn = rows.assign(kind=rows["model"].map(names).fillna("others"))
    domain = [*names.values(), *(["others"] if "others" in set(drawn["kind"]) else [])]
    scale = alt.Scale(domain=domain, range=[*_COLOURS[: len(names)], theme.GREY][: len(domain)])
    x = alt.X(
        "horizon:Q",
        title="steps after the cutoff",
        scale=alt.Scale(domain=[1, backtest.h], nice=False),
        axis=alt.Axis(format="d", tickMinStep=1, tickCount=min(backtest.h, 12)),
    )
    points = alt.OverlayMarkDef(size=26, filled=True) if backtest.h <= _POINTS else False
    chart = alt.Chart(inline(drawn)).mark_line(strokeWidth=2, point=points)
    lines = chart.encode(
        x=x,
        y=alt.Y("rmse:Q", title=f"RMSE, {short(label)}", axis=alt.Axis(tickCount=5)),
        color=alt.Color("kind:N", scale=scale),
        detail="model:N",
    )
    table = rows.pivot(index="horizon", columns="model", values="rmse").reset_index()
    told = hover(table.rename(columns={"horizon": "ds"}), chosen, theme.WIDTH)
    strips = told.encode(x=alt.X("ds:Q"))
    first, last = (
        number(table.set_index("horizon")[leader["model"]].get(step)) for step in (1, backtest.h)
    )
    title = alt.TitleParams(
        f"{short(leader['model'])} misses by {first} one step ahead, by {last} after"
        f" {backtest.h:,} steps",
        subtitle="RMSE of each step, over all windows and series",
    )
    caption = (
        "A model that only repeats what it saw last loses its worth within a few steps; where two "
        "lines cross, another model is the better choice from there on."
    )
    sized = alt.layer(lines, strips).properties(width=theme.WIDTH, height=260, title=title)
    return Figure("by_horizon", caption, sized)
