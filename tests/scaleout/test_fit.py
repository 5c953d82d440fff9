"""Fits in parts are those of one call; what they leave behind is what `predict` takes."""

from pathlib import Path
from typing import TypeAlias

import numpy as np
import pandas as pd
import pytest
from small_forecasters import DrawnForecaster
from small_sources import Deadly, H, in_files, series, sorted_rows

import gatecast
from gatecast import AutoLSTM, InputError, LSTMForecaster, Training
from gatecast._progress import Meter
from gatecast.forecasting import Estimator
from gatecast.scaleout import Done, fit, predict
from gatecast.scaleout._local_models import LocalFitting, pool_scores
from gatecast.scaleout._run import Progress, run_parts
from gatecast.scaleout._storage import Folder
from gatecast.scaleout._zero_shot import Reading
from gatecast.scaleout.executors import LocalExecutor
from gatecast.scaleout.partitions import Partitions
from gatecast.scaleout.sources import Names, exchange, source_of

Local: TypeAlias = tuple[pd.DataFrame, Estimator, Done]

pytestmark = pytest.mark.filterwarnings("ignore:.*have no value and count as missing")


def test_a_forecaster_that_trains_nothing_is_calibrated(tmp_path: Path):
    frame = series(8, rows=36)
    model = AutoLSTM(h=H, quality="zero_shot")
    fitted = fit(model, in_files(frame, tmp_path / "rows"), out=tmp_path / "m.gatecast")
    plain = AutoLSTM(h=H, quality="zero_shot").fit(frame)
    assert not hasattr(model, "model_")
    pd.testing.assert_frame_equal(fitted.predict(level=[90]), plain.predict(level=[90]))
    pd.testing.assert_frame_equal(
        gatecast.load(tmp_path / "m.gatecast").predict(level=[90]), fitted.predict(level=[90])
    )
    # The rows that were under way are gone.
    assert sorted(each.name for each in tmp_path.iterdir()) == ["m.gatecast", "rows"]


def test_series_that_cannot_be_read_are_passed_over():
    frame = series(6, rows=36)
    broken = frame[frame["unique_id"] == "s001"]
    daily = broken.assign(unique_id="daily", ds=pd.date_range("2020-01-01", periods=len(broken)))
    infinite = broken.assign(unique_id="infinite", y=np.inf)
    fitted = fit(AutoLSTM(h=H, quality="zero_shot"), pd.concat([daily, frame, infinite]))
    assert sorted(fitted.model_.context.panel.ids) == sorted(frame["unique_id"].unique())


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory):
    """Drawn local models of some series, in a folder."""
    folder = tmp_path_factory.mktemp("local")
    frame = series(20, rows=30)
    infinite = frame[frame["unique_id"] == "s001"].assign(unique_id="infinite", y=np.inf)
    model = DrawnForecaster(h=H, look_back=6, units=2, scope="local", verbose=False)
    done = fit(model, pd.concat([frame, infinite]), out=folder / "models")
    return frame, model, done


def test_local_models_are_those_of_one_call(local: Local, tmp_path: Path):
    frame, _, done = local
    assert (done.series, done.failures, done.failed[0].unique_id) == (20, 1, "infinite")
    predict(done.folder, frame, out=tmp_path / "out", level=[80])
    found = sorted_rows(pd.read_parquet(tmp_path / "out"))
    assert list(found["unique_id"].unique()) == sorted(frame["unique_id"].unique())
    assert (found["LSTM-lo-80"] < found["LSTM"]).all()
    again = predict(done, frame, out=tmp_path / "again", level=[80])
    pd.testing.assert_frame_equal(found, sorted_rows(pd.read_parquet(again.folder)))


def test_a_series_without_a_model_fails_alone(local: Local, tmp_path: Path):
    frame, _, done = local
    new = frame[frame["unique_id"] == "s002"].assign(unique_id="new")
    found = predict(done, pd.concat([frame, new]), out=tmp_path / "out")
    assert (found.series, found.failures) == (20, 1)
    assert "has no model: with scope='local'" in found.failed[0].error


def test_the_same_call_finds_the_same_models(local: Local):
    frame, model, done = local
    infinite = frame[frame["unique_id"] == "s001"].assign(unique_id="infinite", y=np.inf)
    assert fit(model, pd.concat([frame, infinite]), out=done.folder) == done
    with pytest.raises(InputError, match="another source"):
        fit(model, frame, out=done.folder)


def test_local_models_beside_a_series_that_kills_workers(local: Local, tmp_path: Path):
    frame, model, done = local
    deadly = frame[frame["unique_id"] == "s001"].assign(unique_id="deadly")
    source = source_of(pd.concat([frame, deadly]), Names())
    buckets = exchange(source, Folder.at(tmp_path / "rows"), LocalExecutor())
    partitions = Partitions.at(tmp_path / "models", ending="gatecast")
    work = LocalFitting(buckets, partitions, model, Reading(Names(), model, "MS"))
    with Meter("", "", 1, verbose=False) as meter:
        progress = Progress(meter, buckets.rows, buckets.number)
        records = run_parts(Deadly(work, "deadly"), work, progress)
    pool_scores(partitions, buckets.number)
    found = partitions.finish({"what": "fit"}, records, 1.0)
    assert (found.series, found.failures, found.failed[0].unique_id) == (20, 1, "deadly")
    # The models of the others are as if it had not been there.
    first, second = (
        predict(each, frame, out=tmp_path / str(place), level=[80])
        for place, each in enumerate([done, found])
    )
    pd.testing.assert_frame_equal(*(pd.read_parquet(each.folder) for each in (first, second)))


@pytest.mark.slow
def test_trained_local_models_forecast_as_well_as_those_of_one_call(tmp_path: Path):
    months = np.arange(72)
    frame = pd.concat(
        pd.DataFrame(
            {
                "unique_id": f"s{place}",
                "ds": pd.date_range("2015-01-01", periods=72, freq="MS"),
                "y": 20 + place + 10 * np.sin(2 * np.pi * (months + place) / 12),
            }
        )
        for place in range(4)
    )
    ahead = np.arange(72, 72 + H)
    truth = [20 + p + 10 * np.sin(2 * np.pi * (ahead + p) / 12) for p in range(4)]
    training = Training(epochs=200, batch_size=8)
    model = LSTMForecaster(h=H, units=8, scaler="standard", scope="local", training=training)
    done = fit(model, frame, out=tmp_path / "models")
    predict(done, frame, out=tmp_path / "out")
    found = sorted_rows(pd.read_parquet(tmp_path / "out"))["LSTM"].to_numpy().reshape(4, H)
    assert np.abs(found - np.array(truth)).max() < 1
    # Idle series beside them change nothing.
    plain = model.fit(frame).predict()["LSTM"].to_numpy().reshape(4, H)
    assert found == pytest.approx(plain, rel=1e-4)


def test_what_cannot_be_fitted_is_told(tmp_path: Path):
    with pytest.raises(InputError, match="give out, a folder"):
        fit(LSTMForecaster(h=H, scope="local"), series())
    with pytest.raises(InputError, match="workers=2 needs a cluster"):
        fit(LSTMForecaster(h=H), series(), workers=2)
    with pytest.raises(InputError, match=r"no folder that gatecast.scaleout.fit has finished"):
        predict(tmp_path, series(), out=tmp_path / "out")
