"""What suits a series changes how its windows are read, and where its forecasts go."""

import numpy as np
import pytest

from gatecast._types import Floats
from gatecast.framing import (
    SEASON_DECAYS,
    TRAITS,
    Seasons,
    Traits,
    WindowMask,
    damping,
    normalised,
    usual_traits,
)
from gatecast.framing.seasonal import seasonal_indices

ROWS, DAY, WEEK = 63, 3, 21
RNG = np.random.default_rng(0)
VALUES = RNG.standard_normal((2, ROWS)).astype(np.float32).cumsum(axis=1)
EVERY = WindowMask(*(np.ones((2, ROWS), np.float32),) * 2)


def ahead(traits: Traits | None, longer: int = 1, values: Floats = VALUES) -> Floats:
    """The level of each row ahead less that of a whole season."""
    found = normalised(values, EVERY, Seasons(DAY, longer, traits=traits), WEEK)
    level = np.asarray(found.level)
    return level - level.mean(axis=1, keepdims=True)


def of_pace(pace: int, longer: float = 1) -> Traits:
    traits = Traits.of(np.zeros((2, TRAITS), np.float32))
    traits.paces[:, pace] = 1
    traits.longer[:] = longer
    return traits


def by_hand(y: Floats, decay: float) -> Floats:
    """Classical decomposition of one series, newest phases first, without shrinking."""
    average = np.convolve(y, np.ones(DAY) / DAY, mode="valid")
    rest = y[1:-1] - average
    age = np.arange(ROWS)[::-1][1:-1]
    indices = np.array(
        [
            np.average(rest[age % DAY == phase], weights=decay ** (age[age % DAY == phase] // DAY))
            for phase in range(DAY)
        ]
    )
    return indices - indices.mean()


def test_the_usual_traits_change_nothing():
    usual = Traits.of(usual_traits(2).astype(np.float32))
    np.testing.assert_allclose(ahead(usual, WEEK), ahead(None, WEEK), atol=1e-5)


@pytest.mark.parametrize("pace", range(len(SEASON_DECAYS)))
def test_a_season_of_each_pace_is_that_of_a_decomposition(pace: int):
    # So large that nothing of it is shrunken.
    large = VALUES + 1e3 * (np.arange(ROWS) % DAY).astype(np.float32)
    found = ahead(of_pace(pace), values=large)
    for own, y in zip(found, large.astype(float), strict=True):
        expected = by_hand(y, SEASON_DECAYS[pace])
        np.testing.assert_allclose(
            own[:DAY], expected[(-1 - np.arange(DAY)) % DAY], rtol=1e-3, atol=1e-3
        )


def test_seasons_are_averaged():
    halves = of_pace(0)
    halves.paces[:] = [0.5, 0, 0.5]
    mean = (ahead(of_pace(0)) + ahead(of_pace(2))) / 2
    np.testing.assert_allclose(ahead(halves), mean, atol=1e-4)


def test_a_longer_season_can_be_left_out():
    np.testing.assert_allclose(ahead(of_pace(0, 0), WEEK), ahead(None), atol=1e-5)
    assert not np.allclose(ahead(of_pace(0, 1), WEEK), ahead(None), atol=1e-2)


def test_lasting_trends_are_not_damped():
    traits = Traits.of(usual_traits(3).astype(np.float32))
    traits.lasting[:, 0] = [0, 0.5, 1]
    usual, half, lasting = traits.kept(24, DAY)
    np.testing.assert_allclose(usual, 1)
    # 24 rows ahead 0.7 is left of them.
    assert half[-1] == pytest.approx((1 + 1 / 0.7) / 2)
    np.testing.assert_allclose(lasting * damping(24), 1, rtol=1e-6)


def test_a_series_that_reverts_is_half_of_the_way_to_its_mean_after_half_a_season():
    traits = of_pace(0)
    traits.reverting[:] = 1
    seasons = Seasons(8, traits=traits)
    level = np.asarray(normalised(VALUES, EVERY, seasons, 16).level)
    stays = np.asarray(normalised(VALUES, EVERY, seasons._replace(traits=None), 16).level)
    season = np.asarray(seasonal_indices(VALUES, EVERY, 8)[0])
    plain = VALUES - np.tile(season, 8)[:, -ROWS:]
    # An observation counts half seven seasons later.
    weight = 0.5 ** (np.arange(ROWS)[::-1] / (7 * 8))
    mean = np.average(plain, weights=weight, axis=1)
    newest = np.average(plain, weights=0.5 ** np.arange(ROWS)[::-1], axis=1)
    way_back = (level - stays) / (mean - newest)[:, None]
    assert way_back[:, 3] == pytest.approx(0.5, rel=1e-3)
    assert way_back[:, 7] == pytest.approx(0.75, rel=1e-3)
    # What a network adds fades as much.
    np.testing.assert_allclose(traits.kept(16, 8), 1 - way_back, rtol=2e-3)


def test_blocks_revert_as_their_rows_do():
    traits = of_pace(0)
    traits.reverting[:] = 0.75
    rows = traits.reverted(np.arange(1, 49), 24)
    blocks = traits.reverted(np.arange(1, 13), 24 / 4)
    np.testing.assert_allclose(rows[:, 3::4], blocks, rtol=1e-6)
