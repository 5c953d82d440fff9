from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from drawn_networks import (
    BATCH,
    HORIZON,
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
from numpy_cells import run_stack

from gatecast.framing import SampleInputs
from gatecast.network import KINDS, Network

# The model of the user's own is tested apart.
OURS = [kind for kind in KINDS if kind != "keras"]


def shapes(network: Network) -> list[tuple[str, tuple[int, ...]]]:
    return [(each.path, each.shape) for each in network.model.trainable_variables]


@pytest.mark.parametrize("kind", OURS)
def test_a_mask_changes_no_weight(kind: str):
    made: dict[str, Any] = {"kind": kind, "layers": 2, "linear_skip": True, "cell": "gru"}
    for sizes in ({"steps": 3}, {"elapsed": True, "future": 1, "static": 1, "categories": (2,)}):
        plain, masked = (network_of(sizes | {"masked": each}, **made) for each in (False, True))
        assert shapes(plain) == shapes(masked)
        assert plain.state_units == masked.state_units


@pytest.mark.parametrize("kind", ["stack", "encoder_decoder"])
def test_a_mask_without_empty_steps_changes_nothing(kind: str):
    plain, masked = (
        network_of({"steps": 3, "masked": each}, cell="rnn", kind=kind, layers=2)
        for each in (False, True)
    )
    values, _ = drawn_weights(plain)
    inputs, state = drawn_inputs(plain), drawn_state(plain)
    y, after = apply(plain, values, inputs, state)
    full = replace(inputs, mask=np.ones((BATCH, 3), bool))
    y_masked, after_masked = apply(masked, values, full, state)
    close(y_masked, y)
    all_close(after_masked, after)


@pytest.mark.parametrize("steps", [5, 8])
def test_empty_steps_leave_the_memory_untouched(steps: int):
    masked = network_of({"steps": steps, "masked": True}, cell="lstm", layers=2)
    shorter = network_of({"steps": 2}, cell="lstm", layers=2)
    values, by_layer = drawn_weights(shorter)
    x, state = drawn_inputs(masked).x, drawn_state(masked)
    y, after = apply(shorter, values, SampleInputs(x[:, [1, 3]]), state)
    mask = np.zeros((BATCH, steps), bool)
    mask[:, [1, 3]] = True
    # What stands in empty steps does not matter.
    for content in (0, 1e9):
        given = SampleInputs(np.where(mask[..., None], x, content).astype(np.float32), mask)
        y_masked, after_masked = apply(masked, values, given, state)
        close(y_masked, y)
        all_close(after_masked, after)
    nothing = SampleInputs(x, np.zeros((BATCH, steps), bool))
    y_nothing, after_nothing = apply(masked, values, nothing, state)
    close(y_nothing, in_rows(dense(state[2], by_layer["output"]), masked))
    all_close(after_nothing, state)


@pytest.mark.parametrize("kind", ["dilated", "cnn"])
def test_a_shorter_history_is_a_window_that_begins_empty(kind: str):
    masked, shorter = (
        network_of(sizes, cell="rnn", kind=kind, layers=2)
        for sizes in ({"steps": 5, "masked": True}, {"steps": 3})
    )
    values, _ = drawn_weights(masked)
    x, state = drawn_inputs(masked).x, masked.zero_state(BATCH)
    mask = np.repeat([[False, False, True, True, True]], BATCH, axis=0)
    y, _ = apply(masked, values, SampleInputs(x, mask), state)
    close(y, apply(shorter, values, SampleInputs(x[:, 2:]), state)[0])


def test_what_does_not_change_in_time_is_read_at_every_step():
    network = network_of({"static": 2, "categories": (3, 12)}, cell="gru")
    values, by_layer = drawn_weights(network)
    inputs, state = drawn_inputs(network), drawn_state(network)
    tables = [by_layer[f"category_{place}"]["embeddings"] for place in (1, 2)]
    # One row more than there are known values.
    assert [table.shape for table in tables] == [(4, 3), (13, 8)]
    parts = [inputs.static]
    parts += [table[inputs.category[:, place]] for place, table in enumerate(tables)]
    about = np.concatenate(parts, axis=-1)
    repeated = np.repeat(about[:, None], network.sizes.steps, axis=1)
    x = np.concatenate([inputs.x, repeated], axis=-1)
    hidden, expected = run_stack("gru", [by_layer["gru_1"]], x, state)
    y, after = apply(network, values, inputs, state)
    close(y, in_rows(dense(hidden, by_layer["output"]), network))
    all_close(after, expected)


def test_what_is_known_of_a_row_is_joined_with_its_own_context():
    network = network_of({"future": 2, "targets": 2}, cell="gru")
    values, by_layer = drawn_weights(network)
    inputs, state = drawn_inputs(network), drawn_state(network)
    hidden, _ = run_stack("gru", [by_layer["gru_1"]], inputs.x, state)
    context = dense(hidden, by_layer["context"]).reshape(BATCH, HORIZON, UNITS)
    rows = np.concatenate([context, inputs.future], axis=-1)
    expected = dense(np.tanh(dense(rows, by_layer["local"])), by_layer["output"])
    y, _ = apply(network, values, inputs, state)
    close(y, in_rows(expected, network))


@pytest.mark.parametrize("kind", ["stack", "encoder_decoder"])
def test_no_forecast_depends_on_what_is_known_of_later_rows(kind: str):
    network = network_of({"future": 2, "targets": 2}, cell="gru", kind=kind)
    values, _ = drawn_weights(network)
    inputs, state = drawn_inputs(network), drawn_state(network)
    y, _ = apply(network, values, inputs, state)
    for row in range(HORIZON):
        future = inputs.future.copy()
        future[:, row] += 1
        other, _ = apply(network, values, replace(inputs, future=future), state)
        np.testing.assert_array_equal(other[:, :row], y[:, :row])
        assert (other[:, row] != y[:, row]).all()
