"""Counts of which many are zero."""

from dataclasses import dataclass
from typing import ClassVar, final

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from gatecast._lazy import lazy
from gatecast._types import Floats
from gatecast.network.outputs._negative_binomial import NegativeBinomial
from gatecast.network.outputs._output import Output, Units

special = lazy("scipy.special")

_COUNTS = NegativeBinomial()


@final
@dataclass(frozen=True)
class ZeroInflatedNegativeBinomial(Output):
    """Intermittent counts: zero with a learned probability, else negative binomial.

    As in Lambert (1992) and Greene (1994); a zero may come from either part. Its center is the
    mean.
    """

    units: ClassVar[Units] = "ratio"

    @property
    def parameters(self) -> int:
        return _COUNTS.parameters + 1

    def loss(self, raw: Array, y: Array, scale: Array) -> Array:
        # P(0) = s + (1 - s) p(0);  P(y) = (1 - s) p(y)
        surely_zero = jax.nn.log_sigmoid(raw[..., -1])
        counted = jax.nn.log_sigmoid(-raw[..., -1]) - _COUNTS.loss(raw[..., :-1], y, scale)
        return -jnp.where(y > 0, counted, jnp.logaddexp(surely_zero, counted))

    def center(self, raw: Array, scale: Array) -> Array:
        return jax.nn.sigmoid(-raw[..., -1]) * _COUNTS.center(raw[..., :-1], scale)

    def sample(self, raw: Array, scale: Array, key: Array) -> Array:
        first, second = jax.random.split(key)
        counted = jax.random.bernoulli(first, jax.nn.sigmoid(-raw[..., -1]))
        return jnp.where(counted, _COUNTS.sample(raw[..., :-1], scale, second), 0.0)

    def quantiles(self, raw: Floats, scale: Floats, probabilities: Floats) -> Floats:
        odds = raw[..., -1:].astype(float)
        # After the share s of sure zeros, a probability of (p - s) / (1 - s) remains for counts.
        beyond = probabilities - special.expit(odds)
        rest = np.clip(beyond / special.expit(-odds), 0, 1)
        return np.where(beyond > 0, _COUNTS.quantiles(raw[..., :-1], scale, rest), 0.0)
