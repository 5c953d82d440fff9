"""Panels against pandas, and their properties."""

from __future__ import annotations

import time
import warnings
from random import Random
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gatecast._types import InputError, InputWarning
from gatecast.data import to_frame, to_panel

ALIASES = ["h", "D", "B", "W-TUE", "MS", "QE", "YS", "BME", 1, 7]


def times(freq: Any, start: int, periods: int):
    if isinstance(freq, int):
        return start + freq * np.arange(periods)
    return pd.date_range("1999-01-31", periods=start + periods, freq=freq)[start:]


@st.composite
def regular_frames(draw: Any):
    freq = draw(st.sampled_from(ALIASES))
    # pandas takes text that differs after a NUL character for the same.
    text = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=3)
    ids = draw(st.lists(text, min_size=1, max_size=4, unique=True))
    values = st.lists(st.floats(-1e12, 1e12), min_size=3, max_size=9)
    parts = []
    for name in ids:
        y = draw(values)
        ds = times(freq, draw(st.integers(0, 5)), len(y))
        parts.append(pd.DataFrame({"unique_id": name, "ds": ds, "y": y}))
    return freq, pd.concat(parts, ignore_index=True)


def quiet_panel(frame: pd.DataFrame, **settings: Any):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", InputWarning)
        return to_panel(frame, **settings)


def in_order(frame: pd.DataFrame):
    return frame.sort_values(["unique_id", "ds"], ignore_index=True)


@given(regular_frames(), st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_round_trip_in_any_order(drawn: tuple[Any, pd.DataFrame], random: Random):
    freq, frame = drawn
    order = list(range(len(frame)))
    random.shuffle(order)
    panel = quiet_panel(frame.iloc[order], freq=freq)
    pd.testing.assert_frame_equal(to_frame(panel), in_order(frame), check_freq=False)
    assert panel.freq == freq


@given(regular_frames(), st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_missing_rows_and_missing_values_are_the_same(
    drawn: tuple[Any, pd.DataFrame], data: st.DataObject
):
    freq, frame = drawn
    lost = data.draw(st.lists(st.integers(0, len(frame) - 1), max_size=len(frame) - 1))
    dropped = quiet_panel(frame.drop(index=lost), freq=freq)
    emptied = quiet_panel(frame.assign(y=frame["y"].where(~frame.index.isin(lost))), freq=freq)
    pd.testing.assert_frame_equal(to_frame(dropped), to_frame(emptied))
    pd.testing.assert_frame_equal(
        to_frame(dropped).dropna(ignore_index=True), in_order(frame.drop(index=lost))
    )
    assert not np.isnan(dropped.y[dropped.offsets[:-1]]).any()
    assert not np.isnan(dropped.y[dropped.offsets[1:] - 1]).any()


def test_gaps_match_pandas_asfreq():
    index = pd.bdate_range("2024-01-01", periods=60)
    series = pd.Series(np.arange(60.0), index).drop(index[[3, 4, 20]])
    frame = series.rename_axis("ds").reset_index(name="y").assign(unique_id="a")
    with pytest.warns(
        InputWarning,
        match=r"3 of 60 .*\(B\).*'a' at 2024-01-04, 'a' at 2024-01-05, 'a' at 2024-01-29$",
    ):
        panel = to_panel(frame)
    expected = series.asfreq("B")
    np.testing.assert_array_equal(panel.y, expected)
    np.testing.assert_array_equal(panel.ds, expected.index)


def test_shape_of_a_small_panel():
    frame = pl.DataFrame({"shop": [2, 2, 1], "t": [4, 5, 9], "v": [1, 2, 3]})
    panel = to_panel(frame, id_col="shop", time_col="t", target_col="v")
    assert panel.ids.tolist() == [1, 2]
    assert panel.ds.tolist() == [9, 4, 5]
    assert panel.y.tolist() == [3, 1, 2]
    assert panel.offsets.tolist() == [0, 1, 3]
    assert panel.y.dtype == np.float64
    assert panel.offsets.dtype == np.int64


def frame_of(y: list[float], ds: Any = None, unique_id: Any = "a"):
    ds = pd.date_range("2024-01-01", periods=len(y)) if ds is None else ds
    return pd.DataFrame({"unique_id": unique_id, "ds": ds, "y": y})


def test_missing_ends_are_trimmed_silently():
    panel = to_panel(frame_of([np.nan, 1, 2, 3, np.nan, np.nan]))
    assert panel.y.tolist() == [1, 2, 3]
    assert panel.ds[0] == np.datetime64("2024-01-02")


def test_disorder_within_a_series_warns_but_not_between_series():
    a, b = frame_of([1.0, 2]), frame_of([3.0, 4], unique_id="b")
    interleaved = pd.concat([b, a]).sort_values("ds")
    assert to_panel(interleaved).y.tolist() == [1, 2, 3, 4]
    with pytest.warns(InputWarning, match="not in order of time"):
        assert to_panel(a.iloc[::-1]).y.tolist() == [1, 2]


def test_constant_series_warn_by_name():
    frame = pd.concat([frame_of([1.0] * 8, unique_id=name) for name in "abcde"])
    with pytest.warns(InputWarning, match="5 constant series: 'a', 'b', 'c' and 2 more"):
        to_panel(frame)
    # As few as an update may bring.
    to_panel(frame_of([1.0] * 7))


def test_series_without_values_are_left_out():
    frame = pd.concat([frame_of([np.nan, np.nan]), frame_of([1.0, 2], unique_id="b")])
    with pytest.warns(InputWarning, match="1 series without any value left out: 'a'"):
        assert to_panel(frame).ids.tolist() == ["b"]


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        (frame_of([np.nan, np.nan]), ["no value in any row"]),
        (frame_of([1.0, np.inf]), ["row 1", "series 'a'", "not finite"]),
        (frame_of([1.0, 2], ds=["2024-01-01"] * 2), ["row 1", "2024-01-01 twice", "row 0"]),
        (frame_of([1.0, 2], unique_id=["a", None]), ["row 1", "'unique_id'", "no id"]),
        (frame_of([1.0]).drop(columns="y"), ["no column 'y'", "'unique_id', 'ds'"]),
        (frame_of([]), ["no rows"]),
        (
            frame_of([1.0, 2, 3], ds=["2024-01-01", "2024-01-02", "2024-03-31"]),
            ["not regular enough", "'D'", "1 days", "89 days after series 'a' at 2024-01-02"],
        ),
        (
            frame_of([1.0, 2, 3], ds=["2024-01-01", "2024-01-02", "2024-01-03 05:00"]),
            ["'a' at 2024-01-03 05:00:00", "calendar 'D'", "2024-01-01"],
        ),
        (
            frame_of([1.0, 2, 3], ds=["2024-01-15", "2024-02-15", "2024-03-15"]),
            ["day 15", "2024-01-15"],
        ),
        (frame_of([1.0, 2, 3], ds=[1, 2, 90]), ["freq=1", "88 after series 'a' at 2"]),
    ],
)
def test_frame_that_cannot_be_used(frame: pd.DataFrame, words: list[str]):
    with pytest.raises(InputError) as caught:
        to_panel(frame)
    assert [word for word in words if word not in str(caught.value)] == []


