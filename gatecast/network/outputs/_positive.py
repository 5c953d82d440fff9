"""From any real number to a positive one."""

from typing import Any

import jax.numpy as jnp

# Means and spreads stay above this, in scaled units, so that no logarithm or ratio overflows.
_SMALLEST = 1e-6


def positive(raw: Any) -> Any:
    """log(1 + exp(raw)), the softplus, plus a millionth; for NumPy and JAX arrays alike."""
    return raw.__array_namespace__().logaddexp(raw, 0.0) + _SMALLEST


def from_positive(value: Any) -> Any:
    """The raw number that `positive` brings to a value: log(exp(value) - 1) (JAX)."""
    above = jnp.maximum(value - _SMALLEST, _SMALLEST)
    return above + jnp.log(-jnp.expm1(-above))
