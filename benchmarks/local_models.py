"""One LSTM of its own for each M3 monthly series: together, against a loop of plain Keras fits.

Ours is `LSTMForecaster(scope="local").fit` of all 1,428 series, from frame to fitted models, with
one program for all. The peer is Keras's `fit` of the same network on the same scaled samples,
epochs and batches, one fresh model per series, on a sample of series, extrapolated to all; its
framing is not counted. Both sides include compiling.

- `ratio`, `seconds_ours`, `seconds_keras`: the tutorial's network and training (look_back 3, 4
  units, 100 epochs, batch size 1).
- `ratio_batch_32`, ...: the same with the batch size that is the default of both.
- `ratio_larger`, ...: look_back 12, 8 units, 18 months at once, batch size 32.
"""

from __future__ import annotations

import argparse
import time
from typing import NamedTuple

import numpy as np
import pandas as pd

import gatecast
from benchmarks._competitions import competition
from benchmarks._record import recording
from benchmarks._report import print_results
from gatecast._backend import keras

EPOCHS = 100
SAMPLE = 10
TARGETS = {"ratio": ">=200"}


class Setting(NamedTuple):
    """A network and its training."""

    look_back: int
    units: int
    h: int
    batch_size: int


SETTINGS = {
    "": Setting(3, 4, 1, 1),
    "_batch_32": Setting(3, 4, 1, 32),
    "_larger": Setting(12, 8, 18, 32),
}


def main() -> None:
    """Run both sides; `--quick` takes 100 series and 3 Keras fits."""
    parser = argparse.ArgumentParser(description=__doc__, parents=[recording()])
    parser.add_argument("--quick", action="store_true", help="100 series and 3 Keras fits")
    asked = parser.parse_args()
    quick = asked.quick
    train, _, _ = competition("m3-monthly")
    ids = train["unique_id"].unique()[: 100 if quick else None]
    train = train[train["unique_id"].isin(ids)]
    chosen = ids[np.linspace(0, len(ids) - 1, 3 if quick else SAMPLE).astype(int)]
    results = {}
    for name, setting in SETTINGS.items():
        began = time.perf_counter()
        _forecaster(setting).fit(train)
        ours = time.perf_counter() - began
        fits = [_keras_seconds(train[train["unique_id"] == each], setting) for each in chosen]
        peer = float(np.mean(fits)) * len(ids)
        results |= {
            f"ratio{name}": peer / ours,
            f"seconds_ours{name}": ours,
            f"seconds_keras{name}": peer,
        }
    print_results(results, record=asked.record, targets=TARGETS)


def _forecaster(setting: Setting) -> gatecast.LSTMForecaster:
    return gatecast.LSTMForecaster(
        h=setting.h,
        look_back=setting.look_back,
        units=setting.units,
        scope="local",
        training=gatecast.Training(epochs=EPOCHS, batch_size=setting.batch_size),
        intervals=False,
        verbose=False,
    )


def _keras_seconds(series: pd.DataFrame, setting: Setting) -> float:
    """Seconds of building, compiling and fitting one Keras model."""
    y = series["y"].to_numpy()
    scaled = ((y - y.mean()) / y.std()).astype(np.float32)
    look_back = setting.look_back
    windows = np.lib.stride_tricks.sliding_window_view(scaled, look_back + setting.h)
    x, target = windows[:, :look_back, None], windows[:, look_back:]
    began = time.perf_counter()
    network = keras.Sequential(
        [
            keras.Input((look_back, 1)),
            keras.layers.LSTM(setting.units),
            keras.layers.Dense(setting.h),
        ]
    )
    network.compile(optimizer="adam", loss="mse")
    network.fit(x, target, epochs=EPOCHS, batch_size=setting.batch_size, verbose=0)
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
