"""Plain Keras `fit` on TensorFlow, batch size 1: seconds of a fit after the first.

Argument: a JSON file of x and y, units, layers, stateful, epochs and rounds.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

# Keras reads it when it is imported.
os.environ["KERAS_BACKEND"] = "tensorflow"

import keras


def main() -> None:
    """Print one JSON object."""
    framing = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    x, y = np.array(framing["x"], np.float32), np.array(framing["y"], np.float32)
    layers = [
        keras.layers.LSTM(framing["units"], stateful=framing["stateful"], return_sequences=more)
        for more in [True] * (framing["layers"] - 1) + [False]
    ]
    model = keras.Sequential(
        [keras.Input(shape=x.shape[1:], batch_size=1), *layers, keras.layers.Dense(1)]
    )
    model.compile(loss="mse", optimizer="adam")
    seconds = []
    for _ in range(1 + framing["rounds"]):
        began = time.perf_counter()
        _fit(model, x, y, framing)
        seconds.append(time.perf_counter() - began)
    print(json.dumps({"seconds": median(seconds[1:])}))


def _fit(model: keras.Model, x: Any, y: Any, framing: dict[str, Any]) -> None:
    if not framing["stateful"]:
        model.fit(x, y, epochs=framing["epochs"], batch_size=1, verbose=0)
        return
    # The tutorial trains epoch by epoch and resets the memory after each.
    for _ in range(framing["epochs"]):
        model.fit(x, y, epochs=1, batch_size=1, verbose=0, shuffle=False)
        for layer in model.layers:
            if hasattr(layer, "reset_state"):
                layer.reset_state()


if __name__ == "__main__":
    main()
