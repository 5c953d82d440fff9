"""Panels cut and continued come to the same as the whole."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from gatecast._types import IRREGULAR, InputError, InputWarning, Panel
from gatecast.data import append, elapsed, median_step, tail, to_panel

NAN = np.nan
PROPERTY = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def same(found: Panel, expected: Panel):
    for name in ("ids", "ds", "y", "offsets"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name), name)
    assert (found.freq, found.targets) == (expected.freq, expected.targets)
    for name in ("exog", "static"):
        columns, wanted = getattr(found, name), getattr(expected, name)
        assert list(columns) == list(wanted)
        for column in wanted:
            np.testing.assert_array_equal(columns[column], wanted[column])


def quiet_panel(frame: pd.DataFrame, **settings: Any):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", InputWarning)
        return to_panel(frame, **settings)


def times(freq: Any, places: list[int]):
    if freq in {1, IRREGULAR}:
        return np.array(places)
    return pd.date_range("2023-01-31", periods=max(places) + 1, freq=freq).to_numpy()[places]


@st.composite
def frames(draw: Any):
    """Series of rows with gaps, each row with one target or two, and how many rows are old."""
    freq = draw(st.sampled_from(["ME", "B", "h", 1, IRREGULAR]))
    parts = []
    for name in draw(st.lists(st.sampled_from("abcd"), min_size=1, max_size=3, unique=True)):
        places = draw(st.lists(st.integers(0, 12), min_size=1, max_size=9, unique=True))
        rows = [draw(st.sampled_from([(1, 2), (NAN, 3), (4, NAN)])) for _ in places]
        part = pd.DataFrame(rows, columns=["u", "v"], dtype=float)
        part.insert(0, "ds", times(freq, sorted(places)))
        old = draw(st.integers(1, len(places)))
        parts.append(part.assign(unique_id=name, old=np.arange(len(part)) < old))
    frame = pd.concat(parts, ignore_index=True)
    return freq, frame.assign(x=np.arange(len(frame)))


def parts_of(freq: Any, frame: pd.DataFrame):
    """The panel of old rows, that of new rows, and that of all rows."""
    assume(not frame["old"].all())
    columns = {"target_col": ["u", "v"], "exog": ["x"], "freq": freq}
    return [
        quiet_panel(rows, **columns) for rows in (frame[frame["old"]], frame[~frame["old"]], frame)
    ]


@given(frames())
@PROPERTY
def test_old_and_new_rows_are_the_whole(drawn: tuple[Any, pd.DataFrame]):
    old, new, whole = parts_of(*drawn)
    same(append(old, new, silent=True), whole)


@given(frames(), st.integers(1, 5))
@PROPERTY
def test_a_tail_goes_on_like_the_whole(drawn: tuple[Any, pd.DataFrame], rows: int):
    old, new, whole = parts_of(*drawn)
    same(tail(append(tail(old, rows), new, silent=True), rows), tail(whole, rows))


def bridged(panel: Panel):
    return pd.Series(panel.y).groupby(panel.series_of_row).ffill()


@given(frames(), st.integers(1, 6))
@PROPERTY
def test_a_tail_is_bridged_like_the_whole(drawn: tuple[Any, pd.DataFrame], rows: int):
    *_, whole = parts_of(*drawn)
    found = tail(whole, rows)
    kept = np.concatenate(
        [
            np.arange(end - length, end)
            for end, length in zip(whole.offsets[1:], found.lengths, strict=True)
        ]
    )
    np.testing.assert_array_equal(bridged(found), bridged(whole)[kept])
    np.testing.assert_array_equal(found.ds, whole.ds[kept])
    np.testing.assert_array_equal(found.exog["x"], whole.exog["x"][kept])
    assert (found.lengths >= np.minimum(rows, whole.lengths)).all()
    assert (found.lengths[::2] == found.lengths[1::2]).all()


PANEL = Panel(
    ids=np.array(["a", "a", "b", "b"]),
    ds=np.array([0, 1, 2, 3, 0, 1, 2, 3, 5, 6, 5, 6]),
    y=np.array([1, 2, NAN, 3, 1, NAN, 2, NAN, NAN, 7, 8, 9]),
    offsets=np.array([0, 4, 8, 10, 12]),
    freq=1,
    exog={"x": np.arange(12.0)},
    static={"size": np.array([1.0, 1, 2, 2])},
    targets=("u", "v"),
)


def test_a_tail_begins_where_all_targets_were_observed():
    found = tail(PANEL, 1)
    # Series "a" was last observed whole at 0, series "b" at 6.
    assert found.ds.tolist() == [0, 1, 2, 3, 0, 1, 2, 3, 6, 6]
    assert found.offsets.tolist() == [0, 4, 8, 9, 10]
    assert found.exog["x"].tolist() == [*range(8), 9, 11]
    assert found.static is PANEL.static
    # Never whole: the series is kept from its beginning.
    never = replace(PANEL, y=np.where(PANEL.ds == 0, NAN, PANEL.y))
    assert tail(never, 2).lengths.tolist() == [4, 4, 2, 2]
    with pytest.raises(InputError, match="rows must be at least 1"):
        tail(PANEL, 0)


def rows_of(ids: list[str], ds: Any, **fields: Any):
    count = len(ids)
    panel = Panel(np.array(ids), np.asarray(ds), np.arange(1.0, count + 1), np.arange(count + 1), 1)
    return replace(panel, **fields)


@pytest.mark.parametrize(
    ("new", "message"),
    [
        (rows_of(["c"], [9]), "series 'c' is new to this model: forecast it with predict"),
        (rows_of(["a"], [3]), "series 'a': the row at 3 is not after the last one seen, 3; leave"),
        (rows_of(["a", "b"], [9, 5]), "series 'b': the row at 5 is not after .* seen, 6"),
        (rows_of(["a"], [9], freq=2), "have freq 2, those before 1"),
        (rows_of(["a"], [9], targets=("z",)), r"have targets \('z',\), those before \('y',\)"),
        (rows_of(["a"], [9], exog={"x": np.zeros(1)}), r"exogenous columns \['x'\], .* \[\]"),
        (
            rows_of(["a"], np.array(["2024-01-01"], "datetime64[ns]")),
            "have times 'dates', those before 'integers'",
        ),
    ],
)
def test_rows_that_do_not_continue(new: Panel, message: str):
    with pytest.raises(InputError, match=message):
        append(rows_of(["a", "b"], [3, 6]), new)


def test_skipped_steps_and_series_without_new_rows():
    panel = rows_of(["a", "b"], [3, 6], exog={"x": np.array([1.0, 2])})
    words = r"^2 of 3 calendar steps \(1\) have no value and count as missing: series 'b' at 7, 'b'"
    with pytest.warns(InputWarning, match=words):
        found = append(panel, rows_of(["b"], [9], exog={"x": np.array([5.0])}))
    assert found.ds.tolist() == [3, 6, 7, 8, 9]
    np.testing.assert_array_equal(found.y, [1, 2, NAN, NAN, 1])
    np.testing.assert_array_equal(found.exog["x"], [1, 2, NAN, NAN, 5])


# Time between rows


def test_elapsed_counts_from_the_last_row_with_any_target():
    assert elapsed(PANEL).tolist() == [1, 1, 1, 1] * 2 + [1, 1] * 2
    gaps = replace(PANEL, y=np.where(np.isin(PANEL.ds, [1, 2]), NAN, PANEL.y))
    assert elapsed(gaps).tolist() == [1, 1, 2, 3] * 2 + [1, 1] * 2
    # The future counts on from the last observation.
    future = replace(PANEL, y=np.where(np.isin(PANEL.ds, [2, 3]), NAN, PANEL.y))
    assert elapsed(future).tolist() == [1, 1, 1, 2] * 2 + [1, 1] * 2


def test_elapsed_of_irregular_rows_is_in_median_steps():
    hours = np.array([0, 2, 3, 9, 0, 4]) * np.timedelta64(1, "h")
    panel = Panel(
        ids=np.array(["a", "b"]),
        ds=np.datetime64("2024-01-01", "ns") + hours,
        y=np.array([1, 2, 3, NAN, 4, 5]),
        offsets=np.array([0, 4, 6]),
        freq=IRREGULAR,
    )
    assert median_step(panel) == np.timedelta64(3, "h")  # of 2, 1, 6 and 4 hours
    np.testing.assert_allclose(elapsed(panel), [1, 2 / 3, 1 / 3, 2, 1, 4 / 3])
    np.testing.assert_allclose(elapsed(panel, np.timedelta64(1, "h")), [1, 2, 1, 6, 1, 4])


def test_median_step_of_integers_is_whole():
    panel = replace(PANEL, ds=np.array([0, 1, 3, 9] * 2 + [5, 20] * 2), freq=IRREGULAR)
    assert median_step(panel) == 4  # of 1, 2, 6 and 15, each twice
    assert elapsed(panel).tolist() == [1, 0.25, 0.5, 1.5] * 2 + [1, 3.75] * 2
    with pytest.raises(InputError, match="no series has two rows"):
        median_step(rows_of(["a", "b"], [1, 2]))
