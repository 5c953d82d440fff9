"""Layers one upon the other."""

from __future__ import annotations

from typing import Any

from gatecast._backend import keras
from gatecast.network._architecture import Architecture
from gatecast.network.bodies._body import Encoded, Inputs, observed
from gatecast.network.bodies._recurrent import recurrent


def stack(architecture: Architecture, inputs: Inputs) -> Encoded:
    """Each recurrent layer reads the outputs of the one below, or each dense layer."""
    if architecture.cell == "dense":
        return _dense(architecture, inputs)
    states: list[Any] = []
    new_states: list[Any] = []
    hidden = inputs.x
    for place in range(architecture.layers):
        hidden, before, after = recurrent(
            architecture,
            inputs._replace(x=hidden),
            place=place,
            sequences=place < architecture.layers - 1,
        )
        states += before
        new_states += after
    return Encoded(hidden, states, new_states)


def _dense(architecture: Architecture, inputs: Inputs) -> Encoded:
    hidden = keras.layers.Flatten()(observed(inputs))
    for place in range(architecture.layers):
        if architecture.dropout:
            hidden = keras.layers.Dropout(architecture.dropout)(hidden)
        hidden = keras.layers.Dense(
            architecture.units,
            activation=architecture.activation,
            kernel_initializer="zeros",
            name=f"dense_{place + 1}",
        )(hidden)
    return Encoded(hidden, [], [])
