"""The tutorial's framings side by side on the test rows, next to persistence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import altair as alt

from gatecast._wording import METRIC_NAMES, number, short
from gatecast.reporting._facts import error_of_series, in_units, leading, of_kind
from gatecast.reporting.charts import _theme as theme
from gatecast.reporting.charts._figure import Figure
from gatecast.reporting.charts._view import (
    hover,
    inline,
    melted,
    shown,
    small_title,
    time_axis,
    title,
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
    panels = [_panel(experiment, rows, record, label) for record in [*records, *contrast]]
    pairs = [alt.hconcat(*panels[i : i + 2], spacing=24) for i in range(0, len(panels), 2)]
    heading = title(
        _finding(records),
        f"{short(rows['unique_id'].iloc[0])}, the last {len(rows)} test rows, one step ahead.",
        "A framing is one way to lay out past values as network input.",
        "Better or not is judged over all series." if experiment.data["series"] > 1 else "",
    )
    caption = (
        "Where the blue line lies on the dotted one, the network forecasts the value it just saw: "
        "the plot looks right, but trails the truth by one step."
    )
    return Figure("framings", caption, alt.vconcat(*pairs, spacing=12).properties(title=heading))


def _finding(records: list[dict[str, Any]]) -> str:
    """How many of the tutorial's networks are worth anything."""
    copies = sum(bool(record["mimics_persistence"]) for record in records)
    better, total = "better than repeating the last value", len(records)
    if total == 1:
        return f"The framing is {'no ' * copies}{better}"
    if copies in {0, total}:
        return f"{'None' if copies else 'Each'} of the {total} framings is {better}"
    return f"{copies} of the {total} framings {'is' if copies == 1 else 'are'} no {better}"


def _panel(experiment: Experiment, rows: pd.DataFrame, record: dict[str, Any], label: str) -> Chart:
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
    mark = (
        "no better than the last value"
        if record["mimics_persistence"]
        else "better than the last value"
    )
    missed = error_of_series(experiment, record["model"], rows["unique_id"].iloc[0])
    unit = METRIC_NAMES[in_units(experiment.ranked_by)]
    heading = small_title(f"{short(record['model'])}: {unit} {number(missed)}", mark)
    layers = alt.layer(lines, hover(wide, columns, _PANEL))
    return layers.properties(width=_PANEL, height=130, title=heading)
