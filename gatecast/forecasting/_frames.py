"""The user's frames as panels that a forecaster is fitted on or forecasts from."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import pandas as pd

from gatecast._types import Freq, Panel
from gatecast.data import append, library_of, long_frame, to_panel
from gatecast.forecasting._model import Columns, Model
from gatecast.framing import first_target


def columns_of(
    df: Any, id_col: str | None, time_col: str, target_col: str | Sequence[str]
) -> Columns:
    """The names of the user's columns, and the library of the frame.

    A Series brings names of its own: that of its index for the time, its own for the target.
    """
    targets = (target_col,) if isinstance(target_col, str) else tuple(target_col)
    if isinstance(df, pd.Series):
        time_col = time_col if df.index.name is None else str(df.index.name)
        targets = targets if df.name is None else (str(df.name),)
    return Columns(id_col or "unique_id", time_col, targets, library_of(df))


def panel_of(
    df: Any,
    columns: Columns,
    static_df: Any,
    freq: Freq | None,
    exog: Sequence[str],
    categorical: Collection[str] | None = None,
) -> Panel:
    """The rows of a frame, with the exogenous columns that a forecaster reads."""
    return to_panel(
        df,
        id_col=columns.unique_id,
        time_col=columns.ds,
        target_col=columns.y[0] if len(columns.y) == 1 else columns.y,
        freq=freq,
        exog=list(dict.fromkeys(exog)),
        static_df=static_df,
        categorical=categorical,
    )


def panel_for(model: Model, df: Any, static_df: Any = None) -> Panel:
    """The rows of a frame as a panel that a fitted model can read."""
    categorical = model.context.panel.categories
    return panel_of(df, model.columns, static_df, model.freq, model.members.exog, categorical)


def is_empty(model: Model, df: Any) -> bool:
    """Whether a frame in the columns of a model has no value of any of its targets."""
    frame, names = long_frame(df, model.columns.ds, model.columns.y[0]), list(model.columns.y)
    return set(names) <= set(frame) and bool(frame[names].isna().all(axis=None))


def following(known: Panel, panel: Panel) -> Panel:
    """The known rows followed by the new ones, where those all come later; else the new alone."""
    old, new = first_target(known), first_target(panel)
    place = pd.Index(old.ids).get_indexer(new.ids)
    first, last = new.ds[new.offsets[:-1]], old.ds[old.offsets[1:] - 1]
    follows = (place >= 0) & (first > last[place])
    return append(known, panel) if follows.all() else panel
