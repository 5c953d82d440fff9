"""What networks answer: the truth is plain Keras, one sequence at a time, without padding."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sequence_cases import KINDS, NAN, drawn_networks, read, some_arrays

from gatecast._backend import keras
from gatecast.network import Architecture
from gatecast.sequences.networks._networks import Networks

ARRAYS = some_arrays(3, longest=9)
layers = keras.layers
PLAIN = {
    ("stack", "lstm", 1): lambda: [layers.LSTM(3)],
    ("stack", "lstm", 2): lambda: [layers.LSTM(3, return_sequences=True), layers.LSTM(3)],
    ("stack", "gru", 1): lambda: [layers.GRU(3)],
    ("stack", "rnn", 1): lambda: [layers.SimpleRNN(3)],
    ("bidirectional", "lstm", 1): lambda: [layers.Bidirectional(layers.LSTM(3))],
    ("cnn", "gru", 1): lambda: [
        layers.Conv1D(3, 3, padding="causal", activation="tanh"),
        layers.GRU(3),
    ],
}


def in_plain_keras(networks: Networks, made: tuple[str, str, int]) -> list[Any]:
    """Each member as a model of a sequence of any length."""
    models = []
    for member in range(len(networks.weights[0][0])):
        answer = layers.Dense(networks.network.output.parameters, activation="softmax")
        model = keras.Sequential([keras.Input((None, 2)), *PLAIN[made](), answer])
        model.set_weights([value[member] for value in networks.weights[0]])
        models.append(model)
    return models


@pytest.mark.parametrize("made", PLAIN)
def test_answers_are_those_of_plain_keras(made: tuple[str, str, int]):
    kind, cell, count = made
    architecture = Architecture(cell, count, 3, kind=kind)  # type: ignore[arg-type]
    networks = drawn_networks(read(ARRAYS), architecture, classes=3, members=2)
    models, scaler = in_plain_keras(networks, made), networks.scaler
    found = networks.answers(read(ARRAYS))
    for number, array in enumerate(ARRAYS):
        x = ((array - scaler.center) / scaler.spread)[None]
        expected = np.mean([model(x)[0] for model in models], axis=0)
        np.testing.assert_allclose(found[number], expected, atol=1e-6)
    np.testing.assert_allclose(found.sum(axis=1), 1)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=8, deadline=None, derandomize=True)
@given(longest=st.integers(1, 60), seed=st.integers(0, 99))
def test_padding_changes_nothing(kind: str, longest: int, seed: int):
    networks = drawn_networks(read(ARRAYS), Architecture(units=3, layers=2, kind=kind))  # type: ignore[arg-type]
    rng = np.random.default_rng(seed)
    one, longer = rng.normal(size=(rng.integers(1, 33), 2)), rng.normal(size=(longest, 2))
    alone = networks.answers(read([one]))
    beside = networks.answers(read([longer, one]))
    np.testing.assert_allclose(beside[1], alone[0], atol=1e-6)


@pytest.mark.parametrize("kind", ["stack", "residual", "bidirectional"])
@settings(max_examples=8, deadline=None, derandomize=True)
@given(places=st.lists(st.integers(0, 8), max_size=5))
def test_rows_without_values_change_nothing(kind: str, places: list[int]):
    networks = drawn_networks(read(ARRAYS), Architecture(units=3, layers=2, kind=kind))  # type: ignore[arg-type]
    holes = np.insert(ARRAYS[0], sorted(places), NAN, axis=0)
    np.testing.assert_allclose(
        networks.answers(read([holes])), networks.answers(read(ARRAYS[:1])), atol=1e-6
    )


def test_the_order_of_sequences_does_not_matter():
    many = read(some_arrays(300))
    networks = drawn_networks(many, Architecture(units=3), classes=2)
    found = networks.answers(many)
    some = np.zeros(300, bool)
    some[[2, 40, 299]] = True
    np.testing.assert_allclose(networks.answers(many.where(some)), found[some], atol=1e-6)


def test_the_order_of_rows_matters():
    networks = drawn_networks(read(ARRAYS), Architecture(units=3))
    turned = networks.answers(read([array[::-1] for array in ARRAYS]))
    assert (np.abs(turned - networks.answers(read(ARRAYS))) > 1e-3).all()


def test_max_length_reads_the_last_rows():
    networks = drawn_networks(read(ARRAYS), Architecture(units=3))
    np.testing.assert_allclose(
        replace(networks, max_length=4).answers(read(ARRAYS)),
        networks.answers(read([array[-4:] for array in ARRAYS])),
        atol=1e-6,
    )


def test_numbers_come_back_in_their_units():
    networks = drawn_networks(read(ARRAYS), Architecture(units=3))
    np.testing.assert_allclose(
        replace(networks, center=100, spread=10).answers(read(ARRAYS)),
        100 + 10 * networks.answers(read(ARRAYS)),
    )
