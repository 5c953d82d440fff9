"""Panels with exogenous and static columns, several targets, irregular times and time zones."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from gatecast._types import IRREGULAR, InputError, InputWarning
from gatecast.data import require_rows, season_length, to_frame, to_panel

NAN = np.nan
DAYS = pd.date_range("2024-01-01", periods=4)


def sales(**columns: Any):
    return pd.DataFrame({"unique_id": "a", "ds": DAYS, "y": [1.0, 2, 3, 4], **columns})


# Exogenous columns


def test_exogenous_columns_stand_on_the_calendar():
    frame = sales(price=[5, 6, 7, 8], open=[True, False, True, True]).drop(index=2)
    with pytest.warns(InputWarning, match=r"1 of 4 calendar steps \(D\)"):
        panel = to_panel(frame, exog=["price", "open"])
    np.testing.assert_array_equal(panel.exog["price"], [5, 6, NAN, 8])
    np.testing.assert_array_equal(panel.exog["open"], [1, 0, NAN, 1])
    assert {values.dtype for values in panel.exog.values()} == {np.dtype("float64")}
    assert panel.targets == ("y",)


def test_exogenous_values_in_gaps_are_kept_and_beyond_the_ends_are_not():
    frame = sales(y=[NAN, 2, NAN, 4], price=[5, 6, 7, 8])
    later = pd.DataFrame({"unique_id": "a", "ds": [pd.Timestamp("2024-01-05")], "price": 9.0})
    with pytest.warns(InputWarning, match="1 of 3"):
        panel = to_panel(pd.concat([frame, later]), exog=["price"])
    np.testing.assert_array_equal(panel.y, [2, NAN, 4])
    np.testing.assert_array_equal(panel.exog["price"], [6, 7, 8])


def test_gaps_with_exogenous_values_between_series():
    frame = pd.concat(
        [
            sales(y=[NAN, NAN, NAN, 1], x=range(4)),
            sales(y=[1, NAN, NAN, NAN], x=range(4)).assign(unique_id="b"),
            sales(y=[1, NAN, NAN, 2], x=range(4)).assign(unique_id="c"),
        ]
    )
    with pytest.warns(InputWarning, match="2 of 6"):
        panel = to_panel(frame, exog=["x"])
    assert panel.lengths.tolist() == [1, 1, 4]
    assert panel.exog["x"].tolist() == [3, 0, 0, 1, 2, 3]


@pytest.mark.parametrize(
    "frame",
    [
        pl.DataFrame({"unique_id": ["a"] * 3, "ds": [1, 2, 3], "y": [1, 2, 4], "x": [1, None, 0]}),
        pl.DataFrame(
            {"unique_id": ["a"] * 3, "ds": [1, 2, 3], "y": [1, 2, 4], "x": [True, None, False]}
        ),
        pd.DataFrame({"unique_id": "a", "ds": [1, 2, 3], "y": [1, 2, 4], "x": ["1", "", "0"]}),
    ],
)
def test_missing_exogenous_values(frame: Any):
    np.testing.assert_array_equal(to_panel(frame, exog="x").exog["x"], [1, NAN, 0])


def test_exogenous_columns_that_cannot_be_used():
    with pytest.raises(
        InputError, match=r"series 'a' at 2024-01-02, column 'price': 'cheap' is not a number"
    ):
        to_panel(sales(price=[1, "cheap", 2, 3]), exog=["price"])
    with pytest.raises(InputError, match=r"no column 'prize'; did you mean 'price'\?"):
        to_panel(sales(price=1), exog=["prize"])
    with pytest.raises(InputError, match="a column each"):
        to_panel(sales(), exog=["y"])


# Static columns

STATIC = pd.DataFrame(
    {
        "unique_id": ["c", "b", "a"],
        "size": [3, 2, 1],
        "city": ["Ulm", "Bonn", "Kiel"],
        "kind": pd.Categorical(["x", "y", "x"]),
        "open": [True, False, True],
    }
)


@pytest.mark.parametrize(
    "static_df", [STATIC, pl.from_pandas(STATIC), pa.Table.from_pandas(STATIC)]
)
def test_static_columns_follow_the_series(static_df: Any):
    frame = pd.concat([sales(), sales(unique_id="b")])
    panel = to_panel(frame, static_df=static_df)
    assert list(panel.static) == ["size", "city", "kind", "open"]
    assert panel.static["size"].tolist() == [1, 2]
    assert panel.static["size"].dtype == np.float64
    assert panel.static["city"].tolist() == ["Kiel", "Bonn"]
    assert panel.static["kind"].tolist() == ["x", "y"]
    assert panel.static["open"].tolist() == ["True", "False"]
    assert panel.static["open"].dtype == object


def test_static_ids_may_be_text_of_numbers():
    static_df = pd.DataFrame({"unique_id": [12, 7], "size": [1.0, 2]})
    assert to_panel(sales(unique_id="7"), static_df=static_df).static["size"].tolist() == [2]


@pytest.mark.parametrize(
    ("static_df", "message"),
    [
        (STATIC[:2], "static_df has no row for series 'a'"),
        (pd.concat([STATIC, STATIC]), "static_df has series 'a' twice"),
        (STATIC.assign(size=[1, 2, NAN]), "row 2, series 'a', column 'size': an empty value is"),
        (STATIC.assign(city=["x", "y", None]), "series 'a', column 'city': an empty value is miss"),
        (STATIC.assign(size=[1, 2, np.inf]), "series 'a', column 'size': inf is not finite"),
        (STATIC.drop(columns="unique_id"), "static_df has no column 'unique_id'"),
    ],
)
def test_static_columns_that_cannot_be_used(static_df: pd.DataFrame, message: str):
    with pytest.raises(InputError, match=message):
        to_panel(sales(), static_df=static_df)


# Several targets


def test_several_targets_side_by_side():
    first = pd.DataFrame({"unique_id": "a", "ds": DAYS, "u": [NAN, 1, 2, NAN], "v": [5, 6, NAN, 7]})
    second = pd.DataFrame({"unique_id": "b", "ds": DAYS[:2], "u": [8, 9.0], "v": [3, 4.0]})
    frame = pd.concat([first, second]).assign(x=[1, 2, 3, 4, 5, 6])
    words = r"3 of 12 .*'a' \(v\) at 2024-01-03, 'a' \(u\) at 2024-01-01, 'a' \(u\) at"
    with pytest.warns(InputWarning, match=words):
        panel = to_panel(frame, target_col=["v", "u"], exog=["x"], static_df=STATIC)
    assert panel.targets == ("v", "u")
    assert panel.ids.tolist() == ["a", "a", "b", "b"]
    assert panel.offsets.tolist() == [0, 4, 8, 10, 12]
    np.testing.assert_array_equal(panel.y, [5, 6, NAN, 7, NAN, 1, 2, NAN, 3, 4, 8, 9])
    np.testing.assert_array_equal(panel.ds, DAYS[[0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 0, 1]])
    assert panel.exog["x"].tolist() == [1, 2, 3, 4, 1, 2, 3, 4, 5, 6, 5, 6]
    assert panel.static["size"].tolist() == [1, 1, 2, 2]
    expected = frame[["unique_id", "ds", "v", "u"]]
    pd.testing.assert_frame_equal(to_frame(panel), expected.reset_index(drop=True))
    with pytest.raises(InputError, match=r"series 'a' \(u\) has 2 observed rows"):
        require_rows(panel, 3, "h=3")


def test_one_target_keeps_its_name():
    panel = to_panel(sales(), target_col="y")
    assert to_panel(sales().rename(columns={"y": "sold"}), target_col=["sold"]).targets == ("sold",)
    assert panel.targets == ("y",)
    with pytest.raises(InputError, match="target_col names no column"):
        to_panel(sales(), target_col=[])
    with pytest.raises(InputError, match="column 'u' and 'v' has no value in any row"):
        to_panel(sales(u=NAN, v=NAN), target_col=["u", "v"])


# Irregular times


@pytest.mark.parametrize(
    "ds", [[1, 2, 5, 11], pd.to_datetime(["2024-01-01", "2024-01-09", "2024-01-10", "2025-01-01"])]
)
def test_irregular_rows_stay_at_their_times(ds: Any):
    frame = sales(ds=ds, y=[3, NAN, 1, 2], x=[1, 2, NAN, 4])
    panel = to_panel(frame, freq=IRREGULAR, exog=["x"])
    assert panel.freq == IRREGULAR
    np.testing.assert_array_equal(panel.ds, np.delete(np.asarray(ds), 1))
    np.testing.assert_array_equal(panel.y, [3, 1, 2])
    np.testing.assert_array_equal(panel.exog["x"], [1, NAN, 4])
    with pytest.warns(InputWarning, match="not in order"):
        backwards = to_panel(frame[::-1], freq=IRREGULAR, exog=["x"])
    np.testing.assert_array_equal(backwards.y, panel.y)


def test_irregular_rows_with_one_of_two_targets_are_kept():
    frame = sales(ds=[1, 2, 5, 11], u=[1, NAN, NAN, 2], v=[3, NAN, 4, 5])
    with pytest.warns(InputWarning, match=r"1 of 6 rows have no value.*'a' \(u\) at 5"):
        panel = to_panel(frame, freq=IRREGULAR, target_col=["u", "v"])
    np.testing.assert_array_equal(panel.y, [1, NAN, 2, 3, 4, 5])


def test_irregular_times_are_refused_twice_and_have_no_season():
    with pytest.raises(InputError, match="series 'a' has 2 twice, first at the data frame, row 1"):
        to_panel(sales(ds=[1, 2, 2, 3]), freq=IRREGULAR)
    assert season_length(IRREGULAR) == 1


def test_irregular_is_named_as_a_remedy():
    uneven = pd.Timestamp("2024-01-01") + pd.to_timedelta([0, 1, 3.3, 7.1], unit="h")
    for ds in (uneven, pd.to_datetime(["2024-01-01", "2024-01-02", "2024-01-03", "2024-05-01"])):
        with pytest.raises(InputError, match=r"keep .* with freq='irregular'"):
            to_panel(sales(ds=ds))


# Time zones


def in_zone(zone: str, start: str, periods: int, freq: Any):
    local = pd.date_range(start, periods=periods, freq=freq)
    ds = local.tz_localize(zone, ambiguous=[True] * periods, nonexistent="shift_forward")
    return pd.DataFrame({"unique_id": "a", "ds": ds, "y": np.arange(periods, dtype=float)})


@pytest.mark.parametrize("start", ["2024-03-30", "2024-10-26"])
def test_hours_across_daylight_saving_time_are_regular_in_utc(start: str):
    ds = pd.date_range(start, periods=72, freq="h", tz="Europe/Berlin")
    frame = pd.DataFrame({"unique_id": "a", "ds": ds, "y": np.arange(72.0)})
    with pytest.warns(InputWarning, match="zone Europe/Berlin, were converted to UTC"):
        panel = to_panel(frame)
    assert panel.freq == "h"
    assert panel.rows == 72
    np.testing.assert_array_equal(panel.ds, frame["ds"].dt.tz_convert(None))


@pytest.mark.parametrize("freq", [None, "given"])
@pytest.mark.parametrize(
    ("zone", "start", "alias"),
    [
        ("Europe/Berlin", "2024-03-29", "D"),
        ("Europe/Berlin", "2024-10-26", "D"),
        ("Europe/Berlin", "2024-03-29", "W-SUN"),
        ("America/New_York", "2024-01-01", "MS"),
        ("America/Sao_Paulo", "2018-11-02", "D"),  # clocks went from 23:59:59 to 01:00
        ("America/Havana", "2024-11-01", "D"),  # and here from 01:00 to 00:00
    ],
)
def test_days_across_daylight_saving_time_keep_their_local_time(
    zone: str, start: str, alias: str, freq: Any
):
    frame = in_zone(zone, start, 6, alias)
    with pytest.warns(InputWarning, match=f"zone {zone}, were kept at the local time of day"):
        panel = to_panel(frame, freq=alias if freq else None)
    assert panel.freq == alias
    expected = pd.date_range(start, periods=6, freq=alias)
    np.testing.assert_array_equal(panel.ds, expected)
    np.testing.assert_array_equal(panel.y, frame["y"])


def test_irregular_times_in_a_zone_become_utc():
    frame = in_zone("Asia/Tokyo", "2024-01-01", 3, "D")
    with pytest.warns(InputWarning, match="UTC"):
        panel = to_panel(frame, freq=IRREGULAR)
    assert panel.ds[0] == np.datetime64("2023-12-31T15:00")


def test_days_that_are_one_on_the_local_clock_are_refused():
    # On 2024-11-03 clocks in Havana showed midnight twice, an hour apart.
    ds = pd.to_datetime(["2024-11-02 04:00", "2024-11-03 04:00", "2024-11-03 05:00"], utc=True)
    frame = pd.DataFrame({"unique_id": "a", "ds": ds.tz_convert("America/Havana"), "y": [1, 2, 3]})
    with (
        pytest.warns(InputWarning, match="local time of day"),
        pytest.raises(InputError, match=r"row 2: series 'a' has 2024-11-03 twice, first .* row 1"),
    ):
        to_panel(frame, freq="D")
