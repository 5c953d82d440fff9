"""Keras operations as ONNX nodes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeAlias

import numpy as np

from gatecast._types import InputError
from gatecast.forecasting.exporting.onnx._walk import Call
from gatecast.forecasting.exporting.onnx._writer import Tensor, Writer

Translate: TypeAlias = Callable[[Writer, Call], list[str]]
"""(writer, call) -> the names of its outputs."""

_Other: TypeAlias = Tensor | Any
# No numbers come after the last row of a slice.
_END = 2**31 - 1


def operation(writer: Writer, call: Call) -> list[str]:
    """Add the nodes of an operation.

    Raises:
        InputError: naming one that is not known.
    """
    if call.kind not in OPERATIONS:
        raise InputError(f"the operation {call.kind!r} cannot be exported to ONNX")
    return OPERATIONS[call.kind](writer, call)


def _in(writer: Writer, value: _Other, dtype: str) -> str:
    """The name of an argument, in a type."""
    if not isinstance(value, Tensor):
        return writer.constant(value, dtype)
    return value.name if value.dtype == dtype else writer.cast(value.name, dtype)


def _common(values: list[_Other]) -> str:
    """The type that numbers are computed in."""
    kinds = [
        value.dtype if isinstance(value, Tensor) else np.asarray(value).dtype.name
        for value in values
    ]
    whole = all("int" in kind or kind == "bool" for kind in kinds)
    tensors = [value.dtype for value in values if isinstance(value, Tensor)]
    return next(kind for kind in tensors if kind != "bool") if whole else "float32"


def _of_two(kind: str, writer: Writer, call: Call) -> list[str]:
    dtype = _common(call.args[:2])
    return [writer.node(kind, *(_in(writer, each, dtype) for each in call.args[:2]))]


def _of_truths(kind: str, writer: Writer, call: Call) -> list[str]:
    return [writer.node(kind, *(_in(writer, each, "bool") for each in call.args))]


def _of_one(kind: str, writer: Writer, call: Call) -> list[str]:
    return [writer.node(kind, call.args[0].name)]


def _log1p(writer: Writer, call: Call) -> list[str]:
    return [writer.node("Log", writer.node("Add", call.args[0].name, writer.constant(1.0)))]


def _reduced(kind: str, writer: Writer, call: Call) -> list[str]:
    axes = writer.constant([call.settings["axis"]], "int64")
    keep = int(call.settings["keepdims"])
    return [writer.node(kind, _in(writer, call.args[0], "float32"), axes, keepdims=keep)]


def _truth_of_many(kind: str, writer: Writer, call: Call) -> list[str]:
    return [writer.cast(name, "bool") for name in _reduced(kind, writer, call)]


def _where(writer: Writer, call: Call) -> list[str]:
    chosen, *values = call.args
    dtype = _common(values) if any(isinstance(each, Tensor) for each in values) else "float32"
    pair = (_in(writer, each, dtype) for each in values)
    return [writer.node("Where", _in(writer, chosen, "bool"), *pair)]


def _filled_with(value: float, writer: Writer, call: Call) -> list[str]:
    (given,) = call.args
    shape = writer.node("Shape", given.name)
    filler = writer.constant(value, given.dtype)
    return [writer.node("Expand", filler, shape)]


def _clip(writer: Writer, call: Call) -> list[str]:
    limits = (writer.constant(call.settings[name]) for name in ("x_min", "x_max"))
    return [writer.node("Clip", _in(writer, call.args[0], "float32"), *limits)]


def _concatenate(writer: Writer, call: Call) -> list[str]:
    parts = call.args[0]
    dtype = _common(parts) if any(each.dtype != "bool" for each in parts) else "bool"
    names = [_in(writer, each, dtype) for each in parts]
    return [writer.node("Concat", *names, axis=call.settings["axis"])]


def _stack(writer: Writer, call: Call) -> list[str]:
    axis = writer.constant([call.settings["axis"]], "int64")
    parts = [writer.node("Unsqueeze", each.name, axis) for each in call.args[0]]
    return [writer.node("Concat", *parts, axis=call.settings["axis"])]


def _expand_dims(writer: Writer, call: Call) -> list[str]:
    axis = writer.constant([call.settings["axis"]], "int64")
    return [writer.node("Unsqueeze", call.args[0].name, axis)]


def _pad(writer: Writer, call: Call) -> list[str]:
    begin, end = zip(*call.settings["pad_width"], strict=True)
    width = writer.constant([*begin, *end], "int64")
    padded = writer.node("Pad", _in(writer, call.args[0], "float32"), width)
    return [writer.cast(padded, call.args[0].dtype)]


def _take(writer: Writer, call: Call) -> list[str]:
    values, place = call.args
    size = values.shape[call.settings["axis"]]
    where = writer.constant(np.asarray(place) % size, "int64")
    return [writer.node("Gather", values.name, where, axis=call.settings["axis"])]


def _cumsum(writer: Writer, call: Call) -> list[str]:
    axis = writer.constant(call.settings["axis"], "int64")
    return [writer.node("CumSum", call.args[0].name, axis)]


def _tile(writer: Writer, call: Call) -> list[str]:
    repeats = writer.constant(call.settings["repeats"], "int64")
    return [writer.node("Tile", call.args[0].name, repeats)]


def _repeat(writer: Writer, call: Call) -> list[str]:
    values, axis = call.args[0], call.settings["axis"]
    place = np.repeat(np.arange(values.shape[axis]), call.settings["repeats"])
    return [writer.node("Gather", values.name, writer.constant(place, "int64"), axis=axis)]


def _reshape(writer: Writer, call: Call) -> list[str]:
    shape = call.settings["newshape"]
    return [
        writer.reshape(call.args[0].name, tuple(-1 if each is None else each for each in shape))
    ]


def _transpose(writer: Writer, call: Call) -> list[str]:
    return [writer.node("Transpose", call.args[0].name, perm=list(call.settings["axes"]))]


def _cast(writer: Writer, call: Call) -> list[str]:
    return [writer.cast(call.args[0].name, call.settings["dtype"])]


def _sort(writer: Writer, call: Call) -> list[str]:
    values, axis = call.args[0], call.settings["axis"]
    count = writer.constant([values.shape[axis]], "int64")
    return writer.node_of("TopK", [values.name, count], 2, axis=axis, largest=0)[:1]


def _get_item(writer: Writer, call: Call) -> list[str]:
    """Slices, numbers, new axes and an ellipsis."""
    values, key = call.args
    every = list(key) if isinstance(key, list | tuple) else [key]
    if Ellipsis in every:
        place = every.index(Ellipsis)
        axes = len(values.shape) - sum(each not in (None, Ellipsis) for each in every)
        every[place : place + 1] = [slice(None)] * axes
    name, axis = values.name, 0
    for each in every:
        if each is None:
            name = writer.node("Unsqueeze", name, writer.constant([axis], "int64"))
        elif not isinstance(each, slice):
            # The axis is gone.
            name = writer.node("Gather", name, writer.constant(each, "int64"), axis=axis)
            continue
        elif each != slice(None):
            name = writer.cut(name, axis, each.start or 0, _end(each), each.step or 1)
        axis += 1
    return [name]


def _end(part: slice) -> int:
    return _END if part.stop is None else int(part.stop)


OPERATIONS: Mapping[str, Translate] = {
    "Add": partial(_of_two, "Add"),
    "Subtract": partial(_of_two, "Sub"),
    "Multiply": partial(_of_two, "Mul"),
    "Divide": partial(_of_two, "Div"),
    "TrueDivide": partial(_of_two, "Div"),
    "Power": partial(_of_two, "Pow"),
    "Matmul": partial(_of_two, "MatMul"),
    "Maximum": partial(_of_two, "Max"),
    "Minimum": partial(_of_two, "Min"),
    "Greater": partial(_of_two, "Greater"),
    "GreaterEqual": partial(_of_two, "GreaterOrEqual"),
    "Less": partial(_of_two, "Less"),
    "LessEqual": partial(_of_two, "LessOrEqual"),
    "LogicalAnd": partial(_of_truths, "And"),
    "LogicalOr": partial(_of_truths, "Or"),
    "LogicalNot": partial(_of_truths, "Not"),
    "Isnan": partial(_of_one, "IsNaN"),
    "Abs": partial(_of_one, "Abs"),
    "Absolute": partial(_of_one, "Abs"),
    "Negative": partial(_of_one, "Neg"),
    "Sign": partial(_of_one, "Sign"),
    "Exp": partial(_of_one, "Exp"),
    "Log": partial(_of_one, "Log"),
    "Log1p": _log1p,
    "Sqrt": partial(_of_one, "Sqrt"),
    "Arcsinh": partial(_of_one, "Asinh"),
    "Sinh": partial(_of_one, "Sinh"),
    "Softplus": partial(_of_one, "Softplus"),
    "Sigmoid": partial(_of_one, "Sigmoid"),
    "Relu": partial(_of_one, "Relu"),
    "Sum": partial(_reduced, "ReduceSum"),
    "Mean": partial(_reduced, "ReduceMean"),
    "Max": partial(_reduced, "ReduceMax"),
    "Min": partial(_reduced, "ReduceMin"),
    "Any": partial(_truth_of_many, "ReduceMax"),
    "All": partial(_truth_of_many, "ReduceMin"),
    "ZerosLike": partial(_filled_with, 0),
    "OnesLike": partial(_filled_with, 1),
    "Where": _where,
    "Clip": _clip,
    "Concatenate": _concatenate,
    "Stack": _stack,
    "ExpandDims": _expand_dims,
    "Pad": _pad,
    "Take": _take,
    "Cumsum": _cumsum,
    "Tile": _tile,
    "Repeat": _repeat,
    "Reshape": _reshape,
    "Transpose": _transpose,
    "Cast": _cast,
    "Sort": _sort,
    "GetItem": _get_item,
}
"""Every operation that exported models are made of, by the name of its class."""
