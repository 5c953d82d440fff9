"""What every body reads and returns."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

from gatecast._backend import keras
from gatecast.network._architecture import Architecture


class Inputs(NamedTuple):
    """What a body reads.

    Attributes:
        x: [batch, time steps, features].
        mask: [batch, time steps] False where a step is empty, or None.
        elapsed: [batch, time steps, 1] time since the observation before, or None; it is also
            the last feature of `x`.
    """

    x: Any
    mask: Any = None
    elapsed: Any = None


class Encoded(NamedTuple):
    """Output and states of a body.

    Attributes:
        summary: [batch, numbers] its output, which the output layers read.
        states: Keras inputs of the state before the first time step, in the order of the layers;
            empty where no state is carried.
        new_states: the state after the last time step.
    """

    summary: Any
    states: list[Any]
    new_states: list[Any]


Body: TypeAlias = Callable[[Architecture, Inputs], Encoded]


def observed(inputs: Inputs) -> Any:
    """[batch, time steps, features] with zeros in empty steps."""
    if inputs.mask is None:
        return inputs.x
    return keras.ops.where(inputs.mask[..., None], inputs.x, 0.0)
