"""A point forecast and nothing else."""

from dataclasses import dataclass
from typing import ClassVar, final

from jax import Array

from gatecast._types import Floats, InputError
from gatecast.network.outputs._output import Output, Units


@final
@dataclass(frozen=True)
class Point(Output):
    """One value, without a word about its uncertainty.

    Its loss here is the squared error; training settings may choose another. A draw is the point
    itself.
    """

    units: ClassVar[Units] = "any"

    @property
    def parameters(self) -> int:
        return 1

    def loss(self, raw: Array, y: Array, scale: Array) -> Array:
        return (raw[..., 0] - y) ** 2

    def center(self, raw: Array, scale: Array) -> Array:
        return raw[..., 0]

    def sample(self, raw: Array, scale: Array, key: Array) -> Array:
        return raw[..., 0]

    def quantiles(self, raw: Floats, scale: Floats, probabilities: Floats) -> Floats:
        raise InputError(
            "a point output has no quantiles: take intervals from calibration, or choose an "
            "output such as Quantiles() or Normal()"
        )
