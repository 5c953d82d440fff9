"""Putting a Keras model together: inputs, body, output layer."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from gatecast._backend import keras
from gatecast._types import InputError
from gatecast.network._architecture import Architecture
from gatecast.network._count import check_weights
from gatecast.network._decode import decode
from gatecast.network._sizes import Sizes
from gatecast.network.bodies import BODIES, Inputs, observed

# Size of the embedding of a category, at most. The usual advice is about the fourth root of the
# number of categories; a few suffice here, as categories only shift and stretch common patterns.
_MOST_EMBEDDING = 8


@lru_cache(maxsize=64)
def build_model(architecture: Architecture, sizes: Sizes, parameters: int) -> keras.Model:
    """A Keras model with explicit state; see `gatecast.network.Network`.

    Static numbers, categories and the time elapsed are read as features of every step. Masking
    adds no weight.

    Args:
        architecture: the layers.
        sizes: of inputs and outputs.
        parameters: raw outputs per future value.

    Raises:
        InputError: if the user's Keras model cannot be used, or not with such inputs, or there
            would be too many weights.
    """
    _check_own(architecture, sizes)
    check_weights(lambda: _build(architecture, sizes, parameters))
    return _build(architecture, sizes, parameters)


def _build(architecture: Architecture, sizes: Sizes, parameters: int) -> keras.Model:
    inputs = _inputs(sizes)
    window = Inputs(_features(sizes, inputs), inputs.get("mask"), inputs.get("elapsed"))
    encoded = BODIES[architecture.kind](architecture, window)
    y = decode(architecture, sizes, encoded, inputs.get("future"), parameters)
    if architecture.linear_skip:
        skip = keras.layers.Dense(y.shape[-1], kernel_initializer="zeros", name="linear_skip")
        y = keras.layers.Add()([y, skip(keras.layers.Flatten()(observed(window)))])
    states = {f"state_{place}": state for place, state in enumerate(encoded.states)}
    return keras.Model(inputs | states, [y, *encoded.new_states])


def _check_own(architecture: Architecture, sizes: Sizes) -> None:
    """A model with a single input has no place for these."""
    if architecture.kind == "keras" and sizes.future:
        raise InputError("network='keras' reads the window only: leave out futr_exog")
    if architecture.kind == "keras" and sizes.categories:
        raise InputError("network='keras' reads numbers only: leave categories out of static_df")


def _inputs(sizes: Sizes) -> dict[str, Any]:
    steps = sizes.steps
    inputs = {"x": keras.Input((steps, sizes.features), name="x")}
    if sizes.masked:
        inputs["mask"] = keras.Input((steps,), dtype="bool", name="mask")
    if sizes.elapsed:
        inputs["elapsed"] = keras.Input((steps, 1), name="elapsed")
    if sizes.future:
        inputs["future"] = keras.Input((sizes.horizon, sizes.future), name="future")
    if sizes.static:
        inputs["static"] = keras.Input((sizes.static,), name="static")
    if sizes.categories:
        inputs["category"] = keras.Input((len(sizes.categories),), dtype="int32", name="category")
    return inputs


def _features(sizes: Sizes, inputs: dict[str, Any]) -> Any:
    """[batch, time steps, features] `x` and what else is read at every step."""
    parts = [inputs["x"]]
    about = _about_the_series(sizes, inputs)
    if about is not None:
        parts.append(keras.layers.RepeatVector(sizes.steps)(about))
    if sizes.elapsed:
        parts.append(inputs["elapsed"])
    return keras.layers.Concatenate()(parts) if len(parts) > 1 else parts[0]


def _about_the_series(sizes: Sizes, inputs: dict[str, Any]) -> Any:
    """[batch, columns] what does not change in time: numbers, and an embedding per category."""
    parts = [inputs["static"]] if sizes.static else []
    for place, known in enumerate(sizes.categories):
        # Number 0 stands for a value not seen in training.
        embedding = keras.layers.Embedding(
            known + 1, min(_MOST_EMBEDDING, known), name=f"category_{place + 1}"
        )
        parts.append(embedding(inputs["category"][:, place]))
    return keras.layers.Concatenate()(parts) if len(parts) > 1 else next(iter(parts), None)
