"""`gatecast update`: what a model has seen, and where it is written."""

import json
from pathlib import Path

import pandas as pd
import pytest
from shells import Shell

import gatecast


def test_in_place(here: Shell, folder: Path, model: Path, following: Path):
    expected = gatecast.load(model).update(pd.read_csv(following, parse_dates=["ds"]))
    code, out, err = here("update", model, following)
    assert (code, err) == (0, "")
    assert out == f"{model} has seen 3 new rows of 2 series, up to 2024-03-03T13:00:00\n"
    found = gatecast.load(model).predict(2, level=[80])
    pd.testing.assert_frame_equal(found, expected.predict(2, level=[80]))
    assert found["ds"].tolist()[0] == pd.Timestamp("2024-03-03 14:00")
    assert sorted(folder.iterdir()) == [following, model]


def test_into_another_file(here: Shell, folder: Path, model: Path, following: Path):
    before = model.read_bytes()
    code, out, err = here("update", model, following, "-o", "next.gatecast", "--json")
    assert (code, err) == (0, "")
    assert json.loads(out) == {
        "model": "next.gatecast",
        "rows": 3,
        "series": 2,
        "until": "2024-03-03T13:00:00",
        "repeated": 0,
        "unchecked": 0,
    }
    assert model.read_bytes() == before
    last = gatecast.load(folder / "next.gatecast").model_.context.panel.ds[-1]
    assert pd.Timestamp(last) == pd.Timestamp("2024-03-03 12:00")


@pytest.mark.parametrize(
    "given", [["--sql", "SELECT * FROM 'following.csv'"], ["--wide", "wide.csv"]]
)
def test_queries_and_wide_tables(
    here: Shell, folder: Path, model: Path, following: Path, given: list[str]
):
    rows = pd.read_csv(following)
    wide = rows.pivot_table(index="ds", columns="unique_id", values="y").reset_index()
    wide.to_csv(folder / "wide.csv", index=False)
    option, data = given
    expected = here("forecast", model, "--data", following)
    assert here("forecast", model, option, "--data", data).out == expected.out
    assert here("update", model, following, "-o", "a.gatecast").code == 0
    assert here("update", model, option, data, "-o", "b.gatecast").code == 0
    assert here("forecast", "b.gatecast").out == here("forecast", "a.gatecast").out


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (
            "unique_id,ds,y\nnorth,2024-03-03 11:00,1\n",
            ["'north'", "2024-03-03 11:00", "but was", "fit again"],
        ),
        ("unique_id,ds,y\neast,2024-03-03 12:00,1\n", ["'east'", "gatecast forecast --data"]),
        ("unique_id,time,y\nnorth,2024-03-03 12:00,1\n", ["new.csv", "'ds'"]),
        ("unique_id,ds,y\nnorth,2024-03-03 12:00,x\n", ["new.csv, line 2", "'x'"]),
    ],
)
def test_unusable_rows(here: Shell, folder: Path, model: Path, rows: str, words: list[str]):
    (folder / "new.csv").write_text(rows)
    before = model.read_bytes()
    code, out, err = here("update", model, "new.csv")
    assert (code, out) == (2, "")
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    assert all(word in err for word in words), err
    assert model.read_bytes() == before
    assert len(list(folder.iterdir())) == 2
