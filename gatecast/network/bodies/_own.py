"""The user's Keras model as a body."""

from __future__ import annotations

from gatecast._types import InputError
from gatecast.network._architecture import Architecture
from gatecast.network._keras_model import load_keras_model
from gatecast.network.bodies._body import Encoded, Inputs, observed


def own(architecture: Architecture, inputs: Inputs) -> Encoded:
    """The model reads the window; its outputs are the forecast. Empty steps are rows of zeros.

    Raises:
        InputError: if the model's JSON cannot be used, or it reads windows of another shape.
    """
    # Under a name that none of our own layers and inputs has.
    model = load_keras_model(architecture.keras_model, name="keras_model")
    expected, shape = inputs.x.shape, model.input_shape
    fits = len(shape) == len(expected) and all(
        size in (None, wanted) for size, wanted in zip(shape, expected, strict=True)
    )
    if not fits:
        steps, features = expected[1:]
        raise InputError(
            f"keras_model: expected input [samples, {steps} time steps, {features} features], "
            f"got {list(shape)}"
        )
    return Encoded(model(observed(inputs)), [], [])
