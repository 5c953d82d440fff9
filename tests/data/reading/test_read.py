"""What can be read, checked against the rows that were written."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from gatecast._types import InputError, InputWarning
from gatecast.data import Columns, read, to_panel

CSV = "store,day,sales,price\na,2024-01-01,1,9.5\na,2024-01-02,,8\nb,2024-01-01,-3e9,7\n"
SALES = pd.DataFrame(
    {
        "unique_id": ["a", "a", "b"],
        "ds": pd.to_datetime(["2024-01-01", "2024-01-02", "2024-01-01"]),
        "y": [1.0, np.nan, -3e9],
        "price": [9.5, 8.0, 7.0],
    }
)
TYPED = SALES.set_axis(["store", "day", "sales", "price"], axis="columns")


def assert_sales(frame: pd.DataFrame):
    pd.testing.assert_frame_equal(frame, SALES)
    assert Columns.of(frame) == Columns("store", "day", "sales", ("price",))


@pytest.mark.parametrize("name", ["sales.csv", "a sales [1].CSV", "größe.txt", "sales.csv.gz"])
def test_csv(tmp_path: Path, name: str):
    path = tmp_path / name
    content = CSV.encode()
    path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    assert_sales(read(path))
    assert_sales(read(str(path)))


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_other_delimiters(tmp_path: Path, delimiter: str):
    path = tmp_path / "sales.tsv"
    path.write_text(CSV.replace(",", delimiter))
    assert_sales(read(path))


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_line_ends_and_blank_lines(tmp_path: Path, line_end: str):
    path = tmp_path / "sales.csv"
    path.write_bytes(("\n" + CSV + "\n").replace("\n", line_end).encode())
    assert_sales(read(path))


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_marked_encodings(tmp_path: Path, encoding: str):
    path = tmp_path / "sales.csv"
    path.write_bytes(CSV.replace("store", "läden").encode(encoding))
    frame = read(path, id_col="läden")
    pd.testing.assert_frame_equal(frame, SALES)


def test_latin_1_is_read_with_a_warning(tmp_path: Path):
    path = tmp_path / "sales.csv"
    path.write_bytes(CSV.replace("b,", "Köln,").encode("latin-1"))
    with pytest.warns(InputWarning, match=r"sales\.csv is not UTF-8.*iconv"):
        frame = read(path)
    assert frame["unique_id"].tolist() == ["a", "a", "Köln"]


def test_latin_1_in_the_header_only(tmp_path: Path):
    path = tmp_path / "sales.csv"
    path.write_bytes("ds,y,größe\n2024-01-01,1,2\n".encode("latin-1"))
    with pytest.warns(InputWarning, match="Latin-1"):
        assert read(path).columns[-1] == "größe"


def test_parquet(tmp_path: Path):
    TYPED.to_parquet(tmp_path / "sales.parquet")
    assert_sales(read(tmp_path / "sales.parquet"))


@pytest.mark.parametrize("name", ["sales.jsonl", "sales.ndjson.gz", "sales.json"])
def test_json(tmp_path: Path, name: str):
    path = tmp_path / name
    TYPED.assign(day=TYPED["day"].astype(str)).to_json(
        path, orient="records", lines="nd" in name or name.endswith("l")
    )
    assert_sales(read(path))


def test_glob_puts_files_below_each_other_by_column_name(tmp_path: Path):
    (tmp_path / "1.csv").write_text("store,day,sales,price\na,2024-01-01,1,9.5\n")
    (tmp_path / "2.csv").write_text("sales,day,price,store\n,2024-01-02,8,a\n-3e9,2024-01-01,7,b\n")
    assert_sales(read(tmp_path / "*.csv"))


@pytest.mark.parametrize(
    "query", ["SELECT * FROM '{}'", "from '{}'", "WITH t AS (FROM '{}') FROM t"]
)
def test_query(tmp_path: Path, query: str):
    path = tmp_path / "sales.csv"
    path.write_text(CSV)
    assert_sales(read(sql=query.format(path)))


def test_query_columns_of_any_number_type():
    query = "SELECT DATE '2024-01-01' + i::INT AS d, i::DECIMAL(9, 2) / 2 AS v FROM range(4) t(i)"
    frame = read(sql=query)
    assert frame["ds"].tolist() == list(pd.date_range("2024-01-01", periods=4))
    assert frame["y"].tolist() == [0, 0.5, 1, 1.5]


@pytest.mark.parametrize(
    "convert", [pl.from_pandas, pl.LazyFrame, pa.Table.from_pandas, lambda frame: frame]
)
def test_frames(convert: Callable[[Any], Any]):
    assert_sales(read(convert(TYPED)))


def test_frame_with_a_date_index():
    frame = TYPED.head(2).set_index("day")
    frame.index.name = None
    assert read(frame, target_col="price")["ds"].tolist() == TYPED["day"].tolist()[:2]


def test_nullable_categorical_and_arrow_types():
    frame = TYPED.convert_dtypes(dtype_backend="pyarrow").assign(
        store=TYPED["store"].astype("category")
    )
    result = read(frame)[["unique_id", "ds", "y"]]
    pd.testing.assert_frame_equal(result, SALES[["unique_id", "ds", "y"]])


def test_strange_column_names(tmp_path: Path):
    path = tmp_path / "odd.csv"
    path.write_text(
        '"the ""id""",day,Größe in €,y,Y,y\n1,2024-01-01,1,1,2,3\n01,2024-01-01,4,4,5,6\n'
    )
    frame = read(path, id_col='the "id"', target_col="Größe in €")
    assert frame.columns.tolist() == ["unique_id", "ds", "y", "y_1", "Y", "y_1_1"]
    assert frame["unique_id"].tolist() == ["1", "01"]
    assert frame[["y", "y_1", "Y", "y_1_1"]].to_numpy().tolist() == [[1, 1, 2, 3], [4, 4, 5, 6]]


