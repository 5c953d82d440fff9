"""The recurrent cells as their papers and the Keras documentation write them, in plain NumPy."""

from collections.abc import Callable

import numpy as np

Array = np.ndarray
Activation = Callable[[Array], Array]
Weights = dict[str, Array]
Step = Callable[[Array, list[Array], Weights, Activation], list[Array]]


def sigmoid(z: Array) -> Array:
    return 1 / (1 + np.exp(-z))


def lstm(x: Array, state: list[Array], weights: Weights, activation: Activation) -> list[Array]:
    """Hochreiter and Schmidhuber (1997) with the forget gate of Gers et al. (2000)."""
    h, c = state
    z = x @ weights["kernel"] + h @ weights["recurrent_kernel"] + weights["bias"]
    i, f, candidate, o = np.split(z, 4, axis=-1)
    c = sigmoid(f) * c + sigmoid(i) * activation(candidate)
    return [sigmoid(o) * activation(c), c]


def gru(x: Array, state: list[Array], weights: Weights, activation: Activation) -> list[Array]:
    """Cho et al. (2014), the reset gate applied after the product (`reset_after=True`)."""
    (h,) = state
    bias, recurrent_bias = weights["bias"]
    x_z, x_r, x_h = np.split(x @ weights["kernel"] + bias, 3, axis=-1)
    h_z, h_r, h_h = np.split(h @ weights["recurrent_kernel"] + recurrent_bias, 3, axis=-1)
    z, r = sigmoid(x_z + h_z), sigmoid(x_r + h_r)
    return [z * h + (1 - z) * activation(x_h + r * h_h)]


def rnn(x: Array, state: list[Array], weights: Weights, activation: Activation) -> list[Array]:
    """Elman (1990)."""
    (h,) = state
    return [activation(x @ weights["kernel"] + h @ weights["recurrent_kernel"] + weights["bias"])]


CELLS: dict[str, tuple[Step, int]] = {"lstm": (lstm, 2), "gru": (gru, 1), "rnn": (rnn, 1)}


def run_layer(
    cell: str,
    weights: Weights,
    x: Array,
    state: list[Array],
    *,
    mask: Array | None = None,
    elapsed: Array | None = None,
    activation: Activation = np.tanh,
) -> tuple[Array, list[Array]]:
    """The outputs of one layer, [batch, time steps, units], and its state after them.

    A masked step changes nothing; before each other step the state decays by
    exp(-log(1 + exp(rate)) (elapsed - 1)).
    """
    step, _ = CELLS[cell]
    outputs = []
    for t in range(x.shape[1]):
        before = state
        if elapsed is not None:
            rate = np.log1p(np.exp(weights["decay_rate"]))
            kept = np.exp(-rate * np.maximum(elapsed[:, t] - 1, 0))
            before = [part * kept for part in state]
        after = step(x[:, t], before, weights, activation)
        if mask is not None:
            here = mask[:, t, None]
            after = [np.where(here, new, old) for new, old in zip(after, state, strict=True)]
        state = after
        outputs.append(state[0])
    return np.stack(outputs, axis=1), state


def run_stack(
    cell: str, layers: list[Weights], x: Array, state: list[Array], **given: object
) -> tuple[Array, list[Array]]:
    """The last layer's output at the last time step, and the state of all layers after it."""
    _, memories = CELLS[cell]
    after: list[Array] = []
    for place, weights in enumerate(layers):
        memory = state[place * memories : (place + 1) * memories]
        x, memory = run_layer(cell, weights, x, memory, **given)
        after += memory
    return x[:, -1], after
