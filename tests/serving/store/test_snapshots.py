"""Which snapshots stay, as a history grows."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gatecast.serving.store._log import SNAPSHOT_EVERY, thinned


def grown(number: int) -> list[list[int]]:
    """What stays after each of so many snapshots."""
    kept: list[int] = []
    every = []
    for count in range(1, number + 1):
        kept = thinned([*kept, count * SNAPSHOT_EVERY])
        every.append(kept)
    return every


EVERY = grown(3000)


def test_their_number_grows_with_the_logarithm():
    for number, kept in enumerate(EVERY, 1):
        assert len(kept) <= 4 * np.log2(number + 1) + 4


def test_a_correction_replays_at_most_about_twice_the_rows_after_it():
    for number in (10, 100, 999, 3000):
        kept = EVERY[number - 1]
        for back in range(1, number):
            corrected = (number - back) * SNAPSHOT_EVERY
            before = max((count for count in kept if count <= corrected), default=0)
            assert number * SNAPSHOT_EVERY - before <= 2 * back * SNAPSHOT_EVERY + SNAPSHOT_EVERY


@given(st.integers(1, 3000))
def test_thinning_at_once_is_as_thinning_on_the_way(number: int):
    whole = [count * SNAPSHOT_EVERY for count in range(1, number + 1)]
    assert thinned(whole) == EVERY[number - 1]
