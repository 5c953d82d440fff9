from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from small_forecasters import NAN, DrawnForecaster, frame_of, panel_of, wandering

import gatecast
from gatecast import LSTMForecaster
from gatecast._types import InputError, InputWarning
from gatecast.forecasting.members import from_windows
from gatecast.framing import last_windows
from gatecast.training import Training

TRAINING = Training(epochs=3, batch_size=8)
SMALL = {"h": 2, "look_back": 3, "units": 2, "training": TRAINING}
DATA = frame_of(panel_of(wandering(24), wandering(18, 1), freq="D"))
LEVELS = [50, 80, 95]


def small(**changes: Any) -> LSTMForecaster:
    return LSTMForecaster(**SMALL | changes)


def drawn(data: Any = DATA, **changes: Any) -> LSTMForecaster:
    """With drawn weights, where it does not matter what was learnt."""
    names = {name: changes.pop(name) for name in ("id_col", "time_col", "target_col")
             if name in changes}  # fmt: skip
    forecaster = DrawnForecaster(**SMALL | {"members": 3, "random_seed": 4} | changes)
    return forecaster.fit(data, **names)


@pytest.fixture(scope="module")
def fitted() -> LSTMForecaster:
    return small(members=3, random_seed=4).fit(DATA)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"h": 0}, "h must be at least 1, got 0"),
        ({"look_back": 0}, "look_back must be at least 1, got 0"),
        ({"framing": "windows"}, "framing must be one of steps, window, got 'windows'"),
        ({"cell": "tcn"}, "cell must be one of lstm, gru, rnn, dense, got 'tcn'"),
        ({"layers": 0}, "layers must be at least 1, got 0"),
        ({"units": 0}, "units must be at least 1, got 0"),
        ({"dropout": 1}, r"dropout must lie in \[0, 1\), got 1"),
        ({"activation": "x"}, "activation must be one of .*, got 'x'"),
        ({"scaler": "max"}, "scaler 'max' is not known; choose from .*"),
        ({"scaler": ["log", "max"]}, "scaler 'max' is not known; choose from .*"),
        (
            {"window_level": "x"},
            "window_level must be one of none, last, mean, smoothed, seasonal, got 'x'",
        ),
        ({"level_span": 0}, "level_span must be at least 1, got 0"),
        ({"members": 0}, "members must be at least 1, got 0"),
        ({"random_seed": -3}, "random_seed must be at least 0, got -3"),
        ({"stateful": True, "cell": "dense"}, "stateful=True needs a network whose .*"),
        ({"strategy": "both"}, "strategy must be direct or recursive, got 'both'"),
        ({"network": "tree"}, "network must be one of stack, .*, got 'tree'"),
        ({"gaps": "drop"}, "gaps must be one of auto, mask, bridge, decay, got 'drop'"),
        ({"variants": [{"cell": "tcn"}]}, "cell must be one of lstm, gru, rnn, dense, got 'tcn'"),
        ({"hist_exog": ["a"], "futr_exog": ["a"]}, "column 'a' is named twice in hist_exog and.*"),
        ({"training": Training(loss="mape")}, "loss 'mape' needs values that are logarithms, .*"),
    ],
)
def test_bad_settings_are_named_when_they_are_given(setting: dict[str, Any], message: str):
    with pytest.raises(InputError, match=f"^{message}$"):
        LSTMForecaster(**setting)
    with pytest.raises(InputError, match=f"^{message}$"):
        LSTMForecaster().set_params(**setting)


def test_a_forecast_is_a_row_per_series_and_time(fitted: LSTMForecaster):
    forecast = fitted.predict(level=LEVELS)
    bounds = [f"LSTM-{end}-{level}" for level in LEVELS for end in ("lo", "hi")]
    assert forecast.columns.tolist() == ["unique_id", "ds", "LSTM", *bounds]
    assert forecast["unique_id"].tolist() == ["a", "a", "b", "b"]
    days = ["2000-01-25", "2000-01-26", "2000-01-19", "2000-01-20"]
    assert forecast["ds"].tolist() == [pd.Timestamp(day) for day in days]
    assert np.isfinite(forecast.drop(columns=["unique_id", "ds"])).all(axis=None)


