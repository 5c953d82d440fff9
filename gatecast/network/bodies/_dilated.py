"""Layers that reach further and further back."""

from __future__ import annotations

from typing import Any

from gatecast._backend import keras
from gatecast.network._architecture import Architecture
from gatecast.network.bodies._body import Encoded, Inputs
from gatecast.network.bodies._recurrent import recurrent_layer


def dilated(architecture: Architecture, inputs: Inputs) -> Encoded:
    """Recurrent layers whose state comes from 1, 2, 4, ... steps back, with residual connections.

    The state of layer k at step t comes from step t - 2^(k-1); all but the first layer add
    their outputs to their inputs. Chang et al. (2017), "Dilated recurrent neural networks"; in
    forecasting Smyl (2020). No state is carried from window to window, and time elapsed is
    read as a feature only.
    """
    x = inputs.x
    for place in range(architecture.layers):
        outputs = _layer(architecture, inputs._replace(x=x), place)
        x = x + outputs if place else outputs
    return Encoded(x[:, -1], [], [])


def _layer(architecture: Architecture, inputs: Inputs, place: int) -> Any:
    """[batch, time steps, units]: steps `dilation` apart form one sequence."""
    x, mask, steps = inputs.x, inputs.mask, inputs.x.shape[1]
    dilation = 2**place
    padding = -steps % dilation
    if padding and mask is None:
        mask = keras.ops.ones_like(x[..., 0], dtype="bool")
    if mask is not None:
        mask = _interleaved(mask[..., None], dilation, padding)[..., 0]
    x = _interleaved(x, dilation, padding)
    name = f"{architecture.cell}_{place + 1}"
    layer = recurrent_layer(architecture, x.shape[1], return_sequences=True, name=name)
    rounds = keras.ops.reshape(layer(x, mask=mask), (-1, dilation, x.shape[1], architecture.units))
    in_time = keras.ops.transpose(rounds, (0, 2, 1, 3))
    joined = keras.ops.reshape(in_time, (-1, steps + padding, architecture.units))
    return joined[:, padding:]


def _interleaved(x: Any, dilation: int, padding: int) -> Any:
    """[batch * dilation, rounds, features] after empty steps on the left to fill the first."""
    rounds, features = (x.shape[1] + padding) // dilation, x.shape[2]
    padded = keras.ops.pad(x, [[0, 0], [padding, 0], [0, 0]])
    in_time = keras.ops.reshape(padded, (-1, rounds, dilation, features))
    apart = keras.ops.transpose(in_time, (0, 2, 1, 3))
    return keras.ops.reshape(apart, (-1, rounds, features))
