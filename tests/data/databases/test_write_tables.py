"""Rows into tables: what is there is replaced, all else is added, in one transaction."""

from __future__ import annotations

import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import psycopg
import pytest
from tables import Place, place

import gatecast
from gatecast._types import InputError

KINDS = ["postgresql", "sqlite", "duckdb"]


@pytest.fixture(params=KINDS)
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """A database without tables."""
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else ""
    return place(request.param, tmp_path, url)


def forecasts(first: str = "2024-01-01", value: float = 1.0) -> pd.DataFrame:
    """Three days of two series."""
    days = pd.date_range(first, periods=3)
    return pd.DataFrame(
        {
            "unique_id": np.repeat(["a", "b'c"], 3),
            "ds": [*days, *days],
            "LSTM": value + np.arange(6.0),
            "LSTM-lo-80": [0.5, np.nan, 0.25, 0, 0, 0],
        }
    )


def read_back(target: Any) -> pd.DataFrame:
    frame = gatecast.read(target, time_col="ds", target_col="LSTM").rename(columns={"y": "LSTM"})
    return frame.sort_values(["unique_id", "ds"], ignore_index=True)


def same(found: pd.DataFrame, expected: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(found, expected, check_exact=True, check_dtype=False)


TARGETS: list[tuple[str, Callable[[Path], str]]] = [
    ("sqlite", lambda folder: str(folder / "f.db")),
    ("duckdb", lambda folder: str(folder / "f.duckdb")),
    ("csv", lambda folder: str(folder / "f.csv")),
    ("parquet", lambda folder: str(folder / "f.parquet")),
    ("folder", lambda folder: f"{folder / 'f'}/"),
]


@pytest.mark.parametrize("kind", ["postgresql", *(name for name, _ in TARGETS)])
def test_any_target(kind: str, tmp_path: Path, request: pytest.FixtureRequest):
    """Written twice, it is the same; what comes later replaces and is added."""
    target = (
        request.getfixturevalue("postgres_url")
        if kind == "postgresql"
        else dict(TARGETS)[kind](tmp_path)
    )
    gatecast.write(forecasts(), target)
    same(read_back(target), forecasts())
    gatecast.write(forecasts(), target)
    same(read_back(target), forecasts())
    gatecast.write(forecasts("2024-01-03", value=10), target)
    old, new = forecasts(), forecasts("2024-01-03", value=10)
    expected = pd.concat([old[old["ds"] < "2024-01-03"], new])
    same(read_back(target), expected.sort_values(["unique_id", "ds"], ignore_index=True))
    # The order of columns is of no matter, and a month of its own changes no other.
    gatecast.write(forecasts("2024-05-30")[["LSTM-lo-80", "ds", "LSTM", "unique_id"]], target)
    assert len(read_back(target)) == 10 + 6
    assert list(read_back(target)) == list(forecasts())


def test_the_made_table_has_a_key(empty: Place):
    assert gatecast.write(forecasts(), empty.address).startswith("table 'forecasts' of ")
    with pytest.raises(Exception, match=r"(?i)unique|duplicate"):
        empty.run("INSERT INTO forecasts (unique_id, ds) VALUES ('a', '2024-01-01 00:00:00')")
    gatecast.write(forecasts(), f"{empty.address}?table=other")
    assert len(read_back(f"{empty.address}?table=other")) == 6


def test_several_models_share_a_table(empty: Place):
    for name, value in (("small", 1.0), ("large", 2.0), ("small", 3.0)):
        gatecast.write(forecasts(value=value), empty.address, model=name)
    query = 'SELECT model, min("LSTM"), count(*) FROM forecasts GROUP BY model ORDER BY model'
    assert empty.run(query) == [("large", 2.0, 6), ("small", 3.0, 6)]
    with pytest.raises(InputError, match=r"holds rows of several models: name this one with mod"):
        gatecast.write(forecasts(), empty.address)


def test_a_table_of_someone_else(empty: Place):
    """Its types, its further columns and its other rows stay as they are."""
    empty.run(
        "CREATE TABLE plan (shop INTEGER, day DATE, note VARCHAR(20), sold NUMERIC(8, 2))",
        "INSERT INTO plan VALUES (1, '2024-01-01', 'kept', 5), (9, '2024-01-01', 'other', 5)",
    )
    rows = pd.DataFrame(
        {"shop": ["1", "2"], "day": pd.to_datetime(["2024-01-01"] * 2), "sold": 7.5}
    )
    if empty.kind == "sqlite":
        # Its dates are words; ours have the time of day.
        empty.run("UPDATE plan SET day = day || ' 00:00:00'")
    for _ in range(2):
        gatecast.write(rows, f"{empty.address}?table=plan", id_col="shop", time_col="day")
    found = empty.run("SELECT shop, note, sold FROM plan ORDER BY shop")
    assert [(shop, note, float(sold)) for shop, note, sold in found] == [
        (1, "kept", 7.5),
        (2, None, 7.5),
        (9, "other", 5),
    ]


def test_columns_are_checked_and_nothing_is_half_written(empty: Place):
    gatecast.write(forecasts().drop(columns="LSTM-lo-80"), empty.address)
    with pytest.raises(InputError, match=r"has no column 'LSTM-lo-80': add it, or write elsew"):
        gatecast.write(forecasts(value=9), empty.address)
    empty.run("DROP TABLE forecasts")
    empty.run(
        'CREATE TABLE forecasts (unique_id TEXT, ds TIMESTAMP, "LSTM" INTEGER CHECK ("LSTM" < 3))'
    )
    with pytest.raises(InputError, match=r"(?i)check"):
        gatecast.write(forecasts().drop(columns="LSTM-lo-80"), empty.address)
    assert empty.run("SELECT count(*) FROM forecasts") == [(0,)]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda rows: rows.drop(columns="ds"), "have no column 'ds'"),
        (lambda rows: rows.assign(ds=pd.NaT), "have an empty value in column 'ds'"),
        (lambda rows: rows.assign(unique_id="a"), r"have \(a, 2024-01-01 00:00:00\) twice, of uni"),
    ],
)
def test_rows_that_cannot_be_told_apart(tmp_path: Path, change: Any, words: str):
    with pytest.raises(InputError, match=words):
        gatecast.write(change(forecasts()), tmp_path / "f.db")
    assert not list(tmp_path.iterdir())


