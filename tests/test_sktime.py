"""The sktime adapter: sktime's own checks, and the forecaster itself as the truth."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("sktime")

from sktime.utils._testing.hierarchical import _make_hierarchical
from sktime.utils.estimator_checks import check_estimator

import gatecast
from gatecast._types import InputError
from gatecast.sktime import GatecastForecaster

# sktime and its checks warn about themselves.
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]

ROWS = 40
FH = [1, 2, 3]


def small(**settings: Any) -> gatecast.LSTMForecaster:
    keywords: dict[str, Any] = {
        "look_back": 2,
        "framing": "window",
        "units": 2,
        "intervals": False,
        "training": gatecast.Training(epochs=2),
        "verbose": False,
    }
    return gatecast.LSTMForecaster(**keywords | settings)


def monthly(rows: int = ROWS) -> pd.Series:
    index = pd.period_range("2001-01", periods=rows, freq="M", name="month")
    return pd.Series(np.sin(np.arange(rows)) + np.arange(rows) / 9, index, name="sales")


def long(y: pd.Series, **columns: Any) -> pd.DataFrame:
    ds = y.index.to_timestamp()
    return pd.DataFrame({"unique_id": "y", "ds": ds, "y": y.to_numpy(), **columns})


def test_sktime_accepts_it():
    results = check_estimator(GatecastForecaster, verbose=False)
    assert len(results) > 500
    assert {name: found for name, found in results.items() if found != "PASSED"} == {}


def test_forecasts_and_intervals_are_the_forecasters():
    y = monthly()
    model = GatecastForecaster(small(intervals=True)).fit(y, fh=FH)
    own = small(h=3, intervals=True).fit(long(y)).predict(level=[80])
    found = model.predict()
    np.testing.assert_allclose(found, own["LSTM"])
    assert found.name == "sales"
    assert found.index.equals(pd.period_range("2004-05", periods=3, freq="M", name="month"))
    intervals = model.predict_interval(coverage=0.8)
    np.testing.assert_allclose(intervals, own[["LSTM-lo-80", "LSTM-hi-80"]])


def test_some_steps_are_those_of_all():
    y = monthly()
    model = GatecastForecaster(small(h=3)).fit(y)
    every = model.clone().fit(y).predict(FH)
    np.testing.assert_array_equal(model.predict([1, 3]), every.iloc[[0, 2]])
    np.testing.assert_array_equal(
        model.predict(pd.PeriodIndex(["2004-06"], freq="M")), every.iloc[[1]]
    )


def test_exogenous_columns_are_known_ahead_unless_the_forecaster_says_otherwise():
    y = monthly(ROWS + 3)
    x = pd.DataFrame({"price": np.cos(np.arange(len(y))), "sales": np.arange(len(y)) % 5}, y.index)
    known, future = y[:ROWS], x[ROWS:]
    model = GatecastForecaster(small(hist_exog=["sales"])).fit(known, X=x[:ROWS], fh=FH)
    own = small(h=3, hist_exog=["sales"], futr_exog=["price"])
    columns = {name: x[name].to_numpy() for name in x}
    frame = long(y, **columns)
    expected = own.fit(frame[:ROWS]).predict(futr_df=frame[ROWS:])
    np.testing.assert_allclose(model.predict(X=future), expected["LSTM"])
    moved = model.predict(X=future.assign(price=0.0))
    assert not np.allclose(moved, expected["LSTM"])
    np.testing.assert_allclose(model.predict(X=future.assign(sales=0)), expected["LSTM"])
    with pytest.raises(InputError, match=r"X\[price\]"):
        model.predict()


def test_columns_may_all_be_known_up_to_the_cutoff_alone():
    y = monthly(ROWS + 3)
    x = pd.DataFrame({"sales": np.arange(len(y)) % 5}, y.index)
    known, future = y[:ROWS], x[ROWS:]
    model = GatecastForecaster(small(hist_exog=["sales"])).fit(known, X=x[:ROWS], fh=FH)
    expected = small(h=3, hist_exog=["sales"]).fit(long(y, sales=x["sales"].to_numpy())[:ROWS])
    for given in (None, future):
        np.testing.assert_allclose(model.predict(X=given), expected.predict()["LSTM"])


def test_columns_and_panels_go_through_one_model():
    y = _make_hierarchical((2, 2), n_columns=2, min_timepoints=ROWS, max_timepoints=ROWS)
    model = GatecastForecaster(small()).fit(y, fh=FH)
    ids = ["/".join(key) for key in y.index.droplevel(-1)]
    frame = y.set_axis(["a", "b"], axis=1).assign(unique_id=ids, ds=y.index.get_level_values(-1))
    own = small(h=3).fit(frame, target_col=["a", "b"]).predict()
    found = model.predict()
    for name, column in zip("ab", y.columns, strict=True):
        np.testing.assert_allclose(found[column], own.loc[own["target"] == name, "LSTM"])
    assert list(found.index.names) == list(y.index.names)
    assert found.index.get_level_values(-1).min() > frame["ds"].max()


def test_in_sample_is_one_step_ahead_and_never_looks_ahead():
    y = monthly()
    found = GatecastForecaster(small(h=3)).fit(y).predict(np.arange(1 - ROWS, 1))
    assert found.index.equals(y.index)
    assert found.isna().sum() == 2
    row = 20
    expected = small(h=3).fit(long(y)).predict(df=long(y[:row]))
    np.testing.assert_allclose(found.iloc[row], expected["LSTM"].iloc[0], rtol=1e-5)


def test_update_moves_the_state_or_trains_on():
    y = monthly(ROWS + 4)
    own = small(h=3).fit(long(y[:ROWS]))
    moved = GatecastForecaster(small()).fit(y[:ROWS], fh=FH)
    trained = GatecastForecaster(small()).fit(y[:ROWS], fh=FH)
    # Rows seen before are passed over.
    moved.update(y[ROWS - 3 :], update_params=False)
    trained.update(y[ROWS:])
    np.testing.assert_allclose(moved.predict(), own.update(long(y[ROWS:])).predict()["LSTM"])
    warm = small(h=3).fit(long(y[:ROWS])).fit(long(y), warm_start=True)
    np.testing.assert_allclose(trained.predict(), warm.predict()["LSTM"])
    assert trained.predict().index[0] == y.index[-1] + 1


def test_an_earlier_cutoff_hides_what_came_later():
    y = monthly()
    model = GatecastForecaster(small()).fit(y, fh=FH)
    expected = small(h=3).fit(long(y)).predict(df=long(y[:30]))
    model.update(y[:30], update_params=False)
    np.testing.assert_allclose(model.predict(), expected["LSTM"])


def test_the_component_is_left_alone_and_its_settings_are_reached():
    component = small(h=5)
    model = (
        GatecastForecaster(component).set_params(forecaster__random_seed=3).fit(monthly(), fh=FH)
    )
    assert component.h == 5
    assert not hasattr(component, "model_")
    assert model.forecaster_.get_params()["h"] == 3
    assert model.get_params()["forecaster__random_seed"] == 3
