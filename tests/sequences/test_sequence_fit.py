"""Training on sequences; the truth is plain Keras."""

from typing import Any

import numpy as np
import pytest
from sequence_cases import Array, ordered_problem, read, some_arrays

from gatecast._backend import keras
from gatecast.network import Architecture, Sizes, build_network, initial_weights
from gatecast.sequences._fit import Fitted, fit_sequences
from gatecast.sequences._settings import Settings
from gatecast.sequences._split import held_back
from gatecast.sequences.problems._categorical import Categorical
from gatecast.sequences.problems._problems import Classes, Numbers, Problem, Weighing
from gatecast.training import Training

PLAIN = Training(epochs=3, batch_size=4, learning_rate=0.01, shuffle=False)


def fit(
    problem: Problem, arrays: list[Array], y: Any, training: Training, **options: Any
) -> Fitted:
    usual = {"max_length": None, "members": 1, "random_seed": 0, "held_back": 0.0}
    settings = Settings(Architecture(units=3), training, **usual | options)
    return fit_sequences(problem, read(arrays), y, settings, verbose=False)


def weights_of(found: Fitted) -> list[Array]:
    return [np.asarray(value[0]) for value in found.networks.weights[0]]


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras's own
def test_training_is_that_of_keras():
    arrays = some_arrays(10)
    arrays = [np.resize(each, (5, 2)) for each in arrays]
    y = np.arange(10) % 3
    found = fit(Classes(3, "balanced"), arrays, y, PLAIN)
    weights = Classes(3, "balanced").weights(y)

    network = build_network(Architecture(units=3), Sizes(5, 2), Categorical((1.0,) * 3))
    model = keras.Sequential(
        [keras.Input((5, 2)), keras.layers.LSTM(3), keras.layers.Dense(3, activation="softmax")]
    )
    model.set_weights([value[0] for value in initial_weights(network, [0])[0]])
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy")
    scaler = found.networks.scaler
    x = (np.stack(arrays) - scaler.center) / scaler.spread
    model.fit(x, y, 4, 3, 0, shuffle=False, class_weight=dict(enumerate(weights)))
    for own, theirs in zip(weights_of(found), model.get_weights(), strict=True):
        np.testing.assert_allclose(own, theirs, atol=1e-4)


def test_a_weight_of_two_counts_as_two_sequences():
    arrays, _ = ordered_problem(8)
    y = np.repeat([0, 1], 4)
    whole = Training(epochs=3, batch_size=99, learning_rate=0.1, optimizer="sgd")
    weighing: Weighing = (2.0, 1.0)
    weighted = fit(Classes(2, weighing), arrays, y, whole)
    # Risers and fallers have the same values, so that the scaling is the same.
    doubled = fit(Classes(2), [*arrays[:4], *arrays], np.repeat([0, 0, 1], 4), whole)
    for own, other in zip(weights_of(weighted), weights_of(doubled), strict=True):
        np.testing.assert_allclose(own, other, atol=1e-5)


@pytest.fixture(scope="module")
def judged() -> tuple[list[Array], Fitted]:
    """Sums of sequences with validation, and what became of them."""
    arrays = some_arrays(40)
    y = np.array([each.sum() for each in arrays])
    training = Training(epochs=60, learning_rate=0.05, validation=0.2, patience=5)
    return arrays, fit(Numbers(), arrays, y, training, members=2, held_back=0.25)


def test_training_stops_early(judged: tuple[list[Array], Fitted]):
    _, found = judged
    losses = found.curves["val_loss"]
    assert losses.shape[0] == 2
    assert losses.shape[1] < 60 or np.isnan(losses).any()
    assert found.judged.verdict.startswith("On 10 sequences")


def test_scaling_is_learnt_from_what_all_networks_are_trained_on(
    judged: tuple[list[Array], Fitted],
):
    arrays, found = judged
    y = np.array([each.sum() for each in arrays])
    learnt = ~held_back(y, 0.25, 0, classes=False)
    learnt[learnt] = ~held_back(y[learnt], 0.2, 0, classes=False)
    assert learnt.sum() == 24
    rows = np.concatenate([arrays[number] for number in np.flatnonzero(learnt)])
    networks = found.networks
    np.testing.assert_allclose(networks.scaler.center, rows.mean(axis=0))
    np.testing.assert_allclose(networks.scaler.spread, rows.std(axis=0))
    assert (networks.center, networks.spread) == pytest.approx((y[learnt].mean(), y[learnt].std()))


def test_sequences_that_were_held_back_are_not_known_by_heart():
    arrays = some_arrays(40)
    y = np.random.default_rng(5).integers(0, 2, 40)
    found = fit(Classes(2), arrays, y, Training(epochs=250, learning_rate=0.05), held_back=0.5)
    # Labels drawn at random can be learnt by heart, and in no other way.
    assert (found.networks.answers(read(arrays)).argmax(axis=1) == y).mean() > 0.9
    assert found.judged.report.set_index("model")["accuracy"]["LSTM"] < 0.75
