"""The forecast beyond the last row, with its fan of intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt
import pandas as pd

from gatecast._wording import count, moments, short
from gatecast.reporting._facts import levels, models
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
    time_axis,
    value_axis,
)

if TYPE_CHECKING:
    from gatecast.evaluation import Experiment
    from gatecast.reporting.charts._figure import Chart, Figure


def future(experiment: Experiment, label: str) -> Figure | None:
    """The last part of each series of an experiment and what comes next."""
    return ahead(experiment.forecast, experiment.one_step_forecasts, label)


def ahead(forecast: pd.DataFrame, history: pd.DataFrame, label: str) -> Figure | None:
    """The last part of each series and what comes next; None without a forecast.

    Args:
        forecast: `unique_id`, `ds`, `LSTM`, `LSTM-lo-80`, `LSTM-hi-80`, ...
        history: `unique_id`, `ds`, `y`.
        label: name of the target, for the axis.
    """
    names = models(forecast)
    if forecast.empty or not names:
        return None
    model, panels = names[0], picked(forecast)

    def draw(rows: pd.DataFrame) -> Chart:
        drawn = _panel(_past(history, rows), rows.head(MAX_ROWS), model, label)
        heading = panel_title(rows, panels)
        return drawn.properties(width=theme.WIDTH, height=height_of(panels), title=heading)

    widths = levels(forecast, model)
    steps = max(map(len, panels))
    notes = [
        "Dark: observed.",
        f"Bands: {' and '.join(f'{level} %' for level in widths)} intervals." if widths else "",
        f"The first {MAX_ROWS} steps are drawn." if steps > MAX_ROWS else "",
    ]
    until = moments(panels[0]["ds"])[-1]
    finding = f"The {short(model)} forecast, {count(len(panels[0]), 'step')} ahead, until {until}"
    caption = (
        "The bands are what the model itself expects to be wrong by: the wider, the less sure."
    )
    total = forecast["unique_id"].nunique()
    drawn = Panels(finding, " ".join(filter(None, notes)), drawers(panels, draw), total)
    return by_series("forecast", caption, drawn)


def observed(history: pd.DataFrame, label: str) -> Figure | None:
    """The last part of each series; None without rows.

    Args:
        history: `unique_id`, `ds`, `y`.
        label: name of the target, for the axis.
    """
    if history.empty:
        return None
    panels = [rows.tail(MAX_ROWS) for rows in picked(history)]

    def draw(rows: pd.DataFrame) -> Chart:
        x, y = time_axis(rows["ds"]), value_axis(label)
        line = alt.Chart(inline(rows[["ds", "y"]].rename(columns={"y": "value"})))
        drawn = alt.layer(
            line.mark_line(color=theme.INK, strokeWidth=1.5).encode(x=x, y=y),
            hover(rows.rename(columns={"y": "observed"}), ["observed"], theme.WIDTH),
        )
        heading = panel_title(rows, panels)
        return drawn.properties(width=theme.WIDTH, height=height_of(panels), title=heading)

    first, last = moments(panels[0]["ds"].iloc[[0, -1]])
    finding = f"{short(label)}, {first} to {last}"
    longest = int(history["unique_id"].value_counts().max())
    notes = f"The last {MAX_ROWS} rows are drawn." if longest > MAX_ROWS else ""
    drawn = Panels(finding, notes, drawers(panels, draw), history["unique_id"].nunique())
    return by_series("observed", "What was observed.", drawn)


def _past(history: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """The observed rows that give the forecast its scale: three horizons, at least 48."""
    own = history[history["unique_id"] == rows["unique_id"].iloc[0]].sort_values("ds")
    past: pd.DataFrame = own[["ds", "y"]].tail(min(max(3 * len(rows), 48), MAX_ROWS))
    return past


def _panel(past: pd.DataFrame, rows: pd.DataFrame, model: str, label: str) -> Chart:
    ahead = rows.assign(forecast=rows[model])
    x, y = time_axis(pd.concat([past["ds"], rows["ds"]])), value_axis(label)
    observed = alt.Chart(inline(past.rename(columns={"y": "value"})))
    drawn = alt.Chart(inline(melted(ahead, ["forecast"])))
    bounds = {
        f"{model}-{side}-{level}": f"{level} % {word}"
        for level in levels(rows, model)
        for side, word in (("lo", "from"), ("hi", "to"))
    }
    share = len(rows) / (len(rows) + len(past))
    return alt.layer(
        *(_band(rows, model, level, x) for level in reversed(levels(rows, model))),
        observed.mark_line(color=theme.INK, strokeWidth=1.5).encode(x=x, y=y),
        drawn.mark_line(color=theme.VERMILION, strokeWidth=2.2, point=_points(len(rows))).encode(
            x=x, y=y
        ),
        hover(past.rename(columns={"y": "observed"}), ["observed"], theme.WIDTH * (1 - share)),
        hover(ahead.rename(columns=bounds), ["forecast", *bounds.values()], theme.WIDTH * share),
    )


def _points(steps: int) -> alt.OverlayMarkDef | bool:
    few = steps <= 60  # noqa: PLR2004 - more points than this run together
    return alt.OverlayMarkDef(size=22, color=theme.VERMILION, filled=True) if few else False


def _band(rows: pd.DataFrame, model: str, level: str, x: alt.X) -> Chart:
    bounds = pd.DataFrame(
        {"ds": rows["ds"], "low": rows[f"{model}-lo-{level}"], "high": rows[f"{model}-hi-{level}"]}
    )
    area = alt.Chart(inline(bounds)).mark_area(color=theme.VERMILION, opacity=0.18)
    band: Chart = area.encode(x=x, y="low:Q", y2="high:Q")
    return band
