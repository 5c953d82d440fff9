import gc
import math
import weakref
from collections.abc import Callable
from typing import Any

import jax
import numpy as np
import pytest
from keras_models import (
    FEATURES,
    SAMPLES,
    STEPS,
    X,
    Y,
    assert_same_optimizer,
    assert_same_weights,
    dense,
    regularised,
    stacked,
    stateful,
    twins,
    two_inputs,
)

from gatecast._backend import keras
from gatecast._types import InputError
from gatecast.training import Watch, fit

STATIC = np.random.default_rng(9).normal(size=(SAMPLES, 3)).astype(np.float32)


def assert_same_history(found: Any, expected: Any):
    assert found.epoch == expected.epoch
    assert set(found.history) == set(expected.history)
    for name, curve in expected.history.items():
        np.testing.assert_allclose(found.history[name], curve, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("build", "samples", "validation_split"),
    [
        (lambda: stacked(optimizer=keras.optimizers.RMSprop(0.01)), 9, 0.0),
        (lambda: regularised(optimizer=keras.optimizers.SGD(0.05, momentum=0.9)), 9, 0.0),
        # Eight samples train, three validate: in threes, so the last batch is smaller.
        (lambda: two_inputs(optimizer="adamw", metrics=["mae"]), 11, 0.2),
    ],
    ids=["stacked", "regularised", "two inputs"],
)
def test_equals_keras_fit(build: Callable[[], keras.Model], samples: int, validation_split: float):
    ours, plain = twins(build)
    x = {"past": X[:samples], "static": STATIC[:samples]} if len(ours.inputs) == 2 else X[:samples]
    settings = {"epochs": 3, "batch_size": 3, "shuffle": False}
    watch = Watch(validation_split=validation_split)
    found = fit(ours, x, Y[:samples], **settings, watch=watch)
    expected = plain.fit(x, Y[:samples], **settings, validation_split=validation_split, verbose=0)
    assert_same_history(found, expected)
    assert_same_weights(ours, plain)
    assert_same_optimizer(ours, plain)


def test_stateful_layers_carry_no_memory_in_keras_on_jax():
    # Their states are not among the model's variables, so neither Keras nor we pass them on.
    settings = {"epochs": 2, "batch_size": 2, "shuffle": False}
    models = [stateful(carried=carried) for carried in (True, False, True)]
    models[0].fit(X[:10], Y[:10], **settings, verbose=0)
    models[1].fit(X[:10], Y[:10], **settings, verbose=0)
    fit(models[2], X[:10], Y[:10], **settings)
    assert_same_weights(models[0], models[1])
    assert_same_weights(models[0], models[2])


def test_shuffled_order_is_drawn_from_the_seed():
    ours, plain = twins(dense)
    fit(ours, X[:8], Y[:8], epochs=3, batch_size=4, seed=8)
    for epoch in range(3):
        key = jax.random.fold_in(jax.random.key(8), epoch)
        order = np.asarray(jax.random.permutation(key, np.arange(8)))
        for batch in np.split(order, 2):
            plain.train_on_batch(X[batch], Y[batch])
    assert_same_weights(ours, plain)


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras's own
def test_early_stopping_equals_that_of_keras():
    ours, plain = twins(lambda: dense(optimizer=keras.optimizers.Adam(0.05)))
    # Away from zero there is something to learn before there is only noise to remember.
    x, y = X[:8], Y[:8] + 2
    settings = {"epochs": 20, "batch_size": 2, "shuffle": False}
    found = fit(ours, x, y, **settings, watch=Watch(validation_split=0.25, patience=2))
    stopping = keras.callbacks.EarlyStopping(patience=2, restore_best_weights=True)
    expected = plain.fit(x, y, **settings, validation_split=0.25, callbacks=[stopping], verbose=0)
    assert 0 < stopping.best_epoch < stopping.stopped_epoch < 19
    assert_same_history(found, expected)
    assert_same_weights(ours, plain)


def test_history_shows_a_loss_that_grew_beyond_all_numbers():
    model = dense(optimizer=keras.optimizers.SGD(1e30))
    losses = fit(model, X, Y, epochs=4).history["loss"]
    assert len(losses) == 4
    assert math.isnan(losses[-1])


def test_training_goes_on_where_it_ended():
    once, twice = twins(dense)
    fit(once, X, Y, epochs=2, shuffle=False)
    fit(once, X, Y, epochs=1, shuffle=False)
    twice.fit(X, Y, epochs=3, shuffle=False, verbose=0)
    assert_same_weights(once, twice)


def test_a_model_has_to_be_compiled():
    model = keras.Sequential([keras.Input((STEPS, FEATURES)), keras.layers.Flatten()])
    with pytest.raises(InputError, match=r"^the model is not compiled: call model.compile\("):
        fit(model, X, Y)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"y": Y[:-1]}, r"x and y need the same number of samples, got \[10, 11\]"),
        ({"watch": Watch(patience=2)}, "patience=2 needs a validation_split above 0"),
        ({"watch": Watch(validation_split=0.99)}, "11 samples leave none to train on"),
        ({"x": X[:0], "y": Y[:0]}, "0 samples leave none to train on"),
        ({"epochs": 0}, "epochs must be at least 1, got 0"),
        ({"batch_size": 0}, "batch_size must be at least 1, got 0"),
    ],
)
def test_bad_input_is_named(change: dict[str, Any], message: str):
    with pytest.raises(InputError, match=f"^{message}$"):
        fit(**{"model": dense(), "x": X, "y": Y} | change)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"validation_split": 1.0}, r"validation_split must lie in \[0, 1\), got 1.0"),
        ({"validation_split": -0.1}, r"validation_split must lie in \[0, 1\), got -0.1"),
        ({"validation_split": 0.5, "patience": 0}, "patience must be at least 1, got 0"),
    ],
)
def test_bad_watch_is_named(settings: dict[str, Any], message: str):
    with pytest.raises(InputError, match=f"^{message}$"):
        Watch(**settings)


def test_a_model_that_was_trained_is_not_kept():
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile(loss="mse", optimizer="adam")
    fit(model, np.ones((8, 3)), np.ones((8, 1)), epochs=2, batch_size=4)
    kept = weakref.ref(model)
    del model
    gc.collect()
    assert kept() is None