def test_given_frequency_wins():
    frame = frame_of([1.0, 2], ds=["2024-01-01", "2024-01-03"])
    with pytest.warns(InputWarning, match="1 of 3"):
        assert to_panel(frame, freq="D").rows == 3
    assert to_panel(frame).freq == "2D"
    with pytest.raises(InputError, match="calendar 'MS'"):
        to_panel(frame, freq="MS")
    with pytest.raises(InputError, match="needs integers"):
        to_panel(frame, freq=1)
    with pytest.raises(InputError, match="The most common step is 2 days; give another freq"):
        to_panel(frame, freq="min")


def test_input_is_not_changed():
    frame = frame_of([3.0, np.nan, 1], ds=["2024-01-03", "2024-01-02", "2024-01-01"])
    before = frame.copy()
    quiet_panel(frame)
    pd.testing.assert_frame_equal(frame, before)


def test_a_million_rows_take_about_a_second():
    series, rows = 1000, 1000
    frame = pd.DataFrame(
        {
            "unique_id": np.repeat([f"series {number:04}" for number in range(series)], rows),
            "ds": np.tile(pd.date_range("2020-01-01", periods=rows, freq="h"), series),
            "y": np.random.default_rng(0).random(series * rows),
        }
    )
    start = time.perf_counter()
    panel = to_panel(frame)
    # About 0.5 s on two free cores; the limit only catches a loop over rows or series.
    assert time.perf_counter() - start < 5
    np.testing.assert_array_equal(panel.y, frame["y"])
