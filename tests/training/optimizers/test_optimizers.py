import math
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from network_runs import network_of
from numpy.testing import assert_allclose

from gatecast.training import OPTIMIZERS, Training
from gatecast.training.optimizers import optimizer_of

NETWORK = network_of("dense")
SHAPES = [variable.shape for variable in NETWORK.model.trainable_variables]
START = [np.full(shape, 2.0, np.float32) for shape in SHAPES]


def steps_of(
    settings: Training, gradient: Callable[[np.ndarray], np.ndarray], steps: int
) -> list[list[np.ndarray]]:
    """The weights before the first step and after each."""
    optimizer = optimizer_of(NETWORK, settings, steps)
    # One program: each operation by itself would be twenty or more.
    apply = jax.jit(optimizer.apply)
    weights: list[Any] = [jnp.asarray(weight) for weight in START]
    memory: Any = _first(optimizer.begin([weight[None] for weight in weights]))
    seen = [START]
    for _ in range(steps):
        gradients = [jnp.asarray(gradient(weight)) for weight in seen[-1]]
        weights, memory = apply(memory, gradients, weights)
        seen.append([np.asarray(weight) for weight in weights])
    return seen


def _first(memory: Any) -> Any:
    """Of one member."""
    return jax.tree.map(lambda part: part[0], memory)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_goes_downhill(name: str):
    settings = Training(optimizer=name, learning_rate=0.1, clip=1.0)
    for before, after in zip(START, steps_of(settings, lambda w: w, 2)[-1], strict=True):
        assert (np.abs(after) < np.abs(before)).all()


@pytest.mark.parametrize("name", ["adam", "adamw", "sgd"])
def test_weight_decay_shrinks_matrices_only(name: str):
    """Loshchilov and Hutter (2019): by the learning rate times the decay at each step."""
    settings = Training(optimizer=name, learning_rate=0.1, weight_decay=0.5)
    for shape, after in zip(SHAPES, steps_of(settings, np.zeros_like, 2)[-1], strict=True):
        assert_allclose(after, 2 * (1 - 0.1 * 0.5) ** 2 if len(shape) == 2 else 2, rtol=1e-6)


def cocob(
    weight: np.ndarray, gradient: Callable[[np.ndarray], np.ndarray], steps: int
) -> np.ndarray:
    """Algorithm 2 of Orabona and Tommasi (2017), with its alpha of 100."""
    first, alpha = weight, 100
    most, total, reward = (np.full_like(weight, value) for value in (1e-8, 0, 0))
    theta = np.zeros_like(weight)
    for _ in range(steps):
        downhill = -gradient(weight)
        most = np.maximum(most, np.abs(downhill))
        total = total + np.abs(downhill)
        reward = np.maximum(reward + (weight - first) * downhill, 0)
        theta = theta + downhill
        bet = theta / (most * np.maximum(total + most, alpha * most))
        weight = first + bet * (most + reward)
    return weight


@pytest.mark.parametrize("decay", [0.0, 0.5])
def test_cocob_equals_its_paper(decay: float):
    settings = Training(optimizer="cocob", weight_decay=decay)
    found = steps_of(settings, lambda w: w - 1, 6)[-1]
    for start, after in zip(START, found, strict=True):
        # The decay of a matrix is part of its gradient.
        own = decay if start.ndim == 2 else 0.0
        assert_allclose(after, cocob(start, lambda w, own=own: w - 1 + own * w, 6), rtol=1e-5)


STEPS, RATE = 20, 0.5


@pytest.mark.parametrize(
    ("settings", "rate"),
    [
        ({"schedule": "cosine"}, lambda t: RATE * (1 + math.cos(math.pi * t / STEPS)) / 2),
        ({"schedule": "exponential"}, lambda t: RATE * 0.01 ** (t / STEPS)),
        # A quarter of twenty steps rises, the rest is as without.
        ({"warmup": 0.25}, lambda t: RATE * min(1, (1 + t) / 6)),
        (
            {"schedule": "cosine", "warmup": 0.25},
            lambda t: (
                RATE * (1 + t) / 6
                if t < 5
                else RATE * (1 + math.cos(math.pi * (t - 5) / (STEPS - 5))) / 2
            ),
        ),
        (
            # Between a twenty-fifth, the full rate at step 6 and almost nothing: half cosines.
            {"schedule": "one_cycle"},
            lambda t: (
                RATE * (1 / 25 + 24 / 25 * (1 - math.cos(math.pi * t / 6)) / 2)
                if t < 6
                else RATE * (4e-6 + (1 - 4e-6) * (1 + math.cos(math.pi * (t - 6) / 14)) / 2)
            ),
        ),
    ],
    ids=["cosine", "exponential", "warm-up", "cosine with warm-up", "one cycle"],
)
def test_the_learning_rate_follows_its_schedule(
    settings: dict[str, Any], rate: Callable[[int], float]
):
    training = Training(optimizer="sgd", learning_rate=RATE, **settings)
    seen = [weights[0][0, 0] for weights in steps_of(training, np.ones_like, STEPS)]
    assert_allclose(-np.diff(seen), [rate(t) for t in range(STEPS)], rtol=1e-3, atol=2e-6)


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_a_cycle_of_few_steps_is_still_finite(steps: int):
    training = Training(optimizer="sgd", schedule="one_cycle")
    assert np.isfinite(steps_of(training, np.ones_like, steps)[-1][0]).all()
