"""The picture of a forecast that a fitted model made."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from gatecast.data import to_frame
from gatecast.reporting.charts import Figure, ahead

if TYPE_CHECKING:
    from gatecast.forecasting import Model


def forecast_figure(
    model: Model, forecast: pd.DataFrame, history: pd.DataFrame | None = None
) -> Figure | None:
    """The last rows of each series and what comes next; None for an empty forecast.

    Args:
        model: that forecast.
        forecast: as `predict` returned it.
        history: the rows that it follows, as `predict(df=...)` got them; those that the model
            keeps if None.
    """
    columns = model.columns
    names = {columns.unique_id: "unique_id", columns.ds: "ds"}
    ahead_rows = forecast.rename(columns=names)
    past = to_frame(model.context.panel) if history is None else history.rename(columns=names)
    if len(columns.y) == 1:
        return ahead(ahead_rows, past.rename(columns={columns.y[0]: "y"}), columns.y[0])
    # Several targets are drawn as so many series, named after both.
    by_target = [past[["unique_id", "ds"]].assign(target=name, y=past[name]) for name in columns.y]
    return ahead(_with_both_names(ahead_rows), _with_both_names(pd.concat(by_target)), "value")


def _with_both_names(rows: pd.DataFrame) -> pd.DataFrame:
    both = rows["unique_id"].astype(str) + ": " + rows["target"]
    return rows.assign(unique_id=both).drop(columns="target")
