"""Keras models whose memory goes in and comes out as arrays."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, TypeAlias

import jax.numpy as jnp

from gatecast._backend import keras
from gatecast.network._architecture import Architecture

State: TypeAlias = list[Any]
"""Hidden (and, for an LSTM, cell) state of each layer, first layer first: [batch, units] each."""

# Up to this many time steps a loop written out is faster to run and as fast to compile.
_WRITTEN_OUT_STEPS = 6


@dataclass(frozen=True)
class Network:
    """A Keras model of [x, *state] -> [y, *new state], and the shape of its state.

    Networks of the same make are equal: weights are always passed in, never kept here (those in
    the model stay zero; `initial_weights` draws them).

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
    """A stack of Keras layers with explicit state: inputs [x, *state], outputs [y, *new state]."""
    x = keras.Input((steps, features), name="x")
    body = _dense_stack if architecture.cell == "dense" else _recurrent_stack
    hidden, states, new_states = body(architecture, x)
    y = keras.layers.Dense(outputs, kernel_initializer="zeros", name="output")(hidden)
    if architecture.linear_skip:
        skip = keras.layers.Dense(outputs, kernel_initializer="zeros", name="linear_skip")
        y = keras.layers.Add()([y, skip(keras.layers.Flatten()(x))])
    model = keras.Model([x, *states], [y, *new_states])
    return Network(architecture, steps, features, outputs, model)


def _recurrent_stack(architecture: Architecture, x: Any) -> tuple[Any, State, State]:
    kinds = {"lstm": keras.layers.LSTM, "gru": keras.layers.GRU, "rnn": keras.layers.SimpleRNN}
    memories = 2 if architecture.cell == "lstm" else 1
    states: State = []
    new_states: State = []
    for place in range(architecture.layers):
        layer = kinds[architecture.cell](
            architecture.units,
            activation=architecture.activation,
            dropout=architecture.dropout,
            kernel_initializer="zeros",
            recurrent_initializer="zeros",
            return_sequences=place < architecture.layers - 1,
            return_state=True,
            unroll=x.shape[1] <= _WRITTEN_OUT_STEPS,
            name=f"{architecture.cell}_{place + 1}",
        )
        initial = [keras.Input((architecture.units,)) for _ in range(memories)]
        x, *after = layer(x, initial_state=initial)
        states += initial
        new_states += after
    return x, states, new_states


def _dense_stack(architecture: Architecture, x: Any) -> tuple[Any, State, State]:
    hidden = keras.layers.Flatten()(x)
    for place in range(architecture.layers):
        if architecture.dropout:
            hidden = keras.layers.Dropout(architecture.dropout)(hidden)
        hidden = keras.layers.Dense(
            architecture.units,
            activation=architecture.activation,
            kernel_initializer="zeros",
            name=f"dense_{place + 1}",
        )(hidden)
    return hidden, [], []
