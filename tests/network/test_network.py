from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import jax
import numpy as np
import pytest
from numpy_cells import CELLS, Weights, run_stack

from gatecast.network import Architecture, Network, build_network

BATCH, FEATURES, UNITS, OUTPUTS = 3, 2, 4, 2

Activation = Callable[[np.ndarray], np.ndarray]


def network_of(steps: int = 3, **architecture: Any) -> Network:
    made = Architecture(**{"units": UNITS} | architecture)
    return build_network(made, steps=steps, features=FEATURES, outputs=OUTPUTS)


def drawn_weights(network: Network) -> tuple[list[Any], dict[str, Weights]]:
    """Weights without a zero among them: as the model takes them, and by layer and name."""
    rng = np.random.default_rng(1)
    values, by_layer = [], defaultdict[str, Weights](dict)
    for variable in network.model.trainable_variables:
        values.append(rng.normal(scale=0.7, size=variable.shape).astype(np.float32))
        layer, *_, name = variable.path.split("/")
        by_layer[layer][name] = values[-1].astype(np.float64)
    return values, by_layer


def drawn_data(network: Network) -> tuple[np.ndarray, list[np.ndarray]]:
    rng = np.random.default_rng(2)
    x = rng.normal(size=(BATCH, network.steps, FEATURES)).astype(np.float32)
    state = [rng.normal(size=(BATCH, units)).astype(np.float32) for units in network.state_units]
    return x, state


def apply(network: Network, values: list[Any], x: Any, state: Any) -> tuple[Any, list[Any]]:
    others = [variable.value for variable in network.model.non_trainable_variables]
    return jax.jit(network.apply)((values, others), x, state)


def dense(x: np.ndarray, weights: Weights) -> np.ndarray:
    return x @ weights["kernel"] + weights["bias"]


def close(found: Any, expected: Any):
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


def assert_equals_formulas(network: Network, activation: Activation = np.tanh):
    values, by_layer = drawn_weights(network)
    x, state = drawn_data(network)
    cell = network.architecture.cell
    layers = [by_layer[f"{cell}_{place + 1}"] for place in range(network.architecture.layers)]
    hidden, expected_state = run_stack(cell, layers, x, state, activation)
    y, after = apply(network, values, x, state)
    close(y, dense(hidden, by_layer["output"]))
    assert len(after) == len(state)
    for found, expected in zip(after, expected_state, strict=True):
        close(found, expected)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize(("layers", "steps"), [(1, 6), (2, 7)])
def test_recurrent_networks_equal_their_formulas(cell: str, layers: int, steps: int):
    assert_equals_formulas(network_of(steps, cell=cell, layers=layers))


@pytest.mark.parametrize(
    ("name", "activation"),
    [("relu", lambda z: np.maximum(z, 0)), ("linear", lambda z: z)],
)
def test_activation_is_that_of_candidate_and_output(name: str, activation: Activation):
    assert_equals_formulas(network_of(cell="lstm", activation=name), activation)


def test_dropout_acts_in_training_only():
    network = network_of(cell="lstm", dropout=0.5)
    assert_equals_formulas(network)
    values, _ = drawn_weights(network)
    x, state = drawn_data(network)
    others = [variable.value for variable in network.model.non_trainable_variables]
    y, _, others_after = network.forward((values, others), x, state, training=True)
    assert not np.allclose(y, apply(network, values, x, state)[0])
    # The next batch drops others.
    assert not np.array_equal(others, others_after)


@pytest.mark.parametrize("cell", CELLS)
def test_a_sequence_in_two_parts_equals_the_whole(cell: str):
    # Six steps are written out, seven are a loop.
    whole, first, second = (network_of(steps, cell=cell, layers=2) for steps in (7, 6, 1))
    unrolled = [each.model.get_layer(f"{cell}_1").unroll for each in (whole, first, second)]
    assert unrolled == [False, True, True]
    values, _ = drawn_weights(whole)
    x, state = drawn_data(whole)
    y, after = apply(whole, values, x, state)
    _, between = apply(first, values, x[:, :6], state)
    y_of_parts, after_parts = apply(second, values, x[:, 6:], between)
    close(y_of_parts, y)
    for found, expected in zip(after_parts, after, strict=True):
        close(found, expected)


def test_a_dense_network_has_no_memory():
    network = network_of(cell="dense", layers=2, activation="relu")
    values, by_layer = drawn_weights(network)
    x, state = drawn_data(network)
    assert network.state_units == state == network.zero_state(BATCH) == []
    hidden = x.reshape(BATCH, -1)
    for layer in ("dense_1", "dense_2"):
        hidden = np.maximum(dense(hidden, by_layer[layer]), 0)
    y, after = apply(network, values, x, state)
    close(y, dense(hidden, by_layer["output"]))
    assert after == []


@pytest.mark.parametrize(("cell", "arrays"), [("lstm", 4), ("gru", 2), ("rnn", 2)])
def test_zero_state_of_two_layers(cell: str, arrays: int):
    state = network_of(cell=cell, layers=2).zero_state(5)
    assert [part.shape for part in state] == [(5, UNITS)] * arrays
    assert not any(part.any() for part in state)


def test_linear_skip_adds_a_linear_map_of_the_window():
    plain, network = network_of(cell="rnn"), network_of(cell="rnn", linear_skip=True)
    values, by_layer = drawn_weights(network)
    x, state = drawn_data(network)
    without = [
        value
        for value, variable in zip(values, network.model.trainable_variables, strict=True)
        if not variable.path.startswith("linear_skip")
    ]
    y, _ = apply(network, values, x, state)
    skip = dense(x.reshape(BATCH, -1), by_layer["linear_skip"])
    close(y, apply(plain, without, x, state)[0] + skip)


def test_networks_of_the_same_make_are_equal():
    network = network_of(cell="gru")
    assert network == replace(network, model=None)
    assert hash(network) == hash(replace(network, model=None))
    assert network != network_of(cell="rnn")