def test_a_column_of_several_types(empty: Place):
    rows = forecasts().assign(note=["a", 1.5, *"cdef"])
    if empty.kind == "sqlite":
        # Any value may stand in any of its columns.
        gatecast.write(rows, empty.address)
    else:
        with pytest.raises(InputError, match=r"values of several types: .*column note"):
            gatecast.write(rows, empty.address)
        with pytest.raises(InputError, match="has no tables"):
            gatecast.read(empty.address)


@pytest.mark.parametrize("name", ["f.xlsx", "f", "http://host/f.csv", "none/f.csv", "none/f.db"])
def test_targets_that_cannot_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError) as error:
        gatecast.write(forecasts(), name)
    assert name in str(error.value)
    assert not list(tmp_path.iterdir())


def test_frames_of_any_kind(empty: Place):
    steps = pl.DataFrame({"unique_id": ["a"], "ds": [7], "GRU": [1.5], "weekend": [True]})
    gatecast.write(steps, empty.address)
    gatecast.write(steps.to_arrow(), empty.address)
    rows = empty.run('SELECT unique_id, ds, "GRU", weekend FROM forecasts')
    assert rows == [("a", 7, 1.5, True)]


def test_a_folder_has_a_file_for_each_month(tmp_path: Path):
    folder = tmp_path / "f"
    gatecast.write(forecasts("2024-01-30"), f"{folder}/")
    assert sorted(file.name for file in folder.iterdir()) == ["2024-01.parquet", "2024-02.parquet"]
    january = (folder / "2024-01.parquet").stat()
    gatecast.write(forecasts("2024-02-02"), folder)
    after = (folder / "2024-01.parquet").stat()
    assert (after.st_ino, after.st_mtime_ns) == (january.st_ino, january.st_mtime_ns)
    assert stat.S_ISREG(after.st_mode)
    assert len(read_back(folder)) == 12
    steps = forecasts().assign(ds=[1, 2, 3] * 2)
    gatecast.write(steps, f"{tmp_path / 'steps'}/")
    same(read_back(tmp_path / "steps"), steps)


def test_files_keep_words_that_look_like_numbers(tmp_path: Path):
    rows = forecasts().assign(unique_id=["007", "007", "007", "NA", "NA", "NA"])
    for _ in range(2):
        gatecast.write(rows, tmp_path / "f.csv")
    text = (tmp_path / "f.csv").read_text()
    assert text.count("\n007,") == text.count("\nNA,") == 3
    (tmp_path / "g.csv").write_text("unique_id,ds\na,soon\n")
    with pytest.raises(InputError, match=r"g\.csv cannot be read, so nothing is added to it"):
        gatecast.write(rows, tmp_path / "g.csv")
    (tmp_path / "g.csv").write_text("unique_id,ds,LSTM\n")
    with pytest.raises(InputError, match=r"g\.csv has no column 'LSTM-lo-80'"):
        gatecast.write(rows, tmp_path / "g.csv")


@pytest.mark.parametrize("kind", ["postgresql", "sqlite", "csv"])
def test_writers_at_once_lose_nothing(kind: str, tmp_path: Path, request: pytest.FixtureRequest):
    """The table is made by one of them."""
    target = (
        request.getfixturevalue("postgres_url")
        if kind == "postgresql"
        else dict(TARGETS)[kind](tmp_path)
    )
    with ThreadPoolExecutor(8) as pool:
        list(
            pool.map(
                lambda number: gatecast.write(forecasts(), target, model=str(number % 6)), range(12)
            )
        )
    assert len(gatecast.data.read_table(target)) == 6 * 6


def test_postgresql_shows_all_or_nothing(postgres_url: str):
    """A reader sees the old rows until the new ones are all there; a table in a schema is made."""
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA shop")
        target = f"{postgres_url}?table=shop.forecasts"
        assert "table 'shop.forecasts' of postgresql://" in gatecast.write(forecasts(), target)
        connection.execute("BEGIN")
        connection.execute("LOCK TABLE shop.forecasts IN SHARE MODE")
        with ThreadPoolExecutor() as pool:
            writing = pool.submit(gatecast.write, forecasts(value=5), target)
            waits = "SELECT count(*) FROM pg_locks WHERE NOT granted"
            while connection.execute(waits).fetchone() == (0,):
                pass
            same(read_back(target), forecasts())
            connection.execute("COMMIT")
            writing.result()
        same(read_back(target), forecasts(value=5))
