"""Keras layers as ONNX nodes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from math import prod
from typing import Any, TypeAlias

import numpy as np

from gatecast._types import InputError
from gatecast.forecasting.exporting.onnx._activations import activation
from gatecast.forecasting.exporting.onnx._operations import operation
from gatecast.forecasting.exporting.onnx._recurrent import recurrent
from gatecast.forecasting.exporting.onnx._walk import Call, walk
from gatecast.forecasting.exporting.onnx._writer import Tensor, Writer

TranslateLayer: TypeAlias = Callable[[Writer, Call, Any], list[str]]
"""(writer, call, the Keras layer) -> the names of its outputs."""

# Layers that do something in training only.
_SKIPPED = ("Dropout", "SpatialDropout1D", "GaussianNoise", "GaussianDropout", "AlphaDropout")


def translated(writer: Writer, model: Any, given: Any) -> Any:
    """The outputs of a Keras model, as nodes of a graph.

    Args:
        writer: of the graph.
        model: functional or sequential.
        given: its inputs, in the structure that it takes.

    Raises:
        InputError: naming a layer or an operation that is not known.
    """

    def run(call: Call) -> list[Tensor]:
        if call.kind in ("Functional", "Sequential"):
            found = translated(writer, model.get_layer(call.name), call.args[0])
            return [found] if isinstance(found, Tensor) else list(found)
        if call.kind in _SKIPPED:
            return [call.args[0]]
        if not call.is_layer:
            names = operation(writer, call)
        elif call.kind in LAYERS:
            names = LAYERS[call.kind](writer, call, model.get_layer(call.name))
        else:
            raise InputError(f"the layer {call.kind} cannot be exported to ONNX")
        # Where a tensor is read, its shape and type are known.
        return [Tensor(name, (), "float32") for name in names]

    if type(model).__name__ == "Sequential":
        tensor = given
        for layer in model.layers:
            settings = layer.get_config()
            read = tensor._replace(shape=tuple(layer.input.shape), dtype="float32")
            (tensor,) = run(
                Call(type(layer).__name__, layer.name, settings, [read], {}, is_layer=True)
            )
        return tensor
    return walk(model.get_config(), given, run)


def _dense(writer: Writer, call: Call, layer: Any) -> list[str]:
    kernel, *bias = layer.get_weights()
    found = writer.node("MatMul", call.args[0].name, writer.constant(kernel))
    if bias:
        found = writer.node("Add", found, writer.constant(bias[0]))
    return [activation(writer, call.settings["activation"], found)]


def _embedding(writer: Writer, call: Call, layer: Any) -> list[str]:
    table = writer.constant(layer.get_weights()[0])
    return [writer.node("Gather", table, writer.cast(call.args[0].name, "int64"), axis=0)]


def _convolution(writer: Writer, call: Call, layer: Any) -> list[str]:
    settings = call.settings
    if settings["data_format"] != "channels_last" or settings["padding"] not in ("causal", "valid"):
        raise InputError(
            f"a Conv1D layer with padding={settings['padding']!r} and "
            f"data_format={settings['data_format']!r} cannot be exported to ONNX"
        )
    kernel, *bias = layer.get_weights()
    (dilation,) = settings["dilation_rate"]
    before = dilation * (len(kernel) - 1) if settings["padding"] == "causal" else 0
    # ONNX puts channels before time.
    x = writer.node("Transpose", call.args[0].name, perm=[0, 2, 1])
    weights = [writer.constant(each) for each in (kernel.transpose(2, 1, 0), *bias)]
    found = writer.node(
        "Conv",
        x,
        *weights,
        pads=[before, 0],
        strides=list(settings["strides"]),
        dilations=[dilation],
        group=settings["groups"],
    )
    found = writer.node("Transpose", found, perm=[0, 2, 1])
    return [activation(writer, settings["activation"], found)]


def _bidirectional(writer: Writer, call: Call, layer: Any) -> list[str]:
    if call.settings["merge_mode"] != "concat":
        raise InputError("a Bidirectional layer is exported to ONNX with merge_mode='concat' only")
    both = []
    for own in (layer.forward_layer, layer.backward_layer):
        inner = replace(call, kind=type(own).__name__, settings=own.get_config())
        (found,) = recurrent(writer, inner, own)
        both.append(found)
    if layer.return_sequences:
        both[1] = writer.cut(both[1], 1, -1, -(2**31), -1)
    return [writer.node("Concat", *both, axis=-1)]


def _flatten(writer: Writer, call: Call, _: Any) -> list[str]:
    return [writer.reshape(call.args[0].name, (-1, prod(call.args[0].shape[1:])))]


def _reshape(writer: Writer, call: Call, _: Any) -> list[str]:
    return [writer.reshape(call.args[0].name, (-1, *call.settings["target_shape"]))]


def _repeat_vector(writer: Writer, call: Call, _: Any) -> list[str]:
    value = writer.node("Unsqueeze", call.args[0].name, writer.constant([1], "int64"))
    return [writer.node("Tile", value, writer.constant([1, call.settings["n"], 1], "int64"))]


def _concatenate(writer: Writer, call: Call, _: Any) -> list[str]:
    names = [each.name for each in call.args[0]]
    return [writer.node("Concat", *names, axis=call.settings["axis"])]


def _add(writer: Writer, call: Call, _: Any) -> list[str]:
    first, *rest = (each.name for each in call.args[0])
    for each in rest:
        first = writer.node("Add", first, each)
    return [first]


def _activation(writer: Writer, call: Call, _: Any) -> list[str]:
    return [activation(writer, call.settings["activation"], call.args[0].name)]


def _rescaling(writer: Writer, call: Call, _: Any) -> list[str]:
    found = writer.node("Mul", call.args[0].name, writer.constant(call.settings["scale"]))
    return [writer.node("Add", found, writer.constant(call.settings["offset"]))]


def _layer_normalization(writer: Writer, call: Call, layer: Any) -> list[str]:
    weights = [np.asarray(each) for each in layer.get_weights()]
    scale = weights.pop(0) if call.settings["scale"] else np.ones(call.args[0].shape[-1])
    names = [writer.constant(each) for each in (scale, *weights)]
    epsilon = call.settings["epsilon"]
    return [writer.node("LayerNormalization", call.args[0].name, *names, epsilon=epsilon)]


LAYERS: Mapping[str, TranslateLayer] = {
    "LSTM": recurrent,
    "GRU": recurrent,
    "SimpleRNN": recurrent,
    "Bidirectional": _bidirectional,
    "Dense": _dense,
    "Embedding": _embedding,
    "Conv1D": _convolution,
    "Flatten": _flatten,
    "Reshape": _reshape,
    "RepeatVector": _repeat_vector,
    "Concatenate": _concatenate,
    "Add": _add,
    "Activation": _activation,
    "Rescaling": _rescaling,
    "LayerNormalization": _layer_normalization,
}
"""Every layer that is known, by the name of its class."""
