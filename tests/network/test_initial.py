from typing import Any

import jax
import numpy as np
import pytest

from gatecast.network import Architecture, Network, Sizes, build_network, initial_weights

FEATURES, UNITS, SEEDS = 3, 4, (5, 6)

Start = dict[str, np.ndarray]
"""Layer and name -> [members, ...] initial values."""


@pytest.fixture(scope="module")
def network() -> Network:
    made = Architecture(layers=2, units=UNITS, dropout=0.1, linear_skip=True)
    return build_network(made, Sizes(steps=2, features=FEATURES, horizon=2))


@pytest.fixture(scope="module")
def start(network: Network) -> Start:
    return by_path(network, initial_weights(network, SEEDS))


def by_path(network: Network, weights: tuple[list[Any], list[Any]]) -> Start:
    variables = network.model.trainable_variables + network.model.non_trainable_variables
    paths = [variable.path for variable in variables]
    assert len(set(paths)) == len(paths)
    return dict(zip(paths, map(np.asarray, jax.tree.leaves(weights)), strict=True))


def test_same_seed_same_bits_alone_or_among_others(network: Network, start: Start):
    for number, seed in enumerate(SEEDS):
        for path, alone in by_path(network, initial_weights(network, [seed])).items():
            np.testing.assert_array_equal(start[path][number], alone[0])


def test_other_seeds_and_other_layers_start_differently(start: Start):
    drawn = {
        path: values
        for path, values in start.items()
        if "seed" in path or ("kernel" in path and "skip" not in path)
    }
    # Two kernels in each LSTM layer, one in the output, one seed of dropout in each LSTM layer.
    assert len(drawn) == 7
    for first, second in drawn.values():
        assert (first != second).any()
    recurrent = [values for path, values in drawn.items() if "recurrent" in path]
    assert (recurrent[0] != recurrent[1]).all()


def test_input_kernels_are_uniform_within_glorots_limit(start: Start):
    # Glorot and Bengio (2010): the root of 6 / (fan in + fan out).
    limit = np.sqrt(6 / (FEATURES + 4 * UNITS))
    kernel = start["lstm_1/lstm_cell/kernel"]
    assert 0.9 * limit < np.abs(kernel).max() <= limit
    # The standard deviation of a uniform distribution is its half width over the root of 3.
    assert np.std(kernel) == pytest.approx(limit / np.sqrt(3), rel=0.2)


def test_recurrent_kernels_are_orthogonal(start: Start):
    # Saxe et al. (2014).
    for kernel in start["lstm_2/lstm_cell/recurrent_kernel"]:
        np.testing.assert_allclose(kernel @ kernel.T, np.eye(UNITS), atol=1e-6)


def test_the_forget_gate_starts_open(start: Start):
    # Jozefowicz et al. (2015); gates in the order i, f, c, o.
    for layer in ("lstm_1", "lstm_2"):
        for bias in start[f"{layer}/lstm_cell/bias"]:
            np.testing.assert_array_equal(bias, np.repeat([0, 1, 0, 0], UNITS))


def test_the_linear_skip_and_the_output_bias_start_at_zero(start: Start):
    for path in ("linear_skip/kernel", "linear_skip/bias", "output/bias"):
        assert not start[path].any()
    assert start["output/kernel"].all()


def test_embeddings_rates_of_decay_and_decoders():
    made = Architecture(kind="encoder_decoder", units=UNITS)
    network = build_network(made, Sizes(2, FEATURES, categories=(5,), elapsed=True))
    start = by_path(network, initial_weights(network, [5]))
    # Keras's default for embeddings.
    assert 0.04 < np.abs(start["category_1/embeddings"]).max() <= 0.05
    # A tenth of the memory is lost in about six steps.
    rate = start["lstm_1/decaying/decay_rate"]
    np.testing.assert_allclose(np.exp(-np.log1p(np.exp(rate)) * 5.8), 0.9, atol=0.001)
    for cell in ("lstm_1/decaying/lstm_cell", "decoder/lstm_cell"):
        np.testing.assert_array_equal(start[f"{cell}/bias"][0], np.repeat([0, 1, 0, 0], UNITS))
        recurrent = start[f"{cell}/recurrent_kernel"][0]
        np.testing.assert_allclose(recurrent @ recurrent.T, np.eye(UNITS), atol=1e-6)


def test_each_weight_has_a_stream_of_its_own(start: Start):
    # The same seed must give the same weights in later versions.
    paths = list(start)
    streams = jax.random.split(jax.random.key(SEEDS[0]), len(paths))
    kernel = start["output/kernel"][0]
    stream = streams[paths.index("output/kernel")]
    glorot = jax.nn.initializers.glorot_uniform()
    np.testing.assert_array_equal(kernel, glorot(stream, kernel.shape))


@pytest.mark.slow
def test_several_members_of_several_large_layers_are_drawn():
    # A batched QR inside a compiled program blocks itself on two cores, now and then.
    network = build_network(Architecture(layers=3, units=128), Sizes(2, 1))
    for seed in range(3):
        trainable, _ = initial_weights(network, range(seed, seed + 4))
        for kernel in trainable[1::3][:3]:
            square = np.einsum("mij,mkj->mik", kernel, kernel)
            np.testing.assert_allclose(
                square, np.broadcast_to(np.eye(128), square.shape), atol=1e-4
            )
