"""What the leading model of a backtest leaves unexplained."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from gatecast._wording import correlation, short
from gatecast.reporting._backtest_facts import leading_model
from gatecast.reporting.charts._figure import Figure
from gatecast.reporting.charts._residuals import scale_of, spread_of, unit_of, views_of
from gatecast.reporting.charts._view import last_rows, shown, shown_note, title

if TYPE_CHECKING:
    from gatecast.evaluation import Backtest

_ROWS = 3  # fewer residuals show nothing


def backtest_residuals(backtest: Backtest, label: str) -> Figure | None:
    """Three views of the residuals of all windows, observed minus forecast."""
    leader = leading_model(backtest)
    if leader is None:
        return None
    model, panels = str(leader["model"]), shown(backtest.forecasts)
    found = []
    for rows in panels:
        name = rows["unique_id"].iloc[0]
        scale = scale_of(backtest.by_series, model, name) if len(panels) > 1 else 1.0
        residual = (rows["y"] - rows[model]) / scale
        own = pd.DataFrame({"ds": rows["ds"], "residual": residual, "pattern": rows["horizon"]})
        found.append(own.assign(unique_id=short(name)).dropna().tail(last_rows(panels)))
    rows = pd.concat(found)
    if len(rows) < _ROWS:
        return None
    link = float(rows[["residual", "pattern"]].corr().to_numpy()[0, 1])
    heading = title(
        spread_of(rows, model),
        f"Observed minus forecast ({unit_of(panels, label)}); correlation with the steps ahead"
        f" {correlation(link)}.",
        shown_note(backtest.forecasts),
    )
    caption = (
        "Good residuals are centred on zero and free of pattern; where they drift away from zero "
        "with the steps ahead, the model misses the trend."
    )
    views = views_of(rows, unit_of(panels, label), "steps ahead")
    return Figure("residuals", caption, views.properties(title=heading))