def test_intervals_lie_within_each_other(fitted: LSTMForecaster):
    forecast = fitted.predict(h=7, level=LEVELS)
    order = [*(f"LSTM-lo-{p}" for p in (95, 80, 50)), "LSTM", *(f"LSTM-hi-{p}" for p in LEVELS)]
    assert (np.diff(forecast[order], axis=1) >= 0).all()
    assert (forecast["LSTM-hi-50"] > forecast["LSTM-lo-50"]).all()


def test_a_longer_forecast_begins_like_a_shorter_one(fitted: LSTMForecaster):
    by_day = {h: fitted.predict(h=h).set_index(["unique_id", "ds"])["LSTM"] for h in (1, 2, 7)}
    assert [len(forecast) for forecast in by_day.values()] == [2, 4, 14]
    for h in (1, 2):
        np.testing.assert_allclose(by_day[7].loc[by_day[h].index], by_day[h], rtol=1e-6)


def test_a_forecast_is_the_median_of_members(fitted: LSTMForecaster):
    (part,) = fitted.model_.members.parts
    panel = fitted.model_.context.panel
    members = from_windows(part, panel, last_windows(panel), 2).point
    assert len(members) == 3
    assert (np.ptp(members, axis=0) > 0).all()
    middle = np.sort(members, axis=0)[1].reshape(-1)
    np.testing.assert_allclose(fitted.predict()["LSTM"], middle, rtol=1e-6)


def test_what_is_known_after_fitting(fitted: LSTMForecaster):
    assert set(fitted.skill_) == {"persistence", "seasonal_naive"}
    assert all(skill < 1 for skill in fitted.skill_.values())
    assert fitted.curves_["loss"].shape == (3, 3)
    assert (np.diff(fitted.curves_["loss"][:, [0, -1]]) < 0).all()


def test_a_seed_decides_every_bit(fitted: LSTMForecaster):
    again = small(members=3, random_seed=4).fit(DATA).predict(h=7, level=LEVELS)
    pd.testing.assert_frame_equal(again, fitted.predict(h=7, level=LEVELS), check_exact=True)
    other = small(members=3, random_seed=14).fit(DATA).predict(h=7)
    assert (other["LSTM"] != again["LSTM"]).all()


def test_polars_in_polars_out_with_own_names(tmp_path: Path):
    names = {"unique_id": "store", "ds": "day", "y": "sales"}
    data = pl.from_pandas(DATA.rename(columns=names))
    forecaster = drawn(data, id_col="store", time_col="day", target_col="sales")
    forecast = forecaster.predict(level=[80])
    assert isinstance(forecast, pl.DataFrame)
    assert forecast.columns == ["store", "day", "LSTM", "LSTM-lo-80", "LSTM-hi-80"]
    expected = drawn().predict(level=[80]).rename(columns=names)
    pd.testing.assert_frame_equal(forecast.to_pandas(), expected, check_dtype=False)
    # The names are kept in the artefact, and the library.
    loaded = gatecast.load(forecaster.save(tmp_path / "named.gatecast"))
    assert loaded.predict(level=[80]).equals(forecast)
    later = data.group_by("store").tail(1).with_columns(pl.col("day").dt.offset_by("1d"))
    assert loaded.update(later).predict()["day"].min() == pd.Timestamp("2000-01-20")


def test_integer_times_and_ids():
    data = DATA.assign(
        ds=100 + 5 * DATA.groupby("unique_id").cumcount(),
        unique_id=DATA["unique_id"].map({"a": 3, "b": 12}),
    )
    forecast = drawn(data, intervals=False).predict()
    assert forecast["unique_id"].tolist() == [3, 3, 12, 12]
    assert forecast["ds"].tolist() == [220, 225, 190, 195]
    np.testing.assert_array_equal(forecast["LSTM"], drawn(intervals=False).predict()["LSTM"])


def test_the_column_names_the_cell():
    forecast = drawn(cell="dense", intervals=False).predict()
    assert forecast.columns.tolist() == ["unique_id", "ds", "DENSE"]


def test_a_constant_series_has_a_finite_forecast():
    constant = DATA.assign(y=DATA["y"].where(DATA["unique_id"] == "a", 5.0))
    with pytest.warns(InputWarning, match="1 constant series: 'b'"):
        forecaster = drawn(constant)
    assert np.isfinite(forecaster.predict(h=7, level=[80]).iloc[:, 2:]).all(axis=None)


def test_a_gap_is_no_obstacle():
    gap = DATA.assign(y=DATA["y"].where(DATA.index != 10, NAN))
    with pytest.warns(InputWarning, match="1 of 42 calendar steps"):
        forecaster = drawn(gap)
    assert np.isfinite(forecaster.predict(level=[80]).iloc[:, 2:]).all(axis=None)


