from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from drawn_networks import (
    BATCH,
    UNITS,
    advance,
    all_close,
    apply,
    close,
    dense,
    drawn_inputs,
    drawn_state,
    drawn_weights,
    in_rows,
    network_of,
    others_of,
)
from numpy_cells import Activation, run_stack

from gatecast.framing import SampleInputs
from gatecast.network import Network, Normal


def assert_equals_formulas(network: Network, activation: Activation = np.tanh):
    values, by_layer = drawn_weights(network)
    inputs, state = drawn_inputs(network), drawn_state(network)
    cell = network.architecture.cell
    layers = [by_layer[f"{cell}_{place + 1}"] for place in range(network.architecture.layers)]
    hidden, expected = run_stack(cell, layers, inputs.x, state, activation=activation)
    y, after = apply(network, values, inputs, state)
    close(y, in_rows(dense(hidden, by_layer["output"]), network))
    all_close(after, expected)


@pytest.mark.parametrize(
    ("cell", "layers", "steps"),
    # Six steps are written out, seven are a loop. Six layers have more than ten state arrays.
    [("lstm", 1, 6), ("lstm", 6, 2), ("gru", 2, 6), ("gru", 1, 7), ("rnn", 1, 6), ("rnn", 2, 7)],
)
def test_recurrent_networks_equal_their_formulas(cell: str, layers: int, steps: int):
    assert_equals_formulas(network_of({"steps": steps}, cell=cell, layers=layers))


@pytest.mark.parametrize(
    ("name", "activation"),
    [("relu", lambda z: np.maximum(z, 0)), ("linear", lambda z: z)],
)
def test_activation_is_that_of_candidate_and_output(name: str, activation: Activation):
    assert_equals_formulas(network_of({"steps": 3}, cell="lstm", activation=name), activation)


@pytest.mark.parametrize("elapsed", [False, True])
def test_dropout_acts_in_training_only(elapsed: bool):  # noqa: FBT001
    network = network_of({"steps": 2, "elapsed": elapsed}, cell="gru", dropout=0.5)
    values, _ = drawn_weights(network)
    inputs, state = drawn_inputs(network), drawn_state(network)
    others = others_of(network)
    y, _, after = advance(network, (values, others), inputs, state, training=True)
    assert not np.allclose(y, apply(network, values, inputs, state)[0])
    # The next batch drops others.
    assert not all(map(np.array_equal, others, after))
    if not elapsed:
        assert_equals_formulas(network)


def test_a_sequence_in_two_parts_equals_the_whole():
    whole, first, second = (network_of({"steps": n}, cell="lstm", layers=2) for n in (7, 6, 1))
    unrolled = [each.model.get_layer("lstm_1").unroll for each in (whole, first, second)]
    assert unrolled == [False, True, True]
    values, _ = drawn_weights(whole)
    x, state = drawn_inputs(whole).x, drawn_state(whole)
    y, after = apply(whole, values, SampleInputs(x), state)
    _, between = apply(first, values, SampleInputs(x[:, :6]), state)
    y_of_parts, after_parts = apply(second, values, SampleInputs(x[:, 6:]), between)
    close(y_of_parts, y)
    all_close(after_parts, after)


def test_a_dense_network_has_no_memory():
    network = network_of({"masked": True}, cell="dense", layers=2, activation="relu")
    values, by_layer = drawn_weights(network)
    inputs, state = drawn_inputs(network), drawn_state(network)
    assert network.state_units == state == network.zero_state(BATCH) == []
    # Empty steps are zeros.
    hidden = (inputs.x * inputs.mask[..., None]).reshape(BATCH, -1)
    for layer in ("dense_1", "dense_2"):
        hidden = np.maximum(dense(hidden, by_layer[layer]), 0)
    y, after = apply(network, values, inputs, state)
    close(y, in_rows(dense(hidden, by_layer["output"]), network))
    assert after == []


@pytest.mark.parametrize(("cell", "arrays"), [("lstm", 4), ("gru", 2), ("rnn", 2)])
def test_zero_state_of_two_layers(cell: str, arrays: int):
    state = network_of(cell=cell, layers=2).zero_state(5)
    assert [part.shape for part in state] == [(5, UNITS)] * arrays
    assert not any(part.any() for part in state)


def test_linear_skip_adds_a_linear_map_of_the_window_to_every_output():
    sizes: dict[str, Any] = {"steps": 3, "targets": 2}
    plain, network = (
        network_of(sizes, Normal(), cell="rnn", linear_skip=skip) for skip in (False, True)
    )
    values, by_layer = drawn_weights(network)
    inputs, state = drawn_inputs(network), drawn_state(network)
    without = [
        value
        for value, variable in zip(values, network.model.trainable_variables, strict=True)
        if not variable.path.startswith("linear_skip")
    ]
    y, _ = apply(network, values, inputs, state)
    assert y.shape == (BATCH, 3, 2, 2)
    skip = dense(inputs.x.reshape(BATCH, -1), by_layer["linear_skip"])
    close(y, apply(plain, without, inputs, state)[0] + in_rows(skip, network))


def test_networks_of_the_same_make_are_equal():
    network = network_of(cell="gru")
    assert network == replace(network)
    assert hash(network) == hash(replace(network))
    assert network != network_of(cell="rnn")
    assert network != network_of({"masked": True}, cell="gru")
    assert network != network_of(output=Normal(), cell="gru")
