from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.lib.stride_tricks import sliding_window_view
from panels import leading_rows, panel_of, panels, rows_of

from gatecast._types import Panel
from gatecast.framing import (
    Windows,
    lane_order,
    last_windows,
    padded_windows,
    rows_before,
    rows_from,
    training_windows,
)

small = st.integers(1, 4)


@given(panel=panels(), look_back=small, h=small, skip=st.integers(0, 3), data=st.data())
def test_training_windows_are_the_sliding_windows_of_each_series(
    panel: Panel, look_back: int, h: int, skip: int, data: st.DataObject
):
    rows = data.draw(st.none() | leading_rows(panel))
    windows = training_windows(panel, look_back, h, skip=skip, rows=rows)

    # Values that tell every row of every series apart: a row of a neighbour would show.
    y = np.arange(panel.rows)
    used = panel.lengths if rows is None else rows
    expected, series = [np.empty((0, look_back + h), dtype=int)], []
    for number, (values, length) in enumerate(zip(rows_of(panel, y), used, strict=True)):
        usable = values[skip:length]
        if len(usable) >= look_back + h:
            expected.append(sliding_window_view(usable, look_back + h))
            series += [number] * (length - skip - look_back - h + 1)

    found = [rows_before(y, windows.origin, look_back), rows_from(y, windows.origin, h)]
    np.testing.assert_array_equal(np.hstack(found), np.vstack(expected))
    np.testing.assert_array_equal(windows.series, series)
    assert len(windows) == len(series)


def test_training_windows_use_the_last_possible_target():
    windows = training_windows(panel_of([1, 2, 3, 4, 5], [6, 7], [8, 9, 10]), look_back=2, h=1)
    assert windows.origin.tolist() == [2, 3, 4, 9]
    assert windows.series.tolist() == [0, 0, 0, 2]


def test_padded_windows_by_hand():
    # With a look-back of 2 and a horizon of 2, four rows make one whole window.
    panel = panel_of([1, 2, 3, 4], [5, 6, 7], [8], [9, 10])
    windows = padded_windows(panel, look_back=2, h=2)
    assert windows.origin.tolist() == [2, 4 + 1, 4 + 2, 8 + 1]
    assert windows.series.tolist() == [0, 1, 1, 3]


@given(panel=panels(), look_back=small, h=small, skip=st.integers(0, 3), data=st.data())
def test_padded_windows_are_whole_ones_and_those_of_short_series(
    panel: Panel, look_back: int, h: int, skip: int, data: st.DataObject
):
    rows = data.draw(st.none() | leading_rows(panel))
    used = panel.lengths if rows is None else rows
    whole = training_windows(panel, look_back, h, skip=skip, rows=rows)
    expected = []
    for number, length in enumerate(used):
        found = whole.origin[whole.series == number].tolist()
        # At least one row of input behind the skipped ones, and one of target.
        every = [int(panel.offsets[number]) + place for place in range(skip + 1, length)]
        expected += found or every
    windows = padded_windows(panel, look_back, h, skip=skip, rows=rows)
    assert windows.origin.tolist() == expected
    assert (windows.series == panel.series_of_row[windows.origin]).all()


@given(panel=panels(min_length=3), data=st.data())
def test_last_windows_see_the_end_of_each_series(panel: Panel, data: st.DataObject):
    rows = data.draw(st.none() | leading_rows(panel))
    windows = last_windows(panel, rows)
    used = panel.lengths if rows is None else rows
    for number, (values, length) in enumerate(zip(rows_of(panel, panel.y), used, strict=True)):
        seen = rows_before(panel.y, windows.origin[[number]], length)
        np.testing.assert_array_equal(seen[0], values[:length])
    np.testing.assert_array_equal(windows.series, np.arange(len(panel.ids)))


@pytest.mark.parametrize("keep", [np.array([True, False, True]), np.array([0, 2])])
def test_where_keeps_series_and_origin_together(keep: np.ndarray):
    kept = Windows(np.array([0, 1, 2]), np.array([10, 20, 30])).where(keep)
    assert kept.series.tolist() == [0, 2]
    assert kept.origin.tolist() == [10, 30]


@pytest.mark.parametrize(
    ("samples", "upto", "expected"),
    [
        ([3], None, [[0], [1], [2]]),
        ([3, 1], None, [[0, -1], [1, -1], [2, 3]]),
        ([1, 3, 0], None, [[-1, 1, -1], [-1, 2, -1], [0, 3, -1]]),
        ([3, 2], [2, 2], [[-1, -1], [0, 3], [1, 4]]),
        ([3, 2], [0, 1], [[-1, -1], [-1, -1], [-1, 3]]),
        ([0, 0], None, np.empty((0, 2))),
    ],
)
def test_lane_order_by_hand(samples: list[int], upto: list[int] | None, expected: Any):
    order = lane_order(np.array(samples), None if upto is None else np.array(upto))
    np.testing.assert_array_equal(order, expected)


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=4))
def test_each_lane_holds_the_leading_samples_of_its_series(pairs: list[tuple[int, int]]):
    samples = np.array([most for most, _ in pairs])
    upto = np.minimum(samples, [fewer for _, fewer in pairs])
    order = lane_order(samples, upto)
    first = 0
    for lane, (most, leading) in enumerate(zip(samples, upto, strict=True)):
        wanted = list(range(first, first + leading))
        assert order[:, lane].tolist() == [-1] * (samples.max() - leading) + wanted
        first += most
