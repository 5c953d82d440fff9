from dataclasses import replace
from typing import Any

import jax
import numpy as np
import pytest
from network_runs import (
    HORIZON,
    LOOK_BACK,
    ORIGINS,
    RATE,
    SEED,
    SERIES,
    assert_same_weights,
    bits,
    data_of,
    first_member,
    sequential,
    train,
    windows,
)

from gatecast._backend import keras
from gatecast._types import InputError
from gatecast.framing import Rows
from gatecast.training import OwnData, Training, TrainingData, TrainingSet

schedules = keras.optimizers.schedules


@pytest.mark.parametrize(
    ("cell", "settings", "optimizer"),
    [
        ("lstm", {"optimizer": "adam"}, lambda: keras.optimizers.Adam(RATE)),
        ("rnn", {"optimizer": "rmsprop", "loss": "mae"}, lambda: keras.optimizers.RMSprop(RATE)),
        (
            "dense",
            {
                "optimizer": "sgd",
                "loss": "huber",
                "clip": 0.1,
                "schedule": "cosine",
                "weight_decay": 0.3,
            },
            # Two steps in each of three epochs.
            lambda: keras.optimizers.SGD(
                schedules.CosineDecay(RATE, 6), global_clipnorm=0.1, weight_decay=0.3
            ),
        ),
    ],
    ids=["lstm", "rnn", "dense"],
)
def test_equals_keras_fit(cell: str, settings: dict[str, Any], optimizer: Any):
    known, unseen = ORIGINS[:6], ORIGINS[6:9]
    training = Training(epochs=3, batch_size=3, learning_rate=RATE, shuffle=False, **settings)
    trained = train(training, data_of(train=known, validation=unseen), cell)

    model = sequential(cell, optimizer(), training.loss)
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


def test_errors_in_percent_are_those_of_keras_on_what_the_logarithms_were_taken_of():
    settings = Training(
        epochs=3, batch_size=3, learning_rate=RATE, shuffle=False, optimizer="sgd", loss="mape"
    )
    trained = train(settings, data_of(train=ORIGINS[:6]), "lstm")
    model = sequential(
        "lstm",
        keras.optimizers.SGD(RATE),
        lambda y, f: keras.losses.mean_absolute_percentage_error(*map(keras.ops.exp, (y, f))) / 100,
    )
    history = model.fit(*windows(ORIGINS[:6]), epochs=3, batch_size=3, shuffle=False, verbose=0)
    assert_same_weights(trained, [variable.value for variable in model.trainable_variables])
    np.testing.assert_allclose(trained.curves["loss"][0], history.history["loss"], rtol=1e-5)


def test_missing_targets_are_left_out():
    settings = Training(epochs=3, batch_size=1, learning_rate=RATE, shuffle=False)
    targets = SERIES.copy()
    targets[[5, 6, 9, 10]] = np.nan
    complete, empty = np.array([3, 7, 11, 12]), [5, 9]
    trained = train(settings, data_of(targets, train=np.sort([*complete, *empty])), "rnn")
    model = sequential("rnn", keras.optimizers.Adam(RATE))
    model.fit(*windows(complete), epochs=3, batch_size=1, shuffle=False, verbose=0)
    assert_same_weights(trained, [variable.value for variable in model.trainable_variables])


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
    run = [train(settings, data_of(), "rnn", seeds) for seeds in ([3, SEED], [3, SEED], [SEED, 4])]
    assert bits(run[0]) == bits(run[1])
    for same, other in zip(run[0].variables.trainable, run[2].variables.trainable, strict=True):
        np.testing.assert_array_equal(same[1], other[0])
        assert not np.array_equal(same[0], other[1])


def test_members_with_data_of_their_own_equal_separate_runs():
    # The second series is shorter and has fewer samples of either kind.
    series = np.stack([SERIES, np.r_[SERIES[::-1][:9], np.zeros(5, np.float32)]])[..., None]
    origins = [ORIGINS, np.arange(LOOK_BACK, 9 - HORIZON + 1)]
    settings = Training(
        epochs=12, batch_size=4, learning_rate=0.01, shuffle=False, validation=0.3, patience=2
    )
    single = [
        TrainingData(Rows(values, values), each[:held_back], each[held_back:])
        for values, each, held_back in zip(series, origins, (-3, -1), strict=True)
    ]
    together = jax.tree.map(
        lambda *arrays: np.stack([_padded(a, len(arrays[0])) for a in arrays]), *single
    )
    both = train(settings, together, "dense", [SEED, 4], own="everything")
    lengths = set()
    for member, seed in enumerate((SEED, 4)):
        alone = train(settings, single[member], "dense", [seed])
        expected = first_member(alone)
        assert_same_weights(both, expected, member)
        for name, curve in alone.curves.items():
            np.testing.assert_allclose(
                both.curves[name][member, : curve.shape[1]], curve[0], rtol=1e-4
            )
        lengths.add(np.isfinite(alone.curves["loss"]).sum())
    assert len(lengths) == 2, "each member stops on its own"


def _padded(array: np.ndarray, length: int) -> np.ndarray:
    return np.r_[array, np.full((length - len(array), *array.shape[1:]), -1, array.dtype)]


def test_a_run_goes_on_from_given_weights():
    settings = {"batch_size": 4, "learning_rate": RATE, "optimizer": "sgd", "shuffle": False}
    whole = train(Training(epochs=4, **settings), data_of(), "dense", [SEED, 4])
    half = Training(epochs=2, **settings)
    first = train(half, data_of(), "dense", [SEED, 4])
    weights = (first.variables.trainable, first.variables.non_trainable)
    second = train(half, data_of(), "dense", [SEED, 4], initial=weights)
    for found, expected in zip(second.variables.trainable, whole.variables.trainable, strict=True):
        np.testing.assert_array_equal(found, expected)


def test_own_arrays_have_one_entry_per_seed():
    data = data_of(train=np.stack([ORIGINS] * 2))
    message = "own='origins' needs one entry per seed: expected 3, got 2"
    with pytest.raises(InputError, match=message):
        train(Training(), data, "dense", [1, 2, 3], own="origins")


def test_what_is_a_members_own_is_known():
    with pytest.raises(InputError, match=r"own must be one of .*, everything, got 'rows'"):
        TrainingSet(data_of(), own="rows")


@pytest.mark.parametrize("own", ["nothing", "origins"])
def test_a_validation_without_targets_is_refused(own: OwnData):
    targets = np.where(np.arange(len(SERIES)) < 10, SERIES, np.nan)
    unseen = np.array([10, 11, -1])
    data = data_of(targets, train=ORIGINS[:6], validation=unseen)
    if own == "origins":
        data = replace(data, train=data.train[None], validation=unseen[None])
    with pytest.raises(InputError, match="no target of any validation sample was observed"):
        train(Training(), data, "dense", own=own)
