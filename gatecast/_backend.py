"""Keras on JAX: the one place where the backend is chosen and Keras is imported."""

import os
import sys

if "keras" not in sys.modules:
    os.environ["KERAS_BACKEND"] = "jax"

import keras

if keras.config.backend() != "jax":
    raise ImportError(
        f"Gatecast needs Keras on the JAX backend, but Keras is already loaded with "
        f"{keras.config.backend()!r}: set the environment variable KERAS_BACKEND=jax before "
        "importing keras"
    )

__all__ = ["keras"]
