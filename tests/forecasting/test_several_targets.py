"""Several columns forecast together, and rows at any times."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from small_forecasters import NAN, TARGETS, DrawnForecaster, frame_of_targets, wandering

from gatecast import InputError, LSTMForecaster


def frame() -> pd.DataFrame:
    return frame_of_targets(14)


def fitted(data: pd.DataFrame, **changes: Any) -> LSTMForecaster:
    forecaster = DrawnForecaster(**{"h": 3, "look_back": 3, "cell": "rnn", "units": 3} | changes)
    return forecaster.fit(data, target_col=TARGETS)


@pytest.fixture(scope="module")
def both() -> LSTMForecaster:
    return fitted(frame())


def test_a_forecast_has_a_row_per_series_target_and_time(both: LSTMForecaster):
    forecast = both.predict(level=[80], quantiles=[0.5])
    names = ["unique_id", "ds", "target", "RNN", "RNN-lo-80", "RNN-hi-80", "RNN-q-0.5"]
    assert forecast.columns.tolist() == names
    assert forecast["unique_id"].tolist() == ["a"] * 6 + ["b"] * 6
    assert forecast["target"].tolist() == (["sold"] * 3 + ["returned"] * 3) * 2
    assert forecast["ds"].tolist() == [14, 15, 16] * 4
    np.testing.assert_array_equal(forecast["RNN-q-0.5"], forecast["RNN"])
    # Each in its own units.
    sold = forecast.loc[forecast["target"] == "sold"]
    returned = forecast.loc[forecast["target"] == "returned"]
    assert sold["RNN"].between(30, 80).all()
    assert returned["RNN"].between(1300, 1800).all()
    wide = (forecast["RNN-hi-80"] - forecast["RNN-lo-80"]).groupby(forecast["target"]).mean()
    assert 3 < wide["returned"] / wide["sold"] < 30
    paths = both.sample_paths(4)
    assert len(paths) == 4 * len(forecast)
    assert paths.groupby("path")["target"].nunique().eq(2).all()


def test_every_target_is_an_input(both: LSTMForecaster):
    before = both.predict(df=frame())
    changed = frame().assign(returned=lambda rows: rows["returned"].where(rows["ds"] < 13, 900.0))
    after = both.predict(df=changed)
    assert (after["RNN"] != before["RNN"]).all()
    pd.testing.assert_frame_equal(both.predict(), before)


def test_a_target_may_be_missing_where_another_is_observed(both: LSTMForecaster):
    data = frame()
    data.loc[5, "sold"] = NAN
    data.loc[[20, 27], "returned"] = NAN
    with pytest.warns(UserWarning, match="miss"):
        forecast = both.predict(df=data)
    assert np.isfinite(forecast["RNN"]).all()


def test_new_rows_bring_every_target(both: LSTMForecaster):
    forecaster = fitted(frame().query("ds < 11"), stateful=True, window_level="smoothed")
    replayed = forecaster.predict(5, df=frame())
    for _, rows in frame().query("ds >= 11").groupby("ds"):
        forecaster.update(rows)
    pd.testing.assert_frame_equal(forecaster.predict(5), replayed, rtol=1e-5)
    with pytest.raises(InputError, match="returned"):
        both.update(frame().drop(columns="returned").assign(ds=lambda rows: rows["ds"] + 14))


def irregular(rows: int = 12) -> pd.DataFrame:
    random = np.random.default_rng(2)
    hours = np.cumsum(random.choice([2, 4, 4, 4, 9], size=rows))
    return pd.DataFrame(
        {
            "unique_id": "a",
            "ds": pd.Timestamp("2024-03-01") + pd.to_timedelta(hours, "h"),
            "y": wandering(rows),
        }
    )


@pytest.fixture(scope="module")
def uneven() -> LSTMForecaster:
    forecaster = DrawnForecaster(h=2, look_back=3, cell="rnn", units=3)
    return forecaster.fit(irregular(), freq="irregular")


def test_irregular_times_go_on_by_the_usual_step(uneven: LSTMForecaster):
    forecast = uneven.predict(3, level=[80])
    last = irregular()["ds"].iloc[-1]
    expected = [last + pd.Timedelta(hours=4 * step) for step in (1, 2, 3)]
    assert forecast["ds"].tolist() == expected
    assert np.isfinite(forecast.iloc[:, 2:]).all(axis=None)


def test_the_times_to_forecast_may_be_given(uneven: LSTMForecaster):
    last = irregular()["ds"].iloc[-1]
    usual = pd.DataFrame({"unique_id": "a", "ds": [last + pd.Timedelta(hours=h) for h in (4, 8)]})
    pd.testing.assert_frame_equal(uneven.predict(futr_df=usual), uneven.predict())
    late = usual.assign(ds=lambda rows: rows["ds"] + pd.to_timedelta([0, 90], "h"))
    found, before = uneven.predict(futr_df=late), uneven.predict()
    assert found["ds"].tolist() == late["ds"].tolist()
    assert found["RNN"][0] == before["RNN"][0]
    assert found["RNN"][1] != before["RNN"][1]


def test_irregular_rows_move_a_forecast_on(uneven: LSTMForecaster):
    forecaster = DrawnForecaster(**uneven.get_params())
    forecaster.fit(irregular().iloc[:9], freq="irregular")
    replayed = forecaster.predict(3, df=irregular())
    for row in range(9, 12):
        forecaster.update(irregular().iloc[[row]])
    pd.testing.assert_frame_equal(forecaster.predict(3), replayed, rtol=1e-5)
