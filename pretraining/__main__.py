"""Train the networks that `AutoLSTM` starts from, on synthetic series and on nothing else.

python -m pretraining [--series 1600000] [--percent 300000] [--members 4] [--out FILE]

For each member it draws series of its own, sees each through their framing, and trains for
one pass over them: about ten minutes on two cores. Another pass, over fewer, makes a second network
of it, for errors in percent. The same numbers give the same weights on the same machine.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

import gatecast
from gatecast.forecasting import pretrained
from gatecast.framing import Framing, Rows, Sample, SampleInputs
from gatecast.network import Network, build_network
from gatecast.training import Trained, TrainingData, TrainingSet, train_network
from pretraining._series import Prior, synthetic

# Rows per season, and the share of the series that have it.
SEASONS = {1: 0.3, 4: 0.25, 12: 0.3, 7: 0.05, 24: 0.05, 52: 0.05}
AT_ONCE = 8192
# Seasons shorter than this many rows of history are not learnt from; years need as many rows.
_FEWEST_SEASONS, _FEWEST_ROWS = 1.5, 7
_WHOLE = 0.25
# No target lies so many spreads from its level; those that do would be all that is learnt.
_FURTHEST = 80
MAE = gatecast.Training(
    epochs=1,
    batch_size=512,
    learning_rate=3e-3,
    schedule="cosine",
    warmup=0.05,
    clip=1.0,
    loss="mae",
)
MAPE = replace(MAE, learning_rate=1e-3, loss="mape")


@partial(jax.tree_util.register_dataclass)
@dataclass(frozen=True)
class Stored:
    """Samples that are stored as they are; see `gatecast.framing.Sample`.

    Attributes:
        x: [samples, time steps, features].
        mask: [samples, time steps] False where nothing was observed.
        wanted: [samples, horizon, 1] what a network should say.
        spread: [samples, 1, 1] what the window was divided by.
    """

    x: Any
    mask: Any
    wanted: Any
    spread: Any


@dataclass(frozen=True)
class Gather:
    """Gathers samples that are stored as they are."""

    def __call__(self, source: Stored, origins: Any) -> Sample:
        """Those at some places."""
        inputs = SampleInputs(source.x[origins], source.mask[origins])
        spread = source.spread[origins]
        none = jnp.zeros_like(spread)
        targets = source.wanted[origins] * spread
        return Sample(inputs, targets, none, jnp.ones_like(spread), spread)


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
    members: dict[str, list[pretrained.Weights]] = {"mae": [], "mape": []}
    for seed in range(asked.members):
        first = trained(MAE, asked.series, [seed])
        members["mae"].append(first)
        members["mape"].append(trained(MAPE, asked.percent, [seed, 1], first))
        pretrained.write({loss: together(each) for loss, each in members.items()}, asked.out)


def together(members: Sequence[pretrained.Weights]) -> pretrained.Weights:
    """The weights of several networks, one after another."""
    return {path: np.concatenate([each[path] for each in members]) for path in members[0]}


def trained(
    how: gatecast.Training, series: int, seed: list[int], start: pretrained.Weights | None = None
) -> pretrained.Weights:
    """The weights of one network, [1, ...] each, as precise as they are stored.

    Args:
        how: it is trained.
        series: how many it sees.
        seed: of the series; the first is the network's own.
        start: the weights to begin with, None to draw them.
    """
    began = time.perf_counter()
    network = build_network(pretrained.ARCHITECTURE, pretrained.SIZES)
    run = train(network, draw(np.random.default_rng(seed), series), how, seed[0], start)
    loss, took = float(run.curves["loss"][0, -1]), time.perf_counter() - began
    print(f"member {seed[0]}, {how.loss}: loss {loss:.4f}, {took:.0f} s", flush=True)
    weights = weights_of(network, run)
    return {path: np.float32(np.float16(value)) for path, value in weights.items()}


def train(
    network: Network,
    samples: Stored,
    how: gatecast.Training,
    seed: int,
    start: pretrained.Weights | None = None,
) -> Trained:
    """One network, by one pass over samples."""
    data = TrainingData(source=samples, train=np.arange(len(samples.wanted)))
    return train_network(
        network,
        Gather(),
        TrainingSet(data, complete=True),
        how,
        seeds=[seed],
        initial=None if start is None else pretrained.in_order(start, network),
    )


def weights_of(network: Network, run: Trained) -> pretrained.Weights:
    """The trained weights by the paths of their variables."""
    paths = [variable.path for variable in network.model.trainable_variables]
    return dict(zip(paths, map(np.asarray, run.variables.trainable), strict=True))


def draw(
    random: np.random.Generator, series: int, prior: Prior = synthetic, at_once: int = AT_ONCE
) -> Stored:
    """Samples of so many series, one of each.

    Args:
        random: the numbers they are drawn by.
        series: how many at least.
        prior: draws them.
        at_once: how many in a call; every number of rows per season gets a multiple of these.
    """
    parts = []
    for season, share in SEASONS.items():
        framing = pretrained.framing(season, pretrained.SIZES.horizon)
        see = jax.jit(lambda data, origin, framing=framing: framing(data, origin))
        batches = -(-int(series * share) // at_once)
        for _ in range(batches):
            rows, origins = _rows(random, framing, prior, at_once)
            sample = jax.device_get(see(rows, origins))
            wanted = np.clip(sample.wanted, -_FURTHEST, _FURTHEST)
            parts.append(Stored(sample.inputs.x, sample.inputs.mask, wanted, sample.spread))
    every: Stored = jax.tree.map(lambda *arrays: np.concatenate(arrays), *parts)
    return every


def _rows(
    random: np.random.Generator, framing: Framing, prior: Prior, series: int
) -> tuple[Rows, Any]:
    """The rows of so many series end to end, and the origin of the one sample of each."""
    past, horizon, season = framing.look_back, framing.horizon, framing.season
    rows = past + horizon
    y = prior(random, series, rows, season)
    y -= y[:, past - 1 : past]
    fewest = max(_FEWEST_ROWS, int(_FEWEST_SEASONS * season))
    known = random.integers(fewest, past + 1, series)
    known = np.where(random.random(series) < _WHOLE, past, known)
    every = Rows(
        values=y.reshape(-1, 1),
        targets=y.reshape(-1, 1),
        observed=np.ones(y.size, bool),
        # Rows before the first known one are padding.
        position=(np.arange(rows) - (past - known[:, None])).reshape(-1).astype(np.int32),
        remaining=np.tile(np.arange(rows)[::-1], series).astype(np.int32),
    )
    return every, np.arange(series) * rows + past


if __name__ == "__main__":
    main()
