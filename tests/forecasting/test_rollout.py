from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_forecasters import (
    Array,
    beyond_by_hand,
    drawn_ensemble,
    empty_state,
    forward_of,
    panel_of,
    small_settings,
)

from gatecast.forecasting import Ensemble, _rollout
from gatecast.forecasting._rollout import Runner, lane_order
from gatecast.forecasting._settings import Settings
from gatecast.framing import Framing
from gatecast.network import Architecture

MEMBERS = 2
VALUES = np.random.default_rng(3).normal(size=20)
PANEL = panel_of(VALUES)
ROWS = {"values": VALUES[:, None].astype(np.float32)}
ORIGINS = np.array([4, 5, 9, 20, 11, 7, 8, 13, 19, 6])
OWN = {"scaler": (), "members": MEMBERS}

STEPS = small_settings(Framing(4, 2, level="mean", level_span=3), **OWN)
CARRIED = small_settings(Framing(4, 2, level="last"), stateful=True, **OWN)
WINDOW = small_settings(Framing(4, 2, "window"), **OWN)


def ensemble_of(settings: Settings) -> tuple[Ensemble, Runner]:
    ensemble = drawn_ensemble(settings, PANEL)
    return ensemble, ensemble.runner(masked=False)


def close(found: Any, expected: Any):
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


def window_before(origin: int) -> Array:
    return VALUES[origin - 4 : origin].astype(np.float64)


def drawn_state(samples: int) -> list[Array]:
    """[members, samples, units], hidden then cell."""
    rng = np.random.default_rng(5)
    return [rng.normal(size=(MEMBERS, samples, 2)).astype(np.float32) for _ in range(2)]


@pytest.mark.parametrize("settings", [STEPS, WINDOW], ids=["steps", "window"])
def test_at_windows_is_a_loop_over_windows(settings: Settings):
    ensemble, runner = ensemble_of(settings)
    found = runner.at_windows(ensemble.weights, ROWS, ORIGINS[None], 2)
    assert found.center.shape == (1, MEMBERS, len(ORIGINS), 2, 1)
    for member in range(MEMBERS):
        forward = forward_of(ensemble, member)
        expected = [forward(window_before(origin), empty_state(settings))[0] for origin in ORIGINS]
        close(found.center[0, member, ..., 0], expected)


def test_at_windows_is_what_keras_predicts():
    settings = small_settings(Framing(4, 2), architecture=Architecture("gru", 2, 3), **OWN)
    ensemble, runner = ensemble_of(settings)
    found = runner.at_windows(ensemble.weights, ROWS, ORIGINS[None], 2)
    x = np.stack([window_before(origin) for origin in ORIGINS]).astype(np.float32)[:, :, None]
    model = runner.network.model
    memory = {f"state_{place}": np.zeros((len(x), 3), np.float32) for place in range(2)}
    for member in range(MEMBERS):
        model.set_weights([value[0, member] for value in ensemble.weights[0]])
        y, *_ = model.predict({"x": x} | memory, verbose=0)
        close(found.center[0, member, ..., 0], y)


@pytest.mark.parametrize("at_once", [4, 5])
def test_cutting_windows_into_chunks_changes_nothing(at_once: int, monkeypatch: pytest.MonkeyPatch):
    ensemble, runner = ensemble_of(STEPS)
    whole = runner.at_windows(ensemble.weights, ROWS, ORIGINS[None], 2)
    monkeypatch.setattr(_rollout, "_AT_ONCE", at_once)
    uncompiled = Runner.at_windows.__wrapped__
    rows = {"values": jnp.asarray(ROWS["values"])}
    again = uncompiled(runner, ensemble.weights, rows, jnp.asarray(ORIGINS)[None], 2)
    close(again.center, whole.center)


def test_along_lanes_is_a_loop_over_each_series():
    ensemble, runner = ensemble_of(CARRIED)
    lanes = [np.array([4, 5, 6, 7, 8]), np.array([13, 14, 15])]
    origins = np.concatenate(lanes)
    order = lane_order(np.array([5, 3]))
    # From a memory that is not empty.
    begin = drawn_state(2)
    outputs, memory = runner.along_lanes(ensemble.weights, ROWS, origins, order, begin)
    assert outputs.shape == (MEMBERS, 5, 2, 2, 1)
    for member in range(MEMBERS):
        forward = forward_of(ensemble, member)
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
    (ensemble, runner), state = ensemble_of(settings), drawn_state(3)
    windows = np.stack([window_before(origin) for origin in (4, 10, 20)])
    # What lies ahead must not be read before it is written.
    ahead = np.full((3, runner.reach(h)), 1e6)
    own = {"values": np.hstack([windows, ahead])[None, ..., None].astype(np.float32)}
    found = runner.beyond(ensemble.weights, own, [part[None] for part in state], h).center
    assert found.shape == (1, MEMBERS, 3, h, 1)
    for member in range(MEMBERS):
        forward = forward_of(ensemble, member)
        for sample, window in enumerate(windows):
            before = [part[member, sample].astype(np.float64) for part in state]
            expected = beyond_by_hand(forward, window, before, h, carried=settings.stateful)
            close(found[0, member, sample, :, 0], expected)


@pytest.mark.parametrize(
    ("samples", "upto", "expected"),
    [
        ([3], None, [[0], [1], [2]]),
        ([3, 1], None, [[0, -1], [1, -1], [2, 3]]),
        ([1, 3, 0], None, [[-1, 1, -1], [-1, 2, -1], [0, 3, -1]]),
        ([3, 2], [2, 2], [[-1, -1], [0, 3], [1, 4]]),
        ([3, 2], [0, 1], [[-1, -1], [-1, -1], [-1, 3]]),
        ([0, 0], None, np.empty((0, 2))),
    ],
)
def test_lane_order_by_hand(samples: list[int], upto: list[int] | None, expected: Any):
    order = lane_order(np.array(samples), None if upto is None else np.array(upto))
    np.testing.assert_array_equal(order, expected)


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=4))
def test_each_lane_holds_the_leading_samples_of_its_series(pairs: list[tuple[int, int]]):
    samples = np.array([most for most, _ in pairs])
    upto = np.minimum(samples, [fewer for _, fewer in pairs])
    order = lane_order(samples, upto)
    first = 0
    for lane, (most, leading) in enumerate(zip(samples, upto, strict=True)):
        wanted = list(range(first, first + leading))
        assert order[:, lane].tolist() == [-1] * (samples.max() - leading) + wanted
        first += most
