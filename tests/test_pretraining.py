"""The synthetic series, and a short training on them."""

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

import pretraining.__main__ as pretraining
from gatecast.forecasting import pretrained
from gatecast.framing._seasonal import WindowMask, seasonal_indices
from gatecast.network import build_network
from pretraining._series import synthetic
from pretraining._variants import VARIANTS


@pytest.mark.parametrize("season", [1, 4, 12])
def test_the_same_seed_draws_the_same_finite_series(season: int):
    one, two = (synthetic(np.random.default_rng(3), 200, 60, season) for _ in range(2))
    np.testing.assert_array_equal(one, two)
    assert one.shape == (200, 60)
    assert np.isfinite(one).all()
    assert np.abs(one - one.mean(1, keepdims=True)).max() <= 6.001


def test_samples_are_what_the_networks_read_and_should_say():
    samples = pretraining.draw(np.random.default_rng(0), 6, at_once=8)
    sizes = pretrained.SIZES
    # Of six series one at least has 1, 4 or 12 rows per season; each is drawn by one call.
    number = 3 * 8
    assert samples.x.shape == (number, sizes.steps, sizes.features)
    assert samples.mask.shape == (number, sizes.steps)
    assert samples.wanted.shape == (number, sizes.horizon, 1)
    assert samples.spread.shape == (number, 1, 1)
    # Padding comes first, and some series are shorter than what is read.
    assert (np.diff(samples.mask.astype(int)) >= 0).all()
    assert not samples.mask.all()
    found = pretraining.Gather()(samples, np.array([2, 0]))
    np.testing.assert_allclose(found.wanted, samples.wanted[[2, 0]], rtol=1e-6)


def test_most_series_have_their_season_and_no_other():
    y = synthetic(np.random.default_rng(0), 2000, 72, 12)
    every = WindowMask(*[np.ones_like(y)] * 2)
    own, other = (np.asarray(seasonal_indices(y, every, season)[1]) for season in (12, 7))
    assert np.mean(own > 0.8) > 0.4
    assert np.mean(other > 0.8) < 0.2


@pytest.mark.parametrize("name", VARIANTS)
def test_variants_of_the_prior_change_some_series(name: str):
    one, two = (VARIANTS[name](np.random.default_rng(3), 200, 60, 12) for _ in range(2))
    np.testing.assert_array_equal(one, two)
    assert one.shape == (200, 60)
    assert one.dtype == np.float32
    assert np.isfinite(one).all()
    same = (one == synthetic(np.random.default_rng(3), 200, 60, 12)).all(1)
    assert same.all() if name == "shipped" else not same.all()


@pytest.mark.slow
def test_training_on_few_series_learns_something(tmp_path: Path):
    samples = pretraining.draw(np.random.default_rng(0), 6 * 512, at_once=512)
    network = build_network(pretrained.ARCHITECTURE, pretrained.SIZES)
    run = pretraining.train(network, samples, pretraining.MAE, 0)
    wanted, spread = samples.wanted, samples.spread
    assert run.curves["loss"][0, -1] < np.abs(wanted * np.sqrt(spread)).mean()
    weights = pretraining.weights_of(network, run)
    assert weights["output/bias"].shape == (1, pretrained.SIZES.horizon)
    on = pretraining.train(network, samples, pretraining.MAPE, 0, weights)
    assert on.curves["loss"][0, -1] < np.abs(np.expm1(-wanted * spread)).mean()
    # What is written has the names and shapes of the weights that the forecaster comes with.
    pretrained.write({"mae": pretraining.together([weights] * 2)}, tmp_path / "weights")
    written = load_file(tmp_path / "weights")
    shipped = load_file(pretrained.PATH)
    assert {name: value.shape[1:] for name, value in written.items()} == {
        name: value.shape[1:] for name, value in shipped.items() if name.startswith("mae/")
    }
    assert {len(value) for value in written.values()} == {2}
