"""Columns besides the target: what has to be known, and what a forecast may depend on."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from small_forecasters import NAN, DrawnForecaster

from gatecast import InputError, InputWarning, LSTMForecaster
from gatecast.data import to_panel
from gatecast.forecasting.members import from_windows
from gatecast.framing import Windows

ROWS, H = 14, 3


def columns(start: str, rows: int, seed: int) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    one = [
        pd.DataFrame(
            {
                "unique_id": name,
                "ds": pd.date_range(start, periods=rows, freq="D"),
                "y": 20 + random.normal(size=rows),
                "temp": random.normal(size=rows),
                "price": random.normal(size=rows),
            }
        )
        for name in "ab"
    ]
    return pd.concat(one, ignore_index=True)


DATA = columns("2024-01-01", ROWS, 0)
FUTURE = columns("2024-01-15", 8, 1).drop(columns=["y", "temp"])
STATIC = pd.DataFrame({"unique_id": ["b", "a"], "size": [3.0, 5], "kind": ["pear", "apple"]})


@pytest.fixture(scope="module")
def fitted() -> LSTMForecaster:
    forecaster = DrawnForecaster(
        h=H, look_back=3, cell="rnn", units=3, hist_exog=["temp"], futr_exog=["price"],
        calendar=["weekday"], intervals=False,
    )  # fmt: skip
    return forecaster.fit(DATA, static_df=STATIC)


def forecast(forecaster: LSTMForecaster, h: int = H, **keywords: Any) -> np.ndarray:
    """[series, h]."""
    return forecaster.predict(h, **{"futr_df": FUTURE} | keywords)["RNN"].to_numpy().reshape(-1, h)


def test_what_has_to_be_known_is_asked_for(fitted: LSTMForecaster):
    with pytest.raises(
        InputError, match=r"^futr_df is needed: .* of 'price' for series 'a' from 2"
    ):
        fitted.predict()
    words = r"^futr_df has no value of 'price' for series 'b' at 2024-01-17"
    incomplete = FUTURE.drop(FUTURE[FUTURE["unique_id"] == "b"].index[2])
    with pytest.raises(InputError, match=words):
        fitted.predict(futr_df=incomplete)
    assert np.isfinite(forecast(fitted, 2, futr_df=incomplete)).all()
    blank = FUTURE.assign(price=FUTURE["price"].where(FUTURE.index != 10, NAN))
    with pytest.raises(InputError, match=words):
        fitted.predict(futr_df=blank)


@pytest.mark.parametrize("h", [H, 7])
def test_a_row_does_not_depend_on_later_future_rows(fitted: LSTMForecaster, h: int):
    before = forecast(fitted, h)
    assert np.isfinite(before).all()
    for row in range(h):
        place = FUTURE.groupby("unique_id").cumcount()
        changed = FUTURE.assign(price=FUTURE["price"].where(place < row, 9.0))
        after = forecast(fitted, h, futr_df=changed)
        np.testing.assert_array_equal(after[:, :row], before[:, :row])
        assert (after[:, row] != before[:, row]).all()


@pytest.mark.parametrize("later", [1e6, NAN])
def test_nothing_but_future_columns_is_seen_beyond_the_origin(fitted: LSTMForecaster, later: float):
    panel = to_panel(DATA, exog=["temp", "price"], static_df=STATIC)
    windows = Windows(np.arange(2), panel.offsets[:-1] + np.array([8, 6]))
    (part,) = fitted.model_.members.parts
    before = from_windows(part, panel, windows, 5).point

    def changed(rows: np.ndarray) -> np.ndarray:
        def values(column: np.ndarray) -> np.ndarray:
            return np.where(rows, later, column)

        exog = dict(panel.exog, temp=values(panel.exog["temp"]))
        changed = replace(panel, y=values(panel.y), exog=exog)
        return from_windows(part, changed, windows, 5).point

    beyond = np.arange(panel.rows) >= windows.origin[panel.series_of_row]
    # A panel of gaps runs through another program.
    np.testing.assert_allclose(changed(beyond), before, rtol=1e-6)
    assert (changed(np.arange(panel.rows) == windows.origin[0] - 1)[:, 0] != before[:, 0]).all()


def test_each_column_counts(fitted: LSTMForecaster):
    before = forecast(fitted, df=DATA, static_df=STATIC)
    np.testing.assert_allclose(before, forecast(fitted), rtol=1e-6)
    for name in ("y", "temp", "price"):
        last = DATA.groupby("unique_id").cumcount() == ROWS - 1
        changed = DATA.assign(**{name: DATA[name].where(~last, 9.0)})
        assert (forecast(fitted, df=changed, static_df=STATIC) != before).all()
    assert (forecast(fitted, df=DATA, static_df=STATIC.assign(size=4.0)) != before).all()


def test_an_unknown_category_is_told_and_forecast(fitted: LSTMForecaster):
    plum = STATIC.assign(kind=["plum", "apple"])
    before = forecast(fitted, df=DATA, static_df=STATIC)
    with pytest.warns(InputWarning, match="^kind: 'plum' not seen in training"):
        after = forecast(fitted, df=DATA, static_df=plum)
    np.testing.assert_array_equal(after[0], before[0])
    assert (after[1] != before[1]).all()
    assert np.isfinite(after).all()


def test_a_history_needs_its_static_columns(fitted: LSTMForecaster):
    with pytest.raises(InputError, match=r"^static column 'size' is missing: .* static_df"):
        fitted.predict(df=DATA, futr_df=FUTURE)


def test_new_rows_bring_their_columns(fitted: LSTMForecaster):
    first, last = (DATA.groupby("unique_id").cumcount().lt(ROWS - 4) == early for early in (1, 0))
    forecaster = DrawnForecaster(**fitted.get_params()).fit(DATA[first], static_df=STATIC)
    replayed = forecast(forecaster, 5, df=DATA, static_df=STATIC)
    for _, rows in DATA[last].groupby("ds"):
        forecaster.update(rows)
    np.testing.assert_allclose(forecast(forecaster, 5), replayed, rtol=1e-5)
    with pytest.raises(InputError, match="temp"):
        forecaster.update(FUTURE.assign(y=1.0))
