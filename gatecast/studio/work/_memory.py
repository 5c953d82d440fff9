"""Which rows a forecast looks at, and how long it remembers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from gatecast.data import show_time

if TYPE_CHECKING:
    import pandas as pd

    from gatecast.forecasting import Inspection

_GATES = ("input", "forget", "output", "update", "reset")
_MOST_UNITS = 500


@dataclass(frozen=True)
class Memory:
    """What `Estimator.inspect` found, as plain values.

    Attributes:
        by_lag: [lags] the share of each past row in the forecast's response, the newest first.
        effective: so many of the newest rows carry 95 % of it.
        summary: as the inspection has it.
        half_lives: [units] in rows, at most 500 of them.
        series: whose gates are shown.
        times: [rows] of the last window of that series.
        gates: name -> [rows, 3] the mean over units, and the bounds of the middle 80 %.
    """

    by_lag: list[float]
    effective: int
    summary: str
    half_lives: list[float]
    series: str = ""
    times: list[str] = field(default_factory=list)
    gates: dict[str, list[list[float]]] = field(default_factory=dict)


def memory_of(found: Inspection) -> Memory:
    """The plain values of an inspection."""
    by_lag = found.sensitivity.groupby("lag")["sensitivity"].sum()
    share = by_lag / (by_lag.sum() or 1.0)
    half = found.half_life["half_life"].to_numpy(float) if len(found.half_life) else np.empty(0)
    half = np.sort(half[np.isfinite(half)])
    if len(half) > _MOST_UNITS:
        half = half[np.linspace(0, len(half) - 1, _MOST_UNITS).round().astype(int)]
    return Memory(
        by_lag=[round(float(value), 6) for value in share],
        effective=found.effective_memory,
        summary=found.summary,
        half_lives=[round(float(value), 4) for value in half],
        **_gates(found.gates),
    )


def _gates(gates: pd.DataFrame) -> dict[str, Any]:
    if not len(gates):
        return {}
    own = gates[gates["unique_id"] == gates["unique_id"].iloc[0]]
    named = [name for name in _GATES if name in own and own[name].notna().any()]
    grouped = own.groupby("ds")
    columns = {
        name: np.column_stack(
            [grouped[name].mean(), grouped[name].quantile(0.1), grouped[name].quantile(0.9)]
        )
        for name in named
    }
    return {
        "series": str(own["unique_id"].iloc[0]),
        "times": [show_time(ds) for ds in grouped.size().index.to_numpy()],
        "gates": {name: values.round(4).tolist() for name, values in columns.items()},
    }
