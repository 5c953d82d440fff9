"""Values one by one, against frames and against the formulas in plain NumPy."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from small_forecasters import (
    NAN,
    DrawnForecaster,
    beyond_by_hand,
    empty_state,
    forward_of,
    frame_of,
    panel_of,
    wandering,
)

import gatecast
from gatecast import AutoLSTM, InputError, LSTMForecaster

# Gaps are what is tested.
pytestmark = pytest.mark.filterwarnings("ignore:.*count as missing")

SEEN, ROWS, H = 30, 41, 5
SETTINGS: dict[str, dict[str, Any]] = {
    "carried": {"look_back": 2, "stateful": True, "scaler": "minmax", "members": 2},
    "combined": {
        "look_back": 3,
        "h": 2,
        "cell": "rnn",
        "gaps": "decay",
        "calendar": ("month",),
        "scaler": ("log", "difference"),
        "variants": [{"framing": "window", "gaps": "bridge", "calendar": (), "scaler": "robust"}],
    },
}


def fitted(df: pd.DataFrame, **settings: Any) -> LSTMForecaster:
    columns = [name for name in df if name not in ("unique_id", "ds")]
    forecaster = DrawnForecaster(units=3, intervals=False, **settings)
    return forecaster.fit(df, target_col=columns)


def two_series(freq: str = "MS") -> pd.DataFrame:
    """The second is shorter; both have gaps after the rows that are fitted, never at the end."""
    values = np.array([wandering(ROWS, 1), wandering(ROWS, 2)])
    values[0, [33, 34, 36]] = values[1, [34, 35]] = NAN
    return frame_of(panel_of(values[0], values[1], freq=freq))


def arriving(df: pd.DataFrame, column: str = "y") -> Any:
    """[rows, series] what comes after the rows that are fitted."""
    return df.pivot_table(column, "ds", "unique_id", dropna=False).to_numpy()[SEEN:]


def forecasts(frame: Any) -> Any:
    return frame.iloc[:, -1].to_numpy().reshape(-1, H)


@pytest.mark.parametrize("name", SETTINGS)
def test_one_by_one_as_in_a_frame(name: str, tmp_path: Path):
    df = two_series()
    new = df.groupby("unique_id").tail(ROWS - SEEN)
    forecaster = fitted(df.drop(new.index), **SETTINGS[name])
    stream = forecaster.stream(H)
    np.testing.assert_allclose(stream.forecast(), forecasts(forecaster.predict(H)), rtol=1e-6)

    every = np.array([stream.update(y) for y in arriving(df)])
    expected = forecasts(forecaster.update(new.dropna()).predict(H))

    np.testing.assert_allclose(every[-1], expected, rtol=1e-5)
    np.testing.assert_array_equal(stream.forecast(), every[-1])
    assert (np.abs(every[-1] / every[-2] - 1) > 1e-6).all()
    resumed = gatecast.load(stream.save(tmp_path / "model.gatecast"))
    assert resumed.predict(H)["ds"].equals(forecaster.predict(H)["ds"])
    np.testing.assert_allclose(forecasts(resumed.predict(H)), expected, rtol=1e-5)


@pytest.mark.parametrize("name", SETTINGS)
def test_a_long_stream_goes_on_alike(name: str):
    """After every thousand rows the model behind a stream catches up, here in the midst of gaps."""
    many = SEEN + 2003
    values = np.array([np.resize(wandering(40, seed), many) for seed in (1, 2)])
    values[0, SEEN + 997 : SEEN + 1002] = values[1, SEEN + 999] = NAN
    values[1, SEEN + 1400 : SEEN + 2001] = NAN
    df = frame_of(panel_of(*values, freq="MS"))
    new = df.groupby("unique_id").tail(many - SEEN)
    forecaster = fitted(df.drop(new.index), **SETTINGS[name])
    stream = forecaster.stream(H)
    rows = values[:, SEEN:].T
    for part in (rows[:1000], rows[1000:2000], rows[2000:]):
        found = stream.advance(part)

    expected = forecaster.update(new.dropna())
    np.testing.assert_allclose(found, forecasts(expected.predict(H)), rtol=1e-5)
    model = stream.model()
    np.testing.assert_allclose(forecasts(model.forecast(H)), found, rtol=1e-5)
    np.testing.assert_array_equal(model.context.panel.ds, expected.model_.context.panel.ds)


def test_the_formulas_by_hand():
    y = wandering(ROWS)
    df = frame_of(panel_of(y))
    forecaster = fitted(df[:SEEN], look_back=1, stateful=True)
    part = forecaster.model_.members.parts[0]
    scaled = (y - y[:SEEN].mean()) / y[:SEEN].std()
    forward, state = forward_of(part, 0), empty_state(part.settings)
    stream = forecaster.stream(H)
    for row in range(ROWS):
        if row >= SEEN:
            by_hand = beyond_by_hand(forward, scaled[row : row + 1], state, H, carried=True)
            expected = by_hand * y[:SEEN].std() + y[:SEEN].mean()
            np.testing.assert_allclose(stream.update(y[row])[0], expected, rtol=1e-5)
        _, state = forward(scaled[row : row + 1], state)


@pytest.fixture(scope="module")
def forecaster() -> LSTMForecaster:
    return fitted(two_series().groupby("unique_id").head(SEEN), **SETTINGS["carried"])


class TestCarried:
    """What needs no other network."""

    def test_several_rows_at_once(self, forecaster: LSTMForecaster):
        at_once, one_by_one = forecaster.stream(H), forecaster.stream(H)
        for y in arriving(two_series()):
            expected = one_by_one.update(y)
        np.testing.assert_allclose(at_once.advance(arriving(two_series())), expected, rtol=1e-6)

    def test_one_program_whatever_the_history(self, forecaster: LSTMForecaster):
        stream = forecaster.stream(H)
        stream.update([60, 70])
        programs = stream._move._cache_size()
        for y in np.tile(arriving(two_series()), (5, 1)):
            stream.update(y)
        assert stream._move._cache_size() == programs

    def test_the_forecaster_and_other_streams_stay(self, forecaster: LSTMForecaster):
        before = forecasts(forecaster.predict(H))
        stream = forecaster.stream(H)
        assert stream.model() is forecaster.model_
        stream.update([60, 70])[:] = 0
        assert stream.forecast().all()
        np.testing.assert_array_equal(forecasts(forecaster.predict(H)), before)
        np.testing.assert_array_equal(forecaster.stream(H).forecast(), before)

    def test_a_model_ends_with_what_was_observed(self, forecaster: LSTMForecaster):
        stream = forecaster.stream(H)
        stream.update([60, 70])
        expected = stream.model()
        stream.update([NAN, NAN])
        found = stream.model()
        pd.testing.assert_frame_equal(found.forecast(H), expected.forecast(H))
        stream.update([65, 75])
        ds = stream.model().context.panel.ds
        assert ds[-1] - found.context.panel.ds[-1] == np.timedelta64(62, "D")  # two months on

    @pytest.mark.parametrize("y", [1.0, [1.0], [1.0, 2.0, 3.0], [[1.0, 2.0]]])
    def test_one_value_for_each_series(self, forecaster: LSTMForecaster, y: Any):
        with pytest.raises(InputError, match="one value for each of 2 series"):
            forecaster.stream().update(y)

    def test_infinite_values_are_named(self, forecaster: LSTMForecaster):
        with pytest.raises(InputError, match=r"series 'b' has y = inf in row 1"):
            forecaster.stream().advance([[1, 2], [3, float("inf")]])

    def test_values_too_large_to_be_squared_are_refused(self, forecaster: LSTMForecaster):
        with pytest.raises(
            InputError, match=r"series 'a' has y = -2e\+100 in row 0: values beyond"
        ):
            forecaster.stream().update([-2e100, 1])

    def test_values_beyond_the_bounds_are_refused(self):
        rows = frame_of(panel_of(np.abs(wandering(ROWS)), np.abs(wandering(ROWS, 1))))
        stream = fitted(rows, look_back=3, minimum=0, maximum=1e4).stream()
        before = stream.forecast()
        for values, words in (([1.0, -1.0], "y = -1 in row 0"), ([2e4, np.nan], "y = 20000")):
            with pytest.raises(InputError, match=words):
                stream.update(values)
        np.testing.assert_array_equal(stream.forecast(), before)
        stream.update([0.0, 1e4])

    def test_no_horizon(self, forecaster: LSTMForecaster):
        with pytest.raises(InputError, match="h must be at least 1"):
            forecaster.stream(0)


def test_several_targets_of_which_one_begins_late():
    df = two_series().assign(other=lambda frame: np.sqrt(frame["y"]))
    df.loc[df.groupby("unique_id").head(SEEN + 2).index, "other"] = NAN
    first = df.groupby("unique_id").head(SEEN)
    new = df.drop(first.index)
    first.iloc[-3:, -1] = [7, 8, 6]
    first.iloc[SEEN - 3 : SEEN, -1] = [7, 9, 6]
    forecaster = fitted(
        first,
        look_back=2,
        stateful=True,
        window_level="smoothed",
        scaler="difference",
        cell="rnn",
    )
    stream = forecaster.stream(H)
    values = np.stack([arriving(df), arriving(df, "other")], axis=2).reshape(ROWS - SEEN, 4)
    expected = forecasts(forecaster.update(new).predict(H))
    np.testing.assert_allclose(stream.advance(values), expected, rtol=1e-5)


def test_more_than_values_is_refused():
    df = frame_of(panel_of(wandering(20), freq="D"))
    priced = DrawnForecaster(hist_exog=["price"], units=2, intervals=False)
    priced.fit(df.assign(price=1.0))
    irregular = DrawnForecaster(units=2, intervals=False).fit(df, freq="irregular")
    with pytest.raises(InputError, match="'price' as well: use update"):
        priced.stream()
    with pytest.raises(InputError, match="irregular rows"):
        irregular.stream()
    for unfitted in (LSTMForecaster(), AutoLSTM()):
        with pytest.raises(InputError, match="not fitted"):
            unfitted.stream()
