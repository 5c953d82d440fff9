"""Student's t distribution."""

from dataclasses import dataclass
from typing import Any, ClassVar, final

import jax
import numpy as np
from jax import Array

from gatecast._lazy import lazy
from gatecast._types import Floats
from gatecast.network.outputs._output import Output, Units
from gatecast.network.outputs._positive import positive

stats = lazy("scipy.stats")


@final
@dataclass(frozen=True)
class StudentT(Output):
    """A t distribution with learned location, spread and tails, robust against outliers.

    The degrees of freedom stay above 2, so that it has a variance; its center is the median.
    """

    units: ClassVar[Units] = "any"

    @property
    def parameters(self) -> int:
        return 3

    def loss(self, raw: Array, y: Array, scale: Array) -> Array:
        return -jax.scipy.stats.t.logpdf(y, *_freedom_location_spread(raw))

    def center(self, raw: Array, scale: Array) -> Array:
        return raw[..., 0]

    def sample(self, raw: Array, scale: Array, key: Array) -> Array:
        freedom, location, spread = _freedom_location_spread(raw)
        return location + spread * jax.random.t(key, freedom)

    def quantiles(self, raw: Floats, scale: Floats, probabilities: Floats) -> Floats:
        raw = raw[..., None, :].astype(float)
        return np.asarray(stats.t.ppf(probabilities, *_freedom_location_spread(raw)))


def _freedom_location_spread(raw: Any) -> tuple[Any, Any, Any]:
    return 2 + positive(raw[..., 2]), raw[..., 0], positive(raw[..., 1])
