"""`gatecast update`: what a model has seen, and where it is written."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from shells import Ended, Shell

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


def test_several_updates_at_once_all_count(folder: Path, shell: Shell):
    names = ["east", "north", "west"]
    hours = pd.date_range("2024-03-01", periods=20, freq="h")
    frame = pd.concat(
        pd.DataFrame({"unique_id": name, "ds": hours[:-1], "y": np.sin(np.arange(19.0))})
        for name in names
    )
    short = gatecast.Training(epochs=1, batch_size=64)
    forecaster = gatecast.LSTMForecaster(
        h=2, look_back=4, units=2, intervals=False, training=short
    ).fit(frame)
    model, link = folder / "v1.gatecast", folder / "model.gatecast"
    forecaster.save(model)
    model.chmod(0o640)
    link.symlink_to(model.name)
    for name in names:
        (folder / f"{name}.csv").write_text(f"unique_id,ds,y\n{name},{hours[-1]},0.5\n")

    def update(name: str) -> Ended:
        return shell("update", link, f"{name}.csv", "--quiet", cwd=folder)

    with ThreadPoolExecutor() as pool:
        ended = list(pool.map(update, names))
    assert ended == [(0, "", "")] * len(names)
    panel = gatecast.load(model).model_.context.panel
    assert (panel.ds[panel.offsets[1:] - 1] == hours[-1]).all()
    assert (panel.y[panel.offsets[1:] - 1] == 0.5).all()
    assert link.is_symlink()
    assert model.stat().st_mode & 0o777 == 0o640
    expected = {link.name, model.name, *(f"{name}.csv" for name in names)}
    assert {file.name for file in folder.iterdir()} == expected


@pytest.mark.parametrize("command", ["update", "fit"])
def test_a_model_replaced_meanwhile_is_left_alone(
    here: Shell, folder: Path, model: Path, monkeypatch: pytest.MonkeyPatch, command: str
):
    hours = pd.date_range("2024-03-03 12:00", periods=30, freq="h")
    rows = pd.DataFrame({"unique_id": "north", "ds": hours, "y": np.arange(30) % 4})
    rows.to_csv(folder / "rows.csv", index=False)
    read = gatecast.read

    def replace_first(*arguments: Any, **keywords: Any) -> Any:
        (folder / "other").write_bytes(b"another")
        (folder / "other").replace(model)
        return read(*arguments, **keywords)

    monkeypatch.setattr(gatecast, "read", replace_first)
    arguments = {
        "update": (model, "rows.csv"),
        "fit": ("rows.csv", "--warm-start", model, "-o", model, "--quiet"),
    }
    code, out, err = here(command, *arguments[command])
    assert (code, out) == (2, "")
    assert err == (
        f"error: {model} was changed by something else since it was loaded, and is left as it is "
        "now: load it and change it again (in Python, save with overwrite=True replaces it)\n"
    )
    assert model.read_bytes() == b"another"
    assert sorted(folder.iterdir()) == [model, folder / "rows.csv"]
