"""Season, level and spread of windows, against loops over their formulas and known answers."""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.tsa.seasonal import seasonal_decompose

from gatecast._types import InputError
from gatecast.framing import COLUMNS, Framing, Rows, seasonal
from gatecast.framing.seasonal import NormalisedWindow, Seasons, WindowMask

ROWS, SEASON = 30, 4
# Compiled as a whole: operation by operation takes many times as long.
seasonal_indices = jax.jit(seasonal.seasonal_indices, static_argnums=2)
normalised = jax.jit(seasonal.normalised, static_argnums=(2, 3))
FEW = settings(max_examples=20, deadline=None)


def seen(inside: int = ROWS, rows: int = ROWS) -> WindowMask:
    mask = (np.arange(rows) >= rows - inside).astype(np.float32)[None]
    return WindowMask(mask, mask)


def pairs(one: NormalisedWindow, two: NormalisedWindow) -> list[tuple[Any, Any]]:
    """Each array of one window beside that of the other."""
    return list(zip(jax.tree.leaves(one), jax.tree.leaves(two), strict=True))


def noisy(seed: int = 0, rows: int = ROWS) -> np.ndarray:
    rng = np.random.default_rng(seed)
    season = np.resize([3.0, -1, -2, 0], rows)
    return (0.2 * np.arange(rows) + season + rng.normal(size=rows))[None].astype(np.float32)


def test_a_season_on_a_straight_line_is_found_exactly():
    y = (5 + 0.7 * np.arange(ROWS) + np.resize([1.0, 2, -4, 1], ROWS))[None]
    indices, trusted = seasonal_indices(jnp.asarray(y), seen(), SEASON)
    # The newest row is the 30th: of phase 1.
    np.testing.assert_allclose(indices[0], [-4, 1, 1, 2], atol=1e-4)
    np.testing.assert_allclose(trusted, [[1]], atol=1e-5)


