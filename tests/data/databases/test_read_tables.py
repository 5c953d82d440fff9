"""Tables of PostgreSQL, SQLite and DuckDB, as `read` has them."""
# ruff: noqa: S608 (queries are put together from parts)

from __future__ import annotations

import re
import sys
import threading
import traceback
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tables import Place, place

from gatecast._types import InputError, InputWarning
from gatecast.data import Columns, read, read_future, read_static, to_panel
from gatecast.data.databases import address_of, opened

KINDS = ["postgresql", "sqlite", "duckdb"]
SALES = (
    "CREATE TABLE sales (shop INTEGER, day TIMESTAMP, price DECIMAL(8, 2), sold DOUBLE PRECISION)"
)
ROWS = [
    "(1, '2024-01-03 00:00:00', 1.25, 6)",
    "(2, '2024-01-01 00:00:00', 2.50, 20)",
    "(1, '2024-01-01 00:00:00', 1.00, 4)",
    "(1, '2024-01-02 00:00:00', NULL, NULL)",
    "(2, '2024-01-02 00:00:00', 2.50, 30)",
]
NAMES = {"id_col": "shop", "time_col": "day", "target_col": "sold"}


def fill(database: Place) -> None:
    database.run(SALES, f"INSERT INTO sales VALUES {', '.join(ROWS)}")


@pytest.fixture(params=KINDS)
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """A database with one table."""
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else ""
    found = place(request.param, tmp_path, url)
    fill(found)
    return found


def test_a_table(shop: Place):
    frame = read(shop.address, id_col="shop", target_col="sold")
    assert str(Columns.of(frame)) == "time 'day', target 'sold', id 'shop'"
    assert (
        frame["unique_id"].tolist() == ["1", "2", "1", "2", "1"]
        or frame["ds"].is_monotonic_increasing
    )
    rows = frame.sort_values(["unique_id", "ds"])
    assert rows["unique_id"].tolist() == ["1"] * 3 + ["2"] * 2
    days = pd.date_range("2024-01-01", periods=3)
    assert rows["ds"].tolist() == [*days, *days[:2]]
    np.testing.assert_array_equal(rows["y"], [4, np.nan, 6, 20, 30])
    # Decimals are numbers, not words.
    np.testing.assert_array_equal(rows["price"], [1, np.nan, 1.25, 2.5, 2.5])


def test_a_table_among_several(shop: Place):
    shop.run('CREATE TABLE "Opening hours" (day TIMESTAMP, y INTEGER)')
    with pytest.raises(InputError) as error:
        read(shop.address)
    words = str(error.value)
    assert "has 2 tables: name one with ?table=" in words
    assert "'Opening hours', 'sales'" in words
    assert len(read(f"{shop.address}?table=sales", **NAMES)) == 5
    assert len(read(f"{shop.address}?table=SALES", **NAMES)) == 5
    with pytest.raises(InputError, match=r"has no table 'sale'; did you mean 'sales'\? It has 'Op"):
        read(f"{shop.address}?table=sale")
    with pytest.raises(InputError, match=r"table 'Opening hours' of .* has no rows"):
        read(f"{shop.address}?table=Opening%20hours")


def test_errors_name_the_table(shop: Place):
    with pytest.raises(InputError, match=r"table 'sales' of .* has no column 'solde'; did you mea"):
        read(shop.address, target_col="solde")
    shop.run("DELETE FROM sales")
    with pytest.raises(InputError, match=r"table 'sales' of .* has no rows"):
        read(shop.address, **NAMES)
    shop.run("DROP TABLE sales")
    with pytest.raises(InputError, match="has no tables"):
        read(shop.address)


def test_a_query_where_asked_for(shop: Place):
    query = "-- each day\nSELECT day, sum(sold) AS total FROM sales GROUP BY day -- of all shops"
    frame = read(shop.address, sql=query)
    np.testing.assert_array_equal(frame["y"], [24, 30, 6])
    assert frame["ds"].tolist() == list(pd.date_range("2024-01-01", periods=3))
    with pytest.raises(InputError, match=r"leave out \?table="):
        read(f"{shop.address}?table=sales", sql=query)
    with pytest.raises(InputError) as error:
        read(shop.address, sql="SELECT nothing FROM sales")
    assert "nothing" in str(error.value)
    assert "\n" not in str(error.value)


