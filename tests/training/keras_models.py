"""Small Keras models and data to train them on."""

from collections.abc import Callable
from typing import Any

import numpy as np

from gatecast._backend import keras

SAMPLES, STEPS, FEATURES = 11, 4, 2

layers = keras.layers
_rng = np.random.default_rng(0)
X = _rng.normal(size=(SAMPLES, STEPS, FEATURES)).astype(np.float32)
Y = _rng.normal(size=(SAMPLES, 1)).astype(np.float32)


def compiled(inputs: Any, hidden: Any, **settings: Any) -> keras.Model:
    model = keras.Model(inputs, layers.Dense(1)(hidden))
    model.compile(**{"optimizer": "adam", "loss": "mse"} | settings)
    return model


def dense(seed: int = 1, dropout: float = 0.0, **settings: Any) -> keras.Model:
    """The quickest to compile."""
    keras.utils.set_random_seed(seed)
    x = keras.Input((STEPS, FEATURES))
    hidden = layers.Dense(5, activation="tanh")(layers.Flatten()(x))
    return compiled(x, layers.Dropout(dropout)(hidden), **settings)


def stacked(**settings: Any) -> keras.Model:
    x = keras.Input((STEPS, FEATURES))
    return compiled(x, layers.LSTM(3)(layers.LSTM(4, return_sequences=True)(x)), **settings)


def regularised(**settings: Any) -> keras.Model:
    x = keras.Input((STEPS, FEATURES))
    penalty = keras.regularizers.L2(0.1)
    hidden = layers.LSTM(3, dropout=0.3, kernel_regularizer=penalty, seed=5)(x)
    return compiled(x, layers.Dropout(0.2, seed=6)(hidden), **settings)


def two_inputs(**settings: Any) -> keras.Model:
    past, static = keras.Input((STEPS, FEATURES), name="past"), keras.Input((3,), name="static")
    joined = layers.Concatenate()([layers.Flatten()(past), static])
    hidden = layers.BatchNormalization()(layers.Dense(5)(joined))
    return compiled({"past": past, "static": static}, hidden, **settings)


def stateful(*, carried: bool) -> keras.Model:
    keras.utils.set_random_seed(1)
    x = keras.Input(batch_shape=(2, STEPS, FEATURES))
    return compiled(x, layers.SimpleRNN(3, stateful=carried)(x))


def twins(build: Callable[[], keras.Model]) -> tuple[keras.Model, keras.Model]:
    """Two models of equal weights."""
    keras.utils.set_random_seed(1)
    one, other = build(), build()
    for variable, value in zip(other.variables, values_of(one), strict=True):
        variable.assign(value)
    return one, other


def values_of(model: keras.Model) -> list[np.ndarray]:
    """Copies of the weights and running statistics."""
    return [np.array(variable.value) for variable in model.variables]


def assert_same_weights(found: keras.Model, expected: keras.Model):
    for one, other in zip(values_of(found), values_of(expected), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-5)


def assert_same_optimizer(found: keras.Model, expected: keras.Model):
    """The step number and the moments, so that training can go on."""
    pairs = zip(found.optimizer.variables, expected.optimizer.variables, strict=True)
    for one, other in pairs:
        np.testing.assert_allclose(one.value, other.value, rtol=1e-5, atol=1e-5)
