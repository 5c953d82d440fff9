"""Our recurrence against `keras.layers.LSTM` and the papers' cell in NumPy."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from drawn_networks import network_of
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from numpy_cells import run_layer

from gatecast._backend import keras
from gatecast.framing import SampleInputs
from gatecast.network import initial_weights
from gatecast.network.bodies._layers import LSTM
from gatecast.network.recurrence import LSTMState, Weights, lstm

BATCH, FEATURES, UNITS = 3, 2, 4
# The loop over few time steps is written out, that over many is not.
FEW, MANY = 3, 9


def drawn(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng([seed, *shape]).normal(scale=0.7, size=shape).astype(np.float32)


def drawn_layer(make: Any, steps: int, **made: Any) -> tuple[Any, list[np.ndarray]]:
    """A built layer that returns all it can, and weights for it."""
    layer = make(UNITS, return_sequences=True, return_state=True, **made)
    layer.build((BATCH, steps, FEATURES))
    return layer, [drawn(*weight.shape) for weight in layer.trainable_variables]


def mask_of(steps: int) -> np.ndarray:
    """One row is full, one begins and ends with empty steps, one has nothing but empty steps."""
    mask = np.ones((BATCH, steps), bool)
    mask[1, [0, -1]] = mask[2] = False
    return mask


def results(make: Any, steps: int, *, masked: bool = False, **made: Any) -> Any:
    """Outputs, memory, and the gradients of a sum of them in weights, input and memory."""
    layer, weights = drawn_layer(make, steps, **made)
    others = [variable.value for variable in layer.non_trainable_variables]
    mask = mask_of(steps) if masked else None

    def run(weights: Any, x: Any, memory: Any) -> Any:
        every, _ = layer.stateless_call(
            weights, others, x, initial_state=memory, mask=mask, training=True
        )
        total = sum(jnp.sum(drawn(*part.shape, seed=1) * part) for part in every)
        return total, every

    memory = [drawn(BATCH, UNITS, seed=2), drawn(BATCH, UNITS, seed=3)]
    gradients = jax.value_and_grad(run, argnums=(0, 1, 2), has_aux=True)
    return jax.jit(gradients)(weights, drawn(BATCH, steps, FEATURES, seed=4), memory)


def same(found: Any, expected: Any):
    for one, other in zip(jax.tree.leaves(found), jax.tree.leaves(expected), strict=True):
        assert_allclose(one, other, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("steps", "masked"), [(1, False), (FEW, True), (MANY, False), (MANY, True)]
)
def test_values_and_gradients_are_those_of_keras(steps: int, *, masked: bool):
    same(results(LSTM, steps, masked=masked), results(keras.layers.LSTM, steps, masked=masked))


@pytest.mark.parametrize(
    "made",
    [
        {"go_backwards": True},
        {"dropout": 0.5, "seed": 1},
        {"activation": "relu"},
        {"use_bias": False},
        {"recurrent_dropout": 0.5, "seed": 1},
    ],
    ids=lambda made: next(iter(made)),
)
def test_every_setting_means_what_it_means_in_keras(made: dict[str, Any]):
    masked = "go_backwards" in made
    expected = results(keras.layers.LSTM, MANY, masked=masked, **made)
    same(results(LSTM, MANY, masked=masked, **made), expected)


def test_the_layer_has_the_settings_and_weights_of_keras():
    ours, _ = drawn_layer(LSTM, MANY, name="lstm")
    theirs, _ = drawn_layer(keras.layers.LSTM, MANY, name="lstm")
    assert ours.get_config() == theirs.get_config()
    assert [v.path for v in ours.weights] == [v.path for v in theirs.weights]


def test_json_needs_nothing_but_keras():
    model = network_of(kind="bidirectional").model
    layers = model.get_layer("bidirectional_1")
    assert type(layers.forward_layer) is type(layers.backward_layer) is LSTM
    read = keras.models.model_from_json(model.to_json()).get_layer("bidirectional_1")
    assert type(read.forward_layer) is type(read.backward_layer) is keras.layers.LSTM


def test_without_sequences_the_output_is_the_last_of_them():
    x = drawn(BATCH, MANY, FEATURES)
    layer, _ = drawn_layer(LSTM, MANY)
    sequences, *_ = layer(x)
    layer.return_sequences = False
    output, hidden, _ = layer(x)
    assert_allclose(output, sequences[:, -1])
    assert_allclose(output, hidden)


sizes = st.integers(1, 4)


@settings(max_examples=4, deadline=None)
@given(batch=sizes, steps=st.integers(1, 8), features=sizes, units=sizes, masked=st.booleans())
def test_equals_numpy_over_all_shapes(
    batch: int, steps: int, features: int, units: int, *, masked: bool
):
    weights = {
        "kernel": drawn(features, 4 * units),
        "recurrent_kernel": drawn(units, 4 * units),
        "bias": drawn(4 * units),
    }
    x, memory = drawn(batch, steps, features), [drawn(batch, units, seed=n) for n in (1, 2)]
    mask = drawn(batch, steps, seed=5) > 0 if masked else None
    found = jax.jit(lstm)(x, Weights(*weights.values()), LSTMState(*memory), mask)
    outputs, after = run_layer("lstm", weights, x, memory, mask=mask)
    same(found, [outputs, *after])


@pytest.mark.parametrize("kind", ["stack", "bidirectional"])
def test_members_train_where_the_default_device_is_a_gpu(
    monkeypatch: pytest.MonkeyPatch, kind: Any
):
    monkeypatch.setattr(jax, "default_backend", lambda: "gpu")
    network = network_of({"steps": MANY}, kind=kind)
    (weights, others), memory = initial_weights(network, [0, 1]), network.zero_state(BATCH)

    def loss(weights: Any, x: Any) -> Any:
        frozen = [other[0] for other in others]
        step = network.advance((weights, frozen), SampleInputs(x), memory, training=True)
        return jnp.sum(step.y)

    def epoch(weights: Any, batches: Any) -> Any:
        def step(weights: Any, x: Any) -> tuple[Any, None]:
            return jax.tree.map(jnp.subtract, weights, jax.grad(loss)(weights, x)), None

        return jax.lax.scan(step, weights, batches)[0]

    program = jax.jit(jax.vmap(epoch, in_axes=(0, None)))
    traced = program.trace(weights, drawn(2, BATCH, MANY, FEATURES))
    assert "custom_call" not in traced.lower(lowering_platforms=("cuda",)).as_text()