def test_repeated_names_in_a_frame():
    frame = pd.DataFrame([["2024-01-01", 1.0, 2.0]], columns=["ds", "y", "y"])
    assert read(frame).columns.tolist() == ["unique_id", "ds", "y", "y_1"]


def test_a_column_that_already_has_a_standard_name_is_kept_under_another():
    frame = read(TYPED.assign(y=5), target_col="sales")
    assert frame["y_1"].tolist() == [5, 5, 5]
    assert frame["y"].tolist()[0] == 1


def test_other_columns_stay_unchanged():
    extra = [date(2024, 1, 1), "x", None]
    assert read(TYPED.assign(extra=extra))["extra"].tolist() == extra


def test_decimal_commas_between_semicolons(tmp_path: Path):
    path = tmp_path / "loads.csv"
    path.write_text("month;load;price\n2015-01;101,0;0,125\n2015-02;-7;2,250\n2015-03;NA;1,5e3\n")
    frame = read(path)
    np.testing.assert_array_equal(frame["y"], [101, -7, np.nan])
    assert frame["price"].tolist() == [0.125, 2.25, 1500]


def test_empty_rows_are_dropped(tmp_path: Path):
    path = tmp_path / "sales.csv"
    head, first, *others = CSV.splitlines()
    path.write_text("\n".join([head, ",,,", first, ",,,", ",,,", *others, ",,,\n"]))
    assert_sales(read(path))


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ("01/02/2015;1,5\n02/02/2015;2,5\n", ["2015-02-01", "2015-02-02"]),
        ("1/2/2015 5:00 PM;1,5\n2/2/2015 6:00 PM;2,5\n", ["2015-02-01 17:00", "2015-02-02 18:00"]),
    ],
)
def test_the_advice_on_ambiguous_dates_works_as_it_stands(
    tmp_path: Path, rows: str, expected: list[str]
):
    path = tmp_path / "sales.csv"
    path.write_text("date;sales\n" + rows)
    with pytest.raises(InputError, match="day first or month first") as caught:
        read(path)
    assert "date_order='dmy'" in str(caught.value)
    frame = read(path, date_order="dmy")
    assert frame["ds"].tolist() == pd.to_datetime(expected, format="ISO8601").tolist()
    assert frame["y"].tolist() == [1.5, 2.5]


