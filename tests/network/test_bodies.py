from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from drawn_networks import (
    BATCH,
    HORIZON,
    STEPS,
    UNITS,
    all_close,
    apply,
    close,
    dense,
    drawn_inputs,
    drawn_state,
    drawn_weights,
    in_rows,
    network_of,
)
from numpy_cells import CELLS, Weights, run_layer, run_stack

from gatecast.network import KINDS


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "keras"])
def test_memory_is_carried_where_the_architecture_says_so(kind: str):
    network = network_of({"steps": 2}, cell="rnn", kind=kind, layers=2)
    assert network.architecture.remembers == bool(network.state_units)


def test_residual_layers_add_to_what_the_ones_below_say():
    network = network_of({"masked": True}, cell="gru", kind="residual", layers=3)
    values, by_layer = drawn_weights(network)
    inputs, state = drawn_inputs(network), drawn_state(network)
    assert not inputs.mask[:, -1].all()
    x, expected = inputs.x, []
    for place in range(3):
        weights = by_layer[f"gru_{place + 1}"]
        outputs, memory = run_layer("gru", weights, x, [state[place]], mask=inputs.mask)
        x = x + outputs if place else outputs
        expected += memory
    y, after = apply(network, values, inputs, state)
    close(y, in_rows(dense(x[:, -1], by_layer["output"]), network))
    all_close(after, expected)


def dilated_layer(weights: Weights, x: np.ndarray, mask: Any, dilation: int) -> np.ndarray:
    """Each step goes on from the state `dilation` steps before, at first from zeros."""
    states = [[np.zeros((BATCH, UNITS))] * 2] * dilation
    for t in range(x.shape[1]):
        now = slice(t, t + 1)
        states.append(run_layer("lstm", weights, x[:, now], states[t], mask=mask[:, now])[1])
    return np.stack([h for h, _ in states[dilation:]], axis=1)


@pytest.mark.parametrize("masked", [False, True])
def test_dilated_layers_remember_1_2_and_4_steps_back(masked: bool):  # noqa: FBT001
    network = network_of({"masked": masked}, cell="lstm", kind="dilated", layers=3)
    values, by_layer = drawn_weights(network)
    inputs = drawn_inputs(network)
    mask = inputs.mask if masked else np.ones((BATCH, STEPS), bool)
    x = dilated_layer(by_layer["lstm_1"], inputs.x, mask, 1)
    x = x + dilated_layer(by_layer["lstm_2"], x, mask, 2)
    x = x + dilated_layer(by_layer["lstm_3"], x, mask, 4)
    y, after = apply(network, values, inputs, [])
    close(y, in_rows(dense(x[:, -1], by_layer["output"]), network))
    assert after == []


def test_bidirectional_layers_read_from_both_ends():
    network = network_of({"masked": True}, cell="lstm", kind="bidirectional", layers=2)
    values, by_layer = drawn_weights(network)
    inputs = drawn_inputs(network)
    x, mask = inputs.x, inputs.mask
    for place in (1, 2):
        zeros = [np.zeros((BATCH, UNITS))] * 2
        there, _ = run_layer("lstm", by_layer[f"forward_lstm_{place}"], x, zeros, mask=mask)
        back, _ = run_layer(
            "lstm", by_layer[f"backward_lstm_{place}"], x[:, ::-1], zeros, mask=mask[:, ::-1]
        )
        x = np.concatenate([there, back[:, ::-1]], axis=-1)
    # Each direction's output at its own end.
    hidden = np.concatenate([there[:, -1], back[:, -1]], axis=-1)
    y, _ = apply(network, values, inputs, [])
    close(y, in_rows(dense(hidden, by_layer["output"]), network))


def test_a_convolution_reads_each_step_and_the_two_before():
    network = network_of({"masked": True}, cell="rnn", kind="cnn")
    values, by_layer = drawn_weights(network)
    inputs, state = drawn_inputs(network), drawn_state(network)
    x = np.pad(inputs.x * inputs.mask[..., None], [(0, 0), (2, 0), (0, 0)])
    kernel, bias = (by_layer["convolution"][name] for name in ("kernel", "bias"))
    filtered = np.tanh(sum(x[:, lag : lag + STEPS] @ kernel[lag] for lag in range(3)) + bias)
    layers = [by_layer["rnn_1"]]
    hidden, expected = run_stack("rnn", layers, filtered, state, mask=inputs.mask)
    y, after = apply(network, values, inputs, state)
    close(y, in_rows(dense(hidden, by_layer["output"]), network))
    all_close(after, expected)


@pytest.mark.parametrize("future", [0, 2])
def test_a_decoder_goes_on_from_the_memory_of_the_last_layer(future: int):
    network = network_of({"future": future}, cell="lstm", kind="encoder_decoder", layers=2)
    values, by_layer = drawn_weights(network)
    inputs, state = drawn_inputs(network), drawn_state(network)
    layers = [by_layer["lstm_1"], by_layer["lstm_2"]]
    hidden, expected = run_stack("lstm", layers, inputs.x, state)
    read = inputs.future if future else np.repeat(hidden[:, None], HORIZON, axis=1)
    rows, _ = run_layer("lstm", by_layer["decoder"], read, expected[-2:])
    y, after = apply(network, values, inputs, state)
    close(y, in_rows(dense(rows, by_layer["output"]), network))
    all_close(after, expected)


@pytest.mark.parametrize("cell", CELLS)
def test_memory_decays_while_nothing_is_observed(cell: str):
    network = network_of({"elapsed": True, "masked": True}, cell=cell, layers=2)
    values, by_layer = drawn_weights(network)
    state = drawn_state(network)
    layers = [by_layer[f"{cell}_{place}"] for place in (1, 2)]
    irregular = drawn_inputs(network)
    assert irregular.elapsed.min() < 1
    regular = replace(irregular, elapsed=np.ones_like(irregular.elapsed))
    for inputs, elapsed in ((irregular, irregular.elapsed), (regular, None)):
        # It is read as a feature, too.
        x = np.concatenate([inputs.x, inputs.elapsed], axis=-1)
        given = {"mask": inputs.mask, "elapsed": elapsed}
        hidden, expected = run_stack(cell, layers, x, state, **given)
        y, after = apply(network, values, inputs, state)
        close(y, in_rows(dense(hidden, by_layer["output"]), network))
        all_close(after, expected)
