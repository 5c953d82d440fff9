from dataclasses import replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from network_runs import (
    FRAMING,
    HORIZON,
    LOOK_BACK,
    ORIGINS,
    RATE,
    SEED,
    SERIES,
    UNITS,
    assert_same_weights,
    data_of,
    first_member,
    network_of,
    train,
    windows,
)

from gatecast.framing import Rows
from gatecast.network import initial_weights
from gatecast.training import NetworkStep, NetworkVariables, Training


def lstm(weights: list[Any], x: Any, state: tuple[Any, Any]) -> tuple[Any, tuple[Any, Any]]:
    """Hochreiter and Schmidhuber (1997), then a linear layer; gates in the order i, f, c, o."""
    kernel, recurrent, bias, output_kernel, output_bias = weights
    h, c = state
    for step in range(LOOK_BACK):
        i, f, g, o = jnp.split(x[:, step] @ kernel + h @ recurrent + bias, 4, axis=1)
        c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
        h = jax.nn.sigmoid(o) * jnp.tanh(c)
    return h @ output_kernel + output_bias, (h, c)


@jax.jit
def gradients_of(weights: list[Any], group: Any, state: Any) -> Any:
    """Of the mean squared error over windows in a row; also the last state and the sum."""

    def loss(weights: list[Any]) -> Any:
        after, total, count = state, 0.0, 0
        for x, y, here in group:
            y_hat, after = lstm(weights, x, after)
            after = tuple(jnp.where(here, part, 0) for part in after)
            observed = here & ~jnp.isnan(y)
            total += jnp.where(observed, (y_hat - jnp.where(observed, y, 0)) ** 2, 0).sum()
            count += observed.sum()
        return total / count, (after, total, count)

    return jax.grad(loss, has_aux=True)(weights)


def carried_by_hand(
    weights: list[Any], targets: np.ndarray, groups: list[np.ndarray], epochs: int
) -> tuple[list[Any], list[float]]:
    """Stochastic gradient descent, one step per group of rows; also the loss of each epoch."""
    curve = []
    for _ in range(epochs):
        state = (jnp.zeros((groups[0].shape[1], UNITS)),) * 2
        totals, counts = 0.0, 0
        for group in groups:
            samples = [
                (
                    windows(ORIGINS[numbers])[0],
                    targets[ORIGINS[numbers][:, None] + np.arange(HORIZON)],
                    (numbers >= 0)[:, None],
                )
                for numbers in group
            ]
            gradients, (state, total, count) = gradients_of(weights, samples, state)
            weights = [w - RATE * gradient for w, gradient in zip(weights, gradients, strict=True)]
            totals, counts = totals + float(total), counts + int(count)
        curve.append(totals / counts)
    return weights, curve


LANES = np.array([[0, -1], [1, 5], [2, 6], [3, 7], [4, -1]])
"""The second lane begins later and ends sooner."""


@pytest.mark.parametrize("groups", [[1, 1, 1, 1, 1], [1, 2, 2]], ids=["one window", "two windows"])
def test_memory_is_carried_along_each_lane(groups: list[int]):
    targets = SERIES.copy()
    targets[[5, 9]] = np.nan
    settings = Training(epochs=3, learning_rate=RATE, optimizer="sgd", backprop_windows=groups[-1])
    trained = train(settings, data_of(targets, order=LANES))
    start = [value[0] for value in initial_weights(network_of(), [SEED])[0]]
    rows = np.split(LANES, np.cumsum(groups)[:-1])
    weights, curve = carried_by_hand(start, targets, rows, epochs=3)
    assert_same_weights(trained, weights)
    np.testing.assert_allclose(trained.curves["loss"][0], curve, rtol=1e-5)


def test_a_member_with_an_order_of_its_own_equals_a_separate_run():
    settings = Training(epochs=2, learning_rate=RATE, backprop_windows=2)
    short = np.array([[0, 4], [1, 5]])
    # Rows without samples take no step, though no target is missing.
    padded = np.stack([LANES, np.r_[np.full((3, 2), -1), short]])
    origins = np.stack([ORIGINS] * 2)
    data = data_of(train=origins, order=padded)
    both = train(settings, data, "rnn", [SEED, 4], own="origins", complete=True)
    # Alone it runs without the axis of members.
    data = data_of(train=origins[:1], order=short[None])
    alone = train(settings, data, "rnn", [4], own="origins", complete=True)
    assert_same_weights(both, first_member(alone), member=1)


def test_an_empty_place_leaves_no_trace_in_memory():
    """Whatever an empty place holds, even NaN, the lane begins from zero after it."""
    network = network_of("rnn")
    weights = jax.tree.map(lambda value: value[0], initial_weights(network, [SEED]))
    step = NetworkStep(network, Training(), FRAMING, carried=True)
    before = NetworkVariables(*weights, [], [jnp.ones((3, UNITS))], 0.0, 0)
    # The last origin is where the number of an empty place points.
    rows = Rows(np.where(np.arange(len(SERIES)) < LOOK_BACK + 2, SERIES, np.nan)[:, None])
    data = data_of(source=replace(rows, targets=rows.values))
    _, after = step.evaluate(step.begin(before), data, jnp.array([-1, 2, -1]))
    alone = FRAMING(rows, ORIGINS[2:3]).inputs
    _, (expected,) = network.apply(weights, alone, [jnp.zeros((1, UNITS))])
    assert np.abs(expected).max() > 0
    np.testing.assert_allclose(after.state[0], np.pad(expected, ((1, 1), (0, 0))), rtol=1e-6)
