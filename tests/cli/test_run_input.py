"""What `gatecast run` says about input, before it trains anything."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from shells import Shell

import gatecast
from gatecast import InputError, Panel

HEAD = "day,sales\n"
TAKEN = "columns: time 'day', target 'sales' (others with --time, --target, --id)"
GOOD = HEAD + "".join(f"2024-01-{day:02},{day % 7 + 1}\n" for day in range(1, 32))


@pytest.fixture
def panels(monkeypatch: pytest.MonkeyPatch) -> list[Panel]:
    """The panels that reach the experiment, which is not run."""
    seen: list[Panel] = []

    def refuse(panel: Panel, _: object) -> None:
        seen.append(panel)
        raise InputError("enough")

    monkeypatch.setattr(gatecast, "experiment", refuse)
    return seen


def notes(err: str) -> list[str]:
    return [line for line in err.splitlines() if line.startswith("note: ")]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ["sales.csv is empty"]),
        (HEAD, ["sales.csv has no rows"]),
        (GOOD + "soon,3\n", ["line 33", "'day'", "'soon'", "is not a date"]),
        (GOOD + "2024-02-01,1.2.3\n", ["line 33", "'sales'", "'1.2.3'", "is not a number"]),
        (GOOD + "2024-02-01,inf\n", ["line 33", "'sales'", "inf", "not finite"]),
        (GOOD + "2024-01-05,3\n", ["line 33", "2024-01-05 twice", "line 6", "--id"]),
        ("day,answer\n2024-01-01,yes\n", ["no other column holds numbers", "--target", "'answer'"]),
        ("place,sales\nhere,1\n", ["no column holds dates", "--time", "'place'"]),
        ("2024-01-01,1\n2024-01-02,2\n", ["line 1", "should name the columns"]),
        (GOOD.encode("utf-16-be").join([b"\xfe\xff", b""]), ["UTF-16", "iconv"]),
    ],
)
def test_unusable_file(here: Shell, folder: Path, text: str | bytes, words: list[str]):
    file = folder / "sales.csv"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    code, out, err = here("run", "sales.csv")
    assert (code, out) == (2, "")
    *columns, error = err.splitlines()
    assert error.startswith("error: sales.csv")
    assert all(word in error for word in words), err
    # What was taken explains an error that follows from it.
    explained = "line 33" in error
    assert columns == ([TAKEN] if explained else [])
    assert list(folder.iterdir()) == [file]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["sale.csv"], ["sale.csv was not found", "did you mean sales.csv?"]),
        (["*.parquet"], ["*.parquet was not found", "no file matches"]),
        (["."], ["is a folder"]),
        (["SELECT * FROM nowhere"], ["is no file", "add --sql"]),
        (["SELECT * FROM nowhere", "--sql"], ["DuckDB refuses", "nowhere"]),
        (["--sql", "COPY (SELECT 1) TO 'sales.csv'"], ["single SELECT"]),
        (["DROP TABLE sales"], ["DROP TABLE sales was not found"]),
        (["sales.csv", "--target", "sale"], ["'sale'", "did you mean 'sales'?"]),
        (["sales.csv", "--time", "date"], ["no column 'date'", "'day'"]),
        (["sales.csv", "--level", "80,abc"], ["--level", "'abc'", "percentage"]),
        (["sales.csv", "--level", "120"], ["--level", "'120'", "percentage"]),
        (["sales.csv", "--quiet", "--out", "sales.csv"], ["sales.csv is a file", "--out"]),
        (["sales.csv", "--quiet", "--out", "sales.csv/x"], ["sales.csv is a file", "--out"]),
        (["sales.csv", "--quiet", "--freq", "fortnight"], ["'fortnight'", "pandas alias"]),
        (["sales.csv", "--quiet", "--freq", "7"], ["freq=7", "dates"]),
        (["sales.csv", "--quiet", "--freq", "W"], ["does not lie on the calendar 'W'"]),
    ],
)
def test_unusable_arguments(here: Shell, folder: Path, arguments: list[str], words: list[str]):
    file = folder / "sales.csv"
    file.write_text(GOOD)
    code, out, err = here("run", *arguments)
    assert (code, out) == (2, "")
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    assert all(word in err for word in words), err
    assert file.read_text() == GOOD
    assert list(folder.iterdir()) == [file]


@pytest.mark.parametrize("rows", [2, 5])
def test_too_few_rows_name_the_series(here: Shell, folder: Path, rows: int):
    days = pd.date_range("2024-01-01", periods=200)
    sales = [f"{day:%Y-%m-%d},long,{day.dayofweek}\n" for day in days]
    sales += [f"{day:%Y-%m-%d},short,{day.dayofweek}\n" for day in days[:rows]]
    (folder / "sales.csv").write_text("day,shop,sales\n" + "".join(sales))
    code, out, err = here("run", "sales.csv", "--quiet", "--seeds", 1)
    assert (code, out) == (2, "")
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    assert f"series 'short' has {rows} observed rows" in err
    assert "need at least 8" in err
    assert [file.name for file in folder.iterdir()] == ["sales.csv"]


def test_notes_are_one_line_each(here: Shell, folder: Path, panels: list[Panel]):
    good = [f"2024-01-{day:02},a,{day % 7 + 1}" for day in range(1, 32) if day != 17]
    flat = [f"2024-01-{day:02},b,5" for day in range(31, 0, -1)]
    (folder / "sales.csv").write_text("\n".join(["day,shop,sales", *good, *flat]))
    code, out, err = here("run", "sales.csv")
    assert (code, out) == (2, "")
    unsorted, gap, constant = notes(err)
    assert "order of time" in unsorted
    assert "1 of 62" in gap
    assert "'a' at 2024-01-17" in gap
    assert "1 constant series: 'b'" in constant
    assert np.flatnonzero(np.isnan(panels[0].y)).tolist() == [16]


def test_another_encoding_is_noted(here: Shell, folder: Path, panels: list[Panel]):
    (folder / "sales.csv").write_bytes(GOOD.replace("sales", "Erlös").encode("latin-1"))
    err = here("run", "sales.csv").err
    (note,) = notes(err)
    assert "Latin-1" in note
    assert "target 'Erlös'" in err
    assert len(panels) == 1


def test_columns_that_were_found_are_told(here: Shell, folder: Path, panels: list[Panel]):
    rows = "".join(f"2024-01-{day:02},{shop},{day}\n" for day in range(1, 32) for shop in "ab")
    (folder / "sales.csv").write_text("Day,Shop,Net sales\n" + rows)
    told = here("run", "sales.csv").err.splitlines()[0]
    assert told.startswith("columns: time 'Day', target 'Net sales', id 'Shop'")
    named = ["--time", "Day", "--target", "Net sales", "--id", "Shop"]
    assert "columns:" not in here("run", "sales.csv", *named).err
    assert [panel.ids.tolist() for panel in panels] == [["a", "b"]] * 2


def test_other_numeric_columns_are_told(here: Shell, folder: Path, panels: list[Panel]):
    rows = "".join(f"2024-01-{day:02},{day % 5},0,{day}\n" for day in range(1, 32))
    (folder / "sales.csv").write_text("day,price,holiday,sales\n" + rows)
    told = here("run", "sales.csv").err.splitlines()[0]
    assert told.startswith(
        "columns: time 'day', target 'price' (also numeric: 'holiday', 'sales') (others with"
    )
    assert "also" not in here("run", "sales.csv", "--target", "sales").err
    assert panels[1].y[-1] == 31


def test_a_time_of_day_is_no_id(here: Shell, folder: Path):
    rows = "".join(f"2024-01-{day:02},{hour:02}:00,7\n" for day in (1, 2) for hour in range(24))
    (folder / "sales.csv").write_text("date,time,sales\n" + rows)
    code, _, err = here("run", "sales.csv")
    assert code == 2
    assert "2024-01-01 twice" in err


def test_integer_times(here: Shell, folder: Path, panels: list[Panel]):
    (folder / "load.csv").write_text("step,load\n" + "".join(f"{5 * n},{n}\n" for n in range(30)))
    here("run", "load.csv")
    here("run", "load.csv", "--freq", "5")
    for panel in panels:
        assert panel.freq == 5
        assert panel.ds.tolist() == list(range(0, 150, 5))
    assert len(panels) == 2


def test_a_table_without_times(here: Shell, folder: Path, panels: list[Panel]):
    (folder / "load.csv").write_text("load\n" + "".join(f"{n % 7}\n" for n in range(1, 31)))
    err = here("run", "load.csv").err
    assert "note: load.csv has no column of times" in err
    assert "name it with --time" in err
    assert "columns: time row numbers, target 'load'" in err
    assert panels[0].ds.tolist() == list(range(1, 31))


def test_a_wide_table(here: Shell, folder: Path, panels: list[Panel]):
    rows = "".join(f"2024-01-{day:02},{day},{day % 5}\n" for day in range(1, 32))
    (folder / "sales.csv").write_text("day,north,south\n" + rows)
    assert "or --wide if each column is a series" in here("run", "sales.csv").err
    assert "columns: time 'day', target 'y'" in here("run", "sales.csv", "--wide").err
    assert [panel.ids.tolist() for panel in panels] == [["series"], ["north", "south"]]


def test_a_query(here: Shell, folder: Path, panels: list[Panel]):
    rows = "".join(f"2024-01-{day:02},{shop},{day}\n" for day in range(1, 32) for shop in "ab")
    (folder / "sales.csv").write_text("day,shop,sales\n" + rows)
    query = "SELECT day, sum(sales) AS total FROM 'sales.csv' GROUP BY day ORDER BY day"
    here("run", "--sql", query)
    (panel,) = panels
    assert panel.y.tolist() == [2 * day for day in range(1, 32)]
    assert pd.DatetimeIndex(panel.ds).equals(pd.date_range("2024-01-01", periods=31))


def test_quick_asks_for_less(here: Shell, folder: Path, monkeypatch: pytest.MonkeyPatch):
    plans: list[gatecast.Plan] = []

    def keep(_: Panel, plan: gatecast.Plan) -> None:
        plans.append(plan)
        raise InputError("seen")

    monkeypatch.setattr(gatecast, "experiment", keep)
    (folder / "sales.csv").write_text("day,sales\n2024-01-01,1\n2024-01-02,2\n")
    for arguments in ([], ["--quick"], ["--quick", "--seeds", 1, "--season", 5]):
        assert here("run", "sales.csv", *arguments).code == 2
    asked = [(plan.seeds, plan.forecaster.get_params()["quality"]) for plan in plans]
    assert asked == [(10, "auto"), (3, "zero_shot"), (1, "zero_shot")]
    assert [plan.season_length for plan in plans] == [None, None, 5]
