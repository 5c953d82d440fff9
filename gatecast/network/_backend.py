"""Keras on JAX: the one place where the backend is chosen."""

import os
import sys

_WANTED = "jax"

if "keras" not in sys.modules:
    os.environ["KERAS_BACKEND"] = _WANTED

import keras  # noqa: E402  (the backend has to be named before Keras is imported)

if keras.config.backend() != _WANTED:
    raise ImportError(
        f"Gatecast needs Keras on the JAX backend, but Keras is already loaded with "
        f"{keras.config.backend()!r}: import gatecast before keras, or set KERAS_BACKEND=jax"
    )
