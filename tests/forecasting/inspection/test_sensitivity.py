"""Sensitivities against products of kernels, and against forecasts from nudged histories."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from small_forecasters import drawn_model, panel_of

from gatecast._types import Panel
from gatecast.forecasting import Combination, Model, Settings, inspect_model
from gatecast.forecasting.inspection import effective_memory, sensitivity
from gatecast.framing import Framing
from gatecast.network import Architecture

Array = np.ndarray
WALK = np.random.default_rng(1).normal(size=26).cumsum() / 3


def settings(framing: Framing, architecture: Architecture, **changes: Any) -> Settings:
    return Settings(framing, architecture, **{"scaler": ()} | changes)


def model_of(settings: Settings, panel: Panel, h: int = 2) -> Model:
    """A model at the end of the panel whose weights are drawn, not trained."""
    return drawn_model(settings, panel, h, intervals=False)


def matrix(found: pd.DataFrame) -> Array:
    """[steps, lags]."""
    return found.pivot_table(index="step", columns="lag", values="sensitivity").to_numpy()


def by_differences(model: Model, h: int) -> Array:
    """[steps, lags] how the forecast of a single series moves with each value, in user's units."""
    panel, nudge = model.context.panel, 0.02
    found = []
    for lag in range(1, model.members.parts[0].settings.framing.look_back + 1):
        ends = []
        for sign in (1, -1):
            y = panel.y.copy()
            y[-lag] += sign * nudge
            moved = replace(model, context=replace(model.context, panel=replace(panel, y=y)))
            ends.append(moved.forecast(h)[model.name].to_numpy())
        found.append((ends[0] - ends[1]) / (2 * nudge))
    return np.abs(found).T


def frame_of(by_lag: list[float]) -> pd.DataFrame:
    lags = range(1, len(by_lag) + 1)
    return pd.DataFrame({"lag": lags, "step": 1, "sensitivity": by_lag})


def test_a_linear_network_responds_by_the_product_of_its_kernels():
    linear = settings(Framing(4, 2), Architecture("dense", units=3, activation="linear"), members=2)
    panel = panel_of(WALK, WALK[:9])
    model = model_of(linear, panel)
    first, _, last, _ = (np.asarray(value)[0] for value in model.members.parts[0].weights[0])
    # [members, rows oldest first, steps]
    expected = np.abs(first @ last).mean(axis=0).T[:, ::-1]
    found = sensitivity(model)
    assert list(found) == ["lag", "step", "sensitivity"]
    np.testing.assert_allclose(matrix(found), expected, rtol=1e-5)
    # Wherever it is asked, a linear map is the same.
    np.testing.assert_allclose(matrix(sensitivity(model, panel)), expected, rtol=1e-5)


@pytest.mark.parametrize(
    ("framing", "h", "changes"),
    [
        (Framing(4, 1, level="smoothed", level_span=3), 3, {}),
        (Framing(4, 2, level="mean", level_span=3), 2, {"stateful": True}),
        (Framing(5, 2, "window", level="last"), 2, {"gaps": "mask"}),
    ],
    ids=["fed back", "carried", "window"],
)
def test_it_is_how_the_forecast_moves(framing: Framing, h: int, changes: dict[str, Any]):
    model = model_of(
        settings(framing, Architecture("rnn", units=2), **changes), panel_of(WALK), h=h
    )
    found = matrix(sensitivity(model))
    assert found.max() > 0.05
    np.testing.assert_allclose(found, by_differences(model, h), atol=2e-3)


def test_it_is_averaged_over_the_windows_of_a_history():
    small = settings(Framing(5, 2), Architecture("rnn", units=2))
    model = model_of(small, panel_of(WALK[:9]))
    found = matrix(sensitivity(model, panel_of(WALK[:9])))
    lasts = [matrix(sensitivity(_at(model, end))) for end in range(5, 10)]
    np.testing.assert_allclose(found, np.mean(lasts, axis=0), rtol=1e-4)


