"""Every input that cannot be used, and the line that says so."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from gatecast._types import InputError
from gatecast.data import read

HEAD = "store,day,sales\na,2024-01-01,1\na,2024-01-02,2\n"


def refusal(source: Any = None, **names: Any):
    with pytest.raises(InputError) as caught:
        read(source, **names)
    message = str(caught.value)
    assert "\n" not in message
    assert caught.value.__cause__ is None
    return message


@pytest.fixture
def write(tmp_path: Path):
    def to_file(text: str | bytes, name: str = "sales.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    return to_file


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("b,2024-01-03,abc", ["line 4", "'b'", "'sales'", "'abc'", "not a number"]),
        ('b,2024-01-03,"1.234,56,7"', ["line 4", "'1.234,56,7'", "decimal commas"]),
        ('b,2024-01-03,"1,234"', ["line 4", "'1,234'", "thousands"]),
        ("b,2024-01-03,1 2345", ["line 4", "'1 2345'"]),
        ("b,2024-01-03,5 %", ["line 4", "'5 %'"]),
        ("b,2024-01-03,inf", ["line 4", "'b'", "not finite"]),
        ("b,2024-01-03,1e999", ["line 4", "'1e999'"]),
        ("b,2024-02-30,5", ["line 4", "'b'", "'day'", "'2024-02-30'", "not a date"]),
        ("b,soon,5", ["line 4", "'soon'", "not a date"]),
        ("b,,5", ["line 4", "'day'", "an empty value is no time"]),
        (",2024-01-03,5", ["line 4", "'store'", "no id"]),
        ("a,2024-01-01,5", ["line 4", "'a'", "2024-01-01", "twice", "line 2"]),
        ("a,2024-01-01", ["line 4", "instead of 3 values"]),
        ("a,2024-01-03,1,2", ["line 4", "instead of 3 values"]),
        ('a,2024-01-03,"1', ["quotation mark"]),
    ],
)
def test_bad_row_is_named(write: Callable[..., Path], row: str, words: list[str]):
    message = refusal(write(f"{HEAD}{row}\nb,2024-01-04,6\n"), id_col="store")
    assert "sales.csv" in message
    assert [word for word in words if word not in message] == []


def test_line_number_counts_blank_lines_and_lines_within_quotes(write: Callable[..., Path]):
    text = 'ds,note,y\n2024-01-01,"two\nlines",1\n\n2024-01-02,,x\n'
    assert "line 5" in refusal(write(text), target_col="y")


def test_line_number_in_a_gzipped_file(write: Callable[..., Path]):
    path = write(gzip.compress(f"{HEAD}a,2024-01-03,x\n".encode()), "sales.csv.gz")
    assert "line 4" in refusal(path)


def test_glob_names_the_file(write: Callable[..., Path], tmp_path: Path):
    write(HEAD, "1.csv")
    write("store,day,sales\nb,2024-01-01,x\n", "2.csv")
    assert "2.csv, line 2" in refusal(tmp_path / "*.csv")


def test_row_is_named_when_a_line_is_too_long_to_count(write: Callable[..., Path]):
    long = "q" * 200_000
    assert "row 2" in refusal(write(f"ds,y,note\n2024-01-01,1,{long}\n2024-01-02,x,\n"))


@pytest.mark.parametrize(
    "number", ["1,234", "1 2345", "1.234,567.8", "1,23,456", "€ 1.234", "5 %$"]
)
def test_numbers_that_may_be_another_are_named(write: Callable[..., Path], number: str):
    path = write(f'ds;y\n2024-01-01;"{number}"\n')
    assert f"line 2, column 'y': {number!r} is not a number" in refusal(path)


def test_thousands_beside_decimal_commas_are_named(write: Callable[..., Path]):
    text = "ds;y\n2024-01-01;101,5\n2024-01-02;{}\n"
    assert "'101,5' is not" in refusal(write(text.format("1.234")))
    assert "'101,5' is not" in refusal(write(text.format("7 %")))


def test_line_number_counts_empty_rows(write: Callable[..., Path]):
    assert "line 5" in refusal(write("ds,y\n,\n2024-01-01,1\n,\n2024-01-02,x\n,\n"))
    assert "no rows" in refusal(write("ds,y\n,\n,\n"))


def test_one_column_for_two_roles():
    assert "a column each" in refusal(pd.DataFrame({"y": [1]}), time_col="y", target_col="y")


def test_count_of_similar_rows(write: Callable[..., Path]):
    text = "ds,y\n" + "".join(f"2024-01-{day:02},{day}\n" for day in range(1, 20))
    assert "(1 more like it)" in refusal(
        write(text.replace(",3\n", ",x\n").replace(",9\n", ",x\n"))
    )


def test_json_line_is_named(write: Callable[..., Path]):
    text = '{"ds": "2024-01-01", "y": 1}\n\n{"ds": "2024-01-02", "y": "x"}\n'
    assert "sales.jsonl, line 3" in refusal(write(text, "sales.jsonl"))
    records = '[{"ds": "2024-01-01", "y": 1}, {"ds": "2024-01-02", "y": "x"}]'
    assert "sales.json, record 2" in refusal(write(records, "sales.json"), target_col="y")
    assert "sales.jsonl cannot be read" in refusal(write('{"ds": 1}\n{"ds"\n', "sales.jsonl"))


def test_parquet_row_is_named(tmp_path: Path):
    frame = pd.DataFrame({"ds": [1, 2], "y": [1.0, np.inf]})
    frame.to_parquet(tmp_path / "x.parquet")
    assert "x.parquet, row 2" in refusal(tmp_path / "x.parquet")
    assert "the data frame, row 1" in refusal(frame)


def test_missing_column_suggests_the_closest(write: Callable[..., Path]):
    message = refusal(write(HEAD), time_col="dya")
    assert "'dya'" in message
    assert "did you mean 'day'?" in message
    assert "'store', 'day', 'sales'" in message


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("e.csv", "", "empty"),
        ("e.csv", " \n\n", "empty"),
        ("e.csv", "ds,y\n", "no rows"),
        ("e.csv", "ds,y", "no rows"),
        ("e.jsonl", "", "empty"),
        ("e.parquet", "", "empty"),
        ("e.parquet", "not parquet at all", "cannot be read"),
        ("e.csv.gz", "not gzip", "cannot be read"),
        ("e.csv.gz", gzip.compress(b"ds,y\n" * 99, mtime=0)[:20], "cannot be read"),
        ("e.csv", '"ds,y' + "x" * 200_000, "cannot be read"),
        ("e.csv", "2024-01-01,1\n2024-01-02,2\n", "header"),
        ("e.xlsx", "x", "no Excel workbook"),
        ("e.doc", "x", ".csv, .tsv, .txt, .parquet"),
        ("e", "x", "extension"),
        ("e.csv", "day,name\n2024-01-01,x\n", "no other column holds numbers"),
        ("e.csv", "shop,price\na,2\nb,3\n", "no column holds dates"),
        ("e.csv", "ds,y\n2024-01-01,\n2024-01-02,\n", "no value in any row"),
        ("e.csv", "ds,y\n01/02/2024,1\n02/02/2024,2\n", "day first or month first"),
        ("e.csv", b"\xfe\xff" + "ds,y\n".encode("utf-16-be"), "UTF-16"),
        ("e.csv", "ds,y\n1000-01-01,1\n1001-01-01,2\n", "not a date"),
        ("e.csv", "ds,y\n1,1\n2.5,2\n", "whole number"),
    ],
)
def test_file_that_cannot_be_used(write: Callable[..., Path], name: str, text: Any, problem: str):
    message = refusal(write(text, name))
    assert problem in message
    assert name in message


def test_file_not_found(write: Callable[..., Path], tmp_path: Path):
    write(HEAD)
    assert "did you mean" in refusal(tmp_path / "sale.csv")
    assert "sales.csv" in refusal(tmp_path / "sale.csv")
    assert "no folder" in refusal(tmp_path / "nowhere" / "sales.csv")
    assert "was not found" in refusal(str(tmp_path / "*.parquet"))
    assert "no usable path" in refusal("x" * 5000)
    assert "is a folder" in refusal(tmp_path)
    assert "is an address, not a file; download it" in refusal("https://example.com/sales.csv")


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("SELECT * FROM nowhere", "nowhere does not exist"),
        ("SELECT 1 +", "syntax error"),
        ("SELECT 1; SELECT 2", "single SELECT"),
        ("SELECT * FROM source", "source does not exist"),
        ("SELECT 1 AS ds, 2 AS y WHERE false", "no rows"),
        ("SELECT 1 AS ds, 'x' AS y", "the query result, row 1"),
    ],
)
def test_query_that_cannot_be_used(query: str, problem: str):
    assert problem in refusal(sql=query, time_col="ds" if "ds" in query else None)


@pytest.mark.parametrize("value", [np.datetime64("2024-01-01"), "x", 1j])
def test_values_of_other_types(value: Any):
    assert "not a number" in refusal(pd.DataFrame({"ds": [1], "y": [value]}))


@pytest.mark.parametrize("value", [True, 1.5, "soon", None])
def test_times_of_other_types(value: Any):
    assert "'ds'" in refusal(pd.DataFrame({"ds": [value], "y": [1]}))


def test_no_frame():
    assert "got int" in refusal(7)
