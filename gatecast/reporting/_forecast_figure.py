"""The picture of a forecast, under the names of the user's frames."""

from __future__ import annotations

from collections.abc import Sequence
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
    if history is None:
        past = to_frame(model.context.panel)
        past = past.rename(columns={"y": columns.y[0]}) if len(columns.y) == 1 else past
    else:
        past = history.rename(columns=names)
    by_target = [past[["unique_id", "ds"]].assign(target=name, y=past[name]) for name in columns.y]
    return drawn(forecast.rename(columns=names), pd.concat(by_target), columns.y)


def drawn(forecast: pd.DataFrame, history: pd.DataFrame, targets: Sequence[str]) -> Figure | None:
    """The same, of frames with our names.

    Args:
        forecast: as `predict` returned it, with `target` where there are several.
        history: `unique_id`, `ds`, `target`, `y`.
        targets: the names of all targets.
    """
    if len(targets) == 1:
        return ahead(forecast, history, targets[0])
    # Several targets are drawn as so many series, named after both.
    return ahead(_with_both_names(forecast), _with_both_names(history), "value")


def _with_both_names(rows: pd.DataFrame) -> pd.DataFrame:
    both = rows["unique_id"].astype(str) + ": " + rows["target"]
    return rows.assign(unique_id=both).drop(columns="target")
