"""How often the truth lies inside the prediction intervals, on M3 monthly.

One global model of all 1,428 series, its intervals calibrated on windows held back inside the
training parts; the official test parts (18 months each) are only scored.

- `coverage_80`, `coverage_95`: share of test values inside, with a point output.
- `coverage_80_quantiles`, ...: with quantile outputs; `..._normal`: with a normal distribution.
- `smape`: of the point model, and `seconds` of fitting and forecasting it.
"""

from __future__ import annotations

import argparse
import time
from typing import Any

import pandas as pd

import gatecast
from benchmarks._competitions import competition
from benchmarks._record import recording
from benchmarks._report import print_results

LEVEL = (80, 95)


def main() -> None:
    """Fit and score; `--quick` takes 200 series and the point output alone."""
    parser = argparse.ArgumentParser(description=__doc__, parents=[recording()])
    parser.add_argument("--quick", action="store_true", help="200 series, point output only")
    asked = parser.parse_args()
    quick = asked.quick
    train, test, h = competition("m3-monthly")
    if quick:
        ids = train["unique_id"].unique()[:200]
        train, test = (rows[rows["unique_id"].isin(ids)] for rows in (train, test))
    outputs = {
        "": gatecast.Point(),
        "_quantiles": gatecast.Quantiles(),
        "_normal": gatecast.Normal(),
    }
    results: dict[str, float] = {}
    for name, output in list(outputs.items())[: 1 if quick else None]:
        began = time.perf_counter()
        rows = test.merge(_forecast(train, h, output), on=["unique_id", "ds"])
        for level in LEVEL:
            inside = rows["y"].between(rows[f"LSTM-lo-{level}"], rows[f"LSTM-hi-{level}"])
            results[f"coverage_{level}{name}"] = 100 * inside.mean()
        if not name:
            scores = gatecast.metrics.smape(rows, ["LSTM"])
            results |= {"smape": scores["LSTM"].mean(), "seconds": time.perf_counter() - began}
        print(name or "point", results)
    print_results(results, record=asked.record)


def _forecast(train: pd.DataFrame, h: int, output: Any) -> pd.DataFrame:
    model = gatecast.LSTMForecaster(
        h=h,
        look_back=24,
        units=32,
        linear_skip=True,
        scaler="log",
        window_level="mean",
        level_span=12,
        output=output,
        training=gatecast.Training(epochs=12, batch_size=256, learning_rate=2e-3, loss="mae"),
        verbose=False,
    )
    return model.fit(train).predict(level=LEVEL)


if __name__ == "__main__":
    main()
