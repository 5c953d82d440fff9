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


def changed(rate: float, seed: int) -> LSTMForecaster:
    training = replace(ONE.training, learning_rate=rate)
    return LSTMForecaster(**ONE.get_params() | {"training": training, "random_seed": seed})


def test_together_as_alone():
    panel = to_panel(gatecast.datasets.airline_passengers())
    ends = np.array([[120], [130], [142]])
    models = [changed(0.001, 5), changed(0.03, 0)]
    together = forecast_together(models, panel, ends, 2)
    for model, found in zip(models, together, strict=True):
        alone = model.forecast_folds(panel, ends, 2, refit=False)
        pd.testing.assert_frame_equal(found, alone, rtol=1e-4)


def test_what_can_be_trained_together():
    assert alike(changed(0.1, 3)) == alike(ONE)
    assert alike(LSTMForecaster(units=3)) != alike(LSTMForecaster(units=4))
    assert alike(LSTMForecaster(training=Training(schedule="cosine"))) is None
    assert alike(LSTMForecaster(scope="local")) is None
    assert alike(gatecast.AutoLSTM()) is None
