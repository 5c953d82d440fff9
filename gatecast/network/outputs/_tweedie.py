"""Amounts that are often exactly zero."""

from dataclasses import dataclass
from typing import Any, ClassVar, final

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from gatecast._lazy import lazy
from gatecast._types import Floats, InputError
from gatecast.network.outputs._compound import compound_quantiles
from gatecast.network.outputs._output import Output, Units
from gatecast.network.outputs._positive import positive

special = lazy("scipy.special")


@final
@dataclass(frozen=True)
class Tweedie(Output):
    """A Poisson number of gamma-distributed amounts, summed: zero or any positive value.

    Tweedie (1984), Jørgensen (1987). Mean m and dispersion f are learned; the variance is
    f m^power. Its center is the mean.

    Attributes:
        power: between 1 (multiples of a Poisson count) and 2 (a gamma distribution).

    Raises:
        InputError: naming the power.
    """

    power: float = 1.5
    units: ClassVar[Units] = "ratio"

    def __post_init__(self) -> None:
        if not 1 < self.power < 2:  # noqa: PLR2004 (the family's range)
            raise InputError(f"power must lie between 1 and 2, both excluded, got {self.power}")

    @property
    def parameters(self) -> int:
        return 2

    def loss(self, raw: Array, y: Array, scale: Array) -> Array:
        mean, dispersion = positive(raw[..., 0]), positive(raw[..., 1])
        some = y > 0
        log_y = jnp.log(jnp.where(some, y, 1.0))
        # k, the mean number of amounts if y were the mean, and u = log(m / y) give half the
        # deviance: k (exp((2 - p) u) - 1 + a (exp((1 - p) u) - 1))
        k = self._number(log_y, dispersion)
        u = jnp.where(some, jnp.log(mean) - log_y, 0.0)
        upper, lower = jnp.expm1((2 - self.power) * u), jnp.expm1((1 - self.power) * u)
        half_deviance = k * (upper + self._shape * lower)
        density = self._log_saturated_density(jnp.log(k)) - log_y - half_deviance
        # The probability of zero is exp(-number).
        return jnp.where(some, -density, self._number(jnp.log(mean), dispersion))

    def center(self, raw: Array, scale: Array) -> Array:
        return positive(raw[..., 0])

    def sample(self, raw: Array, scale: Array, key: Array) -> Array:
        number, size = self._number_and_size(raw)
        first, second = jax.random.split(key)
        drawn = jax.random.poisson(first, number)
        amounts = size * jax.random.gamma(second, self._shape * jnp.maximum(drawn, 1))
        return jnp.where(drawn > 0, amounts, 0.0)

    def quantiles(self, raw: Floats, scale: Floats, probabilities: Floats) -> Floats:
        number, size = self._number_and_size(raw.astype(float))
        return np.asarray(size[..., None] * compound_quantiles(number, self._shape, probabilities))

    @property
    def _shape(self) -> float:
        """Shape a of the gamma distribution of one amount."""
        return (2 - self.power) / (self.power - 1)

    def _number_and_size(self, raw: Any) -> tuple[Any, Any]:
        """[...] the mean number of amounts and the scale of their gamma distribution."""
        mean, dispersion = positive(raw[..., 0]), positive(raw[..., 1])
        log_mean = raw.__array_namespace__().log(mean)
        size = dispersion * (self.power - 1) * mean ** (self.power - 1)
        return self._number(log_mean, dispersion), size

    def _number(self, log_mean: Any, dispersion: Any) -> Any:
        """[...] the mean number of amounts, m^(2 - p) / (f (2 - p))."""
        array = log_mean.__array_namespace__()
        return array.exp((2 - self.power) * log_mean) / (dispersion * (2 - self.power))

    def _log_saturated_density(self, log_k: Array) -> Array:
        """[...] log(y f(y)) where y is the mean; it depends on k alone.

        The sum over the number of amounts (Dunn and Smyth 2005); where that has too many terms,
        the second-order saddlepoint approximation (Daniels 1954), by then as good.
        """
        p, a = self.power, self._shape
        enough = min(8 * max(1 + a, 1 + 1 / a), 128.0)
        j = np.arange(1, 2 * enough)
        # sum_j k^j exp(-k) / j!  (a k)^(a j) exp(-a k) / gamma(a j)
        near = jnp.minimum(log_k, np.log(enough))[..., None]
        fixed = a * np.log(a) * j - special.gammaln(j + 1) - special.gammaln(a * j)
        terms = (1 + a) * (j * near - jnp.exp(near)) + fixed
        series = jax.scipy.special.logsumexp(terms, axis=-1)
        # sqrt(k (2 - p) / (2 pi)) exp(-p (3 - p) / (24 (2 - p) k))
        bend = p * (3 - p) / (24 * (2 - p)) * jnp.exp(-jnp.maximum(log_k, np.log(enough)))
        saddlepoint = (log_k + np.log((2 - p) / (2 * np.pi))) / 2 - bend
        return jnp.where(log_k < np.log(enough), series, saddlepoint)
