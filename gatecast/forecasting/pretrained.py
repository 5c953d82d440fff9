"""Networks trained on synthetic series, which the recipe starts from.

`python -m pretraining` in the project's folder draws the series and trains the networks again.
A network that has seen enough series drawn from a prior forecasts a new one without training
(Dooley et al. 2023, "ForecastPFN"; Müller et al. 2022); a few steps on a panel then adapt it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import load_file, save_file

from gatecast._types import Floats
from gatecast.framing import COLUMNS, Framing
from gatecast.network import Architecture, Sizes

PATH = Path(__file__).with_name("pretrained.safetensors")

ARCHITECTURE = Architecture(layers=2, units=128, linear_skip=True)
SIZES = Sizes(steps=60, features=COLUMNS, horizon=24, masked=True)
# Seasons that the window holds, at least.
_SEASONS = 4
# What `damped` leaves of the last row ahead.
_LEFT = 0.7


def framing(season: int, h: int, longer_season: int = 1) -> Framing:
    """How the networks see series with so many rows per season, to forecast h of them."""
    return Framing(
        look_back=max(SIZES.steps, _SEASONS * max(season, longer_season)),
        horizon=min(h, SIZES.horizon),
        level="seasonal",
        season=season,
        read=SIZES.steps,
        longer_season=longer_season,
    )


def weights(framing: Framing, loss: str = "mae") -> tuple[list[Any], list[Any]]:
    """Trainable and non-trainable values, [members, ...] each, for such windows and forecasts.

    The last axis of the output layer and of the linear skip are the rows ahead: those beyond the
    horizon are left out. So are the linear skip's weights of rows that are not read, which is the
    same as if these rows were empty.

    Args:
        framing: the rows that are read, and those that are forecast at once.
        loss: "mape" for those that were trained on errors in percent, else "mae".
    """
    values = [value.astype(np.float32) for value in _stored()["mape" if loss == "mape" else "mae"]]
    trainable = _of_outputs(values, lambda value: value[..., : framing.horizon])
    # The last but one, [members, steps * features, horizon].
    trainable[-2] = trainable[-2][:, -framing.steps * SIZES.features :]
    # Seeds of the layers' dropout, of which there is none.
    seeds = [np.zeros((members(), 2), np.uint32)] * ARCHITECTURE.layers
    return trainable, seeds


def damped(trainable: list[Any]) -> list[Any]:
    """Weights whose forecasts return towards the level and season of the window.

    share of k rows ahead = 1 - (1 - 0.7) (k - 1) / 23

    of what a network adds to them is left: trends last less long in the world than in the prior, as
    exponential smoothing has found too (Gardner and McKenzie 1985).

    Args:
        trainable: from `weights`, or a part of its members.
    """
    share: Floats = np.linspace(1, _LEFT, SIZES.horizon, dtype=np.float32)
    return _of_outputs(trainable, lambda value: value * share[: value.shape[-1]])


def members() -> int:
    """How many networks there are."""
    return len(_stored()["mae"][0])


def write(by_loss: Mapping[str, list[Any]], path: Path = PATH) -> None:
    """Keep weights, for each loss [members, ...] each, in half precision."""
    save_file(
        {
            f"{loss}.{place:02}": np.asarray(value, np.float16)
            for loss, trainable in by_loss.items()
            for place, value in enumerate(trainable)
        },
        path,
    )


def _of_outputs(trainable: list[Any], change: Callable[[Any], Any]) -> list[Any]:
    """Change the values whose last axis is the rows ahead, as that of the last one is."""
    rows = trainable[-1].shape[-1]
    return [change(value) if value.shape[-1] == rows else value for value in trainable]


@cache
def _stored() -> dict[str, list[Any]]:
    stored = load_file(PATH)
    by_loss: dict[str, list[Any]] = {}
    for name in sorted(stored):
        by_loss.setdefault(name.partition(".")[0], []).append(stored[name])
    return by_loss
