"""What suits a series changes how its windows are read, and how far its trend goes."""

import numpy as np
import pytest

from gatecast._types import Floats
from gatecast.framing import (
    SEASON_DECAYS,
    Seasons,
    Traits,
    WindowMask,
    damping,
    normalised,
    usual_traits,
)

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
    numbers = np.zeros((2, len(SEASON_DECAYS) + 2), np.float32)
    numbers[:, pace], numbers[:, -2] = 1, longer
    return Traits.of(numbers)


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
    halves = Traits.of(np.tile(np.float32([0.5, 0, 0.5, 1, 0]), (2, 1)))
    mean = (ahead(of_pace(0)) + ahead(of_pace(2))) / 2
    np.testing.assert_allclose(ahead(halves), mean, atol=1e-4)


def test_a_longer_season_can_be_left_out():
    np.testing.assert_allclose(ahead(of_pace(0, 0), WEEK), ahead(None), atol=1e-5)
    assert not np.allclose(ahead(of_pace(0, 1), WEEK), ahead(None), atol=1e-2)


def test_lasting_trends_are_not_damped():
    numbers = usual_traits(3).astype(np.float32)
    numbers[:, -1] = [0, 0.5, 1]
    usual, half, lasting = Traits.of(numbers).undamped(24)
    np.testing.assert_allclose(usual, 1)
    # 24 rows ahead 0.7 is left of them.
    assert half[-1] == pytest.approx((1 + 1 / 0.7) / 2)
    np.testing.assert_allclose(lasting * damping(24), 1, rtol=1e-6)
