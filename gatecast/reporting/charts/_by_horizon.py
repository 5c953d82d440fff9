"""How the error grows with the distance from the cutoff."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt

from gatecast._wording import METRIC_NAMES, model_name, number, short
from gatecast.reporting._backtest_facts import leading_model, rivals, scored
from gatecast.reporting._facts import in_units
from gatecast.reporting.charts import _theme as theme
from gatecast.reporting.charts._figure import Figure
from gatecast.reporting.charts._view import hover, inline, title

if TYPE_CHECKING:
    from gatecast.evaluation import Backtest

_COLOURS = (theme.VERMILION, theme.BLUE, theme.GREEN, theme.PURPLE)
_POINTS = 60


def by_horizon(backtest: Backtest, label: str) -> Figure | None:
    """The error of each step ahead: the leading model and its rivals in colour, others in grey."""
    leader = leading_model(backtest)
    if leader is None or backtest.h == 1:
        return None
    chosen = [leader["model"], *rivals(backtest, len(_COLOURS) - 1)]
    names = {name: model_name(name, 24) for name in chosen}
    ranking, known = backtest.ranked_by, set(scored(backtest)["model"])
    rows = backtest.by_horizon[["model", "horizon"]].assign(error=backtest.by_horizon[ranking])
    rows = rows[rows["model"].isin(known)]
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
    name = METRIC_NAMES[ranking]
    unit = f"{name}, {short(label)}" if in_units(ranking) == ranking else name
    lines = chart.encode(
        x=x,
        y=alt.Y("error:Q", title=unit, axis=alt.Axis(tickCount=5)),
        color=alt.Color("kind:N", scale=scale),
        detail="model:N",
    )
    table = rows.pivot(index="horizon", columns="model", values="error").reset_index()
    told = hover(table.rename(columns={"horizon": "ds"}), chosen, theme.WIDTH)
    strips = told.encode(x=alt.X("ds:Q"))
    first, last = (
        number(table.set_index("horizon")[leader["model"]].get(step)) for step in (1, backtest.h)
    )
    heading = title(
        f"{model_name(leader['model'])}: {name} {first} one step ahead, {last} after"
        f" {backtest.h:,} steps",
        f"{name} of each step, over all windows and series",
    )
    caption = (
        "A model that only repeats what it saw last loses its worth within a few steps; where two "
        "lines cross, another model is the better choice from there on."
    )
    sized = alt.layer(lines, strips).properties(width=theme.WIDTH, height=260, title=heading)
    return Figure("by_horizon", caption, sized)
