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
    """What a body has made of its input.

    Attributes:
        summary: [batch, numbers] what the window says, for the layers of the output.
        states: the inputs of the memory before the first time step, in the order of the layers;
            empty where no memory is carried.
        new_states: the memory after the last one.
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
