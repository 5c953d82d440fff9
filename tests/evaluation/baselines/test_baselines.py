import warnings
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from statsforecast.models import AutoARIMA, AutoCES, AutoETS, AutoTheta

from gatecast._types import InputError, InputWarning, Panel
from gatecast.evaluation import BASELINES, multi_step, one_step
from gatecast.evaluation.baselines import BaselineForecasts, Baselines

STATISTICAL = BASELINES[2:]
MODELS = {
    "auto_ets": AutoETS,
    "auto_arima": AutoARIMA,
    "auto_theta": AutoTheta,
    "auto_ces": AutoCES,
}


def panel_of(*series: NDArray[Any], freq: int = 1):
    offsets = np.concatenate([[0], np.cumsum([len(y) for y in series])])
    ds = np.concatenate([np.arange(len(y)) for y in series])
    y = np.concatenate(series).astype(np.float64)
    return Panel(np.array([f"s{i}" for i in range(len(series))]), ds, y, offsets, freq)


def seasonal(rows: int, seed: int, season: int = 4, trend: float = 0.3):
    t = np.arange(rows)
    noise = np.random.default_rng(seed).normal(size=rows)
    return (
        60 + trend * t + 8 * np.sin(2 * np.pi * t / season) + np.cumsum(0.3 * noise) + noise[::-1]
    )


def rms(values: pd.Series):
    return np.sqrt(np.mean(np.square(values)))


PUBLISHED_ONE_STEP = {
    "persistence": 48.04,
    "seasonal_naive": 41.85,
    "auto_ets": 25.53,
    "auto_theta": 17.2,
    "auto_ces": 14.91,
    "auto_arima": 14.62,
}
PUBLISHED_MULTI_STEP = {
    "seasonal_naive": 97.8,
    "auto_ets": 93.9,
    "auto_theta": 33.8,
    "auto_ces": 40.6,
    "auto_arima": 26.4,
}


@pytest.fixture(scope="module")
def published(airline: Panel) -> BaselineForecasts:
    return one_step(airline, np.array([96]), season_length=12)


def test_published_one_step_errors(airline: Panel, published: BaselineForecasts):
    found = published
    errors = {name: rms(found.forecasts[name][96:] - airline.y[96:]) for name in BASELINES}
    assert errors == pytest.approx(PUBLISHED_ONE_STEP, abs=0.006)
    assert found.forecasts.columns.tolist() == ["unique_id", "ds", *BASELINES]
    assert (found.forecasts["ds"].to_numpy() == airline.ds).all()
    assert set(found.seconds) == set(BASELINES)
    assert all(seconds > 0 for seconds in found.seconds.values())


def test_published_multi_step_errors(airline: Panel):
    table = multi_step(airline, np.array([96]), 48, season_length=12).forecasts
    errors = {name: rms(table[name] - airline.y[96:]) for name in PUBLISHED_MULTI_STEP}
    assert errors == pytest.approx(PUBLISHED_MULTI_STEP, abs=0.06)
    assert (table["persistence"] == airline.y[95]).all()
    assert (table["ds"].to_numpy() == airline.ds[96:]).all()
    assert (table["cutoff"] == airline.ds[95]).all()


@pytest.mark.parametrize("name", STATISTICAL)
@pytest.mark.parametrize(("seed", "season", "trend"), [(0, 1, 0.3), (1, 4, 0), (2, 4, 0.3)])
def test_rolling_forecasts_equal_one_forward_call_per_row(
    name: str, seed: int, season: int, trend: float
):
    y, train = seasonal(80, seed, season=max(season, 2), trend=trend), 60
    table = one_step(panel_of(y), np.array([train]), [name], season).forecasts
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = MODELS[name](season_length=season).fit(y[:train])
        expected = [model.forward(y[:row], h=1)["mean"][0] for row in range(train, 80)]
    assert table[name][train:].to_numpy() == pytest.approx(expected, rel=1e-8)


