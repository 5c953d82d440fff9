"""Trains on shards: on the devices of one process, or as one of two processes.

`python sharded_runs.py FOLDER` or `python sharded_runs.py FOLDER RANK ADDRESS`; the weights are
written into the folder.
"""

import os
import signal
import sys
import traceback
from dataclasses import replace
from pathlib import Path
from typing import Any

import jax
import numpy as np
from network_runs import FRAMING, HORIZON, LOOK_BACK, ORIGINS, SERIES

from gatecast._progress import follow
from gatecast.framing import Rows
from gatecast.network import Architecture, Network, Sizes, build_network
from gatecast.training import (
    Checkpoint,
    DataParallel,
    Trained,
    Training,
    TrainingData,
    TrainingSet,
    connected,
)

SEEDS = (3, 4)
TRAINING = Training(epochs=5, batch_size=4, validation=0.1, patience=9, schedule="cosine", clip=0.5)
CARRIED = Training(epochs=5, backprop_windows=2)
TARGETS = SERIES.copy()
TARGETS[[5, 6]] = np.nan
# Of two series of seven rows, side by side.
LANES = np.array([[-1, 4], [0, 5], [1, 6], [2, 7]])


def network_of(dropout: float = 0.0) -> Network:
    sizes = Sizes(steps=LOOK_BACK, features=1, horizon=HORIZON)
    return build_network(Architecture(units=4, dropout=dropout), sizes)


def plain(rank: int = 0, size: int = 1) -> TrainingData:
    """Every so many-th sample; a process that is not the first has rows that nobody reads."""
    spare = np.zeros(3 * rank, np.float32)
    rows = Rows(*(np.append(values, spare)[:, None] for values in (SERIES, TARGETS)))
    return TrainingData(rows, ORIGINS[:7][rank::size], ORIGINS[7:][rank::size])


def carried(rank: int = 0, size: int = 1) -> TrainingData:
    return replace(plain(), train=ORIGINS, validation=None, order=LANES[:, rank::size])


def train(trainer: Any, data: TrainingData, settings: Training = TRAINING, **more: Any) -> Trained:
    network = network_of(more.pop("dropout", 0.0))
    run: Trained = trainer(network, FRAMING, TrainingSet(data), settings, seeds=SEEDS, **more)
    return run


def weights_of(**runs: Trained) -> dict[str, Any]:
    """Name and number -> weights and curves."""
    return {
        f"{name}{place}": np.asarray(value)
        for name, run in runs.items()
        for place, value in enumerate([*run.variables.trainable, *run.curves.values()])
    }


def interrupted(trainer: DataParallel, folder: Path) -> Trained:
    """Ctrl-C in the last process stops both; the same call again goes on."""
    rank, checkpoint = trainer.group.rank, Checkpoint(folder / "checkpoint")

    def press(_: Any) -> None:
        if rank == 1:
            os.kill(os.getpid(), signal.SIGINT)

    with follow(press):
        first = train(trainer, plain(rank, 2), checkpoint=checkpoint)
    assert first.interrupted
    assert first.curves["loss"].shape[1] < TRAINING.epochs
    assert Path(checkpoint.path).exists()
    # Nobody begins to read before all have seen that it is there.
    assert trainer.group.gather(rank) == [0, 1]
    return train(trainer, plain(rank, 2), checkpoint=checkpoint)


def main() -> None:
    folder = Path(sys.argv[1])
    if len(sys.argv) == 2:
        trainer = DataParallel.on_devices()
        found = weights_of(
            plain=train(trainer, plain()), carried=train(trainer, carried(), CARRIED)
        )
        np.savez(folder / "devices.npz", **found)
        return
    rank = int(sys.argv[2])
    jax.config.update("jax_cpu_collectives_implementation", "gloo")
    jax.config.update("jax_enable_preemption_service", False)  # noqa: FBT003 (JAX)
    jax.distributed.initialize(sys.argv[3], 2, rank)
    trainer = DataParallel.on_devices(connected())
    said = trainer.group.gather({"rank": rank, "long": "x" * 2000 * rank})
    assert said == [{"rank": 0, "long": ""}, {"rank": 1, "long": "x" * 2000}]
    np.savez(folder / f"process{rank}.npz", **weights_of(plain=interrupted(trainer, folder)))


if __name__ == "__main__":
    try:
        main()
    except BaseException:  # noqa: BLE001 (whatever it is)
        # JAX would wait for the other process for minutes.
        traceback.print_exc()
        os._exit(1)
