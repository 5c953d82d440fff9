"""The LSTM in C++, forward and backward pass, called by XLA on a CPU.

It is compiled on first use. Everything works without it, and forecasts the same to 1e-5, but
several times slower. See `_library` for where it is kept, `native/lstm.cc` for what it does.
"""

from __future__ import annotations

import ctypes
import threading
from functools import cache
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax.custom_derivatives import SymbolicZero

from gatecast._progress import showing, tell
from gatecast.network.recurrence._library import library
from gatecast.network.recurrence._scan import LSTMState, Result, Weights

FORWARD, _BACKWARD = "gatecast_lstm_forward", "gatecast_lstm_backward"
# Smaller layers are faster as a few loops that XLA fuses.
_FEWEST_UNITS = 16
_one_at_a_time = threading.Lock()


def suits(x: Any, weights: Weights) -> bool:
    """Whether the native LSTM is there, and the better choice for such a layer."""
    return (
        weights.recurrent.shape[0] >= _FEWEST_UNITS
        and x.dtype == weights.recurrent.dtype == jnp.float32
        and jax.default_backend() == "cpu"
        and _loaded().lanes > 0
    )


def native_version() -> str:
    """Names the compiled library that this process calls; empty if there is none, as on a GPU."""
    return _loaded().name if jax.default_backend() == "cpu" else ""


def prepare_native(*, verbose: bool | None) -> bool:
    """Compile the native LSTM now if it has to be, for a process that will need it.

    Args:
        verbose: True shows that it is compiled, or why it cannot be; None does on a terminal.

    Returns:
        Whether it is there.
    """
    with showing(verbose=verbose):
        return bool(native_version())


def native_lstm(x: Any, weights: Weights, memory: LSTMState, mask: Any) -> Result:
    """As `gatecast.network.recurrence.lstm`."""
    mask = jnp.zeros(0, bool) if mask is None else mask.astype(bool)
    result: Result = _lstm(x, weights, memory, mask)
    return result


class _Loaded(NamedTuple):
    """The library in this process: its name, and the numbers in one of its vectors; or nothing."""

    name: str = ""
    lanes: int = 0


def _loaded() -> _Loaded:
    # Threads wait for the first of them to compile it.
    with _one_at_a_time:
        return _load()


@cache
def _load() -> _Loaded:
    path = library()
    if path is None:
        return _Loaded()
    try:
        opened = ctypes.CDLL(str(path))
    except OSError as error:
        tell(f"note: the compiled LSTM cannot be loaded, so all is slower: {error}")
        return _Loaded()
    for name in (FORWARD, _BACKWARD):
        jax.ffi.register_ffi_target(name, jax.ffi.pycapsule(opened[name]), platform="cpu")
    return _Loaded(path.stem, int(opened.gatecast_lstm_lanes()))


@jax.custom_vjp  # type: ignore[untyped-decorator]
def _lstm(x: Any, weights: Weights, memory: LSTMState, mask: Any) -> Result:
    outputs, cell, *_ = _run(x, weights, memory, mask, keep=False)
    return outputs, outputs[:, -1], cell


def _run(x: Any, weights: Weights, memory: LSTMState, mask: Any, *, keep: bool) -> Any:
    """Outputs, the last cell state, and what the backward pass needs if `keep`, else nothing."""
    batch, steps, _ = x.shape
    units, lanes = memory.cell.shape[1], _loaded().lanes
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