WRITES = [
    "DELETE FROM sales",
    "DELETE FROM sales RETURNING *",
    "INSERT INTO sales (shop) VALUES (9) RETURNING *",
    "UPDATE sales SET sold = 0 RETURNING *",
    "DROP TABLE sales",
    "CREATE TABLE other AS SELECT 1",
    "SELECT * FROM sales) AS a; DELETE FROM sales; --",
    "SELECT * FROM sales) AS a; DROP TABLE sales; SELECT * FROM (SELECT 1",
    "WITH gone AS (DELETE FROM sales RETURNING *) SELECT * FROM gone",
    "SELECT 1; DELETE FROM sales",
    "SELECT set_config('transaction_read_only', 'off', false); DELETE FROM sales",
    "COPY sales TO '/tmp/gatecast-copied.csv'",
    "ATTACH 'other.db' AS other",
]


def test_a_query_that_writes_is_refused(shop: Place, tmp_path: Path):
    files = sorted(tmp_path.iterdir())
    for query in WRITES:
        with pytest.raises(InputError) as error:
            read(shop.address, sql=query)
        assert "\n" not in str(error.value), query
        assert shop.run("SELECT count(*) FROM sales") == [(5,)], query
    assert sorted(tmp_path.iterdir()) == files


def test_the_database_itself_refuses_to_be_written(shop: Place):
    address = address_of(shop.address)
    assert address is not None
    for statement in ("DELETE FROM sales", "DROP TABLE sales", "CREATE TABLE other (y INTEGER)"):
        with pytest.raises(InputError, match=r"(?i)read.?only"), opened(address) as database:
            database.execute(statement)
    assert shop.run("SELECT count(*) FROM sales") == [(5,)]


def test_reading_leaves_no_trace(shop: Place, tmp_path: Path):
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    read(shop.address, **NAMES)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before
    with pytest.raises(InputError, match="was not found"):
        read(str(tmp_path / "none.db"))
    with pytest.raises(InputError, match="was not found"):
        read(f"duckdb:///{tmp_path / 'none.duckdb'}")
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_files_by_any_name(tmp_path: Path):
    sqlite, other = tmp_path / "a.db", tmp_path / "b.db"
    fill(Place("sqlite", str(sqlite)))
    fill(Place("duckdb", str(other)))
    for address in (f"sqlite:///{sqlite}", sqlite, f"duckdb:///{other}", other):
        assert len(read(address, **NAMES)) == 5
    (tmp_path / "c.db").write_text("neither of the two, but long enough")
    with pytest.raises(InputError, match=r"c\.db: file is not a database"):
        read(tmp_path / "c.db")


def test_other_tables_of_a_forecast(shop: Place):
    future = read_future(shop.address, id_col="shop", time_col="day")
    assert future.columns.tolist() == ["shop", "day", "price", "sold"]
    assert set(future["shop"]) == {"1", "2"}
    shop.run("CREATE TABLE shops (shop INTEGER, city VARCHAR(20))")
    shop.run("INSERT INTO shops VALUES (1, 'Ulm'), (2, 'Bonn')")
    static = read_static(f"{shop.address}?table=shops", "shop")
    assert sorted(static.to_numpy().tolist()) == [["1", "Ulm"], ["2", "Bonn"]]


# PostgreSQL alone


def test_schemas_and_types_of_postgresql(postgres_url: str):
    database = Place("postgresql", postgres_url)
    database.run(
        "CREATE SCHEMA shop",
        "CREATE TYPE kind AS ENUM ('big', 'small')",
        "CREATE TABLE shop.sales (id uuid DEFAULT gen_random_uuid(), day date, at timestamptz, "
        "amount numeric(12, 2), kind kind, note text, open boolean)",
        "CREATE VIEW days AS SELECT day, amount FROM shop.sales",
        "INSERT INTO shop.sales (day, at, amount, kind, open) VALUES "
        "('2024-01-01', '2024-01-01 01:00+02', 1234567.25, 'big', true), "
        "('2024-01-02', '2024-01-02 01:00+02', 'NaN', 'small', null)",
    )
    frame = read(
        f"{postgres_url}?table=shop.sales", time_col="day", target_col="amount", id_col="kind"
    )
    np.testing.assert_array_equal(frame["y"], [1234567.25, np.nan])
    assert frame["unique_id"].tolist() == ["big", "small"]
    assert frame["at"].tolist()[0] == pd.Timestamp("2023-12-31 23:00", tz="UTC")
    assert all(len(each) == 36 for each in frame["id"])
    assert read(f"{postgres_url}?table=days")["ds"].tolist() == list(
        pd.date_range("2024-01-01", periods=2)
    )
    with pytest.raises(InputError, match=r"'days', 'shop\.sales'"):
        read(postgres_url)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://joe:se%20cret@127.0.0.1:1/shop?table=sales",
        "postgresql://joe:se%20cret@127.0.0.1:1/shop?table=sales",
        "postgresql://joe:the@se cret@127.0.0.1:1/shop",
        "postgres://joe:se%20cret@127.0.0.1:1/shop",
        "postgresql://joe:se%20cret@[::1:1/shop",
        "postgresql://joe:se%20cret@127.0.0.1:none/shop",
        "postgresql://127.0.0.1:1/shop?user=joe&password=se%20cret&table=sales",
        "postgresql://joe:se%20cret@127.0.0.1:1/shop?nonsense=1",
    ],
)
def test_no_password_is_shown(url: str):
    with pytest.raises(InputError) as error:
        read(url)
    shown = str(error.value)
    assert shown.startswith("postgresql://")
    assert "\n" not in shown
    assert not re.search("se(%20| )cret", "".join(traceback.format_exception(error.value)))


