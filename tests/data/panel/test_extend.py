"""Future rows, with what is known of them in advance."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from gatecast._types import IRREGULAR, InputError, InputWarning
from gatecast.data import elapsed, extend, future_ds, to_panel

NAN = np.nan
MONTHS = pd.date_range("2024-01-31", periods=6, freq="ME")
HISTORY = pd.DataFrame(
    {
        "shop": ["a", "a", "a", "b", "b"],
        "month": MONTHS[[0, 1, 2, 1, 2]],
        "y": [1, 2, 3, 4, 5],
        "x": [1.0, 2, 3, 4, 5],
        "price": [9, 8, 7, 6, 5],
    }
)
FUTURE = pd.DataFrame(
    {
        "other": "ignored",
        "shop": ["c", "b", "b", "b", "a", "a", "a", "a"],
        "month": MONTHS[[3, 5, 4, 3, 2, 3, 4, 5]],
        "price": [NAN, 16, 15, 14, NAN, 10, 11, 12],
    }
)
NAMES: dict[str, Any] = {"id_col": "shop", "time_col": "month"}


def panel_of(frame: Any = HISTORY, **settings: Any):
    return to_panel(frame, **NAMES, exog=["x", "price"], **settings)


@pytest.mark.parametrize("futr_df", [FUTURE, pl.from_pandas(FUTURE), pa.Table.from_pandas(FUTURE)])
def test_known_values_in_future_rows(futr_df: Any):
    found = extend(panel_of(), 2, futr_df, futr_exog=["price"], **NAMES)
    assert found.offsets.tolist() == [0, 5, 9]
    np.testing.assert_array_equal(found.ds, MONTHS[[0, 1, 2, 3, 4, 1, 2, 3, 4]])
    np.testing.assert_array_equal(found.y, [1, 2, 3, NAN, NAN, 4, 5, NAN, NAN])
    np.testing.assert_array_equal(found.exog["x"], [1, 2, 3, NAN, NAN, 4, 5, NAN, NAN])
    np.testing.assert_array_equal(found.exog["price"], [9, 8, 7, 10, 11, 6, 5, 14, 15])
    assert elapsed(found).tolist() == [1, 1, 1, 1, 2, 1, 1, 1, 2]


def test_several_targets_share_known_values():
    frame = HISTORY.assign(z=[0, 1, 2, 3, 5])
    found = extend(panel_of(frame, target_col=["y", "z"]), 1, FUTURE, futr_exog=["price"], **NAMES)
    np.testing.assert_array_equal(found.y, [1, 2, 3, NAN, 0, 1, 2, NAN, 4, 5, NAN, 3, 5, NAN])
    assert found.exog["price"].tolist() == [9, 8, 7, 10] * 2 + [6, 5, 14] * 2


def test_nothing_known():
    found = extend(panel_of(), 3)
    assert np.isnan(found.exog["price"]).sum() == 6
    np.testing.assert_array_equal(found.ds, MONTHS[[0, 1, 2, 3, 4, 5, 1, 2, 3, 4, 5]])


@pytest.mark.parametrize(
    ("futr_df", "message"),
    [
        (
            None,
            r"values of 'price', 'x' for series 'a' from 2024-04-30 to 2024-06-30, 'b' from",
        ),
        (FUTURE, "futr_df has no column 'x'"),
        (
            FUTURE.assign(x=FUTURE["price"].replace({11: NAN, 15: NAN}))[1:],
            r"no value of 'x' for series 'a' at 2024-05-31 \(2 missing in all\)",
        ),
        (
            FUTURE[FUTURE["price"] != 10].assign(x=1),
            r"no value of 'price' for series 'a' at 2024-04-30 \(2 missing in all\); every row",
        ),
        (FUTURE[:0].assign(x=1), "futr_df has no rows"),
        (pd.concat([FUTURE, FUTURE]).assign(x=1), "series 'a' at 2024-04-30 twice"),
        (
            FUTURE.assign(x="hot"),
            "futr_df, row 0, series 'c' at 2024-04-30, column 'x': 'hot' is not a number",
        ),
        (FUTURE.assign(x=1, month=3), "'month' holds integers, but the times of .* are dates"),
    ],
)
def test_known_values_that_are_missing(futr_df: Any, message: str):
    # Series "c" is none of the panel's.
    with pytest.raises(InputError, match=message):
        extend(panel_of(), 3, futr_df, futr_exog=["price", "x"], **NAMES)


def test_columns_that_are_not_there():
    with pytest.raises(InputError, match="names 'sun', but the exogenous columns are 'x', 'price'"):
        extend(panel_of(), 3, FUTURE, futr_exog=["sun"])
    with pytest.raises(InputError, match="h must be at least 1"):
        extend(panel_of(), 0)


def test_irregular_future_is_the_given_times_or_median_steps():
    frame = HISTORY.assign(month=[1, 4, 9, 2, 6])
    panel = panel_of(frame, freq=IRREGULAR)
    # Steps of 3, 5 and 4: the median is 4.
    assert extend(panel, 2).ds.tolist() == [1, 4, 9, 13, 17, 2, 6, 10, 14]
    assert extend(panel, 2, step=10).ds.tolist() == [1, 4, 9, 19, 29, 2, 6, 16, 26]
    given = pd.DataFrame({"shop": ["b"] * 3 + ["a"] * 4, "month": [8, 7, 6, 30, 20, 10, 9]})
    assert extend(panel, 2, given, **NAMES).ds.tolist() == [1, 4, 9, 10, 20, 2, 6, 7, 8]
    known = extend(panel, 1, given.assign(price=range(7)), futr_exog=["price"], **NAMES)
    assert known.exog["price"].tolist() == [9, 8, 7, 5, 6, 5, 1]
    with pytest.raises(InputError, match="futr_df has 2 rows of series 'b' after 6, but h=3"):
        extend(panel, 3, given, **NAMES)


def test_irregular_future_needs_a_step():
    last = np.array(["2024-01-01"], "datetime64[ns]")
    found = future_ds(last, IRREGULAR, 2, np.timedelta64(36, "h"))
    assert found.tolist() == np.array([["2024-01-02T12", "2024-01-04"]], "M8[ns]").tolist()
    with pytest.raises(InputError, match="'irregular' has no calendar"):
        future_ds(last, IRREGULAR, 2)


@pytest.mark.parametrize("freq", ["h", "D"])
def test_known_values_in_a_time_zone(freq: str):
    local = pd.date_range("2024-03-30", periods=5, freq=freq, tz="Europe/Berlin")
    frame = pd.DataFrame({"unique_id": "a", "ds": local, "y": range(5), "x": range(5)})
    with pytest.warns(InputWarning, match="zone Europe/Berlin"):
        panel = to_panel(frame[:2], exog=["x"], freq=freq)
    with pytest.warns(InputWarning, match="zone Europe/Berlin"):
        found = extend(panel, 3, frame, futr_exog=["x"])
    assert found.exog["x"].tolist() == [0, 1, 2, 3, 4]
