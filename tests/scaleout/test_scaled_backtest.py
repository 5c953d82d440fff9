"""A backtest in parts is that of one call, whoever works."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from small_forecasters import DrawnForecaster
from small_sources import fitted, in_files, long_series, series, sorted_rows
from statsforecast.models import HistoricAverage

import gatecast
from gatecast import AutoLSTM, InputError, LSTMForecaster, Training
from gatecast.scaleout import ScaledBacktest, backtest

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*have no value and count as missing"),
    pytest.mark.filterwarnings("ignore:.*that are shorter are left out"),
]
WINDOWS: dict[str, Any] = {"h": 3, "n_windows": 2}


def drawn() -> LSTMForecaster:
    """A model of all series, whose weights do not depend on them."""
    return DrawnForecaster(h=3, look_back=6, units=2, scaler="standard", intervals=False)


def check_same(found: ScaledBacktest, whole: gatecast.evaluation.Backtest, rtol: float = 1e-9):
    assert (found.verdict, found.ranked_by) == (whole.verdict, whole.ranked_by)
    assert (found.h, found.n_windows, found.level) == (whole.h, whole.n_windows, whole.level)
    for name in ("scores", "by_horizon", "significance"):
        own, one = (
            table.drop(columns="seconds", errors="ignore").sort_values(
                [key for key in ("model", "horizon") if key in table], ignore_index=True
            )
            for table in (getattr(found, name), getattr(whole, name))
        )
        pd.testing.assert_frame_equal(own, one, rtol=rtol, check_dtype=False)


@pytest.fixture(scope="module")
def long() -> pd.DataFrame:
    return long_series(8, 30_000)


@pytest.fixture(scope="module")
def one(long: pd.DataFrame) -> gatecast.evaluation.Backtest:
    return gatecast.backtest([HistoricAverage(), drawn()], long, **WINDOWS, freq=1)


def test_scores_of_several_parts_are_those_of_one_call(
    long: pd.DataFrame, one: gatecast.evaluation.Backtest, tmp_path: Path
):
    source = in_files(long, tmp_path / "rows")
    found = backtest([HistoricAverage(), drawn()], source, **WINDOWS, out=tmp_path / "out")
    check_same(found, one)
    assert (found.done.parts, found.done.series, found.done.rows) == (3, 8, 48)
    keys = ["unique_id", "ds", "cutoff"]
    forecasts, scores = (
        pd.read_parquet(tmp_path / "out" / name).sort_values(key, ignore_index=True)
        for name, key in (("", keys), ("_by_series", ["model", "unique_id"]))
    )
    own = one.forecasts.sort_values(keys, ignore_index=True)[list(forecasts)]
    pd.testing.assert_frame_equal(forecasts, own, rtol=1e-6, check_dtype=False)
    own = one.by_series.sort_values(["model", "unique_id"], ignore_index=True)
    pd.testing.assert_frame_equal(scores, own, rtol=1e-6, check_dtype=False)


@pytest.mark.slow
@pytest.mark.usefixtures("cluster")
def test_workers_of_a_cluster_write_the_same_bits(long: pd.DataFrame, tmp_path: Path):
    for name, address in (("here", None), ("there", "local")):
        backtest(
            [HistoricAverage(), drawn()],
            long,
            **WINDOWS,
            out=tmp_path / name,
            address=address,
        )
    here, there = (sorted((tmp_path / name).glob("part-*")) for name in ("here", "there"))
    assert [each.read_bytes() for each in here] == [each.read_bytes() for each in there]
    assert len(here) == 3


@pytest.mark.parametrize(
    "model",
    [
        AutoLSTM(h=3, quality="zero_shot"),
        LSTMForecaster(
            h=3, look_back=6, units=2, scope="local", training=Training(epochs=1, batch_size=64)
        ),
    ],
    ids=["zero shot", "local"],
)
def test_models_of_single_series(model: Any, tmp_path: Path):
    frame = series(12, rows=40)
    found = backtest(model, frame, **WINDOWS, out=tmp_path / "out")
    check_same(found, gatecast.backtest(model, frame, **WINDOWS), rtol=1e-6)


def test_series_that_cannot_be_used_fail_alone(tmp_path: Path):
    good = series(12, rows=40)
    broken = {
        "twice": good[good["unique_id"] == "s001"].iloc[[0, 1, 1, 2]],
        "infinite": good[good["unique_id"] == "s001"].assign(y=np.inf),
        "nothing": good[good["unique_id"] == "s001"].assign(y=np.nan),
    }
    frame = pd.concat([good, *(rows.assign(unique_id=name) for name, rows in broken.items())])
    model = AutoLSTM(h=3, quality="zero_shot")
    found = backtest(model, frame, **WINDOWS, out=tmp_path / "some")
    check_same(found, gatecast.backtest(model, good, **WINDOWS), rtol=1e-6)
    assert (found.done.series, found.done.failures) == (12, 3)
    errors = {failure.unique_id: failure.error for failure in found.done.failed}
    assert errors.keys() == broken.keys()
    assert errors["nothing"] == "no row has a value of y"
    assert errors["infinite"].startswith("series 'infinite' ")
    backtest(model, good, **WINDOWS, out=tmp_path / "good")
    some, all_good = (sorted_rows(pd.read_parquet(tmp_path / name)) for name in ("some", "good"))
    pd.testing.assert_frame_equal(some, all_good, check_exact=True)


def test_series_that_are_too_short(tmp_path: Path):
    frame = series(6, rows=16)
    with pytest.warns(gatecast.InputWarning, match=r"need 14 rows; .*'s001' \(12 rows\), 's002' "):
        found = backtest("persistence", frame, h=4, n_windows=3, out=tmp_path / "some")
    check_same(found, gatecast.backtest("persistence", frame, h=4, n_windows=3))
    words = "need 26 rows, but the longest series, 's000', has 16"
    with pytest.raises(InputError, match=words):
        backtest("persistence", frame, h=12, n_windows=2, out=tmp_path / "none")


def test_a_finished_backtest_is_read_again(tmp_path: Path):
    frame, out = series(6), tmp_path / "out"
    found = backtest("persistence", frame, **WINDOWS, out=out)
    written = {each: each.stat().st_mtime_ns for each in out.iterdir()}
    again = backtest("persistence", frame, **WINDOWS, out=out)
    assert {each: each.stat().st_mtime_ns for each in out.iterdir()} == written
    pd.testing.assert_frame_equal(again.scores, found.scores)
    assert (again.verdict, again.done) == (found.verdict, found.done)
    with pytest.raises(InputError, match="another run, with h=3 instead of 2"):
        backtest("persistence", frame, h=2, n_windows=2, out=out)
    with pytest.raises(InputError, match="another run, with models="):
        backtest("auto_ets", frame, **WINDOWS, out=out)


def test_a_fitted_model_leaves_what_it_has_learnt_behind(tmp_path: Path):
    frame = series(6)
    found = backtest(fitted(frame), frame, **WINDOWS, level=[], out=tmp_path / "out")
    model = DrawnForecaster(h=3, look_back=6, units=2, scaler="standard")
    check_same(found, gatecast.backtest(model, frame, **WINDOWS, level=[]), rtol=1e-6)


def test_more_rows_than_a_worker_holds_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("gatecast.scaleout._backtest.MOST_ROWS_OF_ONE", 100)
    with pytest.raises(InputError, match="LSTMForecaster is trained on all series by one worker"):
        backtest(LSTMForecaster(h=3), series(6), **WINDOWS, out=tmp_path / "out")
    assert not (tmp_path / "out").exists()
    backtest("persistence", series(6), **WINDOWS, out=tmp_path / "out")
