"""The season of the year, as users of `AutoLSTM` meet it."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import gatecast
from gatecast import AutoLSTM
from gatecast._types import Floats, InputError

ROWS, H = 1000, 24


def sine(rows: int) -> Floats:
    values: Floats = 20 + 5 * np.sin(2 * np.pi * np.arange(rows) / 365.25)
    return values


def frame(y: Floats, name: str = "a") -> pd.DataFrame:
    ds = pd.date_range("2001-03-04", periods=len(y), freq="D")
    return pd.DataFrame({"unique_id": name, "ds": ds, "y": y})


DAYS = frame(sine(ROWS + H))


@pytest.fixture(scope="module")
def fitted() -> AutoLSTM:
    model = AutoLSTM(h=H, quality="zero_shot", intervals=False, verbose=False)
    return model.fit(DAYS[:ROWS])


def error(forecast: pd.DataFrame, rows: int = ROWS) -> float:
    truth = sine(rows + len(forecast))[rows:]
    return float(np.abs(forecast["LSTM"].to_numpy() - truth).mean())


def test_a_year_of_days_is_forecast(fitted: AutoLSTM):
    persistence = np.abs(DAYS["y"][ROWS - 1] - DAYS["y"][ROWS:]).mean()
    assert error(fitted.predict()) < 0.1 * persistence
    # Forecasts that are fed back follow it, too.
    assert error(fitted.predict(h=300)) < 0.5


def test_new_series_and_known_ones_have_a_season_of_their_own(fitted: AutoLSTM):
    other = frame(sine(900) + np.random.default_rng(0).standard_normal(900), "b")
    found = fitted.predict(df=pd.concat([DAYS[:800], other]))
    assert error(found[found["unique_id"] == "a"], 800) < 0.3
    assert error(found[found["unique_id"] == "b"], 900) < 0.8


def test_stream_update_and_file_say_the_same(fitted: AutoLSTM, tmp_path: Path):
    path = fitted.save(tmp_path / "days.gatecast")
    loaded = gatecast.load(path)
    pd.testing.assert_frame_equal(loaded.predict(), fitted.predict())
    stream = loaded.stream()
    for value in DAYS["y"][ROWS : ROWS + 3]:
        by_stream = stream.update(value)
    loaded.update(DAYS[ROWS : ROWS + 3])
    np.testing.assert_allclose(loaded.predict()["LSTM"], by_stream[0], rtol=1e-5)


def test_backtests_and_calibration_do_not_see_what_comes_later():
    noisy = frame(sine(ROWS) + np.random.default_rng(1).standard_normal(ROWS))
    model = AutoLSTM(h=7, quality="zero_shot", verbose=False)
    changed = noisy.assign(y=noisy["y"].where(noisy.index < ROWS - 7, 50))
    forecasts = [
        model.cross_validation(df=each, h=7, n_windows=1)["LSTM"] for each in (noisy, changed)
    ]
    pd.testing.assert_series_equal(*forecasts)


def test_an_export_refuses_what_needs_dates(fitted: AutoLSTM, tmp_path: Path):
    with pytest.raises(InputError, match="series 'a' follows the calendar year"):
        fitted.to_keras(tmp_path / "days.keras")
