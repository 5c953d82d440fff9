"""Milliseconds of `NeuralForecast.predict(df=...)` of one series, with an LSTM of one layer.

Arguments: a CSV file of `unique_id`, `ds`, `y`; rows to forecast; rows read; units; calls.
"""

from __future__ import annotations

import json
import logging
import sys
import time
import warnings
from statistics import median

import pandas as pd
from neuralforecast import NeuralForecast
from neuralforecast.models import LSTM

QUIET = {
    "logger": False,
    "enable_checkpointing": False,
    "enable_model_summary": False,
    "enable_progress_bar": False,
}


def main() -> None:
    """Print one JSON object."""
    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)
    path, *numbers = sys.argv[1:]
    h, look_back, units, calls = map(int, numbers)
    df = pd.read_csv(path, parse_dates=["ds"])
    model = LSTM(
        h=h,
        input_size=look_back,
        encoder_n_layers=1,
        encoder_hidden_size=units,
        decoder_layers=1,
        decoder_hidden_size=units,
        recurrent=False,
        scaler_type="standard",
        max_steps=5,
        accelerator="cpu",
        **QUIET,
    )
    forecaster = NeuralForecast(models=[model], freq="MS")
    forecaster.fit(df)
    for _ in range(5):
        forecaster.predict(df=df)
    seconds = []
    for _ in range(calls):
        began = time.perf_counter()
        forecaster.predict(df=df)
        seconds.append(time.perf_counter() - began)
    print(json.dumps({"median_ms": median(seconds) * 1e3}))


if __name__ == "__main__":
    main()
