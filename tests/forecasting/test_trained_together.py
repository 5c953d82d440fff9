"""Forecasters that are trained together forecast what they forecast alone."""

from dataclasses import replace

import numpy as np
import pandas as pd

import gatecast
from gatecast import LSTMForecaster, Training
from gatecast.data import to_panel
from gatecast.forecasting import alike, forecast_together

ONE = LSTMForecaster(
    h=2,
    look_back=4,
    units=2,
    members=2,
    intervals=False,
    training=Training(epochs=2, batch_size=16),
)


def changed(rate: float, seed: int, **how: int) -> LSTMForecaster:
    training = replace(ONE.training, learning_rate=rate, epochs=how.pop("epochs", 2))
    own = {"training": training, "random_seed": seed} | how
    return LSTMForecaster(**ONE.get_params() | own)


MODELS = [changed(0.001, 5), changed(0.03, 0, epochs=1), changed(0.001, 6, members=1)]


def test_together_as_alone():
    panel = to_panel(gatecast.datasets.airline_passengers())
    ends = np.array([[120], [130], [142]])
    together = forecast_together(MODELS, panel, ends, 2)
    for model, found in zip(MODELS, together, strict=True):
        alone = model.forecast_folds(panel, ends, 2, refit=False)
        pd.testing.assert_frame_equal(found, alone, rtol=1e-4)
    fewer = forecast_together(MODELS[:1], panel, ends, 2, epochs=[1])[0]
    alone = changed(0.001, 5, epochs=1).forecast_folds(panel, ends, 2, refit=False)
    pd.testing.assert_frame_equal(fewer, alone, rtol=1e-4)


def test_one_that_diverges_spoils_no_other():
    panel, ends = to_panel(gatecast.datasets.airline_passengers()), np.array([[130]])
    diverged, found = forecast_together([changed(1e38, 0), changed(0.001, 5)], panel, ends, 2)
    assert diverged["LSTM"].isna().all()
    assert found["LSTM"].notna().all()


def test_what_can_be_trained_together():
    assert {alike(model) for model in MODELS} == {alike(ONE)}
    assert alike(LSTMForecaster(units=3)) != alike(LSTMForecaster(units=4))
    assert alike(LSTMForecaster(training=Training(schedule="cosine"))) is None
    assert alike(LSTMForecaster(scope="local")) is None
    assert alike(gatecast.AutoLSTM()) is None
