"""A run from its plan to its files, in a process of its own."""

import json
import runpy
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from small_runs import PLAN, FinishedRun, finish, write_shops

import gatecast
from gatecast.cli import main
from gatecast.studio.work import Plan, Progress, python_lines, shell_lines
from gatecast.studio.work import __main__ as work_process
from gatecast.studio.work._answers import answers


def test_a_run_tells_its_stages_in_order(finished: FinishedRun):
    stages = list(dict.fromkeys(told.stage for told in finished.told))
    assert stages == [
        "reading",
        "training",
        "forecasting",
        "testing",
        "understanding",
        "writing",
        "done",
    ]
    trained = [told for told in finished.told if told.stage == "training" and told.epoch]
    assert (trained[-1].epoch, trained[-1].epochs, trained[-1].training) == (2, 2, 2)
    assert trained[-1].loss is not None
    assert trained[-1].seconds_left == 0


def test_a_run_leaves_all_files_and_nothing_else(finished: FinishedRun):
    assert sorted(path.name for path in finished.results.iterdir()) == [
        "forecast.csv",
        "forecast.png",
        "forecast.svg",
        "forecast.xlsx",
        "future.csv",
        "model.gatecast",
        "pictures.json",
        "report.html",
        "result.json",
    ]
    assert {path.name for path in finished.folder.iterdir()} == {"plan.json", "data", "results"}
    sheets = pd.read_excel(finished.results / "forecast.xlsx", sheet_name=None, engine="calamine")
    assert list(sheets) == ["forecast", "test", "series", "past"]
    table = pd.read_csv(finished.results / "forecast.csv")
    assert list(table)[:3] == ["shop", "month", "LSTM"]
    np.testing.assert_allclose(sheets["forecast"]["LSTM"], table["LSTM"])


def test_the_result_is_that_of_the_model(finished: FinishedRun):
    result = finished.result
    model = gatecast.load(finished.results / "model.gatecast")
    assert result["plan"]["horizon"] == model.h == 3
    assert result["data"]["series"] == 2
    shares = [row["share"] for row in result["series"]]
    assert shares == sorted(shares, reverse=True)
    assert sum(result["memory"]["by_lag"]) == pytest.approx(1, abs=1e-4)
    (price,) = result["known_ahead"]
    assert (price["column"], price["carried"]) == ("price", False)
    file = pd.read_csv(finished.data)
    assert (price["least"], price["most"]) == (file["price"].min(), file["price"].max())


@pytest.mark.slow
def test_without_settings_of_a_network_the_result_says_what_a_column_brought(tmp_path: Path):
    settings = {"futr_exog": ["price"], "quality": "zero_shot"}
    run = finish(tmp_path, replace(PLAN, settings=settings))
    assert run.result["plan"]["call"].startswith("AutoLSTM(")
    # Each unit of price costs four sales, beside noise of one.
    assert run.result["columns"][0].startswith("price: used; errors of held-back rows fall")
    assert [each["column"] for each in run.result["known_ahead"]] == ["price"]


def test_the_lines_repeat_the_forecast_exactly(
    finished: FinishedRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(gatecast, "use_compilation_cache", lambda: None)
    for name in (finished.data, finished.results / "future.csv"):
        (tmp_path / name.name).write_bytes(name.read_bytes())
    wanted = (finished.results / "forecast.csv").read_bytes()
    settled = replace(finished.settled, windows=0)
    assert python_lines(settled) in finished.result["python"].replace("\r", "") + "\n"

    (tmp_path / "lines.py").write_text(python_lines(settled), encoding="utf-8")
    runpy.run_path("lines.py")
    assert Path("forecast.csv").read_bytes() == wanted

    Path("forecast.csv").unlink()
    for line in shell_lines(settled).splitlines():
        words = subprocess.run(
            ["/bin/sh", "-c", f'printf "%s\\n" {line.removeprefix("gatecast ")}'],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.splitlines()
        monkeypatch.setattr(sys, "argv", ["gatecast", *words])
        with pytest.raises(SystemExit) as end:
            main()
        assert end.value.code == 0
    assert Path("forecast.csv").read_bytes() == wanted


def test_what_if_is_the_forecast_of_the_model_with_other_values(finished: FinishedRun):
    planned = pd.read_csv(finished.results / "forecast.csv")
    model = gatecast.load(finished.results / "model.gatecast")
    future = pd.read_csv(finished.results / "future.csv", parse_dates=["month"])
    other = model.predict(futr_df=future.assign(price=9.0))
    question = {"folder": str(finished.results), "series": "South", "changes": {"price": 9.0}}
    own = other.loc[other["shop"] == "South", "LSTM"]
    (found,) = _answered(question)
    assert found["forecast"] == pytest.approx(list(own))
    assert not np.allclose(own, planned.loc[planned["shop"] == "South", "LSTM"])
    (found,) = _answered(question | {"changes": {"price": "much"}})
    assert "much" in found["problem"]


def _answered(*questions: dict[str, object]) -> list[dict[str, object]]:
    class Lines(list[str]):
        def write(self, text: str) -> None:
            self.append(text)

        def flush(self) -> None:
            pass

    found = Lines()
    answers([json.dumps(each) for each in questions], found)  # type: ignore[arg-type]
    return [json.loads(each) for each in found]


def test_what_is_wrong_with_the_data_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(work_process, "use_compilation_cache", lambda: None)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "bad.csv").write_text("day,sold\n2020-01-01,1\n2020-01-01,2\n")
    (tmp_path / "plan.json").write_text(Plan("bad.csv").to_json())
    before = signal.getsignal(signal.SIGTERM)
    try:
        code = work_process.main(tmp_path)
    finally:
        signal.signal(signal.SIGTERM, before)
    last = Progress.from_json(capsys.readouterr().out.splitlines()[-1])
    assert (code, last.stage, last.ours) == (2, "failed", False)
    assert last.problem.startswith("bad.csv")
    assert "2020-01-01" in last.problem
    assert not (tmp_path / "results").exists()


@pytest.mark.slow
def test_a_terminated_run_leaves_nothing(tmp_path: Path):
    (tmp_path / "data").mkdir()
    write_shops(tmp_path / "data")
    (tmp_path / "plan.json").write_text(PLAN.to_json())
    command = [sys.executable, "-m", "gatecast.studio.work", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if Progress.from_json(line).stage == "training":
                process.send_signal(signal.SIGTERM)
                break
        process.stdout.read()
    assert process.returncode == 143
    assert {path.name for path in tmp_path.iterdir()} == {"plan.json", "data"}
    assert [path.name for path in (tmp_path / "data").iterdir()] == [PLAN.source]
