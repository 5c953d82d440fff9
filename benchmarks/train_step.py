"""One optimizer step of an LSTM, forward and backward, against torch and plain Keras.

LSTM layers, a linear layer of 12 outputs on the last time step, mean squared error, Adam; float32;
random data in memory; warm. Shapes are b (batch), t (time steps), f (features), u (units) and
l (layers). Each time is the median over rounds of what a round of many steps takes per step.

- ours: the step that forecasters are trained with, in `train_network`'s compiled run, with
  gathering and shuffling of the samples.
- torch: `nn.LSTM` and `nn.Linear` in a Python loop, in an environment of its own
  (`python -m benchmarks.peers torch`), on all cores.
- Keras: `model.train_on_batch` on the JAX backend, in this process.

Results per shape: `ours_ms`, `torch_ms`, `ratio_torch`, `ratio_keras`, and `share_of_peak`: the
products of a step alone, in operations per second, over `matmul_peak_gflops`, the fastest of square
products of 2,048 to 4,096 rows by JAX or torch. `ratio_torch_min` is the least of all shapes.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

import gatecast
from benchmarks import _peers
from benchmarks._record import recording
from benchmarks._report import print_results
from gatecast._backend import keras
from gatecast.forecasting.fitting import Trainer
from gatecast.framing import Sample, SampleInputs
from gatecast.network import Architecture, Sizes, build_network
from gatecast.training import TrainingData, TrainingSet, train_network

OUTPUTS = 12
STEPS_PER_EPOCH = 16
SIZES = (
    (1, 3, 1, 4),
    (32, 24, 1, 32),
    (256, 36, 1, 64),
    (256, 36, 1, 128),
    (64, 168, 8, 128),
    (512, 48, 4, 256),
)


@dataclass(frozen=True)
class Shape:
    """What one step works on."""

    batch: int
    time_steps: int
    features: int
    units: int
    layers: int

    def __str__(self) -> str:
        return f"b{self.batch}_t{self.time_steps}_f{self.features}_u{self.units}_l{self.layers}"

    @property
    def flops(self) -> int:
        """Of the products of one step: backward they take twice as many as forward."""
        # A layer multiplies [batch, inputs + units] by [inputs + units, 4 units] at each time step.
        inputs = (self.features, *[self.units] * (self.layers - 1))
        cells = sum(4 * self.units * (each + self.units) for each in inputs)
        return 3 * 2 * self.batch * (self.time_steps * cells + self.units * OUTPUTS)

    def steps(self, flops: float) -> int:
        """How many take so many operations, within reason; whole epochs."""
        wanted = int(np.clip(flops / self.flops, STEPS_PER_EPOCH, 2_000))
        return wanted // STEPS_PER_EPOCH * STEPS_PER_EPOCH


def main() -> None:
    """Measure every shape; `--quick` takes one round of one layer."""
    parser = argparse.ArgumentParser(description=__doc__, parents=[recording()])
    parser.add_argument("--quick", action="store_true", help="one layer only, one short round")
    asked = parser.parse_args()
    quick = asked.quick
    rounds, flops = (1, 1e10) if quick else (5, 1e11)
    torch_peak = _peers.run("torch", "torch_train_step.py", ["--peak"]) or {"gflops": 0.0}
    peak = max(torch_peak["gflops"], *(_gflops(size) for size in (2048, 3072, 4096)))

    results: dict[str, float] = {}
    ratios = []
    for shape in (
        Shape(*sizes, layers) for layers in (1, 2)[: 1 if quick else 2] for sizes in SIZES
    ):
        steps = shape.steps(flops)
        numbers = [*vars(shape).values(), OUTPUTS, steps, rounds]
        torch = _peers.run("torch", "torch_train_step.py", numbers)
        # A run has epochs, and begins with some memory to be had from the system.
        ours = ours_ms(shape, shape.steps(5 * flops), rounds)
        results[f"ours_ms_{shape}"] = ours
        if torch:
            ratios.append(torch["ms"] / ours)
            results |= {f"torch_ms_{shape}": torch["ms"], f"ratio_torch_{shape}": ratios[-1]}
        results[f"ratio_keras_{shape}"] = _keras_ms(shape, steps, rounds) / ours
        results[f"share_of_peak_{shape}"] = shape.flops / ours / 1e6 / peak
        print(f"{shape}: ours {ours:.4g} ms", "" if not torch else f"torch {torch['ms']:.4g} ms")
    results["matmul_peak_gflops"] = peak
    if ratios:
        results["ratio_torch_min"] = min(ratios)
    print_results(results, record=asked.record, targets=targets())


def targets() -> dict[str, str]:
    """Twice torch everywhere, and a share of the peak that grows with the network."""
    least = {128: 0.45, 256: 0.6}
    shapes = [Shape(*sizes, layers) for layers in (1, 2) for sizes in SIZES]
    shares = {
        f"share_of_peak_{shape}": f">={least[shape.units]}"
        for shape in shapes
        if shape.units in least
    }
    return {"ratio_torch_min": ">=2"} | shares


@dataclass(frozen=True)
class _Stored:
    """Gathers samples that are stored as they are."""

    def __call__(self, source: tuple[Any, Any], origins: Any) -> Sample:
        x, y = source
        return Sample(SampleInputs(x[origins]), y[origins], jnp.zeros(()), jnp.ones(()))


def _random(shape: Shape, samples: int) -> tuple[Any, Any]:
    random = np.random.default_rng(0)
    x = random.standard_normal((samples, shape.time_steps, shape.features), np.float32)
    return jnp.asarray(x), jnp.asarray(random.standard_normal((samples, OUTPUTS), np.float32))


def ours_ms(
    shape: Shape,
    steps: int,
    rounds: int,
    trainer: Trainer = train_network,
    processes: int = 1,
    of_rounds: Callable[[list[float]], float] = median,
) -> float:
    """Milliseconds of a step.

    Args:
        shape: of the whole batch.
        steps: of a round, whole epochs.
        rounds: how many are measured.
        trainer: `train_network`, or one that is called like it.
        processes: that the samples are divided over.
        of_rounds: what counts of their times.
    """
    x, y = _random(shape, STEPS_PER_EPOCH * shape.batch // processes)
    network = build_network(
        Architecture(units=shape.units, layers=shape.layers),
        Sizes(shape.time_steps, shape.features, horizon=OUTPUTS),
    )
    samples = TrainingData(source=(x, y[..., None]), train=np.arange(len(x)))
    data = TrainingSet(samples, complete=True)
    settings = gatecast.Training(epochs=steps // STEPS_PER_EPOCH, batch_size=shape.batch)

    def seconds() -> float:
        run = trainer(network, _Stored(), data, settings, seeds=[0], verbose=False)
        return run.train_seconds

    seconds()  # compiles
    return of_rounds([seconds() for _ in range(rounds)]) / steps * 1e3


def _keras_ms(shape: Shape, steps: int, rounds: int) -> float:
    x, y = _random(shape, shape.batch)
    layers = [
        keras.layers.LSTM(shape.units, return_sequences=place < shape.layers - 1)
        for place in range(shape.layers)
    ]
    model = keras.Sequential([keras.Input(x.shape[1:]), *layers, keras.layers.Dense(OUTPUTS)])
    model.compile(loss="mse", optimizer="adam")
    model.train_on_batch(x, y)  # compiles
    model.train_on_batch(x, y)
    steps, seconds = min(steps, 200), []
    for _ in range(rounds):
        began = time.perf_counter()
        for _ in range(steps):
            model.train_on_batch(x, y)
        seconds.append((time.perf_counter() - began) / steps)
    return median(seconds) * 1e3


def _gflops(size: int) -> float:
    """Of a product of two square matrices, at best."""
    left, right = jax.random.normal(jax.random.key(0), (2, size, size))
    product = jax.jit(jnp.matmul)
    product(left, right).block_until_ready()
    seconds = []
    for _ in range(5):
        began = time.perf_counter()
        product(left, right).block_until_ready()
        seconds.append(time.perf_counter() - began)
    return 2 * size**3 / min(seconds) / 1e9


if __name__ == "__main__":
    main()
