"""Activations as ONNX nodes."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from gatecast._types import InputError
from gatecast.forecasting.exporting.onnx._writer import Writer


def activation(writer: Writer, name: Any, value: str) -> str:
    """A value after an activation, by Keras's name of it.

    Raises:
        InputError: naming one that is not known.
    """
    if name not in _ACTIVATIONS:
        raise InputError(f"the activation {name!r} cannot be exported to ONNX")
    return _ACTIVATIONS[name](writer, value)


def _simple(kind: str, writer: Writer, value: str) -> str:
    return writer.node(kind, value)


def _linear(_: Writer, value: str) -> str:
    return value


def _silu(writer: Writer, value: str) -> str:
    # silu(x) = x sigmoid(x)
    return writer.node("Mul", value, writer.node("Sigmoid", value))


def _gelu(writer: Writer, value: str) -> str:
    # gelu(x) = x (1 + erf(x / sqrt(2))) / 2
    shrunk = writer.node("Mul", value, writer.constant(math.sqrt(0.5)))
    share = writer.node("Add", writer.node("Erf", shrunk), writer.constant(1.0))
    return writer.node("Mul", writer.node("Mul", value, share), writer.constant(0.5))


_ACTIVATIONS: Mapping[Any, Callable[[Writer, str], str]] = {
    None: _linear,
    "linear": _linear,
    "tanh": partial(_simple, "Tanh"),
    "sigmoid": partial(_simple, "Sigmoid"),
    "relu": partial(_simple, "Relu"),
    "elu": partial(_simple, "Elu"),
    "softplus": partial(_simple, "Softplus"),
    "silu": _silu,
    "gelu": _gelu,
}
