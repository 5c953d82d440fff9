"""A Keras model as an ONNX model."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

from gatecast._types import InputError
from gatecast.forecasting.exporting.onnx._layers import translated
from gatecast.forecasting.exporting.onnx._writer import Finished, Tensor, Writer, model_of


def onnx_model(model: Any, about: Mapping[str, str]) -> bytes:
    """The bytes of an ONNX model with the inputs and outputs of a Keras model.

    Args:
        model: functional, of named inputs and named outputs.
        about: words that are kept with it.

    Raises:
        InputError: naming a layer that cannot be exported, or if onnx is not installed.
    """
    if find_spec("onnx") is None:
        raise InputError("to export to ONNX, install it: pip install 'gatecast[onnx]'")
    inputs = [Tensor(name, tuple(each.shape), each.dtype) for name, each in model.input.items()]
    writer = Writer()
    found = translated(writer, model, {each.name: each for each in inputs})
    outputs = []
    for name, tensor in found.items():
        shape = tuple(model.output[name].shape)
        writer.output(tensor.name, name)
        outputs.append(Tensor(name, shape, "float32"))
    content = model_of(writer, Finished(inputs, outputs), dict(about)).SerializeToString()
    return bytes(content)
