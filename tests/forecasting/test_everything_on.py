"""A forecaster with everything on, saved and loaded."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from small_forecasters import DrawnForecaster, wandering

import gatecast
from gatecast.forecasting import Estimator

ROWS = 15


def frame() -> pd.DataFrame:
    random = np.random.default_rng(6)
    one = [
        pd.DataFrame(
            {
                "shop": name,
                "time": np.cumsum(random.integers(1, 4, ROWS)),
                "sold": wandering(ROWS, seed),
                "returned": wandering(ROWS, seed + 5),
                "temp": random.normal(size=ROWS),
                "price": random.normal(size=ROWS),
            }
        )
        for seed, name in enumerate("ab")
    ]
    return pd.concat(one, ignore_index=True)


PLACE = frame().groupby("shop").cumcount()
FIRST, LAST = frame()[PLACE < ROWS - 3], frame()[PLACE >= ROWS - 3]
STATIC = pd.DataFrame({"shop": ["a", "b"], "size": [3.0, 5], "kind": ["pear", "apple"]})
FUTURE = pd.DataFrame(
    {
        "shop": np.repeat(["a", "b"], 5),
        "time": np.tile(np.arange(60, 70, 2), 2),
        "price": np.linspace(-1, 1, 10),
    }
)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    forecaster = DrawnForecaster(
        h=2, look_back=3, cell="rnn", units=2, layers=2, stateful=True, members=2,
        hist_exog=["temp"], futr_exog=["price"], window_level="smoothed", level_span=4,
        scaler=("difference", "standard"), combine="mean",
        variants=[{"look_back": 2, "cell": "dense", "layers": 1, "stateful": False,
                   "window_level": "last"}],
    )  # fmt: skip
    forecaster.fit(
        FIRST, static_df=STATIC, id_col="shop", time_col="time",
        target_col=["sold", "returned"], freq="irregular",
    )  # fmt: skip
    return forecaster.save(tmp_path_factory.mktemp("everything") / "model.gatecast")


def forecast(forecaster: Estimator, **more: Any) -> pd.DataFrame:
    return forecaster.predict(4, level=[80], futr_df=FUTURE, **more)


def test_a_loaded_forecaster_goes_on_like_the_one_that_was_saved(path: Path, tmp_path: Path):
    first = gatecast.load(path)
    second = gatecast.load(first.save(tmp_path / "again.gatecast"))
    found = forecast(first)
    names = ["shop", "time", "target", "RNN", "RNN-lo-80", "RNN-hi-80"]
    assert found.columns.tolist() == names
    assert np.isfinite(found.iloc[:, 3:]).all(axis=None)
    assert len(found) == 2 * 2 * 4
    pd.testing.assert_frame_equal(forecast(second), found, check_exact=True)
    assert second.get_params() == first.get_params()
    for each in (first, second):
        each.update(LAST)
    pd.testing.assert_frame_equal(forecast(second), forecast(first), check_exact=True)
    assert (forecast(first)["RNN"] != found["RNN"]).all()


def test_row_by_row_equals_all_at_once_equals_replaying(path: Path):
    replayed = forecast(gatecast.load(path), df=frame(), static_df=STATIC)
    at_once = gatecast.load(path).update(LAST)
    one_by_one = gatecast.load(path)
    for row in range(ROWS - 3, ROWS):
        one_by_one.update(frame()[row == PLACE])
    points = replayed.columns[:4]
    pd.testing.assert_frame_equal(forecast(at_once)[points], replayed[points], rtol=1e-5)
    pd.testing.assert_frame_equal(forecast(one_by_one)[points], replayed[points], rtol=1e-5)
