"""The pre-trained networks that `AutoLSTM` starts from; they were trained on synthetic series.

`python -m pretraining` in the project's folder draws the series and trains the networks again.
A network that was trained on enough series drawn from a prior forecasts a new one without training
(Dooley et al. 2023, "ForecastPFN"; Müller et al. 2022); a few steps on a panel then adapt it.
They forecast quantiles, from which the point follows for errors of either metric.
Weights are stored under the paths of their variables in the Keras model, such as "output/kernel".
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np
from safetensors.numpy import load_file, save_file

from gatecast._types import Floats
from gatecast.forecasting._part import Metric
from gatecast.framing import COLUMNS, Framing, damping
from gatecast.network import Architecture, Network, Quantiles, Sizes

PATH = Path(__file__).with_name("pretrained.safetensors")

ARCHITECTURE = Architecture(layers=2, units=128, linear_skip=True)
STEPS = 60
# The window has at least so many seasons.
_SEASONS = 4
# By rows per season; chosen for 80 % intervals on validation windows (docs/tried.md, "Intervals").
_WIDTHS = MappingProxyType({1: 1.25, 4: 1.15})
_PROBABILITIES = (0.025, *(place / 10 for place in range(1, 10)), 0.975)
ROWS_AHEAD = (*range(1, 25), 30, 36, 48, 60, 84, 120, 168, 240, 336, 504, 720)
"""The rows ahead that networks were trained to forecast; those between are interpolated."""
TRAINED = Sizes(steps=STEPS, features=COLUMNS, horizon=len(ROWS_AHEAD), masked=True)
"""The sizes that networks were trained in."""

Weights: TypeAlias = dict[str, Floats]
"""Path of a variable -> its values in every member, [members, ...]."""

_SKIP = "linear_skip/kernel"
# Variables whose last axis is the raw outputs of the rows ahead.
_OUTPUTS = ("output/kernel", "output/bias", _SKIP, "linear_skip/bias")


def output(metric: Metric = "mae", season: int = 1) -> Quantiles:
    """What the networks forecast.

    Args:
        metric: the errors that its point makes small.
        season: rows per season. Years and quarters are harder to foresee than the prior's series.
    """
    return Quantiles(
        _PROBABILITIES, "percent" if metric == "mape" else "median", _WIDTHS.get(season, 1.0)
    )


def framing(season: int, h: int, longer_season: int = 1, block: int = 1) -> Framing:
    """The framing of the networks for some series.

    Args:
        season: rows per season.
        h: rows to forecast.
        longer_season: rows per longer one; 1 for none.
        block: rows that are read as one.
    """
    rows = max(STEPS * block, _SEASONS * max(season, longer_season))
    return Framing(
        look_back=-(-rows // block) * block,
        horizon=min(h, ROWS_AHEAD[-1] * block),
        level="seasonal",
        season=season,
        read=STEPS,
        longer_season=longer_season,
        block=block,
    )


def sizes(framing: Framing) -> Sizes:
    """The sizes of the networks for such windows and forecasts."""
    return Sizes(steps=framing.steps, features=COLUMNS, horizon=framing.ahead, masked=True)


def weights(framing: Framing) -> Weights:
    """The weights of the networks for such windows and forecasts.

    Outputs are linear in the weights of their layers, so rows ahead between those that were trained
    have weights that are interpolated linearly. Those weights of the linear skip that belong to
    rows which are not read are left out; the result is the same as if these rows were empty.

    Args:
        framing: the rows that are read, and those that are forecast at once.
    """
    stored = {path: value.astype(np.float32) for path, value in _stored().items()}
    rows = np.arange(1, framing.ahead + 1)
    trained = np.array(ROWS_AHEAD)
    # [trained rows, rows] hat functions.
    shares = np.stack([np.interp(rows, trained, hat) for hat in np.eye(len(trained))])
    shares = shares.astype(np.float32)

    def between(value: Floats) -> Floats:
        """The last axis from the raw outputs of trained rows to those of the rows wanted."""
        each = value.reshape(*value.shape[:-1], len(trained), -1)
        found: Floats = np.einsum("...kp,kh->...hp", each, shares)
        return found.reshape(*value.shape[:-1], -1)

    found = stored | {path: between(stored[path]) for path in _OUTPUTS}
    # Its axes are members, time steps times features, and outputs.
    return found | {_SKIP: found[_SKIP][:, -framing.steps * COLUMNS :]}


def damped(weights: Weights) -> Weights:
    """Weights whose forecasts return towards the level and season of the window.

    k rows ahead, the middle quantile's distance from level and season is multiplied by `damping`,
    and the other quantiles move with it, since trends last less long in real series than in the
    prior; exponential smoothing damps trends for the same reason (Gardner and McKenzie 1985).
    """

    def change(value: Floats) -> Floats:
        each = value.reshape(*value.shape[:-1], -1, len(_PROBABILITIES)).copy()
        each[..., len(_PROBABILITIES) // 2] *= damping(each.shape[-2])
        return each.reshape(value.shape)

    return weights | {path: change(weights[path]) for path in _OUTPUTS}


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
    return len(_stored()[_SKIP])


def write(weights: Weights, path: Path = PATH) -> None:
    """Write networks to a file, in half precision."""
    save_file({name: np.asarray(value, np.float16) for name, value in weights.items()}, path)


@cache
def _stored() -> dict[str, Floats]:
    stored: dict[str, Floats] = load_file(PATH)
    return stored
