"""What a backtest says about itself: its leading model, and which models to tell apart."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gatecast.data import to_pandas

if TYPE_CHECKING:
    import pandas as pd

    from gatecast.evaluation import Backtest

_FRAMES = ("forecasts", "scores", "by_series", "by_horizon", "significance", "observed")


def in_pandas(backtest: Backtest) -> Backtest:
    """The same backtest, whatever the library of its frames; each target as a series of its own."""
    frames: dict[str, Any] = {name: to_pandas(getattr(backtest, name)) for name in _FRAMES}
    for name, frame in frames.items():
        if "target" in frame:
            ids = frame["unique_id"].astype(str) + " (" + frame["target"].astype(str) + ")"
            frames[name] = frame.assign(unique_id=ids).drop(columns="target")
    return replace(backtest, **frames)


def scored(backtest: Backtest) -> pd.DataFrame:
    """The scores of the models that were scored, best first.

    Without a season, seasonal naive is persistence under another name, and is left out.
    """
    scores: pd.DataFrame = backtest.scores
    ranking = backtest.ranked_by
    known = scores[scores[ranking].notna()].sort_values(ranking, kind="stable")
    errors = known.set_index("model")[ranking]
    if errors.get("seasonal_naive", math.nan) == errors.get("persistence"):
        known = known[known["model"] != "seasonal_naive"]
    return known


def leading_model(backtest: Backtest) -> Any | None:
    """The scores of the model the report follows: the best that is no baseline, else the best."""
    ranked = scored(backtest)
    models = ranked[ranked["kind"] == "model"]
    best = models if len(models) else ranked
    return best.iloc[0] if len(best) else None


def worst_first(backtest: Backtest) -> list[Any]:
    """The ids of all series, those first where the leading model has the largest MASE.

    Series without a MASE come last, in the order of the data.
    """
    leader, table = leading_model(backtest), backtest.by_series
    ids = backtest.forecasts["unique_id"].drop_duplicates()
    if leader is None:
        return list(ids)
    errors = table[table["model"] == leader["model"]].set_index("unique_id")["mase"]
    return list(ids[ids.map(errors).sort_values(ascending=False, kind="stable").index])


def rivals(backtest: Backtest, most: int) -> list[str]:
    """The models to compare the leading one with: the best baseline, then the best others."""
    leader, ranked = leading_model(backtest), scored(backtest)
    if leader is None:
        return []
    others = ranked[ranked["model"] != leader["model"]]
    baseline_first = others.sort_values("kind", key=lambda kind: kind != "baseline", kind="stable")
    first = baseline_first["model"].head(1)
    return list(dict.fromkeys([*first, *others["model"]]))[:most]