def test_a_password_that_is_wrong(postgres_url: str):
    address = postgres_url.replace("postgres@", "nobody:sesame@", 1)
    with pytest.raises(
        InputError, match=r'postgresql://nobody@127.* role "nobody" does not'
    ) as error:
        read(address)
    assert "sesame" not in str(error.value)


def test_without_its_driver(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "adbc_driver_postgresql.dbapi", None)
    with pytest.raises(InputError, match=r"needs .*: pip install 'gatecast\[postgres\]'"):
        read("postgresql://localhost/shop")


def test_rows_that_change_meanwhile(postgres_url: str):
    """A table is read as it stood at one moment."""
    database = Place("postgresql", postgres_url)
    fill(database)
    stop = threading.Event()

    def move() -> None:
        while not stop.is_set():
            database.run("BEGIN; UPDATE sales SET shop = 3 - shop; COMMIT")

    mover = threading.Thread(target=move)
    mover.start()
    try:
        for _ in range(5):
            frame = read(postgres_url, **NAMES)
            assert sorted(frame["unique_id"].value_counts().tolist()) == [2, 3]
    finally:
        stop.set()
        mover.join()


# Rows later than what is known


def later(address: str, after: Any, **names: Any) -> list[tuple[str, str]]:
    frame = read(address, after=after, **{**NAMES, **names}).sort_values(["unique_id", "ds"])
    return list(zip(frame["unique_id"], frame["ds"].astype(str), strict=True))


def test_rows_later_than_known(shop: Place, tmp_path: Path):
    everything = read(shop.address, **NAMES)
    file = tmp_path / "sales.parquet"
    everything.rename(columns={"unique_id": "shop", "ds": "day", "y": "sold"}).to_parquet(file)
    for source in (shop.address, str(file)):
        assert later(source, "2024-01-02") == [("1", "2024-01-03")]
        assert later(source, {"1": "2024-01-02", "2": "2024-01-01"}) == [
            ("1", "2024-01-03"),
            ("2", "2024-01-02"),
        ]
        # Of another series, what is later than the first of these times.
        assert later(source, {"1": "2024-01-01"}) == [
            ("1", "2024-01-02"),
            ("1", "2024-01-03"),
            ("2", "2024-01-02"),
        ]
        assert later(source, pd.Series({"1": "2023-01-01", "2": "2030-01-01"})) == [
            ("1", "2024-01-01"),
            ("1", "2024-01-02"),
            ("1", "2024-01-03"),
        ]
        assert later(source, "2030-01-01") == []
    empty = read(shop.address, after="2030-01-01", **NAMES)
    assert empty.dtypes.astype(str).tolist()[:3] == ["object", "datetime64[ns]", "float64"]
    assert empty.columns.tolist() == everything.columns.tolist()
    assert Columns.of(empty).time_col == "day"
    with pytest.raises(InputError, match="has no column 'dia'"):
        read(shop.address, after="2030-01-01", **{**NAMES, "time_col": "dia"})


def test_what_is_no_time(shop: Place):
    with pytest.raises(InputError, match="after has 'soon', which is no time"):
        read(shop.address, after="soon", **NAMES)
    with pytest.raises(InputError, match="after is 7, but the times are dates"):
        read(shop.address, after=7, **NAMES)
    with pytest.raises(InputError, match="times of one kind"):
        read(shop.address, after={"1": 7, "2": "2024-01-01"}, **NAMES)


@pytest.mark.parametrize("kind", KINDS)
def test_whole_numbers_as_times(kind: str, tmp_path: Path, request: pytest.FixtureRequest):
    url = request.getfixturevalue("postgres_url") if kind == "postgresql" else ""
    database = place(kind, tmp_path, url)
    database.run("CREATE TABLE steps (t INTEGER, y INTEGER)")
    database.run("INSERT INTO steps VALUES (1, 5), (2, 6), (3, 7)")
    names = {"time_col": "t", "target_col": "y"}
    assert read(database.address, after=1, **names)["y"].tolist() == [6, 7]
    assert read(database.address, after={"series": 2}, **names)["y"].tolist() == [7]
    assert read(database.address, after=3, **names)["ds"].dtype == np.int64


