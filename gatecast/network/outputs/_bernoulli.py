"""Yes or no."""

from dataclasses import dataclass
from typing import ClassVar, final

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from gatecast._lazy import lazy
from gatecast._types import Floats
from gatecast.network.outputs._output import Output, Units

special = lazy("scipy.special")
stats = lazy("scipy.stats")


@final
@dataclass(frozen=True)
class Bernoulli(Output):
    """The probability that y is 1, for series of zeros and ones.

    Its center is that probability, the mean. Draws and quantiles are 0 or 1, so an interval
    says only whether both are likely.
    """

    units: ClassVar[Units] = "raw"

    @property
    def parameters(self) -> int:
        return 1

    def loss(self, raw: Array, y: Array, scale: Array) -> Array:
        # -log p^y (1 - p)^(1 - y) with the log-odds log(p / (1 - p)) as raw output
        return jax.nn.softplus(raw[..., 0]) - y * raw[..., 0]

    def center(self, raw: Array, scale: Array) -> Array:
        return jax.nn.sigmoid(raw[..., 0])

    def sample(self, raw: Array, scale: Array, key: Array) -> Array:
        return jax.random.bernoulli(key, self.center(raw, scale)).astype(jnp.result_type(raw))

    def quantiles(self, raw: Floats, scale: Floats, probabilities: Floats) -> Floats:
        return np.asarray(stats.bernoulli.ppf(probabilities, special.expit(raw.astype(float))))
