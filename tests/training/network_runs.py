"""A short series, small networks to train on it, and the same in plain Keras."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import jax
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from gatecast._backend import keras
from gatecast.framing import Framing, Rows
from gatecast.network import Architecture, Network, Sizes, build_network, initial_weights
from gatecast.training import (
    Checkpoint,
    OwnData,
    Trained,
    Training,
    TrainingData,
    TrainingSet,
    train_network,
)

LOOK_BACK, HORIZON, UNITS, SEED, RATE = 3, 2, 4, 7, 0.05
SERIES = np.random.default_rng(0).normal(size=14).astype(np.float32)
FRAMING = Framing(LOOK_BACK, HORIZON)
ORIGINS = np.arange(LOOK_BACK, len(SERIES) - HORIZON + 1)

layers = keras.layers


def network_of(cell: Any = "lstm") -> Network:
    sizes = Sizes(steps=LOOK_BACK, features=1, horizon=HORIZON)
    return build_network(Architecture(cell=cell, units=UNITS), sizes)


def data_of(targets: np.ndarray = SERIES, **changes: np.ndarray) -> TrainingData:
    """The series and its origins; `changes` are fields of `TrainingData`."""
    rows = Rows(values=SERIES[:, None], targets=targets[:, None])
    return replace(TrainingData(source=rows, train=ORIGINS), **changes)


def train(
    settings: Training,
    data: TrainingData,
    cell: str = "lstm",
    seeds: Sequence[int] = (SEED,),
    *,
    own: OwnData = "nothing",
    complete: bool = False,
    initial: tuple[list[Any], list[Any]] | None = None,
    checkpoint: Checkpoint | None = None,
) -> Trained:
    """The network of a cell, trained on the data."""
    given = TrainingSet(data, own=own, complete=complete)
    return train_network(
        network_of(cell),
        FRAMING,
        given,
        settings,
        seeds=seeds,
        initial=initial,
        checkpoint=checkpoint,
    )


def first_member(trained: Trained) -> list[Any]:
    """Its trained weights."""
    return [value[0] for value in trained.variables.trainable]


def windows(origins: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The samples at the given origins, cut by NumPy."""
    each = sliding_window_view(SERIES, LOOK_BACK + HORIZON)[origins - LOOK_BACK]
    return each[:, :LOOK_BACK, None], each[:, LOOK_BACK:]


def sequential(cell: str, optimizer: Any, loss: Any = "mse") -> keras.Model:
    """The same network in plain Keras, from the same weights; biases never decay."""
    body = {
        "lstm": [layers.LSTM(UNITS)],
        "rnn": [layers.SimpleRNN(UNITS)],
        "dense": [layers.Flatten(), layers.Dense(UNITS, activation="tanh")],
    }
    x = keras.Input((LOOK_BACK, 1))
    model = keras.Sequential([x, *body[cell], layers.Dense(HORIZON)])
    trainable, _ = initial_weights(network_of(cell), [SEED])
    for variable, value in zip(model.trainable_variables, trainable, strict=True):
        variable.assign(np.array(value[0]))
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    model.compile(optimizer=optimizer, loss=loss)
    return model


def assert_same_weights(trained: Trained, expected: list[Any], member: int = 0):
    for found, other in zip(trained.variables.trainable, expected, strict=True):
        np.testing.assert_allclose(found[member], other, rtol=1e-5, atol=1e-5)


def bits(trained: Trained) -> list[bytes]:
    leaves = jax.tree.leaves((trained.variables, trained.curves))
    return [np.asarray(leaf).tobytes() for leaf in leaves]
