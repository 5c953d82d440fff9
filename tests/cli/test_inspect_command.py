"""`gatecast inspect`: what a file holds."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
from shells import Shell

import gatecast
from gatecast._backend import keras
from gatecast.framing import Traits


def test_json(here: Shell, model: Path, fitted: gatecast.LSTMForecaster):
    code, out, err = here("inspect", model, "--json")
    assert (code, err) == (0, "")
    facts = json.loads(out)
    assert (facts["h"], facts["freq"], facts["season_length"]) == (3, "h", 24)
    assert facts["series"] == ["north", "south"]
    assert facts["until"] == dict.fromkeys(["north", "south"], "2024-03-03T11:00:00")
    assert facts["rows_kept"] == 4
    assert facts["columns"] == {
        "id": "unique_id",
        "time": "ds",
        "target": ["y"],
        "hist_exog": [],
        "futr_exog": [],
        "static": [],
    }
    assert facts["settings"][0]["architecture"]["units"] == 2
    assert facts["skill"] == fitted.skill_
    # Four gates of 2 units: kernel 1 x 2, recurrent kernel 2 x 2, 2 biases; output 2 x 3 and 3.
    assert facts["weights"] == [{"networks": 1, "numbers": 4 * (2 + 4 + 2) + 6 + 3}]
    assert facts["versions"]["gatecast"] == gatecast.__version__


def test_words(here: Shell, model: Path):
    code, out, err = here("inspect", model)
    assert (code, err) == (0, "")
    lines = dict(line.split(maxsplit=1) for line in out.splitlines() if not line.startswith(" "))
    assert lines["settings"].startswith("LSTM: look_back=4, horizon=3, units=2, epochs=2")
    assert lines["forecasts"] == "3 rows, freq h, season of 24"
    assert lines["series"] == "2: north, south"
    assert "on 4 rows of each series" in lines["looks"]
    assert lines["weights"] == "1 network of 41 numbers"
    assert lines["memory"] == "see it with --memory"
    code, out, err = here("inspect", model, "--memory")
    assert (code, err) == (0, "")
    assert "Effective memory is about" in out


def test_what_each_series_has_decided(here: Shell, folder: Path):
    values = {
        "year": 20 + 5 * np.sin(2 * np.pi * np.arange(800) / 365.25),
        "flat": np.arange(800.0),
    }
    ds = pd.date_range("2001-01-01", periods=800)
    frame = pd.concat(
        pd.DataFrame({"unique_id": each, "ds": ds, "y": y}) for each, y in values.items()
    )
    forecaster = gatecast.AutoLSTM(h=7, quality="zero_shot", intervals=False, verbose=False)
    forecaster.fit(frame).save(folder / "days.gatecast")
    code, out, err = here("inspect", "days.gatecast", "--json")
    assert (code, err) == (0, "")
    found = json.loads(out)["by_series"]
    assert found["year"] == {"flat": False, "year": True}
    shares = Traits.of(forecaster.model_.members.parts[0].view.traits).lasting[:, 0]
    assert found["lasting_trend"] == dict(zip(["flat", "year"], shares, strict=True))
    words = here("inspect", "days.gatecast")[1]
    assert "by series   50% of the series follow the calendar year; " in words
    share = np.mean([*found["mean_reversion"].values()])
    assert f"forecasts go {share:.0%} of the way back to the mean of the last weeks" in words


def test_a_keras_model_is_not_written_out(here: Shell, folder: Path):
    layers = [keras.Input((4, 1)), keras.layers.LSTM(2), keras.layers.Dense(3)]
    frame = pd.DataFrame({"unique_id": "a", "ds": range(12), "y": np.arange(12.0)})
    forecaster = gatecast.from_keras(keras.Sequential(layers), intervals=False).fit(frame)
    forecaster.save(folder / "own.gatecast")
    code, out, err = here("inspect", "own.gatecast")
    assert (code, err) == (0, "")
    assert "LSTM: look_back=4, horizon=3, kind=keras, scaler=[], gaps=bridge\n" in out


def test_memory(here: Shell, folder: Path, model: Path, fitted: gatecast.LSTMForecaster):
    code, out, err = here("inspect", model, "-o", "memory.png", "--json")
    assert (code, err) == (0, "")
    memory = json.loads(out)["memory"]
    expected = gatecast.forecasting.inspect_model(fitted.model_)
    assert memory["summary"] == expected.summary
    assert 1 <= memory["effective_memory"] <= len(memory["sensitivity_by_lag"]) == 4
    assert len(memory["half_lives"]) == 2
    assert (folder / "memory.png").read_bytes().startswith(b"\x89PNG\r\n")
    assert sorted(folder.iterdir()) == [folder / "memory.png", model]


def test_only_pictures_are_drawn(here: Shell, folder: Path, model: Path):
    code, out, err = here("inspect", model, "-o", "memory.pdf")
    assert (code, out) == (2, "")
    assert err == "error: memory.pdf is no picture: give --out a file that ends in .png\n"
    assert list(folder.iterdir()) == [model]


def test_no_model(here: Shell, folder: Path):
    code, out, err = here("inspect", "none.gatecast")
    assert (code, out, err) == (2, "", "error: none.gatecast: no such file\n")
    assert not list(folder.iterdir())
