"""Which columns are taken when none is named."""

from __future__ import annotations

from typing import Any

import pandas as pd
import polars as pl
import pytest

from gatecast._types import InputError
from gatecast.data import Columns, infer_columns, read

TWO_DAYS = ["2024-01-01", "2024-01-02"]
TWICE = ["2024-01-01", "2024-01-01"]
DATES = pd.to_datetime(TWO_DAYS)


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        ({"y": [1, 2], "ds": [1, 2], "unique_id": [1, 1]}, ("unique_id", "ds", "y")),
        ({"Month": TWO_DAYS, "Passengers": [1, 2]}, (None, "Month", "Passengers")),
        ({"n": [1, 2], "when": DATES, "v": [1, 2]}, (None, "when", "n")),
        ({"p": DATES.to_period("M"), "v": [1, 2]}, (None, "p", "v")),
        ({"v": [1, 2], "t": [1, 2]}, (None, "t", "v")),
        ({"year": ["1949", "1950"], "v": [1, 2]}, (None, "year", "v")),
        ({"id": [1, 2], "date": TWO_DAYS, "v": [1, 2]}, (None, "date", "v")),
        ({"id": [1, 2], "date": TWICE, "v": [1, 2]}, ("id", "date", "v")),
        ({"city": ["a", "b"], "date": TWICE, "v": [1, 2]}, ("city", "date", "v")),
        ({"city": ["a", "b"], "date": TWO_DAYS, "v": [1, 2]}, (None, "date", "v")),
        ({"store_id": [1, 2], "date": TWICE, "sales": [1, 2]}, ("store_id", "date", "sales")),
        ({"Unnamed: 0": [0, 1], "date": TWO_DAYS, "v": [1, 2]}, (None, "date", "v")),
        ({"date": TWO_DAYS, "open": [True, False], "v": [1, 2]}, (None, "date", "v")),
        ({"date": [*TWO_DAYS, "bad"], "v": ["1", "2", "bad"]}, (None, "date", "v")),
        (
            {"date": TWO_DAYS, "note": ["1", "x y"], "v": ["1.234,5", "2.345,6"]},
            (None, "date", "v"),
        ),
        ({"due": TWO_DAYS, "paid": ["01.02.2024", "02.02.2024"], "v": [1, 2]}, (None, "due", "v")),
    ],
)
def test_inferred(frame: dict[str, Any], expected: Any):
    found = infer_columns(pd.DataFrame(frame))
    assert (found.id_col, found.time_col, found.target_col) == expected


@pytest.mark.parametrize(
    ("target", "target_col", "others"),
    [("price", None, ("holiday", "sales")), ("sales", "sales", ()), ("y", None, ())],
)
def test_other_numeric_columns_are_known_if_the_target_was_guessed(
    target: str, target_col: str | None, others: tuple[str, ...]
):
    frame = pd.DataFrame(
        {"id": [1, 2], "day": TWO_DAYS, "note": ["x", "z"], "price": [1, 2], "holiday": ["0", "1"]}
    ).assign(**{"y" if target == "y" else "sales": [5.0, 6.0]})
    found = infer_columns(frame, target_col=target_col)
    assert found == Columns(None, "day", target, others)
    assert Columns.of(read(frame, target_col=target_col)) == found


def test_columns_in_words():
    assert str(Columns("shop", "day", "price")) == "time 'day', target 'price', id 'shop'"
    words = "time 'day', target 'price' (also numeric: 'a', 'b', 'c' and 1 more)"
    assert str(Columns(None, "day", "price", ("a", "b", "c", "d"))) == words


def test_named_columns_win():
    frame = pd.DataFrame({"ds": [1, 2], "t": [1, 2], "y": [1, 2], "v": [1, 2], "k": [1, 2]})
    columns = infer_columns(frame, id_col="k", time_col="t", target_col="v")
    assert columns == Columns("k", "t", "v")


def test_read_tells_what_it_took():
    frame = read(pl.DataFrame({"day": TWO_DAYS, "sales": [1, 2]}))
    assert Columns.of(frame) == Columns(None, "day", "sales")
    assert frame["unique_id"].tolist() == ["series", "series"]


def test_nothing_to_infer_from():
    with pytest.raises(InputError, match=r"no column holds dates.*'a', 'b'"):
        infer_columns(pd.DataFrame({"a": [1, 2], "b": ["x", "y"]}))
    with pytest.raises(InputError, match=r"no other column holds numbers.*target_col"):
        infer_columns(pd.DataFrame({"ds": [1, 2], "b": ["x", "y"]}))
