"""The tutorial's five framings, 100 epochs of batch size 1, against plain Keras `fit`.

The same samples and the same layers everywhere; a result is the median over the framings, and
each framing's own stands before it.

- `ratio_train_vs_keras_fit`: one model, training alone, warm: programs compiled, second call on.
  Keras runs on JAX in the same process. Median over rounds.
- `ratio_train_vs_tensorflow_fit`: the same against Keras on TensorFlow, in an environment of its
  own (`python -m benchmarks.peers tensorflow`), warm: a second fit of the same model.
- `ratio_64_seeds_vs_keras_fit`, `ratio_64_seeds_vs_tensorflow_fit`: 64 models in one program,
  seconds per model, against the same fits.
- `ratio_total_vs_keras_fit`: ten seeds of each framing, from nothing: no compilation cache,
  tracing and compiling included, against ten times the faster of two fits of fresh Keras models
  (Keras compiles once per model, so ten models cost ten such fits).

Keras's `stateful=True` carries nothing on the JAX backend: its stateful fits do the work without
the memory.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

import gatecast
from benchmarks import _peers
from benchmarks._record import recording
from benchmarks._report import print_results
from gatecast._backend import keras
from gatecast._types import Panel
from gatecast.evaluation import framings
from gatecast.forecasting import LSTMForecaster, Part, Settings, train
from gatecast.forecasting.fitting import PartOptions

SEEDS = 10
SEEDS_AT_ONCE = 64
TARGETS = {
    "ratio_train_vs_keras_fit": ">=60",
    "ratio_train_vs_tensorflow_fit": ">=250",
    "ratio_64_seeds_vs_keras_fit": ">=300",
    "ratio_64_seeds_vs_tensorflow_fit": ">=2000",
}


def main() -> None:
    """Run the comparison; `--quick` takes one round, and a tenth of the epochs of TensorFlow."""
    parser = argparse.ArgumentParser(description=__doc__, parents=[recording()])
    parser.add_argument("--quick", action="store_true", help="one round instead of five")
    asked = parser.parse_args()
    quick = asked.quick
    rounds = 1 if quick else 5
    panel = gatecast.data.to_panel(gatecast.datasets.airline_passengers())
    settings = {name: LSTMForecaster(**keys).settings for name, keys in framings.ALL.items()}

    seconds: dict[str, dict[str, float]] = {}
    ours_cold, keras_cold = 0.0, 0.0
    for name, each in settings.items():
        began = time.perf_counter()
        _ours(each, panel, SEEDS)
        ours_cold += time.perf_counter() - began
        fresh, (model, x, y) = _fresh_keras(each, panel)
        keras_cold += SEEDS * fresh
        seconds[name] = _warm(each, panel, model, (x, y), rounds)
        tensorflow = _tensorflow(each, x, y, rounds, share=0.1 if quick else 1)
        if tensorflow:
            seconds[name]["tensorflow"] = tensorflow
        print(f"{name}: " + ", ".join(f"{who} {took:.3g} s" for who, took in seconds[name].items()))
    results = {}
    for ours, label in (("ours", "train"), ("64 seeds", "64_seeds")):
        for peer in ("keras", "tensorflow"):
            results |= _ratios(f"ratio_{label}_vs_{peer}_fit", seconds, peer, ours)
    results["ratio_total_vs_keras_fit"] = keras_cold / ours_cold
    results["seconds_total_ours"] = ours_cold
    results["seconds_total_keras"] = keras_cold
    print_results(results, record=asked.record, targets=TARGETS)


def _ratios(
    label: str, seconds: dict[str, dict[str, float]], peer: str, ours: str
) -> dict[str, float]:
    """Of each framing, then their median; nothing where the peer was not there."""
    each = {
        f"{label}_{name.replace(' ', '_')}": took[peer] / took[ours]
        for name, took in seconds.items()
        if peer in took
    }
    return each | {label: median(each.values())} if each else {}


def _warm(
    settings: Settings, panel: Panel, model: Any, samples: tuple[Any, Any], rounds: int
) -> dict[str, float]:
    """Seconds per model: of Keras, ours alone, and ours in a program of 64 seeds."""
    for members in (1, SEEDS_AT_ONCE):
        _ours(settings, panel, members)  # compiles
    took: dict[str, list[float]] = {"keras": [], "ours": [], "64 seeds": []}
    for _ in range(rounds):
        began = time.perf_counter()
        _keras_fit(model, *samples, settings)
        took["keras"].append(time.perf_counter() - began)
        took["ours"].append(_ours(settings, panel, 1))
        took["64 seeds"].append(_ours(settings, panel, SEEDS_AT_ONCE) / SEEDS_AT_ONCE)
    return {who: median(each) for who, each in took.items()}


def _ours(settings: Settings, panel: Panel, members: int) -> float:
    """Seconds of training alone."""
    part, how = Part(replace(settings, members=members)), PartOptions(12, verbose=False)
    _, run = train(part, panel, [np.array([96])], how)
    if run is None:
        raise RuntimeError("nothing was trained")
    return run.train_seconds


def _fresh_keras(settings: Settings, panel: Panel) -> tuple[float, Any]:
    """Seconds of the faster of two fits of fresh models, and the second with its samples."""
    seconds = []
    for _ in range(2):
        began = time.perf_counter()
        model, x, y = _keras(settings, panel)
        _keras_fit(model, x, y, settings)
        seconds.append(time.perf_counter() - began)
    return min(seconds), (model, x, y)


def _tensorflow(settings: Settings, x: Any, y: Any, rounds: int, share: float) -> float | None:
    """Seconds of a warm fit with Keras on TensorFlow, from a share of its epochs."""
    description = {
        "x": x.tolist(),
        "y": y.tolist(),
        "units": settings.architecture.units,
        "layers": settings.architecture.layers,
        "stateful": settings.stateful,
        "epochs": round(settings.training.epochs * share),
        "rounds": rounds,
    }
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "framing.json"
        path.write_text(json.dumps(description), encoding="utf-8")
        run = _peers.run("tensorflow", "tensorflow_fit.py", [path])
    return run["seconds"] / share if run else None


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