def test_indices_are_weighted_means_of_what_statsmodels_calls_detrended():
    y = noisy()
    detrended = y[0] - seasonal_decompose(y[0], period=SEASON).trend
    age = np.arange(ROWS)[::-1]
    expected = []
    for phase in range(SEASON):
        rows = [row for row in range(ROWS) if age[row] % SEASON == phase]
        rows = [row for row in rows if not np.isnan(detrended[row])]
        weights = [0.8 ** (age[row] // SEASON) for row in rows]
        expected.append(np.average(detrended[rows], weights=weights))
    expected = np.array(expected) - np.mean(expected)
    indices, trusted = seasonal_indices(jnp.asarray(y), seen(), SEASON)
    assert 0.9 < trusted[0] < 1
    np.testing.assert_allclose(indices[0, ::-1], expected * trusted[0], rtol=1e-4, atol=1e-5)


def test_noise_is_no_season():
    rng = np.random.default_rng(0)
    y = rng.normal(size=(500, ROWS)).astype(np.float32)
    every = WindowMask(*[np.ones_like(y)] * 2)
    _, trusted = seasonal_indices(jnp.asarray(y), every, SEASON)
    assert np.median(trusted) < 0.3
    _, sure = seasonal_indices(jnp.asarray(y + np.resize([4.0, 0, -4, 0], ROWS)), every, SEASON)
    assert np.min(sure) > 0.8


@pytest.mark.parametrize("inside", [1, 3, 7])
def test_less_than_two_seasons_show_none(inside: int):
    indices, trusted = seasonal_indices(jnp.asarray(noisy()), seen(inside), SEASON)
    assert not indices.any()
    assert not trusted.any()


@FEW
@given(st.integers(1, ROWS), st.floats(-1e3, 1e3))
def test_padding_does_not_count(inside: int, padding: float):
    y = noisy()
    other = y.copy()
    other[:, : ROWS - inside] = padding
    for one, two in pairs(
        normalised(jnp.asarray(y), seen(inside), Seasons(SEASON), 6),
        normalised(jnp.asarray(other), seen(inside), Seasons(SEASON), 6),
    ):
        kept = slice(ROWS - inside, None) if one.ndim == 3 else slice(None)
        np.testing.assert_allclose(one[:, kept], two[:, kept], rtol=1e-5, atol=1e-4)


@FEW
@given(st.floats(-5, 5), st.floats(0.1, 10))
def test_a_window_looks_alike_at_any_height_and_size(shift: float, size: float):
    y = noisy() + 100  # far from zero, where bounds would end
    plain = normalised(jnp.asarray(y), seen(), Seasons(SEASON), 6)
    moved = normalised(jnp.asarray(size * y + shift), seen(), Seasons(SEASON), 6)
    # All columns but the size of the spread itself.
    kept = [0, 1, 2, 3, 5, 6, 7]
    np.testing.assert_allclose(plain.columns[..., kept], moved.columns[..., kept], atol=2e-2)
    for one, two in zip((plain.level, *plain.bounds), (moved.level, *moved.bounds), strict=True):
        np.testing.assert_allclose(two, size * one + shift, rtol=1e-3, atol=1e-2)
    np.testing.assert_allclose(moved.spread, size * plain.spread, rtol=1e-3)


def test_the_future_season_is_that_of_the_phase():
    y = (np.resize([1.0, 2, -4, 1], ROWS))[None].astype(np.float32)
    found = normalised(jnp.asarray(y), seen(), Seasons(SEASON), 9)
    np.testing.assert_allclose(found.level[0], np.resize([-4, 1, 1, 2], 9), atol=1e-4)


def test_a_longer_season_is_found_on_top_of_the_shorter_one():
    rows = 60
    longer = np.resize([3.0, 0, 1, -2, 0, 4, 0, -1, -5, 0, 2, -2], rows)
    y = (5 + 0.3 * np.arange(rows) + np.resize([1.0, 2, -4, 1], rows) + longer)[None]
    found = normalised(jnp.asarray(y), seen(rows, rows), Seasons(SEASON, 12), 20)
    season = np.resize([1.0, 2, -4, 1], 20) + np.resize(longer[:12], 20)
    np.testing.assert_allclose(np.ptp(found.level[0] - season), 0, atol=1e-3)


def test_a_longer_season_that_was_not_seen_changes_nothing():
    y = noisy(rows=60)
    for one, two in pairs(
        normalised(jnp.asarray(y), seen(20, 60), Seasons(SEASON), 6),
        normalised(jnp.asarray(y), seen(20, 60), Seasons(SEASON, 12), 6),
    ):
        np.testing.assert_allclose(one, two, rtol=1e-5, atol=1e-5)


def test_a_season_that_is_not_shown_is_taken_all_the_same():
    y = noisy()
    indices, _ = seasonal_indices(jnp.asarray(y), seen(), SEASON)
    plain = y - np.tile(indices, (1, ROWS // SEASON + 1))[:, -ROWS:]
    hidden = normalised(jnp.asarray(y), seen(), Seasons(SEASON, shown=False), 6)
    never = normalised(plain, seen(), Seasons(1), 6)
    np.testing.assert_allclose(hidden.columns, never.columns, atol=1e-4)
    ahead = np.resize(indices[0], 6)
    np.testing.assert_allclose(hidden.level[0], never.level[0] + ahead, rtol=1e-4)


@partial(jax.jit, static_argnums=1)
@jax.grad
def slopes(values: Any, seasons: Seasons) -> Any:
    """Of the sum of all that a window becomes."""
    return sum(part.sum() for part in jax.tree.leaves(normalised(values, seen(20), seasons, 6)))


@pytest.mark.parametrize("y", [noisy(), np.ones((1, ROWS)), np.arange(2.0 * ROWS)[None, ::2]])
@pytest.mark.parametrize("seasons", [Seasons(SEASON), Seasons(SEASON, shown=False), Seasons(1)])
def test_slopes_are_finite(y: np.ndarray, seasons: Seasons):
    assert jnp.isfinite(slopes(jnp.asarray(y, jnp.float32), seasons)).all()


def test_a_constant_stays_what_it_is():
    found = normalised(jnp.full((1, ROWS), 7.0), seen(), Seasons(SEASON), 6)
    for bound in (found.level, *found.bounds):
        np.testing.assert_allclose(bound, 7, rtol=1e-6)


def test_what_was_never_negative_is_bounded_by_zero():
    y = np.resize([0.0, 0, 5, 0, 1], ROWS)[None].astype(np.float32)
    found = normalised(jnp.asarray(y), seen(), Seasons(1), 6)
    assert (found.bounds[0] >= 0).all()
    below = normalised(jnp.asarray(y - 1), seen(), Seasons(1), 6)
    assert (below.bounds[0] < -1).all()


def test_a_straight_line_may_go_on():
    y = np.arange(ROWS, dtype=np.float32)[None]
    found = normalised(jnp.asarray(y), seen(), Seasons(1), ROWS)
    assert (found.bounds[1][0] > ROWS + np.arange(ROWS)).all()


@pytest.mark.parametrize("targets", [1, 2])
def test_a_framing_brings_windows_to_units_of_their_own(targets: int):
    rows = np.random.default_rng(0).normal(size=(40, targets)).astype(np.float32).cumsum(0)
    data = Rows(values=jnp.asarray(rows), targets=jnp.asarray(rows))
    framing = Framing(24, 3, level="seasonal", season=4, read=10)
    sample = jax.jit(framing)(data, np.array([24, 30]))
    assert sample.inputs.x.shape == (2, 10, targets * COLUMNS)
    assert sample.level.shape == sample.bounds[0].shape == (2, 3, targets)
    assert sample.spread.shape == (2, 1, targets)
    # What the network should say, said, is the target.
    low, high = sample.bounds
    np.testing.assert_allclose(
        sample.center(sample.wanted), np.clip(sample.targets, low, high), rtol=1e-4, atol=1e-4
    )


@pytest.mark.parametrize(
    ("wrong", "words"),
    [({"season": 0}, "season must be at least 1, got 0"), ({"read": 9}, "read must lie in 1 ... ")],
)
def test_bad_settings_are_named(wrong: dict[str, Any], words: str):
    with pytest.raises(InputError, match=words):
        Framing(8, level="seasonal", **wrong)
