"""`gatecast backtest`: options, table, JSON and report."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from shells import Shell

import gatecast
from gatecast._wording import number

Y = np.array([3.0, 5, 4, 8, 7, 9, 6, 8, 11, 10, 12, 9, 14, 13, 15, 11])


@pytest.fixture
def sales(folder: Path) -> Path:
    days = pd.date_range("2024-01-01", periods=len(Y))
    file = folder / "sales.csv"
    pd.DataFrame({"day": days, "sales": Y}).to_csv(file, index=False)
    return file


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, dict[str, Any]]]:
    """What reaches the backtest, which judges persistence alone instead."""
    seen: list[tuple[Any, dict[str, Any]]] = []
    real = gatecast.backtest

    def instead(model: Any, df: Any, **options: Any) -> Any:
        seen.append((model, options))
        kept = ("h", "n_windows", "step_size", "id_col", "time_col", "target_col", "freq")
        chosen = {name: options[name] for name in kept}
        return real("persistence", df, **chosen, baselines=(), verbose=False)

    monkeypatch.setattr(gatecast, "backtest", instead)
    return seen


def test_options(here: Shell, sales: Path, asked: list[tuple[Any, dict[str, Any]]]):
    settings = ["--horizon", 2, "--look-back", 3, "--units", 2, "--epochs", 4]
    windows = [
        "--windows",
        3,
        "--step",
        1,
        "--no-refit",
        "--level",
        "90",
        "--baselines",
        "auto_ets",
    ]
    assert here("backtest", sales, *settings, *windows, "--quiet") == (0, "", "")
    ((forecaster, options),) = asked
    assert (forecaster.h, forecaster.look_back, forecaster.units) == (2, 3, 2)
    assert forecaster.training == gatecast.Training(epochs=4)
    assert options == {
        "h": 2,
        "n_windows": 3,
        "step_size": 1,
        "refit": False,
        "level": [90],
        "baselines": ["auto_ets"],
        "static_df": None,
        "id_col": "unique_id",
        "time_col": "day",
        "target_col": "sales",
        "freq": None,
        "season_length": None,
        "verbose": False,
    }


@pytest.mark.usefixtures("asked")
def test_scores_and_report(here: Shell, folder: Path, sales: Path):
    windows = ["--horizon", 2, "--windows", 2]
    code, out, _ = here("backtest", sales, *windows, "-o", "report.html", "--json")
    assert code == 0
    found = json.loads(out, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    (scores,) = found["scores"]
    # The last value before each window of two rows, against the rows in it.
    errors = Y[-4:] - np.repeat([Y[-5], Y[-3]], 2)
    assert scores["rmse"] == pytest.approx(np.sqrt(np.mean(errors**2)))
    assert scores["skill_vs_seasonal_naive"] is None
    assert (found["h"], found["windows"], found["report"]) == (2, 2, "report.html")
    assert found["verdict"] in (folder / "report.html").read_text(encoding="utf-8")
    text = here("backtest", sales, *windows).out
    header, row, _, terms, _, verdict = text.splitlines()
    assert header.split()[:3] == ["model", "MAE", "RMSE"]
    assert row.split()[:3] == ["persistence", number(scores["mae"]), number(scores["rmse"])]
    assert terms.startswith("persistence repeats the last value")
    assert found["ranked_by"] == "mae"
    assert [record["r2"] for record in found["by_series"]] == [scores["r2"]]
    assert len(found["by_horizon"]) == 2
    assert verdict == found["verdict"]
    assert sorted(file.name for file in folder.iterdir()) == ["report.html", "sales.csv"]


def test_the_settings_of_a_model(
    here: Shell, folder: Path, model: Path, asked: list[tuple[Any, dict[str, Any]]]
):
    hours = pd.date_range("2024-03-01", periods=30, freq="h")
    frame = pd.DataFrame({"unique_id": "north", "ds": hours, "y": np.arange(30.0)})
    frame.to_csv(folder / "north.csv", index=False)
    code, _, err = here("backtest", "north.csv", "--model", model, "--epochs", 1)
    assert code == 0
    assert "columns:" not in err
    ((forecaster, options),) = asked
    assert (forecaster.units, forecaster.training.epochs) == (2, 1)
    assert (options["h"], options["freq"]) == (3, "h")


def test_a_network_beside_a_baseline(here: Shell, sales: Path):
    settings = ["--horizon", 1, "--look-back", 2, "--units", 1, "--epochs", 1]
    windows = ["--windows", 2, "--no-refit", "--level", "", "--baselines", "persistence"]
    code, out, _ = here("backtest", sales, *settings, *windows, "--json")
    assert code == 0
    scores = {record["model"]: record for record in json.loads(out)["scores"]}
    assert set(scores) == {"LSTM", "persistence"}
    assert scores["LSTM"]["kind"] == "model"
    assert scores["LSTM"]["rows"] == 2


def test_several_targets(here: Shell, sales: Path):
    frame = pd.read_csv(sales)
    frame.assign(visits=1000 + frame["sales"]).to_csv(sales, index=False)
    windows = ["--horizon", 1, "--windows", 2, "--level", "", "--baselines", "persistence"]
    settings = ["--look-back", 2, "--units", 1, "--epochs", 1, "--no-refit", "--json"]
    code, out, err = here("backtest", sales, "--target", "sales,visits", *windows, *settings)
    assert code == 0, err
    own = {(r["model"], r["target"]): r["mae"] for r in json.loads(out)["by_series"]}
    assert own["persistence", "sales"] == pytest.approx(own["persistence", "visits"])
    assert ("LSTM", "visits") in own


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--windows", "0"], ["'--windows'"]),
        (["--level", "120"], ["--level", "'120'"]),
        (["--baselines", "naive"], ["--baselines", "'naive'", "seasonal_naive"]),
        (["--windows", "40"], ["n_windows=40", "has 16"]),
        (["--model", "none.gatecast"], ["none.gatecast: no such file"]),
        (["-o", "nowhere/r.html"], ["nowhere does not exist"]),
    ],
)
def test_unusable_arguments(
    here: Shell, folder: Path, sales: Path, arguments: list[str], words: list[str]
):
    code, out, err = here("backtest", sales, *arguments, "--quiet", "--horizon", 2)
    assert (code, out) == (2, "")
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    assert all(word in err for word in words), err
    assert list(folder.iterdir()) == [sales]
