"""A search of settings beside Optuna over plain Keras fits of the same trials, in one run.

Airline passengers, 12 months ahead; some of the settings that `gatecast.tune` tries within a budget
of trials, drawn at random, are then trained by `keras.Model.fit` one after the other, proposed to
an Optuna study by `enqueue_trial`, for the same epochs on the same samples, and judged on the same
windows. Both give up early the same settings, after a fifth of their epochs.

- `trials`, `keras_trials`: settings of each.
- `first_seconds`: a search of one setting, of a shape that is not tried later: imports, baselines
  and `AutoLSTM` that every search is held against, which is found once in a process.
- `ours_per_minute`, `keras_per_minute`: trials after that, with the compilation of each network.
- `times_keras`: how many times as many.
"""

from __future__ import annotations

import argparse
import time
from typing import Any

import numpy as np
import optuna
import pandas as pd
from numpy.lib.stride_tricks import sliding_window_view

import gatecast
from benchmarks._record import recording
from benchmarks._report import print_results
from gatecast._backend import keras

HORIZON, WINDOWS, EARLY, SAMPLE = 12, 3, 0.2, 24
SPACE: dict[str, list[Any]] = {
    "look_back": [12, 24],
    "units": [8, 16],
    "training.learning_rate": [0.0003, 0.001, 0.003, 0.01, 0.02, 0.03],
    "training.epochs": [50, 100, 200],
    "random_seed": [0, 10, 20, 30],
}
FIRST: dict[str, list[Any]] = {"look_back": [6], "units": [4]}
TARGETS = {"times_keras": ">=30"}


def main() -> None:
    """Compare; `--quick` tries a sixth of the settings, and three of them by Keras."""
    parser = argparse.ArgumentParser(description=__doc__, parents=[recording()])
    parser.add_argument("--quick", action="store_true", help="48 trials")
    asked = parser.parse_args()
    budget, sample = (48, 3) if asked.quick else (288, SAMPLE)
    df = gatecast.datasets.airline_passengers()
    model = gatecast.LSTMForecaster(h=HORIZON, intervals=False)
    first, _ = _searched(model, df, FIRST, 1)
    seconds, found = _searched(model, df, SPACE, budget)
    ours = 60 * len(found.trials) / seconds
    theirs = 60 * sample / _keras_seconds(df, found.trials.sample(sample, random_state=0))
    results = {
        "trials": float(len(found.trials)),
        "keras_trials": float(sample),
        "first_seconds": first,
        "ours_per_minute": ours,
        "keras_per_minute": theirs,
        "times_keras": ours / theirs,
    }
    print_results(results, record=asked.record, targets=TARGETS)


def _searched(
    model: gatecast.LSTMForecaster, df: pd.DataFrame, space: dict[str, list[Any]], budget: int
) -> tuple[float, Any]:
    """Seconds of a search, and what it found."""
    began = time.perf_counter()
    found = gatecast.tune(model, df, space=space, budget=budget, verbose=False)
    return time.perf_counter() - began, found


def _keras_seconds(df: pd.DataFrame, trials: pd.DataFrame) -> float:
    """Of Optuna over plain Keras fits of the same settings."""
    values = df["y"].to_numpy(np.float32)
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=0))
    for row in trials.to_dict("records"):
        study.enqueue_trial({name: row[name] for name in SPACE})
    full = iter(trials["score"].notna())

    def objective(trial: Any) -> float:
        settings = {name: trial.suggest_categorical(name, each) for name, each in SPACE.items()}
        early = max(1, round(EARLY * settings["training.epochs"]))
        return _error(values, settings, settings["training.epochs"] if next(full) else early)

    began = time.perf_counter()
    study.optimize(objective, n_trials=len(trials))
    return time.perf_counter() - began


def _error(values: Any, settings: dict[str, Any], epochs: int) -> float:
    look_back, known = settings["look_back"], len(values) - HORIZON * WINDOWS
    scaled = (values - values[:known].mean()) / values[:known].std()
    samples = sliding_window_view(scaled, look_back + HORIZON)
    past, future = samples[:, :look_back, None], samples[:, look_back:]
    train = known - look_back - HORIZON + 1
    keras.utils.set_random_seed(settings["random_seed"])
    layers = [keras.layers.LSTM(settings["units"]), keras.layers.Dense(HORIZON)]
    model = keras.Sequential([keras.Input((look_back, 1)), *layers])
    model.compile(keras.optimizers.Adam(settings["training.learning_rate"]), "mse")
    model.fit(past[:train], future[:train], epochs=epochs, batch_size=32, verbose=0)
    judged = past[known - look_back :: HORIZON]
    forecast = model.predict(judged, verbose=0)
    return float(np.abs(forecast - future[known - look_back :: HORIZON]).mean())


if __name__ == "__main__":
    main()
