"""The pre-trained networks that `AutoLSTM` starts from; they were trained on synthetic series.

`python -m pretraining` in the project's folder draws the series and trains the networks again.
A network that was trained on enough series drawn from a prior forecasts a new one without training
(Dooley et al. 2023, "ForecastPFN"; Müller et al. 2022); a few steps on a panel then adapt it.
Weights are stored under the paths of their variables in the Keras model, such as "output/kernel".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from safetensors.numpy import load_file, save_file

from gatecast._types import Floats
from gatecast.forecasting._part import Metric
from gatecast.framing import COLUMNS, Framing, damping
from gatecast.network import Architecture, Network, Sizes

PATH = Path(__file__).with_name("pretrained.safetensors")

ARCHITECTURE = Architecture(layers=2, units=128, linear_skip=True)
SIZES = Sizes(steps=60, features=COLUMNS, horizon=24, masked=True)
# The window has at least so many seasons.
_SEASONS = 4

Weights: TypeAlias = Mapping[str, Floats]
"""Path of a variable -> its values in every member, [members, ...]."""

_SKIP = "linear_skip/kernel"
# Variables whose last axis is the rows ahead.
_OUTPUTS = ("output/kernel", "output/bias", _SKIP, "linear_skip/bias")


def framing(season: int, h: int, longer_season: int = 1) -> Framing:
    """The framing of the networks for series with so many rows per season, to forecast h rows."""
    return Framing(
        look_back=max(SIZES.steps, _SEASONS * max(season, longer_season)),
        horizon=min(h, SIZES.horizon),
        level="seasonal",
        season=season,
        read=SIZES.steps,
        longer_season=longer_season,
    )


def weights(framing: Framing, metric: Metric = "mae") -> Weights:
    """The weights of the networks for such windows and forecasts.

    Weights of rows ahead beyond the horizon are left out. So are those weights of the linear skip
    that belong to rows which are not read; the result is the same as if these rows were empty.

    Args:
        framing: the rows that are read, and those that are forecast at once.
        metric: the errors that the networks were trained to make small.
    """
    stored = {path: value.astype(np.float32) for path, value in _stored()[metric].items()}
    found = _of_outputs(stored, lambda value: value[..., : framing.horizon])
    # Its axes are members, time steps times features, and rows ahead.
    skip = found[_SKIP][:, -framing.steps * SIZES.features :]
    return {**found, _SKIP: skip}


def damped(weights: Weights) -> Weights:
    """Weights whose forecasts return towards the level and season of the window.

    k rows ahead, the network's contribution to level and season is multiplied by `damping`, since
    trends last less long in real series than in the prior; exponential smoothing damps trends for
    the same reason (Gardner and McKenzie 1985).
    """
    return _of_outputs(weights, lambda value: value * damping(value.shape[-1]))


def in_order(weights: Weights, network: Network) -> tuple[list[Any], list[Any]]:
    """Trainable and non-trainable values in the order of a network, [members, ...] each."""
    members = len(next(iter(weights.values())))
    trainable = [weights[variable.path] for variable in network.model.trainable_variables]
    # Seeds of the layers' dropout, of which there is none.
    seeds = [
        np.zeros((members, *variable.shape), np.uint32)
        for variable in network.model.non_trainable_variables
    ]
    return trainable, seeds


def members() -> int:
    """The number of pre-trained networks."""
    return len(_stored()["mae"][_SKIP])


def write(by_metric: Mapping[str, Weights], path: Path = PATH) -> None:
    """Write the networks of each metric to a file, in half precision."""
    save_file(
        {
            f"{metric}/{variable}": np.asarray(value, np.float16)
            for metric, weights in by_metric.items()
            for variable, value in weights.items()
        },
        path,
    )


def _of_outputs(weights: Weights, change: Callable[[Floats], Floats]) -> Weights:
    """Change the values whose last axis is the rows ahead."""
    return {path: change(value) if path in _OUTPUTS else value for path, value in weights.items()}


@cache
def _stored() -> dict[str, dict[str, Floats]]:
    by_metric: dict[str, dict[str, Floats]] = {}
    for name, value in load_file(PATH).items():
        metric, _, path = name.partition("/")
        by_metric.setdefault(metric, {})[path] = value
    return by_metric
