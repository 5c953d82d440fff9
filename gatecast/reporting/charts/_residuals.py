"""What the leading model leaves unexplained: residuals over time, their spread, any pattern."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import altair as alt
import pandas as pd

from gatecast._wording import correlation, model_name, number, short
from gatecast.reporting._facts import leading
from gatecast.reporting.charts import _theme as theme
from gatecast.reporting.charts._figure import Figure
from gatecast.reporting.charts._view import inline, last_rows, shown, shown_note, time_axis, title

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gatecast.evaluation import Experiment
    from gatecast.reporting.charts._figure import Chart

_ROWS = 3  # fewer residuals show nothing
_USUAL = "the usual change of its series"


def residuals(experiment: Experiment, label: str) -> Figure | None:
    """Three views of the one-step test residuals, observed minus forecast."""
    record, frame = leading(experiment), experiment.one_step_forecasts
    if record is None or record["model"] not in frame:
        return None
    model, panels = str(record["model"]), shown(frame)
    found = [_left_over(series, model, experiment.by_series, panels) for series in panels]
    rows = pd.concat(series.tail(last_rows(panels)) for series in found)
    if len(rows) < _ROWS:
        return None
    part = f"the last {last_rows(panels)}" if len(rows) < sum(map(len, found)) else "all"
    link = float(rows[["residual", "pattern"]].corr().to_numpy()[0, 1])
    heading = title(
        spread_of(rows, model),
        f"Observed minus forecast on {part} test rows ({unit_of(panels, label)}); correlation"
        f" with the previous change {correlation(link)}.",
        shown_note(frame),
    )
    caption = (
        "Good residuals are centred on zero, even in size and free of pattern; a slope in the last "
        "view means that the previous change still holds something the model has not used."
    )
    views = views_of(rows, unit_of(panels, label), "previous change")
    return Figure("residuals", caption, views.properties(title=heading))


def spread_of(rows: pd.DataFrame, model: str) -> str:
    """Mean and standard deviation of the residuals, in words."""
    mean, deviation = number(rows["residual"].mean()), number(rows["residual"].std())
    return f"{model_name(model)} residuals: mean {mean}, standard deviation {deviation}"


def unit_of(panels: Sequence[pd.DataFrame], label: str) -> str:
    """The unit of residuals: that of the data or, to compare several series, their usual change."""
    return short(label) if len(panels) == 1 else f"each over {_USUAL}"


def scale_of(by_series: pd.DataFrame, model: str, unique_id: Any) -> float:
    """The usual change of a series, by which its MASE is its MAE; NaN for a constant one."""
    own = by_series[(by_series["model"] == model) & (by_series["unique_id"] == unique_id)]
    return float((own["mae"] / own["mase"]).iloc[0]) if len(own) else math.nan


def views_of(rows: pd.DataFrame, unit: str, pattern: str) -> Chart:
    """Residuals over time, how often each size occurs, and against what may explain them.

    Args:
        rows: `ds`, `unique_id`, `residual` and `pattern`.
        unit: of the residuals.
        pattern: what `pattern` is.
    """
    lower = alt.hconcat(_histogram(rows, unit), _pattern(rows, pattern))
    return alt.vconcat(_over_time(rows), lower)


def _left_over(
    series: pd.DataFrame, model: str, by_series: pd.DataFrame, panels: Sequence[pd.DataFrame]
) -> pd.DataFrame:
    """The test residuals of one series: y - forecast, and the change known at that time."""
    name = series["unique_id"].iloc[0]
    scale = scale_of(by_series, model, name) if len(panels) > 1 else 1.0
    found = pd.DataFrame(
        {
            "ds": series["ds"],
            "unique_id": short(name),
            "residual": (series["y"] - series[model]) / scale,
            "pattern": series["y"].diff().shift(1) / scale,
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


def _histogram(rows: pd.DataFrame, unit: str) -> Chart:
    bars = alt.Chart(inline(rows)).mark_bar(color=theme.VERMILION, opacity=0.75)
    histogram: Chart = bars.encode(
        x=alt.X(
            "residual:Q",
            bin=alt.Bin(maxbins=24),
            title=f"residual, {unit}",
            axis=alt.Axis(format="~g", labelSeparation=10),
        ),
        y=alt.Y("count()", title="rows"),
    ).properties(width=325, height=150)
    return histogram


def _pattern(rows: pd.DataFrame, name: str) -> Chart:
    points = alt.Chart(inline(rows)).mark_circle(size=28, opacity=0.6)
    x = alt.X(
        "pattern:Q",
        title=name,
        scale=alt.Scale(zero=False),
        axis=alt.Axis(tickCount=6),
    )
    drawn = points.encode(x=x, y=alt.Y("residual:Q", title="residual"), color=_colour(rows))
    slope = drawn.transform_regression("pattern", "residual").mark_line(
        color=theme.INK, strokeDash=[4, 4], strokeWidth=1.5
    )
    return alt.layer(_zero(), drawn, slope.encode(color=alt.value(theme.INK))).properties(
        width=325, height=150
    )
