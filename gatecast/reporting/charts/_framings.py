"""The tutorial's framings side by side on the test rows, next to persistence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import altair as alt

from gatecast.reporting._facts import leading, of_kind
from gatecast._wording import number, short
from gatecast.reporting.charts import _theme as theme
from gatecast.reporting.charts._figure import Figure
from gatecast.reporting.charts._view import (
    hover,
    inline,
    melted,
    shown,
    small_title,
    time_axis,
    value_axis,
)

if TYPE_CHECKING:
    import pandas as pd

    from gatecast.evaluation import Experiment
    from gatecast.reporting.charts._figure import Chart

_ROWS = 60
_PANEL = 325  # pixels, two to a row


def framings(experiment: Experiment, label: str) -> Figure | None:
    """One small panel per framing; a framing that lies on persistence has learned to copy."""
    frame = experiment.one_step_forecasts
    records = [r for r in of_kind(experiment, "framing") if r["model"] in frame]
    if not records or "persistence" not in frame:
        return None
    rows = shown(frame)[0].query("split == 'test'").tail(_ROWS)
    if rows.empty:
        return None
    best = leading(experiment)
    contrast = [best] if best and best["kind"] == "lstm" and best["model"] in frame else []
    panels = [_panel(rows, record, label) for record in [*records, *contrast]]
    pairs = [alt.hconcat(*panels[i : i + 2], spacing=24) for i in range(0, len(panels), 2)]
    copies = sum(bool(record["mimics_persistence"]) for record in records)
    subtitle = f"{short(rows['unique_id'].iloc[0])}, the last {len(rows)} test rows, one step ahead"
    verb = "is" if copies == 1 else "are"
    title = alt.TitleParams(
        f"{copies} of {len(records)} framings {verb} no better than repeating the last value",
        subtitle=subtitle,
    )
    caption = (
        "Where the blue line lies on the dotted one, the network forecasts the value it just saw: "
        "the plot looks right, but trails the truth by one step."
    )
    return Figure("framings", caption, alt.vconcat(*pairs, spacing=12).properties(title=title))


def _panel(rows: pd.DataFrame, record: dict[str, Any], label: str) -> Chart:
    model = theme.KIND_NAMES[record["kind"]]
    columns = ["observed", "persistence", model]
    wide = rows[["ds", "persistence"]].assign(observed=rows["y"], **{model: rows[record["model"]]})
    domain = ["observed", "persistence", *theme.KIND_NAMES.values()][:4]
    colours = alt.Scale(domain=domain, range=[theme.INK, theme.MUTED, theme.BLUE, theme.VERMILION])
    dashes = alt.Scale(domain=domain, range=[[1, 0], [2, 3], [1, 0], [1, 0]])
    lines = (
        alt.Chart(inline(melted(wide, columns)))
        .mark_line(strokeWidth=1.6)
        .encode(
            x=time_axis(rows["ds"], ticks=4),
            y=value_axis(label),
            color=alt.Color("model:N", scale=colours),
            strokeDash=alt.StrokeDash("model:N", scale=dashes),
        )
    )
    mark = ", no better than the last value" if record["mimics_persistence"] else ""
    rmse = number(record["test_rmse"]["median"])
    title = small_title(f"{short(record['model'])}: RMSE {rmse}{mark}")
    layers = alt.layer(lines, hover(wide, columns, _PANEL))
    return layers.properties(width=_PANEL, height=130, title=title)
