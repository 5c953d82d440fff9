from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from numpy.testing import assert_allclose

from gatecast.framing import Sample, SampleInputs
from gatecast.network import (
    Architecture,
    NegativeBinomial,
    Normal,
    Output,
    Quantiles,
    Sizes,
    build_network,
    initial_weights,
)
from gatecast.training import NetworkStep, NetworkVariables, Training, TrainingData
from gatecast.training.optimizers import optimizer_of

BATCH, HORIZON, TARGETS, RATE = 4, 3, 2, 0.1
_rng = np.random.default_rng(1)
X = jnp.asarray(_rng.normal(size=(BATCH, 1, 2)), jnp.float32)
LEVEL = jnp.asarray(_rng.integers(0, 2, (BATCH, 1, TARGETS)), jnp.float32)
SCALE = jnp.asarray(_rng.integers(1, 4, (BATCH, 1, TARGETS)), jnp.float32)
TARGET = np.asarray(LEVEL) + _rng.integers(0, 5, (BATCH, HORIZON, TARGETS)).astype(np.float32)
TARGET[0, 1, 0] = TARGET[2, :, 1] = TARGET[1, 2] = np.nan
# The last place of the batch is empty.
INDEX = np.array([0, 1, 2, -1])
SEEN = ~np.isnan(TARGET) & (INDEX >= 0)[:, None, None]


def sample(source: tuple[Any, Any], origin: Any) -> Sample:
    x, y = source
    return Sample(SampleInputs(x[origin]), y[origin], LEVEL[origin], SCALE[origin])


@pytest.mark.parametrize("output", [Normal(), Quantiles((0.1, 0.5, 0.9)), NegativeBinomial()])
def test_a_step_follows_the_mean_loss_of_what_was_observed(output: Output):
    sizes = Sizes(steps=1, features=2, horizon=HORIZON, targets=TARGETS)
    network = build_network(Architecture(cell="dense", units=3), sizes, output)
    settings = Training(optimizer="sgd", learning_rate=RATE)
    trainable, _ = ([part[0] for part in parts] for parts in initial_weights(network, [5]))
    optimizer = optimizer_of(network, settings).begin([part[None] for part in trainable])
    variables = NetworkVariables(trainable, [], [part[0] for part in optimizer], [], 0.0, 0)
    step = NetworkStep(network, settings, sample, padded=True)
    data = TrainingData(source=(X, jnp.asarray(TARGET)), train=jnp.arange(BATCH))
    logs, after = jax.jit(step)(step.begin(variables), data, jnp.asarray(INDEX))

    def mean_loss(weights: list[Any]) -> Any:
        raw, _ = network.apply((weights, []), SampleInputs(X), [])
        y = (TARGET - LEVEL)[SEEN]
        return output.loss(raw[SEEN], y, jnp.broadcast_to(SCALE, TARGET.shape)[SEEN]).mean()

    loss, gradients = jax.jit(jax.value_and_grad(mean_loss))(trainable)
    assert_allclose(logs["loss"], loss, rtol=1e-5)
    for new, old, gradient in zip(after.trainable, trainable, gradients, strict=True):
        assert np.abs(gradient).max() > 0
        assert_allclose(new, old - RATE * gradient, rtol=1e-5, atol=1e-6)
