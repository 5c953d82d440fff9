"""Forecasts of any number of series from few programs."""

from functools import partial
from typing import Any

import jax
import numpy as np
import pandas as pd
import pytest
from small_forecasters import (
    DrawnForecaster,
    drawn_members,
    frame_of,
    panel_of,
    small_settings,
    wandering,
)

from gatecast import LSTMForecaster
from gatecast.forecasting.members import ForecastInputs, Runner
from gatecast.framing import Framing, SampleRows

H = 2
MOST = 7
FRAME = frame_of(panel_of(*(wandering(20 + number, number) for number in range(MOST))))


def first(series: int) -> pd.DataFrame:
    return FRAME[FRAME["unique_id"] < chr(ord("a") + series)]


def fitted(**changes: Any) -> LSTMForecaster:
    small = {"look_back": 4, "units": 3, "intervals": False}
    return DrawnForecaster(h=H, **small | changes).fit(FRAME)


def test_few_programs_and_the_forecasts_of_each_series_alone():
    model = fitted(members=2)
    before = Runner.beyond._cache_size()
    forecasts = [model.predict(df=first(series)) for series in range(1, MOST + 1)]
    # Of 1, 2, 4 and 8 series.
    assert Runner.beyond._cache_size() - before == 4
    alone = [
        model.predict(df=FRAME[FRAME["unique_id"] == name]) for name in FRAME["unique_id"].unique()
    ]
    for number, forecast in enumerate(forecasts, start=1):
        assert forecast["unique_id"].nunique() == number
        expected = pd.concat(alone[:number], ignore_index=True)
        pd.testing.assert_frame_equal(forecast, expected, rtol=1e-5)
    assert Runner.beyond._cache_size() - before == 4


def test_memory_goes_with_its_sample():
    settings = small_settings(Framing(4, H), stateful=True, members=2)
    members = drawn_members(settings, panel_of(wandering(20)))
    runner, random = members.runner(masked=False), np.random.default_rng(0)
    values = random.normal(size=(1, 3, 4 + runner.reach(3), 1)).astype(np.float32)
    rows = SampleRows(values)
    state = [random.normal(size=(1, 2, 3, 2)).astype(np.float32) for _ in range(2)]
    found = runner.forecast(ForecastInputs(members.weights, rows, state), 3)
    expected = runner.beyond(members.weights, rows, state, 3)
    np.testing.assert_allclose(found.center, expected.center, rtol=1e-5, atol=1e-5)


def test_many_series_are_forecast_block_by_block():
    members = drawn_members(small_settings(Framing(4, H), members=2), panel_of(wandering(20)))
    runner, many = members.runner(masked=False), 1030
    values = np.random.default_rng(0).normal(size=(1, many, 4 + H, 1)).astype(np.float32)
    state = [np.zeros((1, 2, many, units), np.float32) for units in runner.network.state_units]
    before = Runner.beyond._cache_size()
    found = runner.forecast(ForecastInputs(members.weights, SampleRows(values), state), H)
    # Two blocks of 512, and one of 8 for the last 6.
    assert Runner.beyond._cache_size() - before == 2
    expected = runner.beyond(members.weights, SampleRows(values), state, H)
    close = partial(np.testing.assert_allclose, rtol=1e-5, atol=1e-5)
    jax.tree.map(close, found, expected)


def test_rows_of_history_and_new_series_take_no_new_program():
    model = fitted()
    model.predict(df=first(1))
    before = Runner.beyond._cache_size()
    for rows in (19, 12, 6):
        model.predict(df=first(1).tail(rows))
    model.predict(df=first(1).assign(unique_id="new"))
    assert Runner.beyond._cache_size() == before


@pytest.mark.parametrize(
    ("samples", "expected"),
    [(1, 1), (2, 2), (3, 4), (1000, 1024), (2047, 2048), (2048, 2048), (2049, 4096)],
)
def test_powers_of_two_then_multiples(samples: int, expected: int):
    values = np.arange(samples, dtype=np.float32).reshape(1, samples, 1, 1)
    inputs = ForecastInputs([], SampleRows(values), [values[:, None, :, 0]])
    found = inputs.rounded_up()
    assert found.samples == expected
    # The last one is repeated.
    wanted = np.minimum(np.arange(expected), samples - 1)
    np.testing.assert_array_equal(found.rows.values.reshape(-1), wanted)
    np.testing.assert_array_equal(found.state[0].reshape(-1), wanted)