def _at(model: Model, end: int) -> Model:
    """The model standing where the walk has come to, five rows in sight."""
    panel = panel_of(WALK[end - 5 : end])
    return replace(model, context=replace(model.context, panel=panel))


def test_empty_rows_move_nothing():
    gappy = WALK.copy()
    gappy[[-2, -4]] = np.nan
    small = settings(Framing(5, 2), Architecture("rnn", units=2))
    found = matrix(sensitivity(model_of(small, panel_of(gappy))))
    assert (found[:, [1, 3]] == 0).all()
    assert (found[:, [0, 2, 4]] > 0).all()


@pytest.mark.parametrize(
    ("by_lag", "expected"),
    [
        ([1.0, 0, 0, 0], 1),
        ([0.9, 0.05, 0.05, 0], 2),
        ([0.9, 0.04, 0.05, 0.01], 3),
        ([1.0] * 20, 19),
        ([0.0, 0, 1], 3),
        ([0.0, 0], 0),
    ],
)
def test_effective_memory_by_hand(by_lag: list[float], expected: int):
    assert effective_memory(frame_of(by_lag)) == expected
    twice = pd.concat([frame_of(by_lag), frame_of(by_lag).assign(step=2)])
    assert effective_memory(twice) == expected


@pytest.mark.parametrize(
    ("by_lag", "words"),
    [
        (0.5 ** np.arange(12), "5 steps: look_back=12 is longer than needed."),
        (0.8 ** np.arange(12), "10 steps: look_back=12 is about right."),
        (np.ones(12), "look_back=12 may be too short (the 3 oldest lags still carry 25 %)."),
        (np.ones(1), "1 step: look_back=1 may be too short (the oldest lag still carries 100 %)."),
        (np.zeros(3), "does not respond to the 3 rows it looks back on."),
    ],
)
def test_what_is_said_of_look_back(by_lag: Array, words: str):
    found = inspect_model(responding(by_lag))
    np.testing.assert_allclose(found.sensitivity["sensitivity"], by_lag, rtol=1e-6)
    assert found.summary.endswith(words)
    assert found.gates.empty
    assert found.half_life.empty
    assert list(found.half_life) == ["member", "layer", "unit", "half_life"]


def test_parts_count_alike_and_do_not_respond_to_what_they_do_not_see():
    long, short = responding(np.array([3.0, 2, 1])), responding(np.array([5.0]))
    both = replace(
        long,
        members=Combination((*long.members.parts, *short.members.parts)),
        context=replace(long.context, states=[*long.context.states, *short.context.states]),
    )
    np.testing.assert_allclose(matrix(sensitivity(both)), [[4, 1, 0.5]], rtol=1e-6)


def responding(by_lag: Array) -> Model:
    """A linear network that forecasts the sum of what it sees, each lag times its own number."""
    linear = settings(Framing(len(by_lag)), Architecture("dense", units=1, activation="linear"))
    model = model_of(linear, panel_of(WALK), h=1)
    part = model.members.parts[0]
    first, bias, last, _ = (np.asarray(value) for value in part.weights[0])
    trainable = [by_lag[::-1].reshape(first.shape), 0 * bias, np.ones_like(last), 0 * bias]
    weights = ([value.astype(np.float32) for value in trainable], part.weights[1])
    return replace(model, members=Combination((replace(part, weights=weights),)))


def test_an_inspection_holds_everything():
    small = settings(Framing(5, 2), Architecture(units=2))
    model = model_of(small, panel_of(WALK, WALK + 1))
    found = inspect_model(model)
    assert set(found.gates["unique_id"]) == {"a", "b"}
    assert set(inspect_model(model, unique_id="b").gates["unique_id"]) == {"b"}
    assert len(found.half_life) == 2
    assert found.effective_memory == effective_memory(found.sensitivity)
    assert found.summary.startswith(f"Effective memory is about {found.effective_memory} steps")
    middle = found.half_life["half_life"].median()
    assert f"gone after {middle:.1f} steps." in found.summary
