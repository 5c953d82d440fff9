"""Short series and gaps: an empty step changes nothing."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from small_forecasters import (
    NAN,
    DrawnForecaster,
    drawn_members,
    empty_state,
    forward_of,
    frame_of,
    panel_of,
    small_settings,
    wandering,
)

from gatecast import InputWarning, NegativeBinomial
from gatecast.forecasting.members import ahead
from gatecast.framing import Framing

# What each window of four rows holds, and the mean of what was observed in its last two rows.
SERIES = [[5, NAN, 2, 1], [3, 4], [2], [9, 9, 2, 3, 4, 5], [7, 1, 2, NAN, 4]]
OBSERVED = [[5, 2, 1], [3, 4], [2], [2, 3, 4, 5], [1, 2, 4]]
MEANS = [1.5, 3.5, 2, 4.5, 4]


@pytest.mark.parametrize("level", ["none", "last", "mean"])
def test_a_network_runs_over_what_was_observed_alone(level: Any):
    settings = small_settings(Framing(4, 2, level=level, level_span=2), scaler=())
    panel = panel_of(*SERIES)
    members = drawn_members(settings, panel)
    found = ahead(members, panel, 2)[0]
    forward = forward_of(members, 0)
    for forecasts, observed, mean in zip(found, OBSERVED, MEANS, strict=True):
        own = {"none": 0, "last": observed[-1], "mean": mean}[level]
        expected, _ = forward(np.array(observed, float), empty_state(settings), own)
        np.testing.assert_allclose(forecasts, expected, rtol=1e-5)


def test_bridged_gaps_are_inputs():
    settings = small_settings(Framing(4, 2), scaler=(), gaps="bridge")
    panel = panel_of([5, NAN, 2, 1], [1, 2, NAN, 4])
    members = drawn_members(settings, panel)
    forward = forward_of(members, 0)
    for forecasts, window in zip(
        ahead(members, panel, 2)[0], ([5, 5, 2, 1], [1, 2, 2, 4]), strict=True
    ):
        expected, _ = forward(np.array(window, float), empty_state(settings))
        np.testing.assert_allclose(forecasts, expected, rtol=1e-5)


def test_padding_of_one_series_does_not_touch_another():
    settings = small_settings(Framing(4, 2), members=2)
    alone, both = panel_of(wandering(9)), panel_of(wandering(9), [50, 52])
    found, expected = (
        ahead(drawn_members(settings, panel), panel, 3)[:, 0] for panel in (both, alone)
    )
    np.testing.assert_allclose(found, expected, 1e-5)


@pytest.mark.parametrize("stateful", [False, True])
@pytest.mark.parametrize("framing", ["steps", "window"])
def test_series_of_any_length_are_forecast(framing: Any, *, stateful: bool):
    data = frame_of(panel_of(wandering(14), [70], [20, 30, NAN, 10]))
    forecaster = DrawnForecaster(
        h=2, look_back=4, framing=framing, stateful=stateful, cell="rnn", units=2
    )
    with pytest.warns(InputWarning):
        forecast = forecaster.fit(data).predict(3, level=[80])
    assert forecast["unique_id"].tolist() == ["a"] * 3 + ["b"] * 3 + ["c"] * 3
    assert forecast["ds"].tolist() == [14, 15, 16, 1, 2, 3, 4, 5, 6]
    assert np.isfinite(forecast.iloc[:, 2:]).all(axis=None)


def test_a_longer_gap_decays_more():
    """Irregular rows, or gaps="decay": the time that has gone by is seen."""
    near = pd.DataFrame({"unique_id": "a", "ds": [1, 2, 3, 4, 5, 6], "y": [3, 1, 4, 1, 5, 9.0]})
    far = near.assign(ds=[1, 2, 3, 4, 25, 26])
    forecaster = DrawnForecaster(look_back=3, cell="rnn", units=2, intervals=False)
    forecaster.fit(near, freq="irregular")
    found, other = (forecaster.predict(df=data).iloc[0] for data in (near, far))
    assert found["RNN"] != other["RNN"]
    assert (found["ds"], other["ds"]) == (7, 27)


def test_counts_of_zero_alone_are_forecast():
    data = frame_of(panel_of(np.zeros(12), np.arange(12.0)))
    forecaster = DrawnForecaster(
        h=2, look_back=3, cell="dense", units=2, output=NegativeBinomial(), intervals=False
    )
    with pytest.warns(InputWarning, match="1 constant series: 'a'"):
        forecast = forecaster.fit(data).predict(2)
    assert (forecast["DENSE"] >= 0).all()
