"""The LSTM in C++, forward and backward pass, called by XLA on a CPU.

It is used if it was compiled on this machine (`python -m gatecast.network.recurrence`). Everything
works without it, and forecasts the same to 1e-5, but several times slower. See `native/lstm.cc`.
"""

from __future__ import annotations

import ctypes
from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
from jax.custom_derivatives import SymbolicZero

from gatecast.network.recurrence._compile import library_path
from gatecast.network.recurrence._scan import LSTMState, Result, Weights

FORWARD, _BACKWARD = "gatecast_lstm_forward", "gatecast_lstm_backward"
# Smaller layers are faster as a few loops that XLA fuses.
_FEWEST_UNITS = 16


def suits(x: Any, weights: Weights) -> bool:
    """Whether the native LSTM is compiled, and the better choice for such a layer."""
    return (
        weights.recurrent.shape[0] >= _FEWEST_UNITS
        and x.dtype == weights.recurrent.dtype == jnp.float32
        and jax.default_backend() == "cpu"
        and _lanes() > 0
    )


def native_version() -> str:
    """Names the compiled library that this process calls; empty if there is none, as on a GPU."""
    return library_path().stem if jax.default_backend() == "cpu" and _lanes() else ""


def native_lstm(x: Any, weights: Weights, memory: LSTMState, mask: Any) -> Result:
    """As `gatecast.network.recurrence.lstm`."""
    mask = jnp.zeros(0, bool) if mask is None else mask.astype(bool)
    result: Result = _lstm(x, weights, memory, mask)
    return result


@cache
def _lanes() -> int:
    """Numbers in one vector of the compiled library; 0 where there is none."""
    try:
        library = ctypes.CDLL(str(library_path()))
    except OSError:
        return 0
    for name in (FORWARD, _BACKWARD):
        jax.ffi.register_ffi_target(name, jax.ffi.pycapsule(library[name]), platform="cpu")
    return int(library.gatecast_lstm_lanes())


@jax.custom_vjp  # type: ignore[untyped-decorator]
def _lstm(x: Any, weights: Weights, memory: LSTMState, mask: Any) -> Result:
    outputs, cell, *_ = _run(x, weights, memory, mask, keep=False)
    return outputs, outputs[:, -1], cell


def _run(x: Any, weights: Weights, memory: LSTMState, mask: Any, *, keep: bool) -> Any:
    """Outputs, the last cell state, and what the backward pass needs if `keep`, else nothing."""
    batch, steps, _ = x.shape
    units, lanes = memory.cell.shape[1], _lanes()
    # Units are kept in whole vectors.
    kept = -(-units // lanes) * lanes if keep else 0
    shapes = [(batch, steps, units), (batch, units), (steps, batch, 4 * kept), (steps, batch, kept)]
    return _call(FORWARD, shapes)(x, *weights, *memory, mask)


def _forward(x: Any, weights: Any, memory: Any, mask: Any) -> tuple[Result, Any]:
    """With symbolic zeros, each argument has a flag that tells whether its gradient is needed."""
    given = jax.tree.map(lambda part: part.value, (x, Weights(*weights), LSTMState(*memory), mask))
    outputs, cell, gates, cells = _run(*given, keep=True)
    # What is saved for the backward pass has to be a pytree of arrays, so a flag cannot be saved:
    # the empty tree () stands for "the gradient of x is needed", None for "not needed".
    wanted = () if x.perturbed else None
    return (outputs, outputs[:, -1], cell), (given, outputs, gates, cells, wanted)


def _backward(saved: Any, gradients: Any) -> tuple[Any, ...]:
    """Backpropagation through time (Werbos 1990)."""
    (x, weights, memory, mask), outputs, gates, cells, wanted = saved
    dx_shape = (0,) if wanted is None else x.shape
    gradients = [
        jnp.zeros(0) if isinstance(gradient, SymbolicZero) else gradient for gradient in gradients
    ]
    shapes = [dx_shape, *(part.shape for part in (*weights, *memory))]
    dx, *rest = _call(_BACKWARD, shapes)(
        x, weights.kernel, weights.recurrent, *memory, mask, outputs, gates, cells, *gradients
    )
    return (
        jnp.zeros_like(x) if wanted is None else dx,
        Weights(*rest[:3]),
        LSTMState(*rest[3:]),
        None,
    )


_lstm.defvjp(_forward, _backward, symbolic_zeros=True)


def _call(name: str, shapes: list[tuple[int, ...]]) -> Any:
    results = [jax.ShapeDtypeStruct(shape, jnp.float32) for shape in shapes]
    # Members are one more axis in front of everything.
    return jax.ffi.ffi_call(name, results, vmap_method="broadcast_all")
