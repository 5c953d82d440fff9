"""What training, forecasting and pre-training take on the device that JAX finds, GPU or CPU.

- `train_ms_SHAPE`: one optimizer step, as in `train_step`; `torch_ms_SHAPE`, the same step of
  torch's `nn.LSTM` (cuDNN's on a GPU), in an environment of its own (`python -m benchmarks.peers
  torch`), and `ratio_torch_SHAPE`, how many times as long that takes. Left out where we run on a
  GPU and torch does not see one.
- `forecast_series_per_second`: `predict(df=...)` of `AutoLSTM(quality="zero_shot")`, 12 rows ahead
  of 100,000 monthly series (1,000 with `--quick` or without a GPU), from a frame to a frame.
- `from_context_series_per_second`: the same from the rows that the model holds: `predict()`.
- `pretraining_steps_per_second`: of 512 series each (64 in the small form), of the networks that
  AutoLSTM starts from; the series are drawn on the device, too.
- `shards_ms_SHAPE`: the same step with the batch divided over all devices, where there are several.

Without a GPU it says so and measures less. Nothing is compared with other machines.
"""

from __future__ import annotations

import argparse
import time
from statistics import median

import jax
import numpy as np
import pandas as pd

from benchmarks import _peers
from benchmarks._record import recording
from benchmarks._report import print_results
from benchmarks.train_step import OUTPUTS, SIZES, Shape, ours_ms
from gatecast import AutoLSTM
from gatecast.training import DataParallel
from pretraining._training import Plan, begin, compiled

H, MONTHS = 12, 72
SERIES, FEW_SERIES = 100_000, 1_000
# Of a round of pre-training.
STEPS, FEW_STEPS = 64, 4
FLOPS, FEW_FLOPS = 1e12, 1e10


def main() -> None:
    """Measure; `--quick`, or no GPU, is the small form."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        parents=[recording()],
    )
    parser.add_argument("--quick", action="store_true", help="one round of fewer and smaller runs")
    asked = parser.parse_args()
    first = jax.devices()[0]
    small = asked.quick or first.platform == "cpu"
    print(f"# {jax.device_count()} x {first.device_kind} ({first.platform})")
    if first.platform == "cpu":
        print("# no GPU is there: this is the small form, on the CPU")
    results: dict[str, float] = {}
    for sizes in SIZES[1:3] if small else SIZES:
        for layers in (1,) if small else (1, 2):
            results |= _steps(Shape(*sizes, layers), small=small)
    results |= _forecasts(FEW_SERIES if small else SERIES)
    results |= _pretraining(FEW_STEPS if small else STEPS)
    print_results(results, record=asked.record)


def _steps(shape: Shape, *, small: bool) -> dict[str, float]:
    """One optimizer step: ours on one device and on all, and torch's."""
    steps, rounds = shape.steps(FEW_FLOPS if small else FLOPS), 1 if small else 5
    ours = ours_ms(shape, steps, rounds)
    results = {f"train_ms_{shape}": ours}
    if jax.device_count() > 1:
        results[f"shards_ms_{shape}"] = ours_ms(shape, steps, rounds, DataParallel.on_devices())
    torch = _peers.run(
        "torch", "torch_train_step.py", [*vars(shape).values(), OUTPUTS, steps, rounds]
    )
    if torch and (torch["gpu"] or jax.default_backend() == "cpu"):
        results |= {
            f"torch_ms_{shape}": torch["ms"],
            f"ratio_torch_{shape}": torch["ms"] / ours,
        }
    print(*(f"{name} {value:.4g}" for name, value in results.items()), sep=", ", flush=True)
    return results


def _forecasts(series: int) -> dict[str, float]:
    """Series per second from a frame to a frame; and of that, in the networks alone."""
    months = np.arange("2018-01", "2024-01", dtype="datetime64[M]").astype("datetime64[ns]")
    random = np.random.default_rng(0)
    noise = random.normal(size=(series, MONTHS)).cumsum(axis=1)
    season = 5 * np.sin(np.arange(MONTHS) * np.pi / 6)
    df = pd.DataFrame(
        {
            "unique_id": np.repeat(np.char.mod("s%06d", np.arange(series)), MONTHS),
            "ds": np.tile(months, series),
            "y": (100 + noise + season).reshape(-1),
        }
    )
    model = AutoLSTM(h=H, quality="zero_shot", intervals=False, verbose=False)
    model.fit(df[df["unique_id"] <= "s000099"])
    model.predict(df=df)  # compiles
    began = time.perf_counter()
    model.predict(df=df)
    found = {"forecast_series_per_second": series / (time.perf_counter() - began)}
    model = model.fit(df)
    model.predict()
    began = time.perf_counter()
    model.predict()
    found["from_context_series_per_second"] = series / (time.perf_counter() - began)
    return found


def _pretraining(steps: int) -> dict[str, float]:
    """Steps of the training on synthetic series that makes one of AutoLSTM's networks."""
    plan = Plan(members=1, steps=steps, batch=512 if steps > FEW_STEPS else 64)
    state, program = begin(plan), compiled(plan)
    jax.block_until_ready(program(state, 0, 4))  # compiles
    seconds = []
    for number in range(1, 4):
        began = time.perf_counter()
        state, _ = jax.block_until_ready(program(state, number, 4))
        seconds.append(time.perf_counter() - began)
    return {"pretraining_steps_per_second": steps / median(seconds)}


if __name__ == "__main__":
    main()
