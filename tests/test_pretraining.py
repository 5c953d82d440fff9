"""The synthetic series, and a short training on them."""

import numpy as np
import pytest

import pretraining.__main__ as pretraining
from gatecast.forecasting import pretrained
from gatecast.framing._seasonal import Seen, seasonal_indices
from pretraining._series import synthetic
from pretraining._variants import VARIANTS


@pytest.mark.parametrize("season", [1, 4, 12])
def test_the_same_seed_draws_the_same_finite_series(season: int):
    one, two = (synthetic(np.random.default_rng(3), 200, 60, season) for _ in range(2))
    np.testing.assert_array_equal(one, two)
    assert one.shape == (200, 60)
    assert np.isfinite(one).all()
    assert np.abs(one - one.mean(1, keepdims=True)).max() <= 6.001


def test_most_series_have_their_season_and_no_other():
    y = synthetic(np.random.default_rng(0), 2000, 72, 12)
    every = Seen(*[np.ones_like(y)] * 2)
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
def test_training_on_few_series_learns_something(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pretraining, "_AT_ONCE", 512)
    samples = pretraining.draw(np.random.default_rng(0), 6 * 512)
    run = pretraining.train(samples, pretraining.MAE, 0)
    assert run.curves["loss"][0, -1] < np.abs(samples["y"] * np.sqrt(samples["spread"])).mean()
    weights = run.variables["trainable"]
    assert weights[-1].shape == (1, pretrained.SIZES.horizon)
    on = pretraining.train(samples, pretraining.MAPE, 0, weights)
    assert on.curves["loss"][0, -1] < np.abs(np.expm1(-samples["y"] * samples["spread"])).mean()
