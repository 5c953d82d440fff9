from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

from gatecast._backend import keras
from gatecast._types import InputError
from gatecast.framing import Framing
from gatecast.network import Architecture, Network, build_network, initial_weights
from gatecast.training import Trained, Training, train_network

LOOK_BACK, HORIZON, UNITS, SEED, RATE = 3, 2, 4, 7, 0.05
SERIES = np.random.default_rng(0).normal(size=14).astype(np.float32)
FRAMING = Framing(LOOK_BACK, HORIZON)
ORIGINS = np.arange(LOOK_BACK, len(SERIES) - HORIZON + 1)

layers = keras.layers


def network_of(cell: Any = "lstm") -> Network:
    made = Architecture(cell=cell, units=UNITS)
    return build_network(made, steps=LOOK_BACK, features=1, outputs=HORIZON)


def data_of(targets: np.ndarray = SERIES, **origins: np.ndarray) -> dict[str, Any]:
    return {"values": SERIES, "targets": targets, "train": ORIGINS} | origins


def train(settings: Training, data: dict[str, Any], cell: str = "lstm") -> Trained:
    return train_network(network_of(cell), FRAMING, data, settings, seeds=[SEED])


def windows(origins: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The samples at the given origins, cut by NumPy."""
    each = sliding_window_view(SERIES, LOOK_BACK + HORIZON)[origins - LOOK_BACK]
    return each[:, :LOOK_BACK, None], each[:, LOOK_BACK:]


def sequential(cell: str, optimizer: keras.Optimizer, loss: Any = "mse") -> keras.Model:
    """The same network in plain Keras, from the same weights."""
    body = {
        "lstm": [layers.LSTM(UNITS)],
        "rnn": [layers.SimpleRNN(UNITS)],
        "dense": [layers.Flatten(), layers.Dense(UNITS, activation="tanh")],
    }
    x = keras.Input((LOOK_BACK, 1))
    model = keras.Sequential([x, *body[cell], layers.Dense(HORIZON)])
    trainable, _ = initial_weights(network_of(cell), [SEED])
    for variable, value in zip(model.trainable_variables, trainable, strict=True):
        variable.assign(np.array(value[0]))
    model.compile(optimizer=optimizer, loss=loss)
    return model


def assert_same_weights(trained: Trained, expected: list[Any]):
    for found, other in zip(trained.variables["trainable"], expected, strict=True):
        np.testing.assert_allclose(found[0], other, rtol=1e-5, atol=1e-5)


def bits(trained: Trained) -> list[bytes]:
    return [np.asarray(leaf).tobytes() for leaf in jax.tree.leaves(trained.variables)]


@pytest.mark.parametrize(
    ("cell", "optimizer", "loss", "clip"),
    [
        ("lstm", "adam", "mse", None),
        ("rnn", "rmsprop", "mae", None),
        ("dense", "sgd", "huber", 0.1),
    ],
)
def test_equals_keras_fit(cell: str, optimizer: str, loss: Any, clip: float | None):
    settings = Training(
        epochs=3,
        batch_size=3,
        learning_rate=RATE,
        optimizer=optimizer,
        loss=loss,
        shuffle=False,
        clip=clip,
    )
    known, unseen = ORIGINS[:6], ORIGINS[6:9]
    trained = train(settings, data_of(train=known, validation=unseen), cell)

    config = {"learning_rate": RATE, "global_clipnorm": clip}
    model = sequential(
        cell, keras.optimizers.get({"class_name": optimizer, "config": config}), loss
    )
    history = model.fit(
        *windows(known),
        epochs=3,
        batch_size=3,
        shuffle=False,
        validation_data=windows(unseen),
        verbose=0,
    )
    assert_same_weights(trained, [variable.value for variable in model.trainable_variables])
    for name, curve in history.history.items():
        np.testing.assert_allclose(trained.curves[name][0], curve, rtol=1e-5)


def test_missing_targets_are_left_out():
    settings = Training(epochs=3, batch_size=1, learning_rate=RATE, shuffle=False)
    targets = SERIES.copy()
    targets[[5, 6, 9, 10]] = np.nan
    complete, empty = np.array([3, 7, 11, 12]), [5, 9]
    trained = train(settings, data_of(targets, train=np.sort([*complete, *empty])), "rnn")
    model = sequential("rnn", keras.optimizers.Adam(RATE))
    model.fit(*windows(complete), epochs=3, batch_size=1, shuffle=False, verbose=0)
    assert_same_weights(trained, [variable.value for variable in model.trainable_variables])


def lstm(weights: list[Any], x: Any, state: tuple[Any, Any]) -> tuple[Any, tuple[Any, Any]]:
    """Hochreiter and Schmidhuber (1997), then a linear layer; gates in the order i, f, c, o."""
    kernel, recurrent, bias, output_kernel, output_bias = weights
    h, c = state
    for step in range(LOOK_BACK):
        i, f, g, o = jnp.split(x[:, step] @ kernel + h @ recurrent + bias, 4, axis=1)
        c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
        h = jax.nn.sigmoid(o) * jnp.tanh(c)
    return h @ output_kernel + output_bias, (h, c)


def carried_by_hand(
    weights: list[Any], targets: np.ndarray, order: np.ndarray, epochs: int
) -> tuple[list[Any], list[float]]:
    """Stochastic gradient descent along the lanes of `order`; also the loss of each epoch."""

    @jax.jit
    def slopes_of(weights: list[Any], x: Any, y: Any, observed: Any, state: Any) -> Any:
        def loss(weights: list[Any]) -> tuple[Any, Any]:
            y_hat, after = lstm(weights, x, jax.lax.stop_gradient(state))
            errors = jnp.where(observed, (y_hat - jnp.where(observed, y, 0)) ** 2, 0)
            return errors.sum() / observed.sum(), (after, errors.sum())

        return jax.grad(loss, has_aux=True)(weights)

    curve = []
    for _ in range(epochs):
        state = (jnp.zeros((order.shape[1], UNITS)),) * 2
        total, count = 0.0, 0
        for numbers in order:
            here = (numbers >= 0)[:, None]
            x, _ = windows(ORIGINS[numbers])
            y = targets[ORIGINS[numbers][:, None] + np.arange(HORIZON)]
            observed = here & ~np.isnan(y)
            slopes, (after, errors) = slopes_of(weights, x, y, observed, state)
            weights = [w - RATE * slope for w, slope in zip(weights, slopes, strict=True)]
            state = tuple(jnp.where(here, part, 0) for part in after)
            total, count = total + float(errors), count + observed.sum()
        curve.append(total / count)
    return weights, curve


@pytest.mark.parametrize(
    ("order", "missing"),
    [
        (np.arange(9)[:, None], []),
        # The second lane begins later and ends sooner.
        (np.array([[0, -1], [1, 5], [2, 6], [3, -1]]), [5, 9]),
    ],
    ids=["one lane", "two lanes with gaps"],
)
def test_memory_is_carried_along_each_lane(order: np.ndarray, missing: list[int]):
    targets = SERIES.copy()
    targets[missing] = np.nan
    settings = Training(epochs=3, learning_rate=RATE, optimizer="sgd")
    trained = train(settings, data_of(targets, order=order))
    start = [value[0] for value in initial_weights(network_of(), [SEED])[0]]
    weights, curve = carried_by_hand(start, targets, order, epochs=3)
    assert_same_weights(trained, weights)
    np.testing.assert_allclose(trained.curves["loss"][0], curve, rtol=1e-5)


def test_padding_changes_nothing():
    settings = Training(epochs=3, batch_size=4, learning_rate=RATE, shuffle=False)
    # Ten samples fill three batches; the fourth is padding alone.
    padded = np.r_[-1, ORIGINS[:5], -1, ORIGINS[5:], [-1] * 4]
    model = sequential("rnn", keras.optimizers.Adam(RATE))
    model.fit(*windows(ORIGINS), epochs=3, batch_size=4, shuffle=False, verbose=0)
    trained = train(settings, data_of(train=padded), "rnn")
    assert_same_weights(trained, [variable.value for variable in model.trainable_variables])


def test_same_seed_same_bits_and_members_are_independent():
    settings = Training(epochs=3, batch_size=4)
    run = [
        train_network(network_of("rnn"), FRAMING, data_of(), settings, seeds=seeds)
        for seeds in ([3, SEED], [3, SEED], [SEED, 4])
    ]
    assert bits(run[0]) == bits(run[1])
    for same, other in zip(
        run[0].variables["trainable"], run[2].variables["trainable"], strict=True
    ):
        np.testing.assert_array_equal(same[1], other[0])
        assert not np.array_equal(same[0], other[1])


def test_unknown_optimizer():
    with pytest.raises(InputError, match="optimizer 'adamant' is not one of Keras's"):
        train(Training(optimizer="adamant"), data_of())
