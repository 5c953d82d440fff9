"""Train the networks that `recipe="auto"` starts from, on synthetic series and on nothing else.

python -m pretraining [--series 1600000] [--percent 300000] [--members 4] [--out FILE]

For each member it draws series of its own, sees each through the recipe's framing, and trains for
one pass over them: about ten minutes on two cores. Another pass, over fewer, makes a second network
of it, for errors in percent. The same numbers give the same weights on the same machine.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

import gatecast as gc
from gatecast.forecasting import pretrained
from gatecast.framing import Framing, Sample
from gatecast.network import build_network
from gatecast.training import Trained, TrainingSet, train_network
from pretraining._series import synthetic

# Rows per season, and the share of the series that have it.
SEASONS = {1: 0.3, 4: 0.25, 12: 0.3, 7: 0.05, 24: 0.05, 52: 0.05}
_AT_ONCE = 8192
# Seasons shorter than this many rows of history are not learnt from; years need as many rows.
_FEWEST_SEASONS, _FEWEST_ROWS = 1.5, 7
_WHOLE = 0.25
# No target lies so many spreads from its level; those that do would be all that is learnt.
_FURTHEST = 80
MAE = gc.Training(
    epochs=1,
    batch_size=512,
    learning_rate=3e-3,
    schedule="cosine",
    warmup=0.05,
    clip=1.0,
    loss="mae",
)
MAPE = replace(MAE, learning_rate=1e-3, loss="mape")


@dataclass(frozen=True)
class Stored:
    """Gathers samples that are stored as they are."""

    def __call__(self, data: Any, origins: Any) -> Sample:
        """Those at some places."""
        inputs = {"x": data["x"][origins], "mask": data["mask"][origins]}
        spread = data["spread"][origins]
        none = jnp.zeros_like(spread)
        return Sample(inputs, data["y"][origins] * spread, none, jnp.ones_like(spread), spread)


def main() -> None:
    """Draw, train, write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--series", type=int, default=1_600_000, help="of each member")
    parser.add_argument("--percent", type=int, default=300_000, help="for errors in percent")
    parser.add_argument("--members", type=int, default=4)
    parser.add_argument("--out", type=Path, default=pretrained.PATH)
    asked = parser.parse_args()
    members: dict[str, list[list[Any]]] = {"mae": [], "mape": []}
    for seed in range(asked.members):
        first = trained(MAE, asked.series, [seed])
        members["mae"].append(first)
        members["mape"].append(trained(MAPE, asked.percent, [seed, 1], first))
        together = {
            loss: [np.concatenate(parts) for parts in zip(*each, strict=True)]
            for loss, each in members.items()
        }
        pretrained.write(together, asked.out)


def trained(
    how: gc.Training, series: int, seed: list[int], start: list[Any] | None = None
) -> list[Any]:
    """The weights of one network, [1, ...] each, as precise as they are stored.

    Args:
        how: it is trained.
        series: how many it sees.
        seed: of the series; the first is the network's own.
        start: the weights to begin with, None to draw them.
    """
    began = time.perf_counter()
    run = train(draw(np.random.default_rng(seed), series), how, seed[0], start)
    loss, took = float(run.curves["loss"][0, -1]), time.perf_counter() - began
    print(f"member {seed[0]}, {how.loss}: loss {loss:.4f}, {took:.0f} s", flush=True)
    return [np.float32(np.float16(part)) for part in run.variables["trainable"]]


def train(
    samples: dict[str, Any], how: gc.Training, seed: int, start: list[Any] | None = None
) -> Trained:
    """One network, by one pass over samples."""
    unused = [np.zeros((1, 2), np.uint32)] * pretrained.ARCHITECTURE.layers
    return train_network(
        build_network(pretrained.ARCHITECTURE, pretrained.SIZES),
        Stored(),
        TrainingSet(samples | {"train": np.arange(len(samples["y"]))}, complete=True),
        how,
        seeds=[seed],
        initial=None if start is None else (start, unused),
    )


def draw(random: np.random.Generator, series: int, prior: Any = synthetic) -> dict[str, Any]:
    """Samples of so many series, one of each: `x`, `mask`, `y`, `spread`."""
    parts = []
    for season, share in SEASONS.items():
        framing = pretrained.framing(season, pretrained.SIZES.horizon)
        see = jax.jit(lambda data, origin, framing=framing: framing(data, origin))
        batches = -(-int(series * share) // _AT_ONCE)
        parts += [_samples(random, framing, see, prior) for _ in range(batches)]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _samples(random: np.random.Generator, framing: Framing, see: Any, prior: Any) -> dict[str, Any]:
    past, horizon, season = framing.look_back, framing.horizon, framing.season
    rows = past + horizon
    y = prior(random, _AT_ONCE, rows, season)
    y -= y[:, past - 1 : past]
    fewest = max(_FEWEST_ROWS, int(_FEWEST_SEASONS * season))
    known = random.integers(fewest, past + 1, _AT_ONCE)
    known = np.where(random.random(_AT_ONCE) < _WHOLE, past, known)
    data = {
        "values": y.reshape(-1, 1),
        "targets": y.reshape(-1, 1),
        "observed": np.ones(y.size, bool),
        # Rows before the first known one are padding.
        "position": (np.arange(rows) - (past - known[:, None])).reshape(-1).astype(np.int32),
        "remaining": np.tile(np.arange(rows)[::-1], _AT_ONCE).astype(np.int32),
    }
    sample = jax.device_get(see(data, np.arange(_AT_ONCE) * rows + past))
    return {
        **sample.inputs,
        "y": np.clip(sample.wanted, -_FURTHEST, _FURTHEST),
        "spread": sample.spread,
    }


if __name__ == "__main__":
    main()
