"""The LSTM in JAX, on any device: a `lax.scan` over time, or for few steps an unrolled loop.

The scan has a hand-written backward pass: it keeps less than automatic differentiation does, and on
a CPU forward and backward pass together take a quarter to a half less time.
"""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

import jax
import jax.numpy as jnp
import numpy as np

# Up to this many time steps an unrolled loop is faster to run and as fast to compile.
WRITTEN_OUT_STEPS = 6

Result: TypeAlias = tuple[Any, Any, Any]


class Weights(NamedTuple):
    """Kernel [features, 4 units], recurrent kernel [units, 4 units], bias [4 units]."""

    kernel: Any
    recurrent: Any
    bias: Any


class LSTMState(NamedTuple):
    """Hidden and cell state, [batch, units] each; in the backward pass the gradients in them."""

    hidden: Any
    cell: Any


class _Step(NamedTuple):
    """What the backward pass needs to know of a time step; scanned, it has a time axis in front.

    `gates` are input, forget, candidate and output, [batch, units] each: parts of one array
    would be read more slowly.
    """

    x: Any
    mask: Any
    before: LSTMState
    gates: tuple[Any, Any, Any, Any]
    cell: Any


def scan_lstm(x: Any, weights: Weights, memory: LSTMState, mask: Any) -> Result:
    """As `gatecast.network.recurrence.lstm`."""
    # Time comes first.
    x = jnp.swapaxes(x, 0, 1)
    mask = None if mask is None else mask.T[..., None]
    if len(x) <= WRITTEN_OUT_STEPS:
        outputs, memory = _written_out(x, weights, memory, mask)
    else:
        outputs, memory = _scanned(x, weights, memory, mask)
    return jnp.swapaxes(outputs, 0, 1), *memory


def _step(x: Any, weights: Weights, before: LSTMState, mask: Any) -> tuple[LSTMState, _Step]:
    z = x @ weights.kernel + before.hidden @ weights.recurrent + weights.bias
    i, f, g, o = _gates(z)
    # c_t = f c_(t-1) + i g,  h_t = o tanh(c_t)
    cell = f * before.cell + i * g
    after = LSTMState(o * jnp.tanh(cell), cell)
    if mask is not None:
        after = LSTMState(*(jnp.where(mask, *pair) for pair in zip(after, before, strict=True)))
    return after, _Step(x, mask, before, (i, f, g, o), cell)


def _written_out(x: Any, weights: Weights, memory: LSTMState, mask: Any) -> tuple[Any, LSTMState]:
    outputs = []
    for time in range(len(x)):
        memory, _ = _step(x[time], weights, memory, None if mask is None else mask[time])
        outputs.append(memory.hidden)
    return jnp.stack(outputs), memory


@jax.custom_vjp  # type: ignore[untyped-decorator]
def _scanned(x: Any, weights: Weights, memory: LSTMState, mask: Any) -> tuple[Any, LSTMState]:
    result, _ = _forward(x, weights, memory, mask)
    return result


def _forward(
    x: Any, weights: Weights, memory: LSTMState, mask: Any
) -> tuple[tuple[Any, LSTMState], tuple[Weights, _Step]]:
    def forward(before: LSTMState, read: tuple[Any, Any]) -> tuple[LSTMState, tuple[Any, _Step]]:
        after, step = _step(read[0], weights, before, read[1])
        return after, (after.hidden, step)

    last, (outputs, steps) = jax.lax.scan(forward, memory, (x, mask))
    return (outputs, last), (weights, steps)


def _backward(saved: tuple[Weights, _Step], gradients: tuple[Any, LSTMState]) -> tuple[Any, ...]:
    """Backpropagation through time (Werbos 1990)."""
    weights, steps = saved
    outputs, last = gradients

    def back(carried: tuple[LSTMState, Weights], read: tuple[_Step, Any]) -> Any:
        after, total = carried
        step, output = read
        dh, dc = after.hidden + output, after.cell
        passed = LSTMState(0.0, 0.0)
        if step.mask is not None:
            passed = LSTMState(*(jnp.where(step.mask, 0, gradient) for gradient in (dh, dc)))
            dh, dc = (jnp.where(step.mask, gradient, 0) for gradient in (dh, dc))
        dz, dc = _gradients(step, dh, dc)
        before = LSTMState(passed.hidden + dz @ weights.recurrent.T, passed.cell + dc)
        total = Weights(
            total.kernel + step.x.T @ dz,
            total.recurrent + step.before.hidden.T @ dz,
            total.bias + dz.sum(0),
        )
        return (before, total), dz @ weights.kernel.T

    zero = Weights(*map(jnp.zeros_like, weights))
    (memory, total), x = jax.lax.scan(back, (last, zero), (steps, outputs), reverse=True)
    return x, total, memory, None


_scanned.defvjp(_forward, _backward)


def _gradients(step: _Step, dh: Any, dc: Any) -> tuple[Any, Any]:
    """[batch, 4 units] the gradients in z, and those in the cell state before the step."""
    i, f, g, o = step.gates
    squashed = jnp.tanh(step.cell)
    dc = dc + dh * o * (1 - squashed * squashed)
    dz = [
        dc * g * i * (1 - i),
        dc * step.before.cell * f * (1 - f),
        dc * i * (1 - g * g),
        dh * squashed * o * (1 - o),
    ]
    return jnp.concatenate(dz, axis=1), dc * f


def _gates(z: Any) -> tuple[Any, Any, Any, Any]:
    """The sigmoids and, for the candidate, the hyperbolic tangent of [batch, 4 units]."""
    # sigmoid(z) = (1 + tanh(z / 2)) / 2: a single pass over z, in which nothing is computed twice
    stretch = np.repeat(np.array([0.5, 0.5, 1, 0.5], z.dtype), z.shape[1] // 4)
    i, f, g, o = jnp.split(jnp.tanh(stretch * z), 4, axis=1)
    return 0.5 + 0.5 * i, 0.5 + 0.5 * f, g, 0.5 + 0.5 * o
