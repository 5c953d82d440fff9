"""Quantiles without a distribution."""

from dataclasses import dataclass
from typing import Any, ClassVar, Literal, final, get_args

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from gatecast._lazy import lazy
from gatecast._types import Floats, InputError
from gatecast.network.outputs._output import Output, Units
from gatecast.network.outputs._positive import from_positive, positive

# Its `ndtri` is the quantile function of the normal distribution; all of scipy.stats takes seconds.
special = lazy("scipy.special")

QuantilePoint = Literal["median", "percent"]

# Where the distribution is evaluated to find its point for errors in percent.
_SHARES = np.array([0.005, *np.arange(0.025, 0.98, 0.025), 0.995])
# No value counts more than another by more than this factor's exponential.
_MOST_LOG = 3.0
# Keeps roots and logarithms, and their gradients, finite.
_ROUNDING = 1e-9


@final
@dataclass(frozen=True)
class Quantiles(Output):
    """Learned quantiles that cannot cross, by the pinball loss (Koenker and Bassett 1978).

    The network gives the quantile nearest to the median and the gaps to its neighbours on either
    side. Between and beyond these quantiles the distribution is interpolated linearly in the normal
    score of the probability, which is exact for a normal distribution; the outermost gaps give the
    slopes of the tails.

    Attributes:
        probabilities: of the quantiles, two or more, increasing, within (0, 1).
        point: its center: "median", which has the smallest expected absolute error, or "percent",
            the smallest expected error in percent where values are logarithms.
        power: how much smaller values count more in errors in percent, |f - y| / y^power; 0 would
            give the median.
        width: what the gaps are multiplied by: more than 1 where a network forecasts series that
            are harder to foresee than those it was trained on.

    Raises:
        InputError: naming the probabilities, the point, the power, or the width.
    """

    probabilities: tuple[float, ...] = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)
    point: QuantilePoint = "median"
    width: float = 1.0
    power: float = 1.0
    units: ClassVar[Units] = "any"

    def __post_init__(self) -> None:
        # A list would do as well, but could not be hashed.
        object.__setattr__(self, "probabilities", tuple(self.probabilities))
        inner = all(0 < probability < 1 for probability in self.probabilities)
        if len(self.probabilities) < 2 or not inner or np.any(np.diff(self.probabilities) <= 0):  # noqa: PLR2004 (two give a slope)
            raise InputError(
                f"probabilities must be two or more increasing numbers between 0 and 1, "
                f"got {self.probabilities}"
            )
        if self.point not in get_args(QuantilePoint):
            raise InputError(f"point must be 'median' or 'percent', got {self.point!r}")
        if not 0 <= self.power <= 1:
            raise InputError(f"power must be a number from 0 to 1, got {self.power!r}")
        if not 0 < self.width < np.inf:
            raise InputError(f"width must be a positive number, got {self.width!r}")

    @property
    def location(self) -> int:
        return int(np.argmin(np.abs(np.array(self.probabilities) - 0.5)))

    @property
    def parameters(self) -> int:
        return len(self.probabilities)

    def loss(self, raw: Array, y: Array, scale: Array) -> Array:
        over = y[..., None] - self._own(raw)
        share = np.array(self.probabilities, np.float32)
        return jnp.maximum(share * over, (share - 1) * over).mean(axis=-1)

    def center(self, raw: Array, scale: Array) -> Array:
        if self.point == "percent":
            return percent_point(self._own(raw) @ self.shares, self.power * scale, jnp)
        if 0.5 in self.probabilities:  # noqa: PLR2004 (the median itself)
            return raw[..., self.location]
        return self._at(jnp.zeros(1), raw)[..., 0]

    @property
    def shares(self) -> Floats:
        """[parameters, shares] of the quantiles in those that `percent_point` takes."""
        return self.weights_at(special.ndtri(_SHARES)).astype(np.float32)

    def scattered(self, raw: Array, size: Array) -> Array:
        """Raw outputs of a distribution that independent normal errors have widened (JAX).

        d' = sign(d) sqrt(d^2 + (z s)^2),  d the distance of a quantile from the middle one, z its
        normal score, which is exact for normal distributions.

        Args:
            raw: [..., parameters].
            size: [...] s, the standard deviation of the errors.
        """
        own, middle = self._own(raw), self.location
        scores = special.ndtri(self.probabilities)
        added = (scores - scores[middle]).astype(np.float32) * size[..., None]
        far = own - own[..., middle : middle + 1]
        wide = jnp.sqrt(far**2 + added**2 + _ROUNDING) * np.sign(scores - scores[middle])
        gaps = from_positive(jnp.maximum(jnp.diff(wide, axis=-1), _ROUNDING) / self.width)
        return jnp.concatenate(
            [gaps[..., :middle], raw[..., middle : middle + 1], gaps[..., middle:]], axis=-1
        )

    def sample(self, raw: Array, scale: Array, key: Array) -> Array:
        # The inverse distribution function at a uniform draw, whose normal score is normal.
        scores = jax.random.normal(key, raw.shape[:-1])
        return self._at(scores[..., None], raw)[..., 0]

    def quantiles(self, raw: Floats, scale: Floats, probabilities: Floats) -> Floats:
        scores, raw = special.ndtri(probabilities), raw.astype(float)
        if scores.ndim == 1:
            found: Floats = self._own(raw) @ self.weights_at(scores)
        else:
            found = self._at(scores, raw)
        return found

    def weights_at(self, scores: Floats) -> Floats:
        """[parameters, scores] of the quantiles at `probabilities` in those at normal scores."""
        knots = special.ndtri(self.probabilities)
        left = np.clip(np.searchsorted(knots, scores, side="right") - 1, 0, len(knots) - 2)
        share = (scores - knots[left]) / (knots[left + 1] - knots[left])
        weights, column = np.zeros((len(knots), len(scores))), np.arange(len(scores))
        weights[left, column] = 1 - share
        weights[left + 1, column] += share
        return weights

    def _own(self, raw: Any) -> Any:
        """[..., parameters] the quantiles at `probabilities`, for NumPy and JAX alike."""
        array = raw.__array_namespace__()
        middle = self.location
        start = raw[..., middle : middle + 1]
        gaps = self.width * positive(raw)
        above = array.cumsum(gaps[..., middle + 1 :], axis=-1)
        below = array.cumsum(gaps[..., :middle][..., ::-1], axis=-1)[..., ::-1]
        return array.concatenate([start - below, start, start + above], axis=-1)

    def _at(self, scores: Any, raw: Any) -> Any:
        """[..., scores] the quantiles at normal scores [scores] or [..., scores]."""
        array, own = raw.__array_namespace__(), self._own(raw)
        knots = array.asarray(special.ndtri(self.probabilities), dtype=raw.dtype)
        scores = array.broadcast_to(scores, (*raw.shape[:-1], scores.shape[-1]))
        left = array.clip(array.searchsorted(knots, scores, side="right") - 1, 0, len(knots) - 2)
        low = array.take_along_axis(own, left, axis=-1)
        high = array.take_along_axis(own, left + 1, axis=-1)
        return low + (scores - knots[left]) / (knots[left + 1] - knots[left]) * (high - low)


def percent_point(quantiles: Any, scale: Any, xp: Any) -> Any:
    """[...] the f with the smallest expected |f - y| / y, where quantiles are logarithms of y.

    It is the median of the distribution with density proportional to p(y) / y (Gneiting 2011,
    "Making and evaluating point forecasts").

    Args:
        quantiles: [..., shares], in units of raw outputs.
        scale: [...] logarithms per such unit; a share of them for errors |f - y| / y^share.
        xp: `jax.numpy` or `keras.ops`.
    """
    low, high = quantiles[..., :-1], quantiles[..., 1:]
    middle = quantiles[..., len(_SHARES) // 2 :][..., :1]
    # p(y) / y between two quantiles, y in units of the median.
    log = xp.clip(((low + high) / 2 - middle) * scale[..., None], -_MOST_LOG, _MOST_LOG)
    weight = xp.exp(-log) * np.diff(_SHARES).astype(np.float32)
    number = len(_SHARES) - 1
    before = weight @ np.triu(np.ones((number, number), np.float32), 1)
    half = xp.sum(weight, axis=-1, keepdims=True) / 2
    share = xp.clip((half - before) / weight, 0, 1)
    return quantiles[..., 0] + xp.sum(share * (high - low), axis=-1)
