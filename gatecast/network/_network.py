"""Keras models whose hidden and cell state go in and come out as arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

import jax.numpy as jnp

from gatecast._backend import keras
from gatecast._types import InputError
from gatecast.framing import SampleInputs
from gatecast.network._architecture import Architecture
from gatecast.network._build import build_model
from gatecast.network._sizes import Sizes
from gatecast.network.bodies import memories_of
from gatecast.network.outputs import Output, Point

State: TypeAlias = list[Any]
"""Hidden (and, for an LSTM, cell) state of each layer, first layer first: [batch, units] each."""


class Advanced(NamedTuple):
    """Outputs and state of a network after a window.

    Attributes:
        y: [batch, horizon, targets, parameters] raw outputs.
        state: hidden (and cell) state after the window, [batch, units] each.
        non_trainable: the model's other variables, which dropout changes in training.
    """

    y: Any
    state: State
    non_trainable: list[Any]


@dataclass(frozen=True)
class Network:
    """A Keras model of {inputs, state} -> [y, *new state], and what its inputs and outputs mean.

    Networks with the same attributes are equal: weights are always passed in, never kept here
    (those in the model stay zero; `initial_weights` draws them). The model is built at first use.

    Attributes:
        architecture: the layers.
        sizes: of inputs and outputs.
        output: how the raw outputs describe a future value.
    """

    architecture: Architecture
    sizes: Sizes
    output: Output = Point()

    @property
    def model(self) -> keras.Model:
        """The Keras model.

        Inputs by name, as in `gatecast.framing.SampleInputs`, and `state_0`, `state_1`, ...;
        outputs y [batch, horizon * targets * parameters] and the states after the last step.

        Raises:
            InputError: if the user's Keras model cannot be used, or not with such inputs.
        """
        return build_model(self.architecture, self.sizes, self.output.parameters)

    @property
    def state_units(self) -> list[int]:
        """Units of each state array."""
        made = self.architecture
        return [made.units] * (made.layers * memories_of(made) if made.remembers else 0)

    def zero_state(self, batch: int) -> State:
        """Hidden and cell state before the first row of a series: zeros."""
        return [jnp.zeros((batch, units)) for units in self.state_units]

    def apply(self, weights: Any, inputs: SampleInputs, state: State) -> tuple[Any, State]:
        """Forward pass as a pure function, without dropout: `advance` of every sample.

        Args:
            weights: trainable and non-trainable values, in the model's order.
            inputs: of the network.
            state: as `zero_state(batch)` or an earlier call returned it.

        Returns:
            y [batch, horizon, targets, parameters] and the state after the last time step.
        """
        step = self.advance(weights, inputs, state)
        return step.y, step.state

    def advance(
        self,
        weights: Any,
        inputs: SampleInputs,
        state: State,
        moves: Any = None,
        *,
        training: bool = False,
    ) -> Advanced:
        """Read one window of each sample, from the state before it to the state after it.

        Training, prediction, updates and streams all advance the state by this function.

        Args:
            weights: trainable and non-trainable values, in the model's order.
            inputs: of the network.
            state: hidden (and cell) state of each layer before the window, [batch, units] each.
            moves: [batch, 1] False where a sample has no window: its state stays unchanged; None
                where all have one.
            training: with dropout.
        """
        trainable, non_trainable = weights
        self._check_shapes(weights)
        before = {f"state_{place}": part for place, part in enumerate(state)}
        outputs, non_trainable = self.model.stateless_call(
            trainable, non_trainable, inputs.named() | before, training=training
        )
        # Keras returns a single output without its list.
        y, *after = outputs if state else [outputs]
        if moves is not None:
            after = [jnp.where(moves, *pair) for pair in zip(after, state, strict=True)]
        sizes = self.sizes
        shape = (y.shape[0], sizes.horizon, sizes.targets, self.output.parameters)
        return Advanced(y.reshape(shape), after, non_trainable)

    def _check_shapes(self, weights: Any) -> None:
        """Raise unless the weights are those of the model: a file may pair one with another's."""
        model = self.model
        for values, own in zip(
            weights, (model.trainable_variables, model.non_trainable_variables), strict=True
        ):
            given, wanted = ([tuple(each.shape) for each in group] for group in (values, own))
            if given != wanted:
                raise InputError(
                    f"the weights do not fit the network: their shapes are {given}, not {wanted}"
                )


def build_network(architecture: Architecture, sizes: Sizes, output: Output = Point()) -> Network:
    """A network whose Keras model is already built.

    Raises:
        InputError: as `Network.model`.
    """
    network = Network(architecture, sizes, output)
    _ = network.model
    return network
