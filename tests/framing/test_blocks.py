"""Rows in blocks, against plain averages, interpolation and the normal distribution."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from gatecast._types import InputError
from gatecast.framing import Framing, Rows, damping
from gatecast.framing.seasonal import (
    NormalisedWindow,
    Scatter,
    Seasons,
    WindowMask,
    blocks_ahead,
    normalised,
    places_ahead,
)
from gatecast.network import Quantiles

ROWS, BLOCK = 48, 4


def window(values: Any, seasons: Seasons, horizon: int, observed: Any = None) -> NormalisedWindow:
    every = np.ones_like(values)
    seen = WindowMask(every, every if observed is None else observed)
    program = jax.jit(normalised, static_argnums=(2, 3))
    found: NormalisedWindow = program(jnp.asarray(values), seen, seasons, horizon)
    return found


def noisy(seed: int = 0, rows: int = ROWS) -> Any:
    rng = np.random.default_rng(seed)
    return (10 + np.cumsum(rng.normal(size=(3, rows)), axis=1)).astype(np.float32)


def test_the_middle_of_each_row_lies_so_many_blocks_ahead():
    # Rows 1 to 4 are a block whose middle is 1; row 6.5 is the middle of the next one.
    np.testing.assert_allclose(places_ahead(8, 4), [1, 1, 1.125, 1.375, 1.625, 1.875, 2.125, 2.375])
    np.testing.assert_array_equal(places_ahead(3, 1), [1, 2, 3])
    assert [blocks_ahead(8, 4), blocks_ahead(8, 1), blocks_ahead(3, 4)] == [3, 8, 2]
    np.testing.assert_allclose(damping(8, 4)[[0, 6]], [1, 1 - 0.3 * 1.125 / 23], rtol=1e-6)


def test_without_a_season_a_window_is_that_of_the_means():
    y = noisy()
    means = y.reshape(3, -1, BLOCK).mean(axis=2)
    fine, coarse = window(y, Seasons(1, block=BLOCK), 8), window(means, Seasons(1), 2)
    np.testing.assert_allclose(fine.columns, coarse.columns, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(fine.spread, coarse.spread, rtol=1e-5)
    np.testing.assert_allclose(fine.level, np.tile(coarse.level[:, :1], 8), rtol=1e-5)
    # Row 7 ahead lies 2.125 blocks ahead: its bounds are a little wider than those of block 2.
    assert (np.asarray(fine.bounds[1])[:, 6] >= np.asarray(coarse.bounds[1])[:, 1]).all()
    left = y - np.repeat(means, BLOCK, axis=1)
    scatter = np.sqrt((left**2).sum(axis=1) / (ROWS - ROWS // BLOCK))
    np.testing.assert_allclose(fine.scatter[:, 0] * fine.spread[:, 0], scatter, rtol=1e-4)


@pytest.mark.parametrize("block", [3, 5])
def test_the_season_of_each_row_ahead_is_kept_whether_blocks_divide_it_or_not(block: int):
    season = np.array([3.0, 0, 1, -2, 0, 4, 0, -1, -5, 0, 2, -2])
    rows = 60
    y = (20 + np.resize(season, rows))[None].astype(np.float32)
    found = window(y, Seasons(12, block=block), 40)
    np.testing.assert_allclose(found.level[0], 20 + np.resize(season, 40), atol=1e-3)
    # All that is left is level; the blocks ahead have the means of the season as input.
    np.testing.assert_allclose(found.columns[0, :, 0], 0, atol=1e-2)
    spread = float(found.spread[0, 0])
    shown = np.sinh(np.asarray(found.columns[0, :, 2])) * spread
    # As many columns as blocks are read, of the last 24.
    wanted = np.resize(season, 24 * block).reshape(24, block).mean(axis=1)
    np.testing.assert_allclose(shown, wanted[-(rows // block) :], atol=2e-2)


def test_rows_without_an_observation_have_no_weight():
    y = noisy()
    observed = np.ones_like(y)
    observed[:, 20:22] = 0
    other = y.copy()
    other[:, 20:22] = 1e3
    # A block of which nothing was observed is empty.
    observed[:, 8:12] = 0
    one, two = (window(each, Seasons(1, block=BLOCK), 8, observed) for each in (y, other))
    for each in (0, 1):
        np.testing.assert_allclose(one.columns[..., each], two.columns[..., each], atol=0.05)
    np.testing.assert_allclose(one.spread, two.spread, rtol=1e-2)


def test_the_same_value_a_season_before_is_averaged_over_blocks():
    rng = np.random.default_rng(1)
    y = rng.normal(size=(1, 96)).astype(np.float32)
    found = window(y, Seasons(32, block=4), 4)
    indices = np.asarray(found.level[0]) - float(found.level[0].mean())
    assert indices.std() < 1
    # Of the first block ahead: the rows 32 to 29 before the origin, without season and level.
    plain = np.sinh(np.asarray(found.columns[0, :, 0])) * 2 * float(found.spread[0, 0])
    before = np.sinh(np.asarray(found.columns[0, :, 3])) * float(found.spread[0, 0])
    np.testing.assert_allclose(before[0], plain[24 - 8], atol=1e-3)


def test_quantiles_that_are_widened_are_those_of_the_wider_normal():
    output = Quantiles((0.025, 0.1, 0.3, 0.5, 0.8, 0.975), width=1.2)
    scores = stats.norm.ppf(output.probabilities)
    gaps = np.diff(2 * scores) / output.width
    raw = np.log(np.expm1(np.insert(gaps, output.location, 0.7)))
    raw[output.location] = 0.7
    scattered = jax.jit(output.scattered)
    wide = scattered(jnp.asarray(raw, jnp.float32), jnp.float32(1.5))
    found = output.quantiles(np.asarray(wide), np.ones(()), np.array([0.025, 0.1, 0.5, 0.975]))
    wanted = stats.norm(0.7, np.hypot(2, 1.5)).ppf([0.025, 0.1, 0.5, 0.975])
    np.testing.assert_allclose(found, wanted, rtol=2e-3)
    same = scattered(jnp.asarray(raw, jnp.float32), jnp.float32(0))
    np.testing.assert_allclose(same, raw, rtol=1e-2)
    slope = jax.jit(jax.grad(lambda size: scattered(jnp.asarray(raw), size).sum()))(0.0)
    assert np.isfinite(slope)


def test_rows_between_blocks_are_interpolated():
    raw = np.random.default_rng(0).normal(size=(2, 3, 1, 3)).astype(np.float32)

    class Same:
        def scattered(self, raw: Any, size: Any) -> Any:
            assert size.shape == raw.shape[:-1]
            return raw

    found = Scatter(jnp.ones((2, 1, 1)), 8, 4).of_rows(jnp.asarray(raw), Same())
    places = places_ahead(8, 4)
    for sample in range(2):
        for each in range(3):
            wanted = np.interp(places, [1, 2, 3], raw[sample, :, 0, each])
            np.testing.assert_allclose(found[sample, :, 0, each], wanted, rtol=1e-5)


def test_a_sample_of_blocks_has_the_targets_of_rows():
    rows = Rows(values=noisy().reshape(-1, 1), targets=noisy().reshape(-1, 1))
    framing = Framing(24, 8, level="seasonal", read=5, block=4)
    sample = jax.jit(framing)(rows, np.array([30, 40]))
    assert sample.inputs.x.shape == (2, 5, 8)
    assert sample.targets.shape == (2, 8, 1)
    assert sample.scatter is not None
    assert (framing.steps, framing.ahead, framing.fewest) == (5, 3, 16)


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"look_back": 25, "block": 4}, "look_back = 25"),
        ({"look_back": 24, "block": 0}, "block"),
        ({"look_back": 24, "block": 4, "read": 7}, "read"),
        ({"look_back": 24, "block": 4, "level": "last"}, "window_level"),
    ],
)
def test_blocks_that_cannot_be_are_refused(settings: dict[str, Any], named: str):
    with pytest.raises(InputError, match=named):
        Framing(**{"level": "seasonal", **settings})
