"""The normal distribution."""

from dataclasses import dataclass
from typing import ClassVar, final

import jax
import numpy as np
from jax import Array

from gatecast._lazy import lazy
from gatecast._types import Floats
from gatecast.network.outputs._output import Output, Units
from gatecast.network.outputs._positive import positive

special = lazy("scipy.special")


@final
@dataclass(frozen=True)
class Normal(Output):
    """A normal distribution with learned mean and standard deviation; its center is the median."""

    units: ClassVar[Units] = "any"

    @property
    def parameters(self) -> int:
        return 2

    def loss(self, raw: Array, y: Array, scale: Array) -> Array:
        return -jax.scipy.stats.norm.logpdf(y, raw[..., 0], positive(raw[..., 1]))

    def center(self, raw: Array, scale: Array) -> Array:
        return raw[..., 0]

    def sample(self, raw: Array, scale: Array, key: Array) -> Array:
        noise = jax.random.normal(key, raw.shape[:-1])
        return raw[..., 0] + positive(raw[..., 1]) * noise

    def quantiles(self, raw: Floats, scale: Floats, probabilities: Floats) -> Floats:
        raw = raw[..., None, :].astype(float)
        return np.asarray(raw[..., 0] + positive(raw[..., 1]) * special.ndtri(probabilities))
