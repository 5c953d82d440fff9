"""The user's frames as panels that a forecaster fits or goes on from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from gatecast._types import Freq, Panel
from gatecast.data import append, to_panel
from gatecast.forecasting._model import Columns, Model
from gatecast.forecasting._settings import Settings
from gatecast.framing import leads


def following(known: Panel, panel: Panel) -> Panel:
    """Rows that all begin after the last ones seen joined to those; other rows as they are."""
    old, new = leads(known), leads(panel)
    place = pd.Index(old.ids).get_indexer(new.ids)
    first, last = new.ds[new.offsets[:-1]], old.ds[old.offsets[1:] - 1]
    follows = (place >= 0) & (first > last[place])
    return append(known, panel) if follows.all() else panel


def panel_for(model: Model, df: Any, static_df: Any = None) -> Panel:
    """The rows of a frame that a fitted model is to go on from."""
    parts = [part.settings for part in model.combination.parts]
    return panel_of(df, model.columns, static_df, model.freq, parts)


def panel_of(
    df: Any, names: Columns, static_df: Any, freq: Freq | None, parts: Sequence[Settings]
) -> Panel:
    exog = [name for part in parts for name in part.exogenous.columns]
    return to_panel(
        df,
        id_col=names.unique_id,
        time_col=names.ds,
        target_col=names.y[0] if len(names.y) == 1 else names.y,
        freq=freq,
        exog=list(dict.fromkeys(exog)),
        static_df=static_df,
    )
