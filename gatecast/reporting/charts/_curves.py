"""Learning curves: every seed thin, their median bold."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import altair as alt
import numpy as np

from gatecast._wording import count, short
from gatecast.reporting.charts import _theme as theme
from gatecast.reporting.charts._figure import Figure
from gatecast.reporting.charts._view import inline, small_title, title

if TYPE_CHECKING:
    import pandas as pd

    from gatecast.evaluation import Experiment
    from gatecast.reporting.charts._figure import Chart

_EPOCHS = 60  # drawn per curve
_COLUMNS = 3


def curves(experiment: Experiment) -> Figure | None:
    """One panel per trained model: loss (in scaled units) by epoch, on a logarithmic axis."""
    frame = experiment.curves[np.isfinite(experiment.curves["loss"])]
    if frame.empty:
        return None
    kinds = {record["model"]: record["kind"] for record in experiment.one_step}
    colours = {name: theme.KINDS[kinds.get(name, "lstm")] for name in frame["model"].unique()}
    panels = [_panel(frame[frame["model"] == name], colours[name]) for name in colours]
    grid = [
        alt.hconcat(*panels[i : i + _COLUMNS], spacing=20) for i in range(0, len(panels), _COLUMNS)
    ]
    seeds = int(frame.groupby("model")["seed"].nunique().max())
    heading = title(
        _finding(frame),
        f"Training loss in scaled units by epoch; up to {count(seeds, 'seed')}, their median bold",
    )
    caption = (
        "Thin lines are single seeds: where they lie far apart, one run says little; where the "
        "median still falls at the right edge, more epochs would help."
    )
    return Figure("learning_curves", caption, alt.vconcat(*grid).properties(title=heading))


def _finding(frame: pd.DataFrame) -> str:
    """Says how many models were still learning: the last tenth of the epochs took off over 5 %."""
    medians = frame.groupby(["model", "epoch"])["loss"].median()
    learning = 0
    for _, curve in medians.groupby(level="model"):
        tenth = max(len(curve) // 10, 1)
        before, last = curve.iloc[-2 * tenth : -tenth].median(), curve.iloc[-tenth:].median()
        learning += bool(before - last > 0.05 * abs(before))
    total = medians.index.get_level_values("model").nunique()
    if not learning:
        return "Training has settled for every model"
    return f"{learning} of {total} models were still learning when training stopped"


def _loss_axis(loss: pd.Series[float]) -> alt.Y:
    """Logarithmic, with a line at 1 and 3 of every power of ten; linear if a loss is negative."""
    lowest, highest = loss.min(), loss.max()
    axis = alt.Axis(format=".2~g", tickCount=4)
    if lowest <= 0:
        return alt.Y("loss:Q", title=None, scale=alt.Scale(zero=False), axis=axis)
    powers = range(math.floor(math.log10(lowest)), math.ceil(math.log10(highest)) + 1)
    lines = [m * 10.0**power for power in powers for m in (1, 3)]
    inside = [line for line in lines if lowest <= line <= highest]
    if len(inside) > 1:
        axis = alt.Axis(format=".2~g", values=inside)
    scale = alt.Scale(type="log", nice=False)
    return alt.Y("loss:Q", title=None, scale=scale, axis=axis)


def _panel(rows: pd.DataFrame, colour: str) -> Chart:
    epochs = np.unique(rows["epoch"])
    kept = epochs[np.unique(np.linspace(0, len(epochs) - 1, _EPOCHS).round().astype(int))]
    drawn = rows.loc[rows["epoch"].isin(kept), ["seed", "epoch", "loss"]]
    y = _loss_axis(drawn["loss"])
    x = alt.X("epoch:Q", title="epoch", scale=alt.Scale(nice=False), axis=alt.Axis(tickCount=4))
    base = alt.Chart(inline(drawn)).encode(x=x, y=y)
    seeds = base.mark_line(color=colour, strokeWidth=0.8, opacity=0.35).encode(detail="seed:N")
    median = drawn.groupby("epoch")["loss"].median().reset_index()
    bold = alt.Chart(inline(median)).mark_line(color=colour, strokeWidth=2.4).encode(x=x, y=y)
    title = small_title(short(rows["model"].iloc[0]))
    return alt.layer(seeds, bold).properties(width=195, height=130, title=title)
