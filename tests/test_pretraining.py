"""The synthetic series, and a short training on them."""

import json
import sys
from functools import partial
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest
from safetensors.numpy import load_file

import pretraining.__main__ as command
from gatecast.forecasting import pretrained
from gatecast.framing.seasonal import WindowMask, seasonal_indices
from pretraining._families import FAMILIES, PRIORS, drawn, finished
from pretraining._files import read_state, write_state
from pretraining._random import Draws, carried
from pretraining._samples import LONG, SHORT, framed, pool
from pretraining._structural import Base
from pretraining._training import OUTPUT, Plan, begin, compiled

ROWS = 84
MONTHS = SHORT[-1]


def synthetic(seed: int, prior: str, series: int, season: int) -> Any:
    return np.asarray(_synthetic(jax.random.key(seed), prior, series, season))


@partial(jax.jit, static_argnums=(1, 2, 3))
def _synthetic(key: Any, prior: str, series: int, season: int) -> Any:
    """One program: each operation by itself would be a hundred."""
    one, two = jax.random.split(key)
    return finished(two, prior, drawn(one, prior, series, ROWS), season)


@partial(jax.jit, static_argnums=1)
def framed_months(y: Any, series: int) -> Any:
    """Samples of monthly series."""
    return framed(Draws(jax.random.key(0), series), y, MONTHS)


@pytest.mark.parametrize("prior", ["structural", pytest.param("mixed", marks=pytest.mark.slow)])
def test_the_same_key_draws_the_same_finite_series(prior: str):
    one, two, other = (synthetic(seed, prior, 300, 12) for seed in (3, 3, 4))
    np.testing.assert_array_equal(one, two)
    assert (one != other).any()
    assert one.shape == (300, ROWS)
    assert np.isfinite(one).all()
    if prior == "structural":
        assert np.abs(one - one.mean(1, keepdims=True)).max() <= 6.001


def test_most_series_have_their_season_and_no_other():
    y = synthetic(0, "structural", 2000, 12)
    every = WindowMask(*[np.ones_like(y)] * 2)
    strength = jax.jit(lambda y, season: seasonal_indices(y, every, season)[1], static_argnums=1)
    own, other = (np.asarray(strength(y, season)) for season in (12, 7))
    assert np.mean(own > 0.8) > 0.4
    assert np.mean(other > 0.8) < 0.2


def test_shares_are_whole():
    assert all(sum(shares.values()) == pytest.approx(1) for shares in PRIORS.values())
    assert sum(each.share for each in (*SHORT, *LONG)) == pytest.approx(1)


def test_series_far_from_zero_are_rounded_like_others():
    level = np.random.default_rng(0).normal(0, 1, (40, ROWS)).astype(np.float32)
    scale = np.ones((40, 1), np.float32)
    round_off = jax.jit(lambda y: finished(jax.random.key(1), "mixed", Base(y, scale), 1))
    near, far = (np.asarray(round_off(y)) for y in (level, level + 1000))
    np.testing.assert_allclose(far - 1000, near, atol=1e-3)


@pytest.mark.slow
def test_no_two_families_draw_the_same():
    each = [np.asarray(draw(Draws(jax.random.key(0), 50), ROWS).y) for draw in FAMILIES.values()]
    assert all(y.shape == (50, ROWS) and np.isfinite(y).all() for y in each)
    assert len({y.tobytes() for y in each}) == len(FAMILIES)


def test_what_is_carried_is_a_recurrence():
    steps, kept = np.random.default_rng(0).normal(size=(3, 6)).astype(np.float32), [[0.5], [1], [0]]
    found, now = np.asarray(carried(np.array(kept), steps, 2.0)), np.full(3, 2.0)
    for row in range(6):
        now = np.array(kept)[:, 0] * now + steps[:, row]
        np.testing.assert_allclose(found[:, row], now, rtol=1e-5)


@pytest.mark.slow
def test_a_pool_has_the_networks_sizes():
    found = jax.jit(lambda key: pool(key, "structural", 2, 200))(jax.random.key(0))
    sizes = pretrained.TRAINED
    assert found.inputs.x.shape == (2, 200, sizes.steps, sizes.features)
    assert found.y.shape == (2, 200, sizes.horizon, 1)
    assert np.isfinite(found.inputs.x).all()
    assert (np.asarray(found.inputs.x)[0] != np.asarray(found.inputs.x)[1]).any()
    # Hours alone are followed to the end.
    assert np.isfinite(np.asarray(found.y)[:, :, -1]).mean() == pytest.approx(0.07, abs=0.01)


def test_samples_do_not_see_what_they_are_asked_for():
    past = pretrained.framing(MONTHS.season, 1).look_back
    y = np.random.default_rng(0).normal(size=(20, past + MONTHS.ahead)).astype(np.float32)
    before, after = (
        framed_months(np.concatenate([y[:, :past], each], axis=1), 20)
        for each in (y[:, past:], y[:, past:] + 1)
    )
    np.testing.assert_array_equal(before.inputs.x, after.inputs.x)
    np.testing.assert_allclose(
        after.y, before.y + 1 / np.asarray(before.spread), rtol=1e-3, atol=1e-3
    )
    ahead = np.array(pretrained.ROWS_AHEAD)
    np.testing.assert_array_equal(np.isnan(before.y)[0, :, 0], ahead > MONTHS.ahead)


def test_gaps_repeat_the_value_before_them():
    past = pretrained.framing(MONTHS.season, 1).look_back
    y = np.random.default_rng(0).normal(size=(400, past + MONTHS.ahead)).astype(np.float32)
    found = framed_months(y, 400)
    mask = np.asarray(found.inputs.mask)
    gaps = (~mask & (np.cumsum(mask, axis=1) > 0)).any(axis=1)
    assert 0.03 < gaps.mean() < 0.12
    assert np.asarray(found.inputs.mask)[:, -1].all()


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
    out, on = tmp_path / "weights.safetensors", tmp_path / "on.safetensors"
    small = ["--members", "1", "--batch", "16", "--steps", "4", "--prior", "structural"]
    for further in (["--out", str(out)], ["--out", str(on), "--start", str(out)]):
        monkeypatch.setattr(sys, "argv", ["pretraining", "--rounds", "2", *small, *further])
        command.main()
    record, later = (json.loads(path.with_suffix(".json").read_text()) for path in (out, on))
    assert (record["rounds"], record["done"], record["series_of_each_member"]) == (2, 2, 128)
    assert (record["start"], later["start"]) == (None, out.name)
    assert later["curve"][-1] < record["curve"][0]
    # What is written has the names and shapes of the weights that the forecaster comes with.
    written, shipped = load_file(out), load_file(pretrained.PATH)
    assert {name: value.shape[1:] for name, value in written.items()} == {
        name: value.shape[1:] for name, value in shipped.items()
    }
    assert shipped["output/bias"].shape[-1] == pretrained.TRAINED.horizon * OUTPUT.parameters


@pytest.mark.slow
def test_a_prior_is_judged_on_real_series(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    compare = pytest.importorskip("pretraining.compare")
    monkeypatch.setattr(sys, "argv", ["compare", "--quick", "--priors", "structural"])
    compare.main()
    lines = [line.split(": ") for line in capsys.readouterr().out.splitlines()]
    found = {line[0]: float(line[1]) for line in lines if line[0].endswith("_relative_structural")}
    # A minute of training is enough to be ahead of the season before.
    assert found.keys() == {"mase_relative_structural", "wql_relative_structural"}
    assert max(found.values()) < 1
