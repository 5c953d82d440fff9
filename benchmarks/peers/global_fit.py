"""A global LSTM fitted twice: seconds of importing, of the first fit and of the second.

Arguments: "gatecast", "neuralforecast" or "darts"; a CSV file of `unique_id`, `ds`, `y`; epochs;
steps; units; windows per step. Each of these is an LSTM of one layer that reads 24 rows, trained
with Adam.

- Gatecast takes all windows in every epoch, and so many epochs as make those steps.
- neuralforecast draws its windows of a step (`windows_batch_size`) from those of 32 series
  (`batch_size`, its default).
- Darts's RNNModel forecasts one row ahead at each of the 24 time steps of a window
  (`training_length`), where the others forecast 18 rows from the last ones; `batch_size` counts
  windows. Its users scale the series themselves, so that is timed too.
"""

from __future__ import annotations

import json
import logging
import sys
import time
import warnings
from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import numpy as np
import pandas as pd

H, LOOK_BACK = 18, 24
QUIET = {
    "logger": False,
    "enable_checkpointing": False,
    "enable_model_summary": False,
    "enable_progress_bar": False,
}

Fit: TypeAlias = Callable[[pd.DataFrame], object]


class Size(NamedTuple):
    """How long and how broadly a network is trained."""

    epochs: int
    steps: int
    units: int
    batch: int


def main() -> None:
    """Print one JSON object."""
    name, path, *numbers = sys.argv[1:]
    df = pd.read_csv(path, parse_dates=["ds"])
    warnings.simplefilter("ignore")
    moments = [time.perf_counter()]
    makers = {"gatecast": gatecast, "neuralforecast": neuralforecast, "darts": darts}
    fit = makers[name](Size(*map(int, numbers)))
    moments.append(time.perf_counter())
    for _ in range(2):
        fit(df)
        moments.append(time.perf_counter())
    print(json.dumps(dict(zip(("import", "cold", "warm"), np.diff(moments), strict=True))))


def gatecast(size: Size) -> Fit:
    """From a frame to `LSTMForecaster`, fitted; programs are compiled anew in each process."""
    import jax  # noqa: PLC0415 (importing is timed)

    from gatecast import LSTMForecaster, Training  # noqa: PLC0415
    from gatecast._backend import keras  # noqa: PLC0415

    jax.config.update("jax_enable_compilation_cache", False)  # noqa: FBT003
    # Keras is loaded at its first use.
    _ = keras.layers
    training = Training(epochs=size.epochs, batch_size=size.batch)

    def fit(df: pd.DataFrame) -> object:
        model = LSTMForecaster(
            h=H,
            look_back=LOOK_BACK,
            units=size.units,
            intervals=False,
            training=training,
            verbose=False,
        )
        return model.fit(df)

    return fit


def neuralforecast(size: Size) -> Fit:
    """From a frame to `NeuralForecast` with its `LSTM` and a linear decoder, fitted."""
    from neuralforecast import NeuralForecast  # noqa: PLC0415
    from neuralforecast.losses.pytorch import MSE  # noqa: PLC0415
    from neuralforecast.models import LSTM  # noqa: PLC0415

    logging.getLogger("lightning_fabric").setLevel(logging.ERROR)

    def fit(df: pd.DataFrame) -> object:
        model = LSTM(
            h=H,
            input_size=LOOK_BACK,
            encoder_n_layers=1,
            encoder_hidden_size=size.units,
            decoder_layers=1,
            loss=MSE(),
            max_steps=size.steps,
            val_check_steps=size.steps,
            windows_batch_size=size.batch,
            accelerator="cpu",
            **QUIET,
        )
        return NeuralForecast([model], freq="MS").fit(df)

    return fit


def darts(size: Size) -> Fit:
    """From a frame to `RNNModel`, fitted on scaled `TimeSeries`."""
    from darts import TimeSeries  # noqa: PLC0415
    from darts.dataprocessing.transformers import Scaler  # noqa: PLC0415
    from darts.models import RNNModel  # noqa: PLC0415

    def fit(df: pd.DataFrame) -> object:
        series = TimeSeries.from_group_dataframe(
            df, "unique_id", "ds", "y", freq="MS", drop_group_cols="unique_id"
        )
        scaled = Scaler().fit_transform([each.astype(np.float32) for each in series])
        model = RNNModel(
            LOOK_BACK,
            model="LSTM",
            hidden_dim=size.units,
            training_length=LOOK_BACK,
            batch_size=size.batch,
            n_epochs=size.epochs,
            pl_trainer_kwargs={"accelerator": "cpu", "max_steps": size.steps} | QUIET,
        )
        return model.fit(scaled, verbose=False)

    return fit


if __name__ == "__main__":
    main()
