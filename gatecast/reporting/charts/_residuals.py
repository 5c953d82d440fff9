"""What the leading model leaves unexplained: residuals over time, their spread, any pattern."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt
import pandas as pd

from gatecast.reporting._facts import leading
from gatecast._wording import correlation, number, short
from gatecast.reporting.charts import _theme as theme
from gatecast.reporting.charts._figure import Figure
from gatecast.reporting.charts._view import inline, last_rows, shown, shown_note, time_axis

if TYPE_CHECKING:
    from gatecast.evaluation import Experiment
    from gatecast.reporting.charts._figure import Chart

_ROWS = 3  # fewer residuals show nothing


def residuals(experiment: Experiment, label: str) -> Figure | None:
    """Three views of the one-step test residuals, observed minus forecast."""
    record, frame = leading(experiment), experiment.one_step_forecasts
    if record is None or record["model"] not in frame:
        return None
    model = str(record["model"])
    panels = shown(frame)
    found = [_left_over(series, model) for series in panels]
    rows = pd.concat(series.tail(last_rows(panels)) for series in found)
    if len(rows) < _ROWS:
        return None
    views = alt.vconcat(_over_time(rows), alt.hconcat(_histogram(rows, label), _pattern(rows)))
    part = f"the last {last_rows(panels)}" if len(rows) < sum(map(len, found)) else "all"
    link = float(rows[["residual", "change"]].corr().to_numpy()[0, 1])
    spread = f"standard deviation {number(rows['residual'].std())}"
    title = alt.TitleParams(
        f"{short(model)} residuals: mean {number(rows['residual'].mean())}, {spread}",
        subtitle=(
            f"Observed minus forecast on {part} test rows ({short(label)}); correlation "
            f"with the previous change {correlation(link)}. {shown_note(frame)}"
        ).strip(),
    )
    caption = (
        "Good residuals are centred on zero, even in size and free of pattern; a slope in the last "
        "view means that the previous change still holds something the model has not used."
    )
    return Figure("residuals", caption, views.properties(title=title))


def _left_over(series: pd.DataFrame, model: str) -> pd.DataFrame:
    """The test residuals of one series: y - forecast, and the change known at that time."""
    found = pd.DataFrame(
        {
            "ds": series["ds"],
            "unique_id": short(series["unique_id"].iloc[0]),
            "residual": series["y"] - series[model],
            "change": series["y"].diff().shift(1),
        }
    )
    return found[series["split"] == "test"].dropna()


def _colour(rows: pd.DataFrame) -> alt.Color:
    names = rows["unique_id"].unique().tolist()
    colours = [theme.VERMILION, theme.BLUE, theme.GREEN, theme.PURPLE][: len(names)]
    legend = alt.Legend() if len(names) > 1 else None
    return alt.Color("unique_id:N", scale=alt.Scale(domain=names, range=colours), legend=legend)


def _zero() -> Chart:
    data = inline(pd.DataFrame({"zero": [0]}))
    rule: Chart = alt.Chart(data).mark_rule(color=theme.GREY).encode(y="zero:Q")
    return rule


def _over_time(rows: pd.DataFrame) -> Chart:
    points = alt.Chart(inline(rows)).mark_circle(size=28, opacity=0.75)
    drawn = points.encode(
        x=time_axis(rows["ds"]), y=alt.Y("residual:Q", title="residual"), color=_colour(rows)
    )
    return alt.layer(_zero(), drawn).properties(width=theme.WIDTH, height=140)


def _histogram(rows: pd.DataFrame, label: str) -> Chart:
    bars = alt.Chart(inline(rows)).mark_bar(color=theme.VERMILION, opacity=0.75)
    histogram: Chart = bars.encode(
        x=alt.X(
            "residual:Q",
            bin=alt.Bin(maxbins=24),
            title=f"residual, {short(label)}",
            axis=alt.Axis(format="~g", labelSeparation=10),
        ),
        y=alt.Y("count()", title="rows"),
    ).properties(width=325, height=150)
    return histogram


def _pattern(rows: pd.DataFrame) -> Chart:
    points = alt.Chart(inline(rows)).mark_circle(size=28, opacity=0.6)
    x = alt.X(
        "change:Q",
        title="previous change of y",
        scale=alt.Scale(zero=False),
        axis=alt.Axis(tickCount=6),
    )
    drawn = points.encode(x=x, y=alt.Y("residual:Q", title="residual"), color=_colour(rows))
    slope = drawn.transform_regression("change", "residual").mark_line(
        color=theme.INK, strokeDash=[4, 4], strokeWidth=1.5
    )
    return alt.layer(_zero(), drawn, slope.encode(color=alt.value(theme.INK))).properties(
        width=325, height=150
    )
