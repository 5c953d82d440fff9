"""Recurrent layers as a loop over time steps in ONNX, which can pass over empty steps.

ONNX's own LSTM has no mask and not every activation, so all cells are written as the body of
`Scan`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from gatecast._lazy import lazy
from gatecast.forecasting.exporting.onnx._activations import activation
from gatecast.forecasting.exporting.onnx._walk import Call
from gatecast.forecasting.exporting.onnx._writer import Tensor, Writer, info

onnx = lazy("onnx")

Cell: TypeAlias = Callable[["Writer", "CellWeights", str, list[str]], list[str]]
"""(writer of the body, weights, [samples, gates] of the input, states) -> new states."""


@dataclass(frozen=True)
class CellWeights:
    """What a cell computes with.

    Attributes:
        settings: of the layer.
        recurrent: the name of its recurrent kernel.
        bias: of the recurrent part of a GRU, or None.
        units: of it.
    """

    settings: Mapping[str, Any]
    recurrent: str
    bias: str | None
    units: int


def recurrent(writer: Writer, call: Call, layer: Any) -> list[str]:
    """The outputs of a recurrent layer: its output, and its states if they are returned."""
    settings, units = call.settings, int(call.settings["units"])
    kernel, kept, *bias = (np.asarray(each) for each in layer.get_weights())
    own, inner = _biases(call.kind, settings, bias)
    x: Tensor = call.args[0]
    gates = writer.node("MatMul", x.name, writer.constant(kernel))
    if own is not None:
        gates = writer.node("Add", gates, writer.constant(own))
    weights = CellWeights(
        settings,
        writer.constant(kept),
        None if inner is None else writer.constant(inner),
        units,
    )
    number = 2 if call.kind == "LSTM" else 1
    given = call.kwargs.get("initial_state")
    if given is None:
        given = call.args[1] if len(call.args) > 1 else None
    states = (
        [each.name for each in given]
        if isinstance(given, list)
        else [given.name]
        if isinstance(given, Tensor)
        else [_zeros(writer, x, units)] * number
    )
    mask = call.kwargs.get("mask")
    backwards = bool(settings.get("go_backwards"))
    body = _body(call.kind, weights, kernel.shape[1], number, masked=mask is not None)
    scanned = [gates] if mask is None else [gates, _column(writer, mask)]
    *after, outputs = writer.node_of(
        "Scan",
        [*states, *scanned],
        number + 1,
        body=body,
        num_scan_inputs=len(scanned),
        scan_input_axes=[1] * len(scanned),
        scan_output_axes=[1],
        scan_input_directions=[int(backwards)] * len(scanned),
    )
    result = outputs if settings["return_sequences"] else after[0]
    return [result, *after] if settings["return_state"] else [result]


def _column(writer: Writer, mask: Tensor) -> str:
    axis = writer.constant([2], "int64")
    return writer.node("Unsqueeze", mask.name, axis)


def _zeros(writer: Writer, x: Tensor, units: int) -> str:
    """[samples, units] zeros."""
    samples = writer.cut(writer.node("Shape", x.name), 0, 0, 1)
    shape = writer.node("Concat", samples, writer.constant([units], "int64"), axis=0)
    return writer.node("Expand", writer.constant(0.0), shape)


def _biases(kind: str, settings: Mapping[str, Any], bias: list[Any]) -> tuple[Any, Any]:
    """The bias of the input, and that of the recurrent part of a GRU."""
    if not bias:
        return None, None
    if kind == "GRU" and settings.get("reset_after"):
        return bias[0][0], bias[0][1]
    return bias[0], None


def _body(kind: str, weights: CellWeights, gates: int, number: int, *, masked: bool) -> Any:
    """The graph of one time step."""
    # Names within a body are its own, so they may be those of other bodies, but not of the graph.
    inner = Writer("step_")
    states = [f"state_before_{place}" for place in range(number)]
    after = _CELLS[kind](inner, weights, "gates_of_step", states)
    inputs = [Tensor(name, (None, weights.units), "float32") for name in states]
    inputs.append(Tensor("gates_of_step", (None, gates), "float32"))
    if masked:
        inputs.append(Tensor("mask_of_step", (None, 1), "bool"))
        after = [
            inner.node("Where", "mask_of_step", *pair) for pair in zip(after, states, strict=True)
        ]
    output = inner.node("Identity", after[0])
    outputs = [Tensor(name, (None, weights.units), "float32") for name in (*after, output)]
    return onnx.helper.make_graph(
        inner.nodes,
        "step",
        [info(each) for each in inputs],
        [info(each) for each in outputs],
        [onnx.numpy_helper.from_array(array, name) for name, array in inner.constants.items()],
    )


def _split(inner: Writer, name: str, parts: int) -> list[str]:
    return inner.node_of("Split", [name], parts, axis=1, num_outputs=parts)


def _lstm(inner: Writer, weights: CellWeights, gates: str, states: list[str]) -> list[str]:
    hidden, cell = states
    settings = weights.settings
    z = inner.node("Add", gates, inner.node("MatMul", hidden, weights.recurrent))
    # Keras orders gates input, forget, candidate, output.
    i, f, g, o = _split(inner, z, 4)
    i, f, o = (activation(inner, settings["recurrent_activation"], each) for each in (i, f, o))
    g = activation(inner, settings["activation"], g)
    # c_t = f c_(t-1) + i g,  h_t = o act(c_t)
    kept, new = inner.node("Mul", f, cell), inner.node("Mul", i, g)
    cell = inner.node("Add", kept, new)
    return [inner.node("Mul", o, activation(inner, settings["activation"], cell)), cell]


def _gru(inner: Writer, weights: CellWeights, gates: str, states: list[str]) -> list[str]:
    (hidden,) = states
    settings, units = weights.settings, weights.units
    xz, xr, xh = _split(inner, gates, 3)
    if settings.get("reset_after"):
        kept = inner.node("MatMul", hidden, weights.recurrent)
        if weights.bias is not None:
            kept = inner.node("Add", kept, weights.bias)
        hz, hr, hh = _split(inner, kept, 3)
    else:
        both = inner.cut(weights.recurrent, 1, 0, 2 * units)
        hz, hr = _split(inner, inner.node("MatMul", hidden, both), 2)
        hh = None
    z, r = (
        activation(inner, settings["recurrent_activation"], inner.node("Add", *pair))
        for pair in ((xz, hz), (xr, hr))
    )
    if hh is None:
        last = inner.cut(weights.recurrent, 1, 2 * units, 3 * units)
        reset = inner.node("MatMul", inner.node("Mul", r, hidden), last)
    else:
        reset = inner.node("Mul", r, hh)
    candidate = activation(inner, settings["activation"], inner.node("Add", xh, reset))
    # h_t = z h_(t-1) + (1 - z) candidate
    left = inner.node("Sub", inner.constant(1.0), z)
    new = inner.node("Mul", left, candidate)
    return [inner.node("Add", inner.node("Mul", z, hidden), new)]


def _rnn(inner: Writer, weights: CellWeights, gates: str, states: list[str]) -> list[str]:
    kept = inner.node("MatMul", states[0], weights.recurrent)
    return [activation(inner, weights.settings["activation"], inner.node("Add", gates, kept))]


_CELLS: Mapping[str, Cell] = {"LSTM": _lstm, "GRU": _gru, "SimpleRNN": _rnn}
