"""`gatecast forecast` with a model that was trained for a moment."""

import json
import re
import zipfile
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from shells import Shell

import gatecast


def test_table(here: Shell, model: Path):
    code, out, err = here("forecast", model)
    assert (code, err) == (0, "")
    header, *rows = out.splitlines()
    assert header.split() == [
        "unique_id",
        "ds",
        *("LSTM", "LSTM-lo-80", "LSTM-hi-80", "LSTM-lo-95", "LSTM-hi-95"),
    ]
    assert [row.split()[0] for row in rows] == ["north"] * 3 + ["south"] * 3


def test_json(here: Shell, model: Path, fitted: gatecast.LSTMForecaster):
    code, out, err = here("forecast", model, "--h", 5, "--level", "90,95.5", "--json")
    assert (code, err) == (0, "")
    rows = json.loads(out)
    expected = fitted.predict(5, level=[90, 95.5])
    assert [row["ds"] for row in rows[:2]] == ["2024-03-03T12:00:00", "2024-03-03T13:00:00"]
    assert list(rows[0]) == list(expected.columns)
    found = pd.DataFrame(rows).assign(ds=lambda frame: pd.to_datetime(frame["ds"]))
    pd.testing.assert_frame_equal(
        found, expected, check_dtype=False, check_index_type=False, rtol=0, atol=0
    )


def test_json_keeps_small_numbers_and_plain_dates(
    here: Shell, model: Path, monkeypatch: pytest.MonkeyPatch
):
    days = pd.to_datetime(["2024-03-31", "2024-04-01"])
    frame = pd.DataFrame({"unique_id": "a", "ds": days, "LSTM": [1.5e-15, np.nan]})
    monkeypatch.setattr(gatecast.LSTMForecaster, "predict", lambda *_, **__: frame)
    assert json.loads(here("forecast", model, "--json").out) == [
        {"unique_id": "a", "ds": "2024-03-31", "LSTM": 1.5e-15},
        {"unique_id": "a", "ds": "2024-04-01", "LSTM": None},
    ]


def test_quantiles_alone(here: Shell, model: Path, fitted: gatecast.LSTMForecaster):
    rows = json.loads(here("forecast", model, "--quantiles", "0.1,0.9", "--json").out)
    expected = fitted.predict(quantiles=[0.1, 0.9])
    assert list(rows[0]) == ["unique_id", "ds", "LSTM", "LSTM-q-0.1", "LSTM-q-0.9"]
    assert [row["LSTM-q-0.9"] for row in rows] == expected["LSTM-q-0.9"].tolist()


def test_other_histories(here: Shell, folder: Path, model: Path, fitted: gatecast.LSTMForecaster):
    history = pd.DataFrame(
        {
            "unique_id": "west",
            "ds": pd.date_range("2025-01-01", periods=9, freq="h"),
            "y": np.arange(9.0) % 4,
        }
    )
    history.to_csv(folder / "west.csv", index=False)
    rows = json.loads(here("forecast", model, "--data", "west.csv", "--level", "", "--json").out)
    assert [row["unique_id"] for row in rows] == ["west"] * 3
    assert rows[0]["ds"] == "2025-01-01T09:00:00"
    assert [row["LSTM"] for row in rows] == fitted.predict(df=history)["LSTM"].tolist()


def test_output_file(here: Shell, folder: Path, model: Path):
    as_json = json.loads(here("forecast", model, "--h", 7, "--json").out)
    assert here("forecast", model, "--h", 7, "-o", "f.csv") == (0, "", "")
    written = pd.read_csv(folder / "f.csv")
    assert len(written) == 14
    pd.testing.assert_frame_equal(
        written.drop(columns="ds"), pd.DataFrame(as_json).drop(columns="ds"), rtol=1e-12
    )
    assert sorted(file.name for file in folder.iterdir()) == ["f.csv", "model.gatecast"]


def test_output_appears_whole_or_not_at_all(
    here: Shell, folder: Path, model: Path, monkeypatch: pytest.MonkeyPatch
):
    def half(_: pd.DataFrame, path: Path, **options: object) -> None:
        path.write_text(f"half of it, with {options}")
        raise OSError(28, "No space left on device")

    (folder / "f.csv").write_text("as before")
    monkeypatch.setattr(pd.DataFrame, "to_csv", half)
    code, out, err = here("forecast", model, "-o", "f.csv")
    assert (code, out) == (2, "")
    assert err == "error: f.csv: cannot be written: No space left on device\n"
    assert (folder / "f.csv").read_text() == "as before"
    assert sorted(file.name for file in folder.iterdir()) == ["f.csv", "model.gatecast"]


