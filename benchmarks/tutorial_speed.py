"""The tutorial's five framings, 100 epochs of batch size 1, against plain Keras `fit`.

Both use Keras on JAX, the same samples and the same layers, in the same process.

- `ratio_train_vs_keras_fit`: one model, training alone, warm: programs compiled, second call on.
  Median over rounds and framings; each framing's own ratio is printed as well.
- `ratio_total_vs_keras_fit`: ten seeds of each framing, from nothing: no compilation cache,
  tracing and compiling included, against ten times the faster of two fits of fresh Keras models
  (Keras compiles once per model, so ten models cost ten such fits).

Keras's `stateful=True` carries nothing on the JAX backend: its stateful fits do the work without
the memory.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from statistics import median
from typing import Any

import numpy as np

import gatecast as gc
from benchmarks._report import print_results
from gatecast._backend import keras
from gatecast._types import Panel
from gatecast.forecasting import Fit, LSTMForecaster, Settings, fit_ensemble, framings

SEEDS = 10


def main() -> None:
    """Run the comparison; `--quick` takes fewer rounds and epochs of Keras."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one round instead of five")
    rounds = 1 if parser.parse_args().quick else 5
    panel = gc.data.to_panel(gc.datasets.airline_passengers())
    settings = {name: LSTMForecaster(**keys).settings for name, keys in framings.ALL.items()}

    ours_cold, keras_cold = 0.0, 0.0
    ratios: dict[str, list[float]] = {name: [] for name in settings}
    for name, each in settings.items():
        began = time.perf_counter()
        _ours(replace(each, members=SEEDS), panel)
        ours_cold += time.perf_counter() - began
        fresh = []
        for _ in range(2):
            began = time.perf_counter()
            model, x, y = _keras(each, panel)
            _keras_fit(model, x, y, each)
            fresh.append(time.perf_counter() - began)
        keras_cold += SEEDS * min(fresh)
        _ours(each, panel)  # compiles the program of a single member
        for _ in range(rounds):
            began = time.perf_counter()
            _keras_fit(model, x, y, each)
            keras_warm = time.perf_counter() - began
            trained = _ours(each, panel)
            ratios[name].append(keras_warm / trained.train_seconds)
        print(f"{name}: Keras {keras_warm:.2f} s, ours {trained.train_seconds * 1e3:.1f} ms")
    results = {f"ratio_train_{name.replace(' ', '_')}": median(r) for name, r in ratios.items()}
    results["ratio_train_vs_keras_fit"] = median(results.values())
    results["ratio_total_vs_keras_fit"] = keras_cold / ours_cold
    results["seconds_total_ours"] = ours_cold
    results["seconds_total_keras"] = keras_cold
    print_results(results)


def _ours(settings: Settings, panel: Panel) -> Any:
    train = np.array([96])
    return fit_ensemble(settings, panel, train, Fit(season_length=12, verbose=False))[1]


def _keras(settings: Settings, panel: Panel) -> tuple[Any, Any, Any]:
    """The tutorial's model as it is written in the tutorial, and its samples."""
    y = panel.y[:96]
    scaled = ((y - y.min()) / (y.max() - y.min())).astype(np.float32)
    look_back = settings.framing.look_back
    windows = np.lib.stride_tricks.sliding_window_view(scaled, look_back + 1)
    past = windows[:, :-1]
    x = past[:, :, None] if settings.framing.shape == "steps" else past[:, None, :]
    layers = [keras.Input(shape=x.shape[1:], batch_size=1)]
    for place in range(settings.architecture.layers):
        last = place == settings.architecture.layers - 1
        stateful, units = settings.stateful, settings.architecture.units
        layers.append(keras.layers.LSTM(units, stateful=stateful, return_sequences=not last))
    model = keras.Sequential([*layers, keras.layers.Dense(1)])
    model.compile(loss="mse", optimizer="adam")
    return model, x, windows[:, -1:]


def _keras_fit(model: Any, x: Any, y: Any, settings: Settings) -> None:
    if not settings.stateful:
        model.fit(x, y, epochs=settings.training.epochs, batch_size=1, verbose=0)
        return
    # The tutorial trains epoch by epoch and resets the memory after each.
    for _ in range(settings.training.epochs):
        model.fit(x, y, epochs=1, batch_size=1, verbose=0, shuffle=False)
        for layer in model.layers:
            if hasattr(layer, "reset_state"):
                layer.reset_state()


if __name__ == "__main__":
    main()
