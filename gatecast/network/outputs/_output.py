"""What every output can do."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
from jax import Array

from gatecast._types import Floats

Units = Literal["any", "ratio", "raw"]


@dataclass(frozen=True)
class Output(ABC):
    """What a network forecasts of each future value: a point, quantiles, or a distribution.

    Two outputs with the same settings are equal. The network's raw outputs are real numbers
    without bounds; each output defines what they mean.

    Attributes:
        units: the targets it takes. "any": under any monotone scaling and window level; "ratio":
            y / scale with scale > 0 and level 0, so that zero stays zero; "raw": unscaled.
    """

    units: ClassVar[Units]

    @property
    def location(self) -> int:
        """The raw output that moves the whole distribution, if any does."""
        return 0

    def moved(self, raw: Any, factor: Any) -> Any:
        """The raw outputs of a distribution whose location is multiplied by a factor [...].

        Plain arithmetic, for JAX and Keras alike.
        """
        alone = np.zeros(self.parameters, np.float32)
        alone[self.location] = 1
        return raw * ((factor[..., None] - 1) * alone + 1)

    @property
    @abstractmethod
    def parameters(self) -> int:
        """Raw network outputs per future value."""

    @abstractmethod
    def loss(self, raw: Array, y: Array, scale: Array) -> Array:
        """The loss of each target; its gradient is finite (JAX).

        Args:
            raw: [..., parameters] raw outputs of the network.
            y: [...] scaled targets, all finite.
            scale: [...] the user's units per scaled unit.

        Returns:
            [...] for a distribution minus the logarithm of its density (of the user's values if
            they are counts, else of the scaled ones).
        """

    @abstractmethod
    def center(self, raw: Array, scale: Array) -> Array:
        """[...] the point forecast in scaled units, also fed back beyond the horizon (JAX)."""

    @abstractmethod
    def sample(self, raw: Array, scale: Array, key: Array) -> Array:
        """[...] one independent draw per value, in scaled units (JAX)."""

    @abstractmethod
    def quantiles(self, raw: Floats, scale: Floats, probabilities: Floats) -> Floats:
        """The values that are not exceeded with the given probabilities (NumPy, float64).

        Args:
            raw: [..., parameters] raw outputs of the network.
            scale: [...] the user's units per scaled unit.
            probabilities: [probabilities] or [..., probabilities], each within (0, 1).

        Returns:
            [..., probabilities] in scaled units, growing with the probability.
        """