def test_quiet(here: Shell, model: Path):
    assert here("forecast", model, "--quiet") == (0, "", "")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nowhere.gatecast"], ["nowhere.gatecast", "no such file"]),
        (["notes.txt"], ["notes.txt", "not a gatecast model"]),
        (["damaged.gatecast"], ["damaged.gatecast", "damaged"]),
        (["cut.gatecast"], ["cut.gatecast", "damaged"]),
        (["model.gatecast", "--level", "80,abc"], ["--level", "'abc'"]),
        (["model.gatecast", "--level", "120"], ["--level", "'120'"]),
        (["model.gatecast", "--level", "nan"], ["--level", "'nan'"]),
        (["model.gatecast", "--quantiles", "0.1,1.5"], ["--quantiles", "'1.5'", "probability"]),
        (["model.gatecast", "--future", "notes.txt"], ["no columns of the future", "--future"]),
        (["model.gatecast", "--data", "nowhere.csv"], ["nowhere.csv was not found"]),
        (["model.gatecast", "--wide"], ["--sql and --wide say how --data is read"]),
        (["model.gatecast", "--static", "nowhere.csv"], ["nowhere.csv was not found"]),
        (["model.gatecast", "-o", "nowhere/f.csv"], ["nowhere/f.csv", "nowhere does not exist"]),
        (["model.gatecast", "-o", "."], [". is a folder"]),
    ],
)
def test_unusable_arguments(
    here: Shell, folder: Path, model: Path, arguments: list[str], words: list[str]
):
    content = model.read_bytes()
    (folder / "notes.txt").write_text("no model")
    (folder / "cut.gatecast").write_bytes(content[: len(content) // 2])
    _with_one_bit_turned(model, folder / "damaged.gatecast")
    before = sorted(folder.iterdir())
    code, out, err = here("forecast", *arguments)
    assert (code, out) == (2, "")
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    assert all(word in err for word in words), err
    assert sorted(folder.iterdir()) == before


def _with_one_bit_turned(model: Path, copy: Path) -> None:
    """A valid archive in which one weight differs."""
    with zipfile.ZipFile(model) as old, zipfile.ZipFile(copy, "w") as new:
        for name in old.namelist():
            content = bytearray(old.read(name))
            if name == "weights.safetensors":
                content[-1] ^= 1
            new.writestr(name, bytes(content))


READERS = {
    "f.parquet": pd.read_parquet,
    "f.JSON": pd.read_json,
    "f.xlsx": partial(pd.read_excel, engine="calamine"),
    "f": pd.read_csv,
}


@pytest.mark.parametrize("name", READERS)
def test_tables_of_every_ending(
    here: Shell, folder: Path, model: Path, fitted: gatecast.LSTMForecaster, name: str
):
    assert here("forecast", model, "-o", name) == (0, "", "")
    written = READERS[name](folder / name)
    expected = fitted.predict(level=[80, 95])
    assert list(written) == list(expected)
    np.testing.assert_allclose(written["LSTM-hi-95"], expected["LSTM-hi-95"])
    assert pd.to_datetime(written["ds"]).tolist() == expected["ds"].tolist()


def test_pictures(here: Shell, folder: Path, model: Path):
    assert here("forecast", model, "-o", "f.png") == (0, "", "")
    assert (folder / "f.png").read_bytes().startswith(b"\x89PNG")
    assert here("forecast", model, "-o", "f.svg") == (0, "", "")
    drawn = (folder / "f.svg").read_text()
    assert {"north", "south"} <= set(re.findall(r"<text[^>]*>([^<]*)</text>", drawn))
    assert "80 and 95 % intervals" in drawn.replace("80 %", "80")


def test_other_endings_are_refused_before_anything_is_loaded(here: Shell, folder: Path):
    code, out, err = here("forecast", "missing.gatecast", "-o", "f.gif")
    assert (code, out) == (2, "")
    assert ".gif; choose from .csv, .parquet, .json, .xlsx, .png, .svg" in err
    assert not (folder / "f.gif").exists()
