"""Counts that vary more than a Poisson distribution."""

from dataclasses import dataclass
from typing import Any, ClassVar, final

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from gatecast._lazy import lazy
from gatecast._types import Floats
from gatecast.network.outputs._output import Output, Units
from gatecast.network.outputs._positive import positive

stats = lazy("scipy.stats")


@final
@dataclass(frozen=True)
class NegativeBinomial(Output):
    """Counts with learned mean m and dispersion a: their variance is m + a m².

    Scaled as in DeepAR (Salinas et al. 2020): the mean grows with the scale of the series, the
    dispersion falls with its root. Its center is the mean.
    """

    units: ClassVar[Units] = "ratio"

    @property
    def parameters(self) -> int:
        return 2

    def loss(self, raw: Array, y: Array, scale: Array) -> Array:
        return -_log_mass(y * scale, *_mean_and_dispersion(raw, scale))

    def center(self, raw: Array, scale: Array) -> Array:
        return positive(raw[..., 0])

    def sample(self, raw: Array, scale: Array, key: Array) -> Array:
        # A Poisson count whose rate is drawn from a gamma distribution.
        mean, dispersion = _mean_and_dispersion(raw, scale)
        first, second = jax.random.split(key)
        rate = mean * dispersion * jax.random.gamma(first, 1 / dispersion)
        # Counts are drawn as 32-bit integers; of larger ones a float cannot tell the noise.
        drawn = jax.random.poisson(second, jnp.minimum(rate, _MOST))
        return jnp.where(rate < _MOST, drawn, rate) / scale

    def quantiles(self, raw: Floats, scale: Floats, probabilities: Floats) -> Floats:
        raw, scale = raw[..., None, :].astype(float), np.expand_dims(scale, -1)
        mean, dispersion = _mean_and_dispersion(raw, scale)
        # Successes until the 1/a-th failure of probability 1 / (1 + a m).
        small = np.minimum(mean, _MOST)
        counts = stats.nbinom.ppf(probabilities, 1 / dispersion, 1 / (1 + dispersion * small))
        # Of larger counts the gaps between whole numbers are nothing: an amount of the same mean
        # and variance has a gamma distribution.
        spread = 1 + dispersion * mean
        amounts = stats.gamma.ppf(probabilities, mean / spread, scale=spread)
        return np.asarray(np.where(mean > _MOST, amounts, counts) / scale)


# Mean counts up to which whole numbers are drawn and counted; SciPy overflows on larger ones.
_MOST = 1e9


def _mean_and_dispersion(raw: Any, scale: Any) -> tuple[Any, Any]:
    """Both [...], of the counts."""
    return positive(raw[..., 0]) * scale, positive(raw[..., 1]) / scale**0.5


def _log_mass(count: Array, mean: Array, dispersion: Array) -> Array:
    """[...] the logarithm of the probability of each count, in a form for single precision.

    The textbook's log-gammas of large arguments cancel to nothing but rounding. Loader (2000)
    takes out, by hand, what cancels: with n = 1 / dispersion and S the remainder of Stirling's
    formula, log p = S(y + n) - S(n) - S(y) - log y - D, where D is half the deviance.
    """
    some = count > 0
    y = jnp.where(some, count, 1.0)
    n = 1 / dispersion
    # D = y log(y / m) - (y + n) log((y + n) / (m + n))
    shrunk = jnp.log1p(dispersion * count) - jnp.log1p(dispersion * mean)
    half_deviance = jnp.where(some, y * jnp.log(y / mean), 0.0) - (count + n) * shrunk
    of_count = jnp.where(some, _stirling_remainder(y) + jnp.log(y), 0.0)
    return _stirling_remainder(count + n) - _stirling_remainder(n) - of_count - half_deviance


def _stirling_remainder(z: Array) -> Array:
    """S(z) = log gamma(z) - z log z + z, which changes like -log(z) / 2."""
    small, large = jnp.minimum(z, 8.0), jnp.maximum(z, 8.0)
    direct = jax.scipy.special.gammaln(small) - small * jnp.log(small) + small
    # S(z) = log(2 pi / z) / 2 + 1 / (12 z) - 1 / (360 z^3) + ...
    series = jnp.log(2 * jnp.pi / large) / 2 + 1 / (12 * large) - 1 / (360 * large**3)
    return jnp.where(z < 8, direct, series)  # noqa: PLR2004 (both agree there to rounding)