@pytest.mark.parametrize("missing", ["", "NA", "nan", "null", " "])
def test_missing_values(tmp_path: Path, missing: str):
    path = tmp_path / "gaps.csv"
    path.write_text(f"ds,y\n2024-01-01,0\n2024-01-02,{missing}\n2024-01-03,-1\n")
    np.testing.assert_array_equal(read(path)["y"], [0, np.nan, -1])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (["1949-01", "1949-02"], ["1949-01-01", "1949-02-01"]),
        (["2024-03-01 05:00", "2024-03-01T06:30:15"], ["2024-03-01 05:00", "2024-03-01 06:30:15"]),
        (["01.02.2024", "03.02.2024"], ["2024-02-01", "2024-02-03"]),
        (["01/02/2024", "01/13/2024"], ["2024-01-02", "2024-01-13"]),
        (["01/02/2024", "13/02/2024"], ["2024-02-01", "2024-02-13"]),
        (["1/2/2024 5:00 PM", "1/13/2024 5:00 AM"], ["2024-01-02 17:00", "2024-01-13 05:00"]),
        (["20240131", "20240201"], ["2024-01-31", "2024-02-01"]),
        (["194912", "195001"], ["1949-12-01", "1950-01-01"]),
        (["Jan 2024", "Feb 2024"], ["2024-01-01", "2024-02-01"]),
    ],
)
def test_dates_as_text(text: Any, expected: Any):
    frame = read(pd.DataFrame({"ds": text, "y": [1.0, 2.0]}))
    assert frame["ds"].tolist() == pd.to_datetime(expected, format="ISO8601").tolist()


@pytest.mark.parametrize("text", [["7", "8"], ["1949", "1950"]])
def test_whole_numbers_as_time(text: Any):
    frame = read(pd.DataFrame({"ds": text, "y": [1.0, 2.0]}))
    assert frame["ds"].tolist() == [int(number) for number in text]


def test_time_zones_become_one(tmp_path: Path):
    path = tmp_path / "zones.csv"
    path.write_text("ds,y\n2024-03-31T01:00:00+01:00,1\n2024-03-31T03:00:00+02:00,2\n")
    frame = read(path)
    assert frame["ds"].tolist() == list(pd.date_range("2024-03-31", periods=2, freq="h", tz="UTC"))
    with pytest.warns(InputWarning, match="UTC"):
        panel = to_panel(frame)
    assert panel.freq == "h"
    assert panel.ds[0] == np.datetime64("2024-03-31T00:00")


@pytest.mark.parametrize("name", ["wide.json", "wide.jsonl"])
def test_json_records_of_many_keys(tmp_path: Path, name: str):
    records = [
        {"ds": f"2024-01-0{day}", "Y": 1.5, "y": day, **{f"key {n}/~": day * n for n in range(201)}}
        for day in range(1, 5)
    ]
    del records[2]["key 7/~"]
    records[1]["late"] = True
    text = map(json.dumps, records)
    content = "\n".join(text) if name.endswith("l") else f"[{', '.join(text)}]"
    (tmp_path / name).write_text(content)
    found = read(tmp_path / name, target_col="y")
    pd.testing.assert_frame_equal(
        found[["Y", "y", "key 9/~", "key 7/~"]],
        pd.DataFrame(records)[["Y", "y", "key 9/~", "key 7/~"]],
        check_dtype=False,
    )
    assert [*found] == ["unique_id", "ds", "y", "Y", *(f"key {n}/~" for n in range(201)), "late"]
    assert found["late"].tolist() == [None, "true", None, None]
