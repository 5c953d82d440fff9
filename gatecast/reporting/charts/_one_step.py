"""The whole series with the one-step forecasts of the leading model, each at its own date."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import altair as alt
import pandas as pd

from gatecast._wording import METRIC_NAMES, model_name, number, skill
from gatecast.reporting._facts import (
    error,
    error_of_series,
    in_units,
    leading,
    metric_name,
)
from gatecast.reporting.charts import _theme as theme
from gatecast.reporting.charts._by_series import by_series, drawers
from gatecast.reporting.charts._figure import Panels
from gatecast.reporting.charts._view import (
    MAX_ROWS,
    height_of,
    hover,
    inline,
    melted,
    panel_title,
    picked,
    thinned,
    time_axis,
    value_axis,
)

if TYPE_CHECKING:
    from gatecast.evaluation import Experiment
    from gatecast.reporting.charts._figure import Chart, Figure

_DETAIL = 168  # rows of the close view beside a long series: a week of hours
_SIDES: list[tuple[str, Literal["left", "right"], int]] = [
    ("train", "right", -6),
    ("test", "left", 6),
]
_COLOURS = {
    "observed": theme.INK,
    "forecast, train": theme.BLUE,
    "forecast, test": theme.VERMILION,
}


def one_step(experiment: Experiment, label: str) -> Figure | None:
    """Train and test forecasts on the series; a long one is shown whole and, beside it, its end."""
    record = leading(experiment)
    if record is None or record["model"] not in experiment.one_step_forecasts:
        return None
    model = str(record["model"])
    frame = experiment.one_step_forecasts
    panels = picked(frame)

    def draw(rows: pd.DataFrame) -> Chart:
        heading = panel_title(rows, panels, _missed(experiment, model, rows))
        return _series(rows, model, label, height_of(panels)).properties(title=heading)

    close = any(len(panel) > MAX_ROWS for panel in panels)
    notes = f"Skill against persistence: {skill(record['skill_vs_persistence'])}."
    if close:
        notes += f" Left: the whole series, thinned. Right: the last {_DETAIL} rows."
    found = f"{metric_name(experiment)} {number(error(experiment, record))}"
    finding = f"The {model_name(model)} one step ahead: {found} on the test rows"
    caption = (
        "Each forecast stands at the date it is for, made from the values before it; right of the "
        "dashed line is data the model never trained on."
    )
    drawn = Panels(finding, notes, drawers(panels, draw), frame["unique_id"].nunique())
    return by_series("one_step", caption, drawn)


def _missed(experiment: Experiment, model: str, rows: pd.DataFrame) -> str:
    """The error of a series, in its own units."""
    missed = error_of_series(experiment, model, rows["unique_id"].iloc[0])
    return f"{METRIC_NAMES[in_units(experiment.ranked_by)]} {number(missed)}"


def _series(rows: pd.DataFrame, model: str, label: str, height: int) -> Chart:
    if len(rows) <= MAX_ROWS:
        return _close(rows, model, label, 12).properties(width=theme.WIDTH, height=height)
    return alt.hconcat(
        _overview(rows, label).properties(width=250, height=height),
        _close(rows.tail(_DETAIL), model, "", 6).properties(width=theme.WIDTH - 320, height=height),
    )


def _overview(rows: pd.DataFrame, label: str) -> Chart:
    drawn = thinned(rows)[["ds", "y"]].rename(columns={"y": "value"})
    line = alt.Chart(inline(drawn)).mark_line(color=theme.MUTED, strokeWidth=0.5)
    return alt.layer(line.encode(x=time_axis(rows["ds"], 4), y=value_axis(label)), *_border(rows))


def _close(rows: pd.DataFrame, model: str, label: str, ticks: int) -> Chart:
    """Observed values, forecasts, and the border between train and test where it is in view."""
    wide = rows[["ds"]].assign(observed=rows["y"])
    for part in rows["split"].unique():
        wide[f"forecast, {part}"] = rows[model].where(rows["split"] == part)
    columns = [name for name in _COLOURS if name in wide]
    scale = alt.Scale(domain=columns, range=[_COLOURS[name] for name in columns])
    lines = (
        alt.Chart(inline(melted(wide, columns)))
        .mark_line(strokeWidth=1.6)
        .encode(
            x=time_axis(rows["ds"], ticks),
            y=value_axis(label),
            color=alt.Color("model:N", scale=scale),
        )
    )
    return alt.layer(lines, *_border(rows), hover(wide, columns, theme.WIDTH))


def _border(rows: pd.DataFrame) -> list[Chart]:
    """A dashed line at the first test row, its two sides named; nothing without both sides."""
    test = rows.loc[rows["split"] == "test", "ds"]
    if len(test) in {0, len(rows)}:
        return []
    data = inline(pd.DataFrame({"ds": [test.iloc[0]]}))
    base = alt.Chart(data).encode(x=time_axis(rows["ds"]))
    sides = [
        base.mark_text(
            text=text, align=align, dx=dx, dy=-4, baseline="bottom", color=theme.MUTED, fontSize=12
        ).encode(y=alt.value(0))
        for text, align, dx in _SIDES
    ]
    return [alt.layer(base.mark_rule(color=theme.MUTED, strokeDash=[4, 4]), *sides)]
