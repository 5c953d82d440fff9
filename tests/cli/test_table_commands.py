"""`gatecast update` and `gatecast forecast --to` on the tables of databases, as cron runs them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import psycopg
import pytest
from shells import Shell
from tables import Place, place

import gatecast

HOURS = pd.date_range("2024-03-03 12:00", periods=3, freq="h")


@pytest.fixture(params=["postgresql", "sqlite", "duckdb"])
def shop(request: pytest.FixtureRequest, folder: Path) -> Place:
    """A database whose table holds what the model has seen last, and three rows more."""
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else ""
    return filled(place(request.param, folder, url))


def filled(database: Place) -> Place:
    database.run(
        "CREATE TABLE meters (unique_id VARCHAR(9), ds TIMESTAMP, y NUMERIC(9, 3), note TEXT)",
        "INSERT INTO meters VALUES ('north', '2024-03-03 11:00:00', 1, 'not what was read')",
        *(
            f"INSERT INTO meters VALUES ('{name}', '{time}', {value}, NULL)"  # noqa: S608
            for name, time, value in [
                ("north", HOURS[1], 10.25),
                ("north", HOURS[0], 11),
                ("south", HOURS[0], 9.5),
            ]
        ),
    )
    return database


def test_only_rows_later_than_seen_are_read(here: Shell, model: Path, shop: Place, following: Path):
    """The first row would be refused if it were read: the model has seen another value."""
    expected = gatecast.load(model).update(pd.read_csv(following, parse_dates=["ds"]))
    code, out, err = here("update", model, shop.address)
    assert (code, err) == (0, "")
    assert out == f"{model} has seen 3 new rows of 2 series, up to 2024-03-03T13:00:00\n"
    updated = gatecast.load(model)
    pd.testing.assert_frame_equal(updated.predict(2, level=[80]), expected.predict(2, level=[80]))
    assert updated.last_seen_.to_dict() == {"north": HOURS[1], "south": HOURS[0]}
    # A second time there is nothing to do, and the file stays as it is.
    before = model.read_bytes()
    code, out, err = here("update", model, f"{shop.address}?table=meters")
    assert (code, err) == (0, "")
    assert out == f"{model} has seen 0 new rows of 0 series, up to 2024-03-03T13:00:00\n"
    assert model.read_bytes() == before
    # One series goes on alone; a row without a value is not one.
    shop.run(
        f"INSERT INTO meters VALUES ('south', '{HOURS[1]}', 9, NULL)",  # noqa: S608
        f"INSERT INTO meters VALUES ('south', '{HOURS[2]}', NULL, 'not known yet')",  # noqa: S608
    )
    assert here("update", model, shop.address).out.startswith(f"{model} has seen 1 new row of 1 se")
    assert here("update", model, shop.address).out.startswith(f"{model} has seen 0 new rows")
    assert set(gatecast.load(model).last_seen_) == {HOURS[1]}


def test_a_query_of_a_database(here: Shell, model: Path, shop: Place):
    query = "SELECT unique_id, ds, y + 0 AS y FROM meters"
    code, out, err = here("update", model, "--sql", query, "--database", shop.address, "--json")
    assert (code, err) == (0, "")
    assert '"rows": 3' in out
    code, out, err = here("update", model, shop.address, "--database", shop.address)
    assert (code, out) == (2, "")
    assert "add --sql" in err
    code, out, err = here(
        "update", model, "--sql", "DELETE FROM meters", "--database", shop.address
    )
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert shop.run("SELECT count(*) FROM meters") == [(4,)]


def rows_of(shop: Place) -> list[tuple[Any, ...]]:
    columns = 'unique_id, CAST(ds AS VARCHAR(19)), "LSTM", "LSTM-lo-80", "LSTM-hi-95"'
    return shop.run(f"SELECT {columns} FROM forecasts ORDER BY unique_id, ds")  # noqa: S608


def test_a_cron_line(here: Shell, model: Path, shop: Place):
    """Run twice, it leaves the same rows; after new ones, the newest forecast of each time."""

    def line() -> None:
        assert here("update", model, f"{shop.address}?table=meters", "--quiet") == (0, "", "")
        code, out, err = here("forecast", model, "--to", shop.address)
        assert (code, err) == (0, "")
        assert out.startswith("6 rows in table 'forecasts' of ")

    line()
    first = rows_of(shop)
    expected = gatecast.load(model).predict(level=[80, 95])
    assert [row[:2] for row in first] == [
        (name, str(time)) for name, time in zip(expected["unique_id"], expected["ds"], strict=True)
    ]
    columns = expected[["LSTM", "LSTM-lo-80", "LSTM-hi-95"]].to_numpy().tolist()
    assert [list(row[2:]) for row in first] == columns
    line()
    assert rows_of(shop) == first
    shop.run(f"INSERT INTO meters VALUES ('south', '{HOURS[1]}', 30, NULL)")  # noqa: S608
    line()
    later = rows_of(shop)
    assert [row for row in later if row[0] == "north"] == first[:3]
    # South begins an hour later now; the hour before keeps what was forecast of it.
    assert [row[1] for row in later[3:]] == [
        str(HOURS[1] + pd.Timedelta(hours=h)) for h in range(4)
    ]
    assert later[3] == first[3]
    assert later[4] != first[4]


def test_names_of_models_and_what_is_refused(here: Shell, model: Path, folder: Path):
    for name in ("b", "a"):
        assert here("forecast", model, "--to", "f.csv", "--as", name).code == 0
    assert pd.read_csv(folder / "f.csv")["model"].value_counts().to_dict() == {"a": 6, "b": 6}
    for arguments, words in [
        (["--as", "a"], "give --to"),
        (["--to", "forecasts"], "rows are written to a database"),
        (["--to", "f.csv"], "f.csv holds rows of several models: name this one with --as"),
    ]:
        code, out, err = here("forecast", model, *arguments)
        assert (code, out) == (2, "")
        assert words in err
        assert err.count("\n") == 1


def test_a_writer_that_is_killed_leaves_the_table_as_it_was(
    here: Shell, model: Path, postgres_url: str
):
    """Killed while it waits for the table; the same line again does all."""
    shop = filled(Place("postgresql", postgres_url))
    assert here("update", model, f"{postgres_url}?table=meters").code == 0
    assert here("forecast", model, "--to", postgres_url).code == 0
    before = rows_of(shop)
    shop.run('UPDATE forecasts SET "LSTM" = 0', "DELETE FROM forecasts WHERE unique_id = 'south'")
    damaged = rows_of(shop)
    command = [sys.executable, "-m", "gatecast", "forecast", str(model), "--to", postgres_url]
    with psycopg.connect(postgres_url) as connection:
        connection.execute("LOCK TABLE forecasts IN SHARE MODE")
        writer = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        waits = "SELECT count(*) FROM pg_locks WHERE NOT granted"
        while connection.execute(waits).fetchone() == (0,):
            assert writer.poll() is None, writer.communicate()
        os.kill(writer.pid, signal.SIGKILL)
        writer.communicate()
    assert rows_of(shop) == damaged
    assert here("forecast", model, "--to", postgres_url).code == 0
    assert rows_of(shop) == before
