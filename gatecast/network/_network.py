"""Keras models whose memory goes in and comes out as arrays."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeAlias

import jax.numpy as jnp

from gatecast._backend import keras
from gatecast.network._architecture import Architecture
from gatecast.network._sizes import Sizes
from gatecast.network.outputs import Output

State: TypeAlias = list[Any]
"""Hidden (and, for an LSTM, cell) state of each layer, first layer first: [batch, units] each."""


@dataclass(frozen=True)
class Network:
    """A Keras model of {inputs, state} -> [y, *new state], and what its inputs and outputs mean.

    Networks of the same make are equal: weights are always passed in, never kept here (those in
    the model stay zero; `initial_weights` draws them).

    Attributes:
        architecture: the layers.
        sizes: of inputs and outputs.
        output: what the numbers that come out say about a future value.
        model: inputs by name, as in `gatecast.framing.Sample`, and `state_0`, `state_1`, ...;
            outputs y [batch, horizon * targets * parameters] and the states after the last step.
    """

    architecture: Architecture
    sizes: Sizes
    output: Output
    model: keras.Model = field(compare=False, repr=False)

    @property
    def state_units(self) -> list[int]:
        """Units of each state array."""
        return [state.shape[-1] for state in self.model.outputs[1:]]

    def zero_state(self, batch: int) -> State:
        """The memory of a series of which nothing has been seen."""
        return [jnp.zeros((batch, units)) for units in self.state_units]

    def apply(self, weights: Any, inputs: dict[str, Any], state: State) -> tuple[Any, State]:
        """Forward pass as a pure function, without dropout.

        Args:
            weights: trainable and non-trainable values, in the model's order.
            inputs: by name, as in `gatecast.framing.Sample`.
            state: as `zero_state(batch)` or an earlier call returned it.

        Returns:
            y [batch, horizon, targets, parameters] and the state after the last time step.
        """
        y, after, _ = self.forward(weights, inputs, state, training=False)
        return y, after

    def forward(
        self, weights: Any, inputs: dict[str, Any], state: State, *, training: bool
    ) -> tuple[Any, State, list[Any]]:
        """As `apply`, with dropout in training; also returns the new non-trainable values."""
        trainable, non_trainable = weights
        memory = {f"state_{place}": part for place, part in enumerate(state)}
        outputs, non_trainable = self.model.stateless_call(
            trainable, non_trainable, inputs | memory, training=training
        )
        # Keras returns a single output without its list.
        y, *after = outputs if state else [outputs]
        sizes = self.sizes
        shape = (len(y), sizes.horizon, sizes.targets, self.output.parameters)
        return y.reshape(shape), after, non_trainable
