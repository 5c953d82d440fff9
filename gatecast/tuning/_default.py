"""The settings that matter, where the user names none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from gatecast._types import Panel
from gatecast.data import season_of
from gatecast.forecasting import Estimator, LSTMForecaster
from gatecast.network import Point

_SEASONS = (0.5, 1, 2, 3)
_WITHOUT_SEASON = (4, 8, 16, 32)
_LONGEST_LOOK_BACK = 512
# Of the rows of the longest series, so that enough samples are left.
_MOST_OF_SERIES = 1 / 3


def default_space(model: Estimator, panel: Panel) -> Mapping[str, Sequence[Any]]:
    """What is tried of a forecaster on some series.

    For an `LSTMForecaster` the values are those between which its error differs most: how far it
    looks back, in seasons; level and scaler; the size of the network; learning rate, loss and
    members. An `AutoLSTM` chooses these by itself: its qualities and metrics are tried.
    """
    if not isinstance(model, LSTMForecaster):
        return {"quality": ("zero_shot", "fast", "auto"), "metric": ("mae", "mape")}
    space: dict[str, Sequence[Any]] = {
        "look_back": _look_backs(panel),
        "window_level": _levels(model, panel),
        "units": (8, 16, 32, 64),
        "layers": (1, 2),
        "training.learning_rate": (0.0003, 0.001, 0.003, 0.01),
        "members": (1, 3),
    }
    if model.output.units == "any":
        positive = bool((panel.y[~np.isnan(panel.y)] > 0).all())
        space["scaler"] = ("standard", "robust", "log") if positive else ("standard", "robust")
    if isinstance(model.output, Point) and model.training.loss != "mape":
        space["training.loss"] = ("mse", "mae", "huber")
    return {name: values for name, values in space.items() if len(values) > 1}


def _look_backs(panel: Panel) -> list[int]:
    season = season_of(panel)
    rows = [round(share * season) for share in _SEASONS] if season > 1 else [*_WITHOUT_SEASON]
    most = min(_LONGEST_LOOK_BACK, int(_MOST_OF_SERIES * panel.lengths.max()))
    return sorted({max(2, min(each, most)) for each in rows})


def _levels(model: LSTMForecaster, panel: Panel) -> tuple[str, ...]:
    if model.output.units != "any":
        return ("none",)
    seasonal = season_of(panel) > 1 and isinstance(model.output, Point)
    return ("none", "last", "mean", *(("seasonal",) if seasonal else ()))
