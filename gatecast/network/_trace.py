"""Input and hidden state of each recurrent layer at every time step of a window."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax.numpy as jnp

from gatecast._backend import keras
from gatecast.framing import SampleInputs
from gatecast.network._network import Network, State


class LayerTrace(NamedTuple):
    """One layer along a window, and the weights that its gates are computed with.

    Attributes:
        x: [batch, time steps, features] what it reads.
        hidden: [batch, time steps, units] its hidden state before each time step.
        kernel: [features, gates * units].
        recurrent: [units, gates * units].
        bias: [gates * units], of a GRU two rows.
    """

    x: Any
    hidden: Any
    kernel: Any
    recurrent: Any
    bias: Any


def trace_layers(
    network: Network, weights: Any, inputs: SampleInputs, state: State
) -> list[LayerTrace]:
    """Every recurrent layer of a network, the first one first; of an encoder-decoder the encoder.

    Args:
        network: whose state can be carried.
        weights: trainable and non-trainable values, in the model's order.
        inputs: of the network.
        state: before the window, [batch, units] each.
    """
    model, architecture = network.model, network.architecture
    layers = [
        model.get_layer(f"{architecture.cell}_{place + 1}") for place in range(architecture.layers)
    ]
    # What each layer reads, from the network itself.
    reads = keras.Model(model.input, {layer.name: layer.input[0] for layer in layers})
    variables = [*model.trainable_variables, *model.non_trainable_variables]
    values = [value for part in weights for value in part]
    named = {f"state_{place}": array for place, array in enumerate(state)}
    each = len(state) // len(layers)
    with keras.StatelessScope(state_mapping=list(zip(variables, values, strict=True))):
        read = reads(inputs.named() | named, training=False)
        return [
            _along(layer, read[layer.name], inputs.mask, state[place * each : (place + 1) * each])
            for place, layer in enumerate(layers)
        ]


def _along(layer: Any, x: Any, mask: Any, state: State) -> LayerTrace:
    # The layer's own cell, with its output at every time step.
    every = keras.layers.RNN(layer.cell, return_sequences=True)
    after = every(x, initial_state=list(state), mask=mask)
    hidden = jnp.concatenate([state[0][:, None], after[:, :-1]], axis=1)
    if mask is not None:
        # Up to the first observed step Keras's output is zero; the state is still the initial one.
        seen = jnp.cumsum(mask, axis=1) - mask > 0
        hidden = jnp.where(seen[..., None], hidden, state[0][:, None])
    cell = layer.cell
    if hasattr(cell, "kept"):
        # The state decays before the step, and the elapsed time is not a feature of the cell.
        kept = cell.kept(x.reshape(-1, x.shape[-1])).reshape(hidden.shape)
        x, hidden, cell = x[:, :, :-1], hidden * kept, cell.cell
    return LayerTrace(
        x, hidden, *(w.value for w in (cell.kernel, cell.recurrent_kernel, cell.bias))
    )