def test_a_series_shorter_than_its_seasonal_difference_is_named():
    data = frame_of(panel_of(wandering(24), wandering(7), freq="D"))
    message = "^series 'b' has 7 observed rows, .*the 7 rows that the scaler looks back on"
    with pytest.raises(InputError, match=message):
        drawn(data, scaler="seasonal_difference")


def test_a_logarithm_needs_positive_values():
    zero = DATA.assign(y=DATA["y"].where(DATA.index != 30, 0.0))
    with pytest.raises(InputError, match=r"^series 'b' has y = 0 at 2000-01-07: the log scaler"):
        small(scaler="log").fit(zero)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"h": 0}, "h must be at least 1, got 0"),
        ({"level": [80, 100]}, r"level must lie between 0 and 100 \(percent\), got 100"),
        ({"level": 0.8}, "level is in percent, got 0.8: write 80"),
        ({"quantiles": [0]}, "quantiles must lie between 0 and 1, got 0"),
    ],
)
def test_bad_requests_are_named(asked: dict[str, Any], message: str, fitted: LSTMForecaster):
    with pytest.raises(InputError, match=f"^{message}$"):
        fitted.predict(**asked)


def test_a_lone_level_or_quantile_is_a_list_of_one(fitted: LSTMForecaster):
    for name, value in (("level", 80), ("quantiles", 0.5)):
        several = fitted.predict(**{name: [value]})
        pd.testing.assert_frame_equal(fitted.predict(**{name: value}), several)


def test_no_intervals_where_none_were_calibrated():
    forecaster = drawn(intervals=False)
    assert forecaster.skill_ == {}
    assert forecaster.predict().shape == (4, 3)
    with pytest.raises(
        InputError, match=r"^no intervals were calibrated: forecast without level, or"
    ):
        forecaster.predict(level=[80])


def test_quantiles_are_columns(fitted: LSTMForecaster):
    forecast = fitted.predict(level=[80], quantiles=[0.1, 0.5, 0.9])
    np.testing.assert_allclose(forecast["LSTM-q-0.1"], forecast["LSTM-lo-80"])
    np.testing.assert_allclose(forecast["LSTM-q-0.9"], forecast["LSTM-hi-80"])
    np.testing.assert_array_equal(forecast["LSTM-q-0.5"], forecast["LSTM"])


def test_paths_are_rows_of_their_own(fitted: LSTMForecaster):
    paths = fitted.sample_paths(40, h=3)
    assert paths.columns.tolist() == ["unique_id", "ds", "path", "LSTM"]
    assert len(paths) == 2 * 40 * 3
    pd.testing.assert_frame_equal(paths, fitted.sample_paths(40, h=3), check_exact=True)
    assert (paths["LSTM"] != fitted.sample_paths(40, h=3, random_seed=1)["LSTM"]).any()
    # Every path is followed over the whole horizon.
    assert paths.groupby(["unique_id", "path"])["ds"].apply(list).map(len).eq(3).all()
    assert paths["ds"].unique().tolist() == fitted.predict(3)["ds"].unique().tolist()


@pytest.mark.parametrize("size", [1e-150, 1e-310])
def test_series_too_small_to_be_squared_are_refused(size: float):
    days = pd.date_range("2024-01-01", periods=20)
    frame = pd.DataFrame({"ds": days, "y": np.arange(20) % 4 * size})
    model = DrawnForecaster(h=1, look_back=3, units=2, intervals=False)
    with pytest.raises(
        InputError, match=r"^series 'series' has no value beyond 3e-.* smaller unit"
    ):
        model.fit(frame)
    # Few small values beside usual ones are none at all.
    usual = model.fit(frame.assign(y=np.arange(20) % 4)).predict()["LSTM"].to_numpy()
    nothing = frame["y"] / size + np.where(np.arange(20) % 4, 0, size)
    np.testing.assert_allclose(model.fit(frame.assign(y=nothing)).predict()["LSTM"], usual)
    with pytest.raises(InputError, match="cannot be forecast; give them in a smaller unit"):
        model.predict(df=frame)
    gatecast.backtest("persistence", frame, h=1)
    with pytest.raises(InputError, match="smaller unit"):
        gatecast.backtest(model, frame, h=1)
