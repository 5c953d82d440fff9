"""Simple exponential smoothing, over whole series and row by row (Brown 1959)."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np
import pandas as pd

from gatecast._types import Floats, Panel


def smoothed(panel: Panel, values: Floats, share: float, level: Floats | None = None) -> Floats:
    """[rows] the level after each row, from the first value on; see `next_level`.

    Args:
        panel: the series.
        values: [rows] NaN where nothing was observed: such rows leave the level unchanged.
        share: weight of the newest value.
        level: [series] the level before the first row, where it is known.
    """
    series = panel.series_of_row
    column = pd.Series(values)
    if level is not None:
        # The known level becomes a row before the first one.
        column = pd.concat([pd.Series(level), column], ignore_index=True)
        series = np.concatenate([np.arange(len(level)), series])
    by_series = column.groupby(series).ewm(alpha=share, adjust=False, ignore_na=True)
    found: Floats = by_series.mean().droplevel(0).sort_index().to_numpy()
    return found[len(column) - panel.rows :]


def next_level(level: Any, value: Any, share: float, observed: Any) -> Any:
    """The level after one more row; runs inside compiled programs.

    Args:
        level: before the row, NaN where nothing was observed yet.
        value: of the row.
        share: weight of the newest value.
        observed: whether the row counts.
    """
    # level += share (value - level), from the first value.
    moved = jnp.where(jnp.isnan(level), value, level + share * (value - level))
    return jnp.where(observed & ~jnp.isnan(value), moved, level)
