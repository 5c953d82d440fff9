"""Series drawn by JAX, and quantile networks trained on them as they are drawn."""

import json
import sys
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest

from gatecast.forecasting import pretrained
from gatecast.framing import Framing
from pretraining import _series, quantiles
from pretraining._chances import Chances, carried
from pretraining._descent import OUTPUT, Plan, begin, compiled
from pretraining._families import FAMILIES, drawn, finished
from pretraining._kept import read_state, read_weights, write_state
from pretraining._pool import framed, pool

ROWS = 84


def synthetic(seed: int, prior: str, series: int, season: int) -> Any:
    one, two = jax.random.split(jax.random.key(seed))
    return np.asarray(finished(two, prior, drawn(one, prior, series, ROWS), season))


@pytest.mark.parametrize("prior", ["structural", pytest.param("mixed", marks=pytest.mark.slow)])
def test_the_same_key_draws_the_same_finite_series(prior: str):
    one, two, other = (synthetic(seed, prior, 300, 12) for seed in (3, 3, 4))
    np.testing.assert_array_equal(one, two)
    assert (one != other).any()
    assert one.shape == (300, ROWS)
    assert np.isfinite(one).all()


@pytest.mark.parametrize("season", [1, 12])
def test_jax_draws_what_numpy_draws(season: int):
    ours = synthetic(0, "structural", 3000, season)
    expected = _series.synthetic(np.random.default_rng(0), 3000, ROWS, season)
    for measure in (
        lambda y: np.abs(np.diff(y, axis=1)).mean(1),
        lambda y: y.std(1),
        lambda y: np.abs(y[:, -24:] - y[:, -25:-24]).mean(1),
    ):
        shares = [0.1, 0.25, 0.5, 0.75, 0.9]
        found, wanted = (np.quantile(measure(y), shares) for y in (ours, expected))
        np.testing.assert_allclose(found, wanted, rtol=0.15)


@pytest.mark.slow
def test_no_two_families_draw_the_same():
    each = [np.asarray(draw(Chances(jax.random.key(0), 50), ROWS).y) for draw in FAMILIES.values()]
    assert all(y.shape == (50, ROWS) and np.isfinite(y).all() for y in each)
    assert len({y.tobytes() for y in each}) == len(FAMILIES)


def test_what_is_carried_is_a_recurrence():
    steps, kept = np.random.default_rng(0).normal(size=(3, 6)).astype(np.float32), [[0.5], [1], [0]]
    found, now = np.asarray(carried(np.array(kept), steps, 2.0)), np.full(3, 2.0)
    for row in range(6):
        now = np.array(kept)[:, 0] * now + steps[:, row]
        np.testing.assert_allclose(found[:, row], now, rtol=1e-5)


@pytest.mark.slow
def test_a_pool_has_the_seasons_shares_and_the_networks_sizes():
    found = jax.jit(lambda key: pool(key, "structural", 2, 200))(jax.random.key(0))
    sizes = pretrained.SIZES
    assert found["x"].shape == (2, 200, sizes.steps, sizes.features)
    assert found["y"].shape == (2, 200, sizes.horizon, 1)
    assert all(np.isfinite(np.asarray(part, float)).all() for part in found.values())
    assert (np.asarray(found["x"])[0] != np.asarray(found["x"])[1]).any()


def test_framed_samples_do_not_see_what_they_are_asked_for():
    framing = pretrained.framing(12, 24)
    y = np.random.default_rng(0).normal(size=(20, framing.look_back + 24)).astype(np.float32)

    def seen(y: Any, framing: Framing = framing) -> Any:
        return framed(Chances(jax.random.key(0), 20), y, framing)

    before, after = seen(y), seen(np.concatenate([y[:, :-24], y[:, -24:] + 1], axis=1))
    np.testing.assert_array_equal(before["x"], after["x"])
    np.testing.assert_allclose(
        after["y"], before["y"] + 1 / np.asarray(before["spread"]), rtol=1e-3, atol=1e-3
    )


@pytest.mark.slow
def test_a_killed_training_ends_with_the_same_weights(tmp_path: Path):
    plan = Plan("structural", members=2, batch=16, steps=2)
    program, state = compiled(plan), begin(plan)
    after, losses = program(state, 0, 3)
    assert losses.shape == (2,)
    write_state(tmp_path / "state", after, {"done": 1})
    straight, resumed = after, read_state(tmp_path / "state", begin(plan))[0]
    for number in (1, 2):
        straight, resumed = program(straight, number, 3)[0], program(resumed, number, 3)[0]
    for one, two in zip(straight.weights, resumed.weights, strict=True):
        np.testing.assert_array_equal(one, two)


@pytest.mark.slow
def test_the_command_writes_weights_and_a_record(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    out = tmp_path / "weights.safetensors"
    small = ["--members", "1", "--batch", "16", "--steps", "4", "--prior", "structural"]
    monkeypatch.setattr(sys, "argv", ["quantiles", "--rounds", "2", *small, "--out", str(out)])
    quantiles.main()
    weights, record = read_weights(out), json.loads(out.with_suffix(".json").read_text())
    assert weights[-1].shape == (1, pretrained.SIZES.horizon * OUTPUT.parameters)
    assert (record["rounds"], record["done"], record["series_of_each_member"]) == (2, 2, 128)
    assert record["held_back"]["structural"] < record["curve"][0] * 1.5
