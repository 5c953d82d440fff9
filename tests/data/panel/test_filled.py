"""Gaps filled with the last observation, against a loop and hand-computed cases."""

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from panels import NAN, panel_of, panels, rows_of

from gatecast._types import Panel
from gatecast.data import filled, filled_along

# On a busy machine an example may take its time.
UNHURRIED = settings(deadline=None)


@UNHURRIED
@given(panel=panels())
def test_filled_repeats_the_last_observation(panel: Panel):
    expected: list[float] = []
    for values in rows_of(panel, panel.y):
        for place, value in enumerate(values):
            expected.append(expected[-1] if place and np.isnan(value) else value)
    np.testing.assert_array_equal(filled(panel), expected)


def test_filled_takes_nothing_from_the_series_before():
    assert filled(panel_of([1, NAN, 3], [NAN, 5, NAN]))[[1, 5]].tolist() == [1, 5]
    assert np.isnan(filled(panel_of([1, 2], [NAN, 5]))[2])


@UNHURRIED
@given(panel=panels(min_length=2), row=st.integers(1, 50))
def test_filled_is_causal(panel: Panel, row: int):
    row %= panel.rows
    later = np.where(np.arange(panel.rows) < row, panel.y, -1.0)
    after = filled(replace(panel, y=later))
    np.testing.assert_array_equal(after[:row], filled(panel)[:row])


def test_series_of_as_many_rows_may_stand_in_a_table():
    table = np.array([[NAN, 1, NAN, 3], [NAN, NAN, 5, NAN]])
    expected = [[NAN, 1, 1, 3], [NAN, NAN, 5, 5]]
    np.testing.assert_array_equal(filled_along(table), expected)