def test_arima_rolls_exactly_while_its_uncertainty_still_shrinks():
    """Noise about a line: the moving average is -1, so the filter settles only as 1 / rows."""
    y = 0.5 * np.arange(60) + np.random.default_rng(1).normal(size=60)
    table = one_step(panel_of(y), np.array([40]), ["auto_arima"]).forecasts
    model = AutoARIMA().fit(y[:40])
    assert model.model_["coef"]["ma1"] == pytest.approx(-1, abs=0.01)
    expected = [model.forward(y[:row], h=1)["mean"][0] for row in range(40, 60)]
    assert table["auto_arima"][40:].to_numpy() == pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize(
    ("seed", "replacement"),
    [
        (0, 0.0),
        (2, 1e4),
        (2, -50.0),
        pytest.param(0, 1e4, marks=pytest.mark.slow),
        pytest.param(0, -50.0, marks=pytest.mark.slow),
        pytest.param(2, 0.0, marks=pytest.mark.slow),
    ],
)
def test_one_step_forecasts_do_not_know_the_future(seed: int, replacement: float):
    panel, train, row = panel_of(seasonal(72, seed)), np.array([48]), 60
    changed = panel.y.copy()
    changed[row:] = replacement
    before = one_step(panel, train, season_length=4).forecasts
    after = one_step(replace(panel, y=changed), train, season_length=4).forecasts
    pd.testing.assert_frame_equal(before[: row + 1], after[: row + 1], rtol=1e-12)
    differs = before.loc[row + 1 :, BASELINES] != after.loc[row + 1 :, BASELINES]
    assert differs.any().all()


def test_naive_fits_do_not_know_the_future_in_training_either():
    y = seasonal(40, 0)
    changed = np.concatenate([y[:20], y[20:] + 100])
    names = BASELINES[:2]
    before, after = (
        one_step(panel_of(v), np.array([30]), names, 4).forecasts for v in (y, changed)
    )
    pd.testing.assert_frame_equal(before[:21], after[:21])


def test_multi_step_forecasts_do_not_know_the_future():
    panel, train = panel_of(seasonal(60, 0), seasonal(50, 1)), np.array([48, 40])
    changed = np.where(panel.position >= train[panel.series_of_row], -1.0, panel.y)
    before = multi_step(panel, train, 6, season_length=4, level=[80]).forecasts
    after = multi_step(replace(panel, y=changed), train, 6, season_length=4, level=[80]).forecasts
    pd.testing.assert_frame_equal(before, after)


def test_first_rolling_forecast_is_the_first_step_of_multi_step():
    panel, train = panel_of(seasonal(60, 3), seasonal(50, 4)), np.array([48, 40])
    rolled = one_step(panel, train, season_length=4).forecasts
    ahead = multi_step(panel, train, 2, season_length=4).forecasts
    first = rolled.loc[panel.offsets[:-1] + train, list(BASELINES)]
    assert first.to_numpy() == pytest.approx(ahead.loc[[0, 2], list(BASELINES)].to_numpy())


def test_a_model_is_fitted_once_for_one_step_and_many(monkeypatch: pytest.MonkeyPatch):
    panel = panel_of(seasonal(40, 1), seasonal(36, 2))
    train = np.array([30, 28])
    near = one_step(panel, train, season_length=4)
    far = multi_step(panel, train, 6, season_length=4, level=[80])
    fits: list[str] = []
    for model in MODELS.values():

        def fit(self: Any, *rows: Any, original: Any = model.fit, **options: Any) -> Any:
            fits.append(type(self).__name__)
            return original(self, *rows, **options)

        monkeypatch.setattr(model, "fit", fit)
    known = Baselines(panel, train, season_length=4)
    for _ in range(2):
        pd.testing.assert_frame_equal(known.one_step().forecasts, near.forecasts)
        pd.testing.assert_frame_equal(known.multi_step(6, [80]).forecasts, far.forecasts)
    assert sorted(fits) == sorted(model.__name__ for model in MODELS.values() for _ in panel.ids)


def test_gaps_are_filled_by_the_past_only():
    y = seasonal(60, 5)
    gappy, filled = y.copy(), y.copy()
    gappy[[20, 21, 50]] = np.nan
    filled[[20, 21, 50]] = y[[19, 19, 49]]
    train = np.array([45])
    found = one_step(panel_of(gappy), train, season_length=4).forecasts
    expected = one_step(panel_of(filled), train, season_length=4).forecasts
    pd.testing.assert_frame_equal(found, expected)


def test_training_rows_without_a_forecast_are_nan(published: BaselineForecasts):
    table = published.forecasts
    # AutoARIMA differences once and once a season; AutoTheta needs three rows to start
    first = {name: int(table[name].first_valid_index()) for name in BASELINES}
    assert first == {
        "persistence": 1,
        "seasonal_naive": 12,
        "auto_ets": 0,
        "auto_arima": 13,
        "auto_theta": 3,
        "auto_ces": 0,
    }


