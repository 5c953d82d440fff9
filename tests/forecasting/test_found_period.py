"""A period that `AutoLSTM` finds in integer steps, tells, keeps; it knows nothing of later rows."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import gatecast
from gatecast import AutoLSTM
from gatecast._types import Floats
from gatecast.forecasting import decided_in_words

PERIOD, ROWS, H = 17, 140, 10
SHAPE = 10 * np.sin(2 * np.pi * np.arange(PERIOD) / PERIOD) + 5 * (np.arange(PERIOD) < 4)
NOISE = np.random.default_rng(3).standard_normal(ROWS + H)
Y = 100 + np.resize(SHAPE, ROWS + H) + NOISE


def steps(y: Floats) -> pd.DataFrame:
    return pd.DataFrame({"unique_id": "a", "ds": np.arange(len(y)), "y": y})


def zero_shot(**settings: Any) -> AutoLSTM:
    return AutoLSTM(h=H, quality="zero_shot", intervals=False, verbose=False, **settings)


@pytest.fixture(scope="module")
def model() -> AutoLSTM:
    return zero_shot().fit(steps(Y[:ROWS]))


def season(model: AutoLSTM) -> int:
    return model.model_.members.parts[0].settings.framing.season


def test_it_is_found_told_and_used(model: AutoLSTM):
    assert (season(model), model.model_.season_length) == (PERIOD, PERIOD)
    assert "the series repeat every 17 rows" in decided_in_words(model.model_)
    assert np.abs(model.predict()["LSTM"].to_numpy() - Y[ROWS:]).mean() < 2


def test_it_is_kept_in_the_file(model: AutoLSTM, tmp_path: Path):
    loaded = gatecast.load(model.save(tmp_path / "found.gatecast"))
    assert loaded.model_.period == model.model_.period
    # No new search: other rows change nothing.
    flat = loaded.on_history(steps(100 + np.random.default_rng(0).standard_normal(ROWS)))
    assert (season(flat), flat.model_.season_length) == (PERIOD, PERIOD)


def test_a_fold_does_not_see_the_period_of_later_rows():
    # Noise, and then a period: its first rows alone show none.
    noise = 100 + np.random.default_rng(5).standard_normal(60)
    later = np.concatenate([noise, 100 + np.resize(10 * SHAPE, 200)])
    folds = zero_shot().cross_validation(steps(later), h=H, n_windows=2, step_size=190)
    alone = zero_shot().fit(steps(noise))
    assert season(alone) == 1
    first = folds.loc[folds["cutoff"] == 59, "LSTM"]
    np.testing.assert_allclose(first, alone.predict()["LSTM"], rtol=1e-5)


def test_the_one_that_is_given_counts():
    given = zero_shot(season_length=5).fit(steps(Y[:ROWS]))
    assert (season(given), given.model_.period) == (5, None)


def test_years_and_noise_have_none():
    years = pd.date_range("1900-01-01", periods=100, freq="YS")
    for frame in (
        steps(Y[:100]).assign(ds=years),
        steps(np.random.default_rng(0).standard_normal(100)),
    ):
        none = zero_shot().fit(frame)
        assert (season(none), none.model_.period) == (1, None)
