"""One global model, fitted by processes that hold some series each."""

import os
import signal
from dataclasses import dataclass
from pathlib import Path
from threading import Timer

import numpy as np
import pandas as pd
import pytest

import gatecast
from gatecast import InputError, LSTMForecaster, Training, scaleout
from gatecast._progress import Progress, follow
from gatecast.forecasting import Columns
from gatecast.scaleout.together import Work, fit_together

ROWS = 20


def rows_of(series: int) -> pd.DataFrame:
    values = np.random.default_rng(series).normal(size=ROWS).cumsum() + 10
    return pd.DataFrame({"shop": f"s{series}", "day": np.arange(ROWS), "sold": values})


@dataclass(frozen=True)
class InMemory:
    """Two series in each bucket; who reads the last one dies soon after, once.

    Attributes:
        number: of buckets.
        died: a file that notes the death; None for none.
    """

    number: int = 2
    died: Path | None = None

    def read(self, bucket: int) -> pd.DataFrame:
        if bucket == 1 and self.died and not self.died.exists():
            Timer(4, self._die).start()
        return pd.concat([rows_of(2 * bucket), rows_of(2 * bucket + 1)], ignore_index=True)

    def _die(self) -> None:
        self.died.touch()
        os.kill(os.getpid(), signal.SIGKILL)


@dataclass(frozen=True)
class Empty:
    """All series are in the first of two buckets."""

    number: int = 2

    def read(self, bucket: int) -> pd.DataFrame:
        return rows_of(0) if bucket == 0 else rows_of(0).iloc[:0]


COLUMNS = Columns("shop", "day", ("sold",))
NAMES = {"id_col": "shop", "time_col": "day", "target_col": "sold"}
FRAME = pd.concat(map(rows_of, range(4)), ignore_index=True)


def forecaster(**changes: object) -> LSTMForecaster:
    settings = {"epochs": 6, "batch_size": 4096, "shuffle": False, "learning_rate": 0.02}
    return LSTMForecaster(
        h=2, look_back=4, units=4, verbose=False, training=Training(**settings | changes)
    )


def loaded(artefact: bytes, folder: Path) -> gatecast.LSTMForecaster:
    path = folder / "fitted.gatecast"
    path.write_bytes(artefact)
    return gatecast.load(path)


def whole() -> LSTMForecaster:
    return forecaster().fit(FRAME, **NAMES)


def test_a_model_of_many_series_keeps_some_and_forecasts_all(tmp_path: Path):
    found = loaded(fit_together(Work(forecaster(), InMemory(), COLUMNS, kept=1)), tmp_path)
    expected = whole().predict(level=[80])
    pd.testing.assert_frame_equal(found.predict(level=[80]), expected[expected["shop"] == "s0"])


def test_fit_of_a_source_is_fit_of_its_rows(tmp_path: Path):
    found = scaleout.fit(forecaster(), FRAME, out=tmp_path / "own.gatecast", **NAMES)
    expected = whole().predict(level=[80])
    pd.testing.assert_frame_equal(found.predict(level=[80]), expected)
    pd.testing.assert_frame_equal(
        gatecast.load(tmp_path / "own.gatecast").predict(level=[80]), expected
    )
    assert [*tmp_path.iterdir()] == [tmp_path / "own.gatecast"]


@pytest.mark.slow
# Ray starts its own processes after JAX was used here.
@pytest.mark.filterwarnings("ignore:os.fork")
@pytest.mark.usefixtures("cluster")
def test_two_processes_of_a_cluster_fit_what_one_does(tmp_path: Path):
    path = tmp_path / "own.gatecast"
    seen: list[Progress] = []
    with follow(seen.append):
        found = scaleout.fit(forecaster(), FRAME, out=path, address="auto", workers=2, **NAMES)
    assert {(each.what, each.total) for each in seen} == {("training", 6)}
    expected = whole().predict(level=[80])
    held = found.predict(level=[80])
    assert held["shop"].nunique() < 4
    same = expected[expected["shop"].isin(held["shop"])].reset_index(drop=True)
    pd.testing.assert_frame_equal(held, same, rtol=1e-4)
    # The others are forecast from their histories; so is the scale of their intervals.
    points = ["shop", "day", "LSTM"]
    pd.testing.assert_frame_equal(found.predict(df=FRAME), expected[points], rtol=1e-4)
    assert [*tmp_path.iterdir()] == [path]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:os.fork")
@pytest.mark.usefixtures("cluster")
def test_a_process_that_dies_begins_again_with_the_others(tmp_path: Path):
    died = tmp_path / "died"
    work = Work(forecaster(), InMemory(died=died), COLUMNS, checkpoint=tmp_path / "checkpoint")
    found = loaded(fit_together(work, "auto"), tmp_path)
    assert died.exists()
    expected = whole().predict(level=[80])
    # The first process has the first bucket.
    expected = expected[expected["shop"].isin(["s0", "s1"])]
    pd.testing.assert_frame_equal(found.predict(level=[80]), expected, rtol=1e-4)
    assert not [*tmp_path.glob("checkpoint*")]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:os.fork")
@pytest.mark.usefixtures("cluster")
def test_what_is_wrong_in_one_process_is_said_as_it_is():
    seasonal = LSTMForecaster(h=2, look_back=4, season_length=50, scaler="seasonal_difference")
    with pytest.raises(InputError, match="has 20 observed rows, but the 50 rows"):
        fit_together(Work(seasonal, InMemory(), COLUMNS), "auto")
    with pytest.raises(InputError, match="process 2 of 2 has no series"):
        fit_together(Work(forecaster(), Empty(), COLUMNS), "auto")
