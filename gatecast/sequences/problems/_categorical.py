"""The probabilities of classes."""

from dataclasses import dataclass
from typing import ClassVar, final

import jax
import jax.numpy as jnp
from jax import Array

from gatecast._lazy import lazy
from gatecast._types import Floats, InputError
from gatecast.network import Output

special = lazy("scipy.special")


@final
@dataclass(frozen=True)
class Categorical(Output):
    """One of several classes, numbered from 0: the softmax of one raw output for each.

    Attributes:
        weights: what the loss of a sequence of each class is multiplied by.
    """

    weights: tuple[float, ...]
    units: ClassVar = "raw"

    @property
    def parameters(self) -> int:
        return len(self.weights)

    def loss(self, raw: Array, y: Array, scale: Array) -> Array:
        # -w[y] log softmax(raw)[y]
        number = y.astype(jnp.int32)
        log_p = jnp.take_along_axis(jax.nn.log_softmax(raw), number[..., None], axis=-1)[..., 0]
        return -jnp.asarray(self.weights)[number] * log_p

    def probabilities(self, raw: Floats) -> Floats:
        """[..., classes] of raw outputs (NumPy, float64)."""
        found: Floats = special.softmax(raw.astype(float), axis=-1)
        return found

    def center(self, raw: Array, scale: Array) -> Array:
        """The number of the most probable class."""
        return jnp.argmax(raw, axis=-1).astype(raw.dtype)

    def sample(self, raw: Array, scale: Array, key: Array) -> Array:
        return jax.random.categorical(key, raw).astype(raw.dtype)

    def quantiles(self, raw: Floats, scale: Floats, probabilities: Floats) -> Floats:
        raise InputError("classes have no order, and so no quantiles")