def test_less_than_two_seasons_means_no_season():
    table = one_step(panel_of(seasonal(30, 0)), np.array([23]), season_length=12).forecasts
    assert table["seasonal_naive"].equals(table["persistence"].rename("seasonal_naive"))
    table = one_step(panel_of(seasonal(30, 0)), np.array([24]), season_length=12).forecasts
    assert table["seasonal_naive"][12:].tolist() == seasonal(30, 0)[:18].tolist()


def test_a_constant_series_is_forecast_as_its_last_value():
    y = np.array([5.0] * 30 + [7.0, 5.0, 9.0])
    table = one_step(panel_of(y), np.array([30]), season_length=4).forecasts
    for name in STATISTICAL:
        assert table[name][30:].tolist() == [5.0, 7.0, 5.0], name


def test_a_model_that_fails_is_nan_and_says_so():
    short, long = np.array([1.0, 3.0, 2.0, 5.0]), seasonal(40, 0)
    with pytest.warns(InputWarning, match="auto_ets has no forecast for series 's0': tiny"):
        found = one_step(panel_of(short, long), np.array([3, 30]), ["persistence", "auto_ets"])
    assert found.forecasts["auto_ets"][:4].isna().all()
    assert found.forecasts["auto_ets"][4:].notna().all()
    assert found.forecasts["persistence"][1:4].tolist() == [1, 3, 2]
    with pytest.warns(InputWarning, match="series 's0' and 1 more"):
        multi_step(panel_of(short, short), np.array([3, 3]), 2, ["auto_ets"])


def test_training_rows_without_observations_are_named():
    y = np.array([np.nan, np.nan, 1.0, 2.0])
    with pytest.warns(InputWarning, match="no observation"):
        table = one_step(panel_of(y), np.array([2]), ["persistence"]).forecasts
    assert table["persistence"].isna().all()


def test_statistical_models_run_on_a_sample_of_many_series():
    panel = panel_of(*(seasonal(30, seed) for seed in range(5)))
    with pytest.warns(InputWarning, match="auto_ces ran on 3 of 5 series"):
        found = one_step(panel, np.full(5, 24), ["persistence", "auto_ces"], max_series=3)
    present = found.forecasts.groupby("unique_id").count()
    assert present["auto_ces"].tolist() == [30, 0, 30, 0, 30]
    assert present["persistence"].tolist() == [29] * 5


def test_long_series_are_fitted_on_their_latest_rows():
    y, limit = seasonal(500, 0, season=24, trend=0), 150
    found = one_step(panel_of(y), np.array([450]), season_length=24, max_fit_rows=limit).forecasts
    assert found[list(STATISTICAL)][:300].isna().all(axis=None)
    tail = one_step(
        panel_of(y[300:]), np.array([limit]), season_length=24, max_fit_rows=limit
    ).forecasts
    for name in STATISTICAL:
        assert found[name][450:].tolist() == pytest.approx(tail[name][150:].tolist()), name


def test_intervals_and_a_calendar_beyond_the_last_row():
    ds = pd.date_range("2024-01-31", periods=30, freq="ME").to_numpy()
    panel = replace(panel_of(seasonal(30, 0)), ds=ds, freq="ME")
    table = multi_step(panel, np.array([30]), 2, ["auto_ets"], 4, level=[80, 95]).forecasts
    ends = ["", "-lo-95", "-lo-80", "-hi-80", "-hi-95"]
    columns = [f"auto_ets{end}" for end in ends]
    assert table.columns.tolist() == ["unique_id", "ds", "cutoff", *columns]
    assert table["ds"].dt.strftime("%Y-%m-%d").tolist() == ["2026-07-31", "2026-08-31"]
    assert (np.diff(table[[*columns[1:3], "auto_ets", *columns[3:]]]) > 0).all()
    whole = multi_step(panel_of(np.arange(9.0), freq=5), np.array([9]), 2, ["persistence"])
    assert whole.forecasts["ds"].tolist() == [13, 18]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"names": ["prophet"]}, "unknown baseline 'prophet'; choose from persistence"),
        ({"season_length": 0}, "season_length is 0"),
        ({"h": 0}, "h is 0"),
        ({"level": [80, 100]}, "level has 100"),
        ({"train": np.array([3, 3])}, "one number per series"),
        ({"train": np.array([0])}, "series 's0' has 9 rows, but train asks for 0"),
        ({"train": np.array([10])}, "has 9 rows, but train asks for 10"),
    ],
)
def test_settings_that_do_not_fit(change: dict[str, Any], message: str):
    settings = {"train": np.array([6]), "h": 2, "names": ["persistence"], "season_length": 1}
    with pytest.raises(InputError, match=message):
        multi_step(panel_of(np.arange(9.0)), **(settings | change))
