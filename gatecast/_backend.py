"""Keras on JAX: the one place where the backend is chosen; Keras is loaded at its first use."""

import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from gatecast._lazy import lazy

if TYPE_CHECKING:
    import keras
else:
    keras = lazy("keras")

if "keras" not in sys.modules:
    os.environ["KERAS_BACKEND"] = "jax"
elif keras.config.backend() != "jax":
    raise ImportError(
        f"Gatecast needs Keras on the JAX backend, but Keras is already loaded with "
        f"{keras.config.backend()!r}: set the environment variable KERAS_BACKEND=jax before "
        "importing keras"
    )


@contextmanager
def quiet_keras() -> Iterator[None]:
    """Without the warning of NumPy that Keras causes where it hands out values of its variables."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "__array__ implementation", DeprecationWarning)
        yield


__all__ = ["keras", "quiet_keras"]
