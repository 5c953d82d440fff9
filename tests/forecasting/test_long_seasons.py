"""Quarter-hours: blocks of rows from fitting to forecasts, files, streams and refusals."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import gatecast
from gatecast import AutoLSTM
from gatecast._types import Floats, InputError
from gatecast.forecasting.members import traced

DAY, H = 96, 48

SHAPE = np.sin(2 * np.pi * np.arange(DAY) / DAY) + 0.5 * (np.arange(DAY) > 60)


def quarters(y: Floats, name: str = "a") -> pd.DataFrame:
    ds = pd.date_range("2024-01-01", periods=len(y), freq="15min")
    return pd.DataFrame({"unique_id": name, "ds": ds, "y": y})


def weekly(rows: int, noise: float) -> Floats:
    t = np.arange(rows)
    quiet = np.where((t // DAY) % 7 >= 5, 0.6, 1.0)
    scatter = noise * np.random.default_rng(1).standard_normal(rows)
    found: Floats = 100 + 20 * quiet * np.resize(SHAPE, rows) + scatter
    return found


def zero_shot(h: int = H) -> AutoLSTM:
    return AutoLSTM(h=h, quality="zero_shot", intervals=False, verbose=False)


ROWS = 21 * DAY
NOISY = weekly(ROWS + H, 2.0)


@pytest.fixture(scope="module")
def model() -> AutoLSTM:
    return zero_shot().fit(quarters(NOISY[:ROWS]))


def test_rows_are_read_in_blocks_and_forecast_one_by_one(model: AutoLSTM):
    framing = model.model_.members.parts[0].settings.framing
    assert (framing.block, framing.season, framing.longer_season) == (4, DAY, 7 * DAY)
    wrong = model.predict()["LSTM"].to_numpy() - NOISY[ROWS:]
    # The noise has a mean absolute size of 1.6; what was a day before is a weekday's.
    assert np.abs(wrong).mean() < 2.4
    assert np.abs(NOISY[ROWS:] - NOISY[ROWS - DAY : ROWS - DAY + H]).mean() > 3


def test_what_comes_later_changes_nothing(model: AutoLSTM):
    changed = quarters(np.where(np.arange(ROWS + H) < ROWS, NOISY, 7))
    alone = zero_shot().cross_validation(changed, h=H, n_windows=1)
    np.testing.assert_allclose(alone["LSTM"], model.predict()["LSTM"], rtol=1e-5)


def test_a_file_and_a_stream_forecast_the_same(model: AutoLSTM, tmp_path: Path):
    loaded = gatecast.load(model.save(tmp_path / "quarters.gatecast"))
    pd.testing.assert_frame_equal(loaded.predict(), model.predict())
    stream = model.stream()
    streamed = stream.advance(NOISY[ROWS : ROWS + 3, None])
    ahead = loaded.update(quarters(NOISY[: ROWS + 3])).predict()["LSTM"]
    np.testing.assert_allclose(streamed[0], ahead, rtol=1e-5)


def test_blocks_are_not_exported(model: AutoLSTM, tmp_path: Path):
    with pytest.raises(InputError, match="4 rows as one"):
        model.to_keras(tmp_path / "quarters.keras")


def test_half_a_day_is_enough_to_forecast_from():
    short = zero_shot(24).fit(quarters(NOISY[: DAY // 2]))
    assert np.isfinite(short.predict()["LSTM"]).all()


def test_a_season_that_is_too_long_is_refused():
    with pytest.raises(InputError, match="2,016 rows"):
        AutoLSTM(h=12, season_length=2017)


def test_the_program_of_a_file_is_kept_for_any_number_of_series(model: AutoLSTM):
    (part,) = model.model_.members.parts
    assert traced(part, model.model_.context.panel, H) is not None