def test_the_database_leaves_out_what_is_known(postgres_url: str):
    """A row that cannot be read shows which rows were asked for."""
    database = Place("postgresql", postgres_url)
    database.run(
        "CREATE TABLE sales (shop text, day timestamp, sold text)",
        "INSERT INTO sales VALUES ('a', '2024-01-01', 'x'), ('b', '2024-01-01', '1'), "
        "('b', '2024-01-02', 'x'), ('a', '2024-01-02', '2'), ('b', '2024-01-03', '3')",
    )
    ends = {"a": "2024-01-01", "b": "2024-01-02"}
    assert later(postgres_url, ends) == [("a", "2024-01-02"), ("b", "2024-01-03")]
    with pytest.raises(InputError, match=r"column 'sold': 'x' is not a number"):
        later(postgres_url, {"a": "2024-01-01", "b": "2024-01-01"})
    with pytest.raises(InputError, match=r"column 'sold': 'x' is not a number"):
        read(postgres_url, **NAMES)


@pytest.mark.parametrize(
    ("written", "found"),
    [
        (["2024-01-01", "2024-01-02", "2024-01-03"], 1),
        (["2024-01-01T00:00", "2024-01-02T00:00", "2024-01-03T00:00"], 1),
        (["01.01.2024", "02.01.2024", "13.01.2024"], 1),
        (["20240101", "20240102", "20240103"], 1),
        (["2024-01-02 00:00:00", "2024-01-02 00:00:00.250", "2024-01-02 00:00:00.5"], 2),
        (["2024-01-01", None, "2024-01-03"], "empty"),
    ],
)
def test_dates_as_texts_of_sqlite(tmp_path: Path, written: list[str], found: int | str):
    database = Place("sqlite", str(tmp_path / "shop.db"))
    database.run("CREATE TABLE t (day, sold)")
    for text in written:
        database.run(f"INSERT INTO t VALUES ({'NULL' if text is None else repr(text)}, 1)")
    names = {"time_col": "day", "target_col": "sold"}
    if found == "empty":
        with pytest.raises(InputError, match="column 'day': an empty value"):
            read(database.address, after="2024-01-02", **names)
    else:
        assert len(read(database.address, after="2024-01-02", **names)) == found


def test_times_with_a_zone(postgres_url: str):
    """An hour is known by UTC; a day by the clock of the zone it was read in, or by UTC."""
    database = Place("postgresql", postgres_url)
    database.run(
        "CREATE TABLE t (at timestamptz, y float8)",
        "INSERT INTO t SELECT h, 1 FROM generate_series("
        "'2024-01-01 00:00+02'::timestamptz, '2024-01-03 00:00+02', '1 hour') AS h",
    )
    names = {"time_col": "at", "target_col": "y"}
    frame = read(postgres_url, after="2024-01-02 20:00", **names)
    assert frame["ds"].tolist() == [
        pd.Timestamp("2024-01-02 21:00", tz="UTC"),
        pd.Timestamp("2024-01-02 22:00", tz="UTC"),
    ]
    assert len(read(postgres_url, after=pd.Timestamp("2024-01-02 22:00+02:00"), **names)) == 2


def test_days_of_the_zone_of_the_database(postgres_url: str):
    """Across the change to summer time, days begin at midnight of the wall clock."""
    database = Place("postgresql", postgres_url)
    database.run(
        f"ALTER DATABASE {postgres_url.rpartition('/')[2]} SET timezone TO 'Europe/Berlin'",
    )
    database.run(
        "CREATE TABLE t (day timestamptz, y float8)",
        "INSERT INTO t SELECT d, 1 + extract(day FROM d) FROM generate_series("
        "'2024-03-29'::timestamptz, '2024-04-02', '1 day') AS d",
    )
    names = {"time_col": "day", "target_col": "y"}
    frame = read(postgres_url, **names)
    with pytest.warns(InputWarning, match="time zone"):
        panel = to_panel(frame)
    assert panel.freq == "D"
    assert panel.ds.tolist() == pd.date_range("2024-03-29", periods=5).to_numpy().tolist()
    later = read(postgres_url, after=panel.ds[-2], **names)
    assert later["y"].tolist() == [3]


def test_an_id_that_is_not_named_is_found_among_all_rows(shop: Place):
    """Among the new rows alone, a single one tells nothing of series."""
    ends = {"1": "2024-01-02", "2": "2024-01-02"}
    query = "SELECT shop AS store, day, sold FROM sales"
    frame = read(shop.address, sql=query, after=ends, time_col="day", target_col="sold")
    assert frame["unique_id"].tolist() == ["1"]
    assert Columns.of(frame).id_col == "store"
