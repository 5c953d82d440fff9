"""What can be said about values that could not be read otherwise."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from gatecast import InputError, InputWarning
from gatecast.data import RowsError, read

DAYS = ["2024-01-01", "2024-01-02", "2024-01-03", "2024-01-04"]


def frame_of(**columns: list[Any]) -> pd.DataFrame:
    return pd.DataFrame(columns)


def mends_of(frame: pd.DataFrame, **options: Any) -> list[dict[str, Any]]:
    """What a refusal offers."""
    with pytest.raises(RowsError) as caught:
        read(frame, **options)
    return [dict(mend) for mend in caught.value.mends]


@pytest.mark.parametrize(
    ("order", "expected"),
    [("dmy", ["2024-02-01", "2024-02-03"]), ("mdy", ["2024-01-02", "2024-03-02"])],
)
def test_the_order_of_dates(order: Any, expected: list[str]):
    frame = frame_of(ds=["01/02/2024", "03/02/2024"], y=[1, 2])
    assert {"date_order": order} in mends_of(frame)
    assert read(frame, date_order=order)["ds"].astype(str).tolist() == expected


def test_the_order_of_dates_with_hours():
    frame = frame_of(ds=["1/2/2024 5:00 PM", "2/2/2024 5:00 PM"], y=[1, 2])
    expected = pd.to_datetime(["2024-02-01 17:00", "2024-02-02 17:00"])
    assert read(frame, date_order="dmy")["ds"].tolist() == expected.tolist()


@pytest.mark.parametrize(("mark", "expected"), [(",", [1.234, 5.678]), (".", [1234, 5678])])
def test_the_decimal_mark(mark: Any, expected: list[float]):
    frame = frame_of(ds=DAYS[:2], y=["1,234", "5,678"])
    assert {"decimal": mark} in mends_of(frame)
    assert read(frame, decimal=mark)["y"].tolist() == expected


def test_the_decimal_mark_leaves_dates_and_words_alone():
    frame = frame_of(ds=["01.02.2024", "02.02.2024"], y=["-1.234,5 €", "2 €"], word=["a,b", "c"])
    found = read(frame, decimal=",")
    assert found["y"].tolist() == [-1234.5, 2]
    assert found["ds"].dt.month.tolist() == [2, 2]
    assert found["word"].tolist() == ["a,b", "c"]


def test_a_word_does_not_hide_how_numbers_are_written():
    frame = frame_of(ds=DAYS, y=["1,5", "2,5", "broken", "4,25"])
    with pytest.raises(RowsError, match=r"row 2, column 'y': 'broken' is not a number") as caught:
        read(frame)
    assert caught.value.count == 1
    assert caught.value.examples(5) == [("the data frame, row 2", "'broken'")]
    with pytest.warns(InputWarning, match="1 values of column 'y' that are no number"):
        found = read(frame, invalid="missing")
    np.testing.assert_array_equal(found["y"], [1.5, 2.5, np.nan, 4.25])


def test_rows_without_a_time_or_id_are_left_out():
    frame = frame_of(unique_id=["a", None, "a", "a"], ds=[*DAYS[:3], "total"], y=[1, 2, 3, 6])
    assert mends_of(frame) == [{"invalid": "missing"}]
    with pytest.warns(InputWarning, match="2 rows without a readable time or id were left out"):
        found = read(frame, invalid="missing")
    assert found["y"].tolist() == [1, 3]
    assert found.index.tolist() == [0, 1]


def test_infinite_values_are_missing():
    with pytest.warns(InputWarning, match="1 values"):
        found = read(frame_of(ds=DAYS[:2], y=[np.inf, 1.0]), invalid="missing")
    np.testing.assert_array_equal(found["y"], [np.nan, 1])


@pytest.mark.parametrize(
    ("how", "expected"),
    [("first", [1, 4]), ("last", [3, 4]), ("mean", [2, 4]), ("sum", [4, 4])],
)
def test_repeated_rows(how: Any, expected: list[float]):
    frame = frame_of(ds=[DAYS[0], DAYS[0], DAYS[1]], y=[1, 3, 4], price=[7, 8, 9])
    assert {"repeated": how} in mends_of(frame)
    with pytest.warns(InputWarning, match="1 rows repeat a series and a time"):
        found = read(frame, repeated=how)
    assert found["y"].tolist() == expected
    assert found["price"].tolist() == [8 if how == "last" else 7, 9]


@pytest.mark.parametrize(
    "months",
    [
        ["Nov", "Dec", "Jan", "Feb"],
        ["november", "december", "january", "february"],
        ["11", "12", "1", "2"],
        ["Nov.", "Dez.", "Jan.", "Feb."],
    ],
)
def test_months_without_a_year(months: list[str]):
    frame = frame_of(month=months, sales=[1, 2, 3, 4])
    assert mends_of(frame) == [{"first_year": 0}]
    found = read(frame, first_year=2019)
    assert found["ds"].astype(str).tolist() == [
        "2019-11-01",
        "2019-12-01",
        "2020-01-01",
        "2020-02-01",
    ]


def test_months_that_count_their_years():
    frame = frame_of(Month=["1-11", "1-12", "2-01"], Sales=[266.0, 145.9, 183.1])
    found = read(frame, first_year=2001)
    assert found["ds"].astype(str).tolist() == ["2001-11-01", "2001-12-01", "2002-01-01"]


def test_months_of_several_series_begin_anew():
    frame = frame_of(shop=[*"aaabbb"], month=["Dec", "Jan", "Feb"] * 2, y=[1, 2, 3, 4, 5, 6])
    found = read(frame, first_year=2019)
    assert found["ds"].dt.year.tolist() == [2019, 2020, 2020] * 2
    assert found["unique_id"].tolist() == [*"aaabbb"]


def test_a_column_of_may_and_march_alone_is_no_column_of_months():
    with pytest.raises(InputError, match="no column holds dates"):
        read(frame_of(who=["May", "April", "Bo"], y=[1, 2, 3]))


@pytest.mark.parametrize(
    ("mends", "words"),
    [
        ({"repeated": "middle"}, "repeated must be one of 'first', 'last', 'mean', 'sum'"),
        ({"first_year": 12}, "first_year must be a year"),
        ({"first_year": 2000}, "no column holds any"),
        ({"colour": "red"}, "no option 'colour'"),
    ],
)
def test_what_cannot_be_meant_is_refused(mends: dict[str, Any], words: str):
    with pytest.raises(InputError, match=words):
        read(frame_of(ds=DAYS, y=[1, 2, 3, 4]), **mends)


def test_places_are_those_of_the_file(tmp_path: Path):
    path = tmp_path / "sales.csv"
    path.write_text("ds,y\n2024-01-01,1\nsum,1\n2024-01-02,x\n2024-01-03,3\n")
    with (
        pytest.warns(InputWarning, match=r"sales\.csv: 1 rows without"),
        pytest.warns(InputWarning, match=r"sales\.csv: 1 values"),
    ):
        assert len(read(path, invalid="missing")) == 3
