"""Networks run forward, against loops in plain NumPy and what Keras predicts."""

from typing import Any

import numpy as np
import pytest
from small_forecasters import (
    Array,
    beyond_by_hand,
    drawn_members,
    empty_state,
    forward_of,
    panel_of,
    small_settings,
)

from gatecast.forecasting import Members, Settings
from gatecast.forecasting.members import Runner
from gatecast.forecasting.members._runner import _AT_ONCE
from gatecast.framing import Framing, Rows, SampleRows, lane_order
from gatecast.network import Architecture

NUMBER = 2
VALUES = np.random.default_rng(3).normal(size=20)
PANEL = panel_of(VALUES)
ROWS = Rows(VALUES[:, None].astype(np.float32))
ORIGINS = np.array([4, 5, 9, 20, 11, 7, 8, 13, 19, 6])
OWN = {"scaler": (), "members": NUMBER}

STEPS = small_settings(Framing(4, 2, level="mean", level_span=3), **OWN)
CARRIED = small_settings(Framing(4, 2, level="last"), stateful=True, **OWN)
WINDOW = small_settings(Framing(4, 2, "window"), **OWN)


def members_of(settings: Settings) -> tuple[Members, Runner]:
    members = drawn_members(settings, PANEL)
    return members, members.runner(masked=False)


def close(found: Any, expected: Any):
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


def window_before(origin: int) -> Array:
    return VALUES[origin - 4 : origin].astype(np.float64)


def drawn_state(samples: int) -> list[Array]:
    """[members, samples, units], hidden then cell."""
    rng = np.random.default_rng(5)
    return [rng.normal(size=(NUMBER, samples, 2)).astype(np.float32) for _ in range(2)]


@pytest.mark.parametrize("settings", [STEPS, WINDOW], ids=["steps", "window"])
def test_at_windows_is_a_loop_over_windows(settings: Settings):
    members, runner = members_of(settings)
    found = runner.at_windows(members.weights, ROWS, ORIGINS[None], 2)
    assert found.center.shape == (1, NUMBER, len(ORIGINS), 2, 1)
    for member in range(NUMBER):
        forward = forward_of(members, member)
        expected = [forward(window_before(origin), empty_state(settings))[0] for origin in ORIGINS]
        close(found.center[0, member, ..., 0], expected)


def test_at_windows_is_what_keras_predicts():
    settings = small_settings(Framing(4, 2), architecture=Architecture("gru", 2, 3), **OWN)
    members, runner = members_of(settings)
    found = runner.at_windows(members.weights, ROWS, ORIGINS[None], 2)
    x = np.stack([window_before(origin) for origin in ORIGINS]).astype(np.float32)[:, :, None]
    model = runner.network.model
    memory = {f"state_{place}": np.zeros((len(x), 3), np.float32) for place in range(2)}
    for member in range(NUMBER):
        model.set_weights([value[0, member] for value in members.weights[0]])
        y, *_ = model.predict({"x": x} | memory, verbose=0)
        close(found.center[0, member, ..., 0], y)


def test_cutting_windows_into_chunks_changes_nothing():
    members, runner = members_of(STEPS)
    # Two whole chunks, and some more.
    origins = np.random.default_rng(4).choice(ORIGINS, 2 * _AT_ONCE + 5)
    found = runner.at_windows(members.weights, ROWS, origins[None], 2)
    assert found.center.shape == (1, NUMBER, len(origins), 2, 1)
    for member in range(NUMBER):
        forward = forward_of(members, member)
        by_hand = np.zeros((len(VALUES) + 1, 2))
        for origin in ORIGINS:
            by_hand[origin], _ = forward(window_before(origin), empty_state(STEPS))
        close(found.center[0, member, ..., 0], by_hand[origins])


def test_along_lanes_is_a_loop_over_each_series():
    members, runner = members_of(CARRIED)
    lanes = [np.array([4, 5, 6, 7, 8]), np.array([13, 14, 15])]
    origins = np.concatenate(lanes)
    order = lane_order(np.array([5, 3]))
    # From a memory that is not empty.
    begin = drawn_state(2)
    outputs, memory = runner.along_lanes(members.weights, ROWS, origins, order, begin)
    assert outputs.shape == (NUMBER, 5, 2, 2, 1)
    for member in range(NUMBER):
        forward = forward_of(members, member)
        for lane, samples in enumerate(lanes):
            state, expected = [part[member, lane].astype(np.float64) for part in begin], []
            for origin in samples:
                forecasts, state = forward(window_before(origin), state)
                expected.append(forecasts)
            close(outputs[member, 5 - len(samples) :, lane, :, 0], expected)
            for part, found in zip(state, memory, strict=True):
                close(found[member, lane], part)


@pytest.mark.parametrize("h", [1, 2, 5])
@pytest.mark.parametrize("settings", [STEPS, CARRIED], ids=["stateless", "carried"])
def test_beyond_feeds_forecasts_back(settings: Settings, h: int):
    (members, runner), state = members_of(settings), drawn_state(3)
    windows = np.stack([window_before(origin) for origin in (4, 10, 20)])
    # What lies ahead must not be read before it is written.
    ahead = np.full((3, runner.reach(h)), 1e6)
    own = SampleRows(np.hstack([windows, ahead])[None, ..., None].astype(np.float32))
    found = runner.beyond(members.weights, own, [part[None] for part in state], h).center
    assert found.shape == (1, NUMBER, 3, h, 1)
    for member in range(NUMBER):
        forward = forward_of(members, member)
        for sample, window in enumerate(windows):
            before = [part[member, sample].astype(np.float64) for part in state]
            expected = beyond_by_hand(forward, window, before, h, carried=settings.stateful)
            close(found[0, member, sample, :, 0], expected)
