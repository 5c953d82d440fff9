"""Recurrent layers with explicit state."""

from __future__ import annotations

from typing import Any

from gatecast._backend import keras
from gatecast._lazy import lazy
from gatecast.network._architecture import Architecture
from gatecast.network.bodies._body import Inputs
from gatecast.network.recurrence import WRITTEN_OUT_STEPS

_decay = lazy("gatecast.network.bodies._decay")
_layers = lazy("gatecast.network.bodies._layers")


def recurrent(architecture: Architecture, inputs: Inputs, *, place: int, sequences: bool) -> Any:
    """One recurrent layer with explicit state.

    Args:
        architecture: the cell, its units and its dropout.
        inputs: an empty step leaves the state unchanged; where the time elapsed is given, the
            state decays with it, see `_decay.DecayingCell`.
        place: of the layer in the network, from 0.
        sequences: whether it gives its output at every time step.

    Returns:
        Its output ([batch, time steps, units] if `sequences`, else the last), the Keras inputs of
        its state before, and its state after.
    """
    memories = memories_of(architecture)
    before = [
        keras.Input((architecture.units,), name=f"state_{place * memories + number}")
        for number in range(memories)
    ]
    name = f"{architecture.cell}_{place + 1}"
    settings = {"name": name, "return_sequences": sequences, "return_state": True}
    if inputs.elapsed is None:
        x = inputs.x
        layer = recurrent_layer(architecture, x.shape[1], **settings)
    else:
        x = keras.layers.Concatenate()([_dropped(architecture, inputs.x), inputs.elapsed])
        layer = _decaying_layer(architecture, x.shape[1], **settings)
    hidden, *after = layer(x, initial_state=before, mask=inputs.mask)
    if inputs.mask is not None and not sequences:
        # Where every step is empty, Keras's output is zero, but the state is the initial one.
        hidden = after[0]
    return hidden, before, after


def memories_of(architecture: Architecture) -> int:
    """How many state arrays one layer has."""
    return 2 if architecture.cell == "lstm" else 1


def recurrent_layer(architecture: Architecture, steps: int, **settings: Any) -> Any:
    """The Keras layer of the architecture's cell, over so many time steps."""
    kinds = {"lstm": _layers.LSTM, "gru": keras.layers.GRU, "rnn": keras.layers.SimpleRNN}
    return kinds[architecture.cell](
        architecture.units,
        activation=architecture.activation,
        dropout=architecture.dropout,
        kernel_initializer="zeros",
        recurrent_initializer="zeros",
        unroll=steps <= WRITTEN_OUT_STEPS,
        **settings,
    )


def _decaying_layer(architecture: Architecture, steps: int, **settings: Any) -> Any:
    kinds = {
        "lstm": keras.layers.LSTMCell,
        "gru": keras.layers.GRUCell,
        "rnn": keras.layers.SimpleRNNCell,
    }
    cell = kinds[architecture.cell](
        architecture.units,
        activation=architecture.activation,
        kernel_initializer="zeros",
        recurrent_initializer="zeros",
        name=f"{architecture.cell}_cell",
    )
    unroll = steps <= WRITTEN_OUT_STEPS
    return keras.layers.RNN(_decay.DecayingCell(cell, name="decaying"), unroll=unroll, **settings)


def _dropped(architecture: Architecture, x: Any) -> Any:
    """Dropout as Keras's recurrent layers do it: the same features at every time step."""
    if not architecture.dropout:
        return x
    return keras.layers.Dropout(architecture.dropout, noise_shape=(None, 1, None))(x)
