"""Keras models whose memory goes in and comes out as arrays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Any, TypeAlias

import jax
import jax.numpy as jnp
import numpy as np

from gatecast._backend import keras
from gatecast.network._architecture import Architecture

State: TypeAlias = list[Any]
"""Hidden (and, for an LSTM, cell) state of each layer, first layer first: [batch, units] each."""

# Up to this many time steps a loop written out is faster to run and as fast to compile.
_WRITTEN_OUT_STEPS = 6


@dataclass(frozen=True)
class Network:
    """A Keras model of [x, *state] -> [y, *new state], and the shape of its state.

    Networks of the same make are equal: weights are always passed in, never kept here.

    Attributes:
        architecture: the layers.
        steps: time steps of the input.
        features: per time step.
        outputs: of the linear output layer.
        model: inputs x [batch, time steps, features] and the states; outputs y [batch, outputs]
            and the states after the last time step.
    """

    architecture: Architecture
    steps: int
    features: int
    outputs: int
    model: keras.Model = field(compare=False, repr=False)

    @property
    def state_units(self) -> list[int]:
        """Units of each state array."""
        return [state.shape[-1] for state in self.model.inputs[1:]]

    def zero_state(self, batch: int) -> State:
        """The memory of a series of which nothing has been seen."""
        return [jnp.zeros((batch, units)) for units in self.state_units]

    def apply(self, weights: Any, x: Any, state: State) -> tuple[Any, State]:
        """Forward pass as a pure function, without dropout.

        Args:
            weights: trainable and non-trainable values, in the model's order.
            x: [batch, time steps, features].
            state: as `zero_state(batch)` or an earlier call returned it.

        Returns:
            y [batch, outputs] and the state after the last time step.
        """
        y, after, _ = self.forward(weights, x, state, training=False)
        return y, after

    def forward(
        self, weights: Any, x: Any, state: State, *, training: bool
    ) -> tuple[Any, State, list[Any]]:
        """As `apply`, with dropout in training; also returns the new non-trainable values."""
        trainable, non_trainable = weights
        outputs, non_trainable = self.model.stateless_call(
            trainable, non_trainable, [x, *state], training=training
        )
        # Keras returns a single output without its list.
        y, *after = outputs if state else [outputs]
        return y, after, non_trainable


@lru_cache(maxsize=64)
def build_network(
    architecture: Architecture, *, steps: int, features: int, outputs: int
) -> Network:
    """A stack of Keras layers with explicit state."""
    model = _build_model(architecture, steps, features, outputs, seed=0)
    return Network(architecture, steps, features, outputs, model)


def initial_weights(network: Network, seeds: Sequence[int]) -> tuple[list[Any], list[Any]]:
    """Keras's initial values for each seed: trainable and non-trainable, [members, ...] each."""
    make = (network.architecture, network.steps, network.features, network.outputs)
    models = [_build_model(*make, seed=seed) for seed in seeds]
    trainable = [[variable.value for variable in model.trainable_variables] for model in models]
    others = [[variable.value for variable in model.non_trainable_variables] for model in models]
    stack = partial(jax.tree.map, lambda *values: jnp.stack(values))
    return stack(*trainable), stack(*others)


def _build_model(
    architecture: Architecture, steps: int, features: int, outputs: int, *, seed: int
) -> keras.Model:
    """Inputs [x, *state], outputs [y, *new state]; the same seed gives the same weights."""
    x = keras.Input((steps, features), name="x")
    body = _dense_stack if architecture.cell == "dense" else _recurrent_stack
    hidden, states, new_states = body(architecture, x, seed)
    seeds = _seeds(seed, architecture.layers)
    y = keras.layers.Dense(outputs, kernel_initializer=_glorot(seeds), name="output")(hidden)
    if architecture.linear_skip:
        flat = keras.layers.Flatten()(x)
        skip = keras.layers.Dense(outputs, kernel_initializer="zeros", name="linear_skip")
        y = keras.layers.Add()([y, skip(flat)])
    return keras.Model([x, *states], [y, *new_states])


def _recurrent_stack(architecture: Architecture, x: Any, seed: int) -> tuple[Any, State, State]:
    kinds = {"lstm": keras.layers.LSTM, "gru": keras.layers.GRU, "rnn": keras.layers.SimpleRNN}
    memories = 2 if architecture.cell == "lstm" else 1
    states: State = []
    new_states: State = []
    for place in range(architecture.layers):
        seeds = _seeds(seed, place)
        layer = kinds[architecture.cell](
            architecture.units,
            activation=architecture.activation,
            dropout=architecture.dropout,
            kernel_initializer=_glorot(seeds),
            recurrent_initializer=keras.initializers.Orthogonal(seed=seeds()),
            return_sequences=place < architecture.layers - 1,
            return_state=True,
            seed=seeds(),
            unroll=x.shape[1] <= _WRITTEN_OUT_STEPS,
            name=f"{architecture.cell}_{place + 1}",
        )
        initial = [keras.Input((architecture.units,)) for _ in range(memories)]
        x, *after = layer(x, initial_state=initial)
        states += initial
        new_states += after
    return x, states, new_states


def _dense_stack(architecture: Architecture, x: Any, seed: int) -> tuple[Any, State, State]:
    hidden = keras.layers.Flatten()(x)
    for place in range(architecture.layers):
        seeds = _seeds(seed, place)
        if architecture.dropout:
            hidden = keras.layers.Dropout(architecture.dropout, seed=seeds())(hidden)
        hidden = keras.layers.Dense(
            architecture.units,
            activation=architecture.activation,
            kernel_initializer=_glorot(seeds),
            name=f"dense_{place + 1}",
        )(hidden)
    return hidden, [], []


def _seeds(seed: int, place: int) -> Callable[[], int]:
    """A stream of seeds for the layer at `place`, independent of the other layers'."""
    stream = np.random.default_rng([seed, place])
    return lambda: int(stream.integers(2**31))


def _glorot(seeds: Callable[[], int]) -> keras.initializers.Initializer:
    return keras.initializers.GlorotUniform(seed=seeds())
