"""Keras models whose memory goes in and comes out as arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import jax.numpy as jnp

from gatecast._backend import keras
from gatecast.network._architecture import Architecture
from gatecast.network._build import build_model
from gatecast.network._sizes import Sizes
from gatecast.network.bodies import memories_of
from gatecast.network.outputs import Output, Point

State: TypeAlias = list[Any]
"""Hidden (and, for an LSTM, cell) state of each layer, first layer first: [batch, units] each."""


@dataclass(frozen=True)
class Network:
    """A Keras model of {inputs, state} -> [y, *new state], and what its inputs and outputs mean.

    Networks of the same make are equal: weights are always passed in, never kept here (those in
    the model stay zero; `initial_weights` draws them). The model is built when it is first used.

    Attributes:
        architecture: the layers.
        sizes: of inputs and outputs.
        output: what the numbers that come out say about a future value.
    """

    architecture: Architecture
    sizes: Sizes
    output: Output = Point()

    @property
    def model(self) -> keras.Model:
        """The Keras model.

        Inputs by name, as in `gatecast.framing.Sample`, and `state_0`, `state_1`, ...; outputs
        y [batch, horizon * targets * parameters] and the states after the last step.

        Raises:
            InputError: if a Keras model of the user's own cannot be used, or not with such inputs.
        """
        return build_model(self.architecture, self.sizes, self.output.parameters)

    @property
    def state_units(self) -> list[int]:
        """Units of each state array."""
        made = self.architecture
        return [made.units] * (made.layers * memories_of(made) if made.remembers else 0)

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
        shape = (y.shape[0], sizes.horizon, sizes.targets, self.output.parameters)
        return y.reshape(shape), after, non_trainable


def build_network(architecture: Architecture, sizes: Sizes, output: Output = Point()) -> Network:
    """A network whose Keras model is already built.

    Raises:
        InputError: as `Network.model`.
    """
    network = Network(architecture, sizes, output)
    _ = network.model
    return network
