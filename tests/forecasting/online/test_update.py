"""New rows and other histories, against replaying everything."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from small_forecasters import DrawnForecaster

import gatecast
from gatecast import AutoLSTM, InputError, InputWarning, LSTMForecaster
from gatecast.forecasting import Estimator

SEEN, ROWS = 40, 52
NAMES = ("a", "b")


def frame() -> pd.DataFrame:
    random = np.random.default_rng(3)
    ds = pd.date_range("2020-01-01", periods=ROWS, freq="MS")
    levels = [100 + np.arange(ROWS) + 10 * random.normal(size=ROWS) for _ in NAMES]
    return pd.concat(
        [
            pd.DataFrame({"unique_id": n, "ds": ds, "y": y})
            for n, y in zip(NAMES, levels, strict=True)
        ],
        ignore_index=True,
    )


def first(rows: int) -> pd.DataFrame:
    return frame().groupby("unique_id").head(rows)


def rest(rows: int) -> pd.DataFrame:
    return frame().groupby("unique_id").tail(ROWS - rows)


SETTINGS: list[dict[str, Any]] = [
    {"look_back": 2, "stateful": True, "scaler": "minmax", "members": 2},
    {
        "look_back": 4,
        "h": 2,
        "cell": "rnn",
        "layers": 2,
        "scaler": ("log", "seasonal_difference"),
        "window_level": "mean",
    },
    {"look_back": 2, "cell": "gru", "stateful": True, "scaler": "standard"},
    {"look_back": 2, "cell": "rnn", "stateful": True, "window_level": "smoothed"},
]


@pytest.fixture(
    scope="module", params=SETTINGS, ids=["carried lstm", "windows", "carried gru", "smoothed"]
)
def artefact(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A fitted forecaster on disk, so that each test starts from the same one."""
    forecaster = DrawnForecaster(**request.param, units=3, intervals=False).fit(first(SEEN))
    return forecaster.save(tmp_path_factory.mktemp("update") / "model.gatecast")


def forecasts(forecaster: Estimator, **keywords: Any) -> np.ndarray[Any, Any]:
    return forecaster.predict(5, **keywords).iloc[:, -1].to_numpy()


def test_row_by_row_equals_all_at_once_equals_replaying(artefact: Any):
    replayed = forecasts(gatecast.load(artefact), df=frame())
    at_once = gatecast.load(artefact).update(rest(SEEN))
    one_by_one = gatecast.load(artefact)
    for _, row in rest(SEEN).groupby("ds"):
        one_by_one.update(row)
    np.testing.assert_allclose(forecasts(at_once), replayed, rtol=1e-5)
    np.testing.assert_allclose(forecasts(one_by_one), replayed, rtol=1e-5)
    assert (one_by_one.predict(1)["ds"] == pd.Timestamp("2024-05-01")).all()


def test_new_rows_change_the_forecast(artefact: Any):
    forecaster = gatecast.load(artefact)
    before = forecasts(forecaster)
    assert np.abs(forecasts(forecaster.update(rest(SEEN))) - before).min() > 0


def test_series_move_on_their_own(artefact: Any):
    forecaster = gatecast.load(artefact)
    before = forecaster.predict(5)
    after = forecaster.update(rest(SEEN).query("unique_id == 'b'")).predict(5)
    pd.testing.assert_frame_equal(
        before[before["unique_id"] == "a"], after[after["unique_id"] == "a"]
    )
    alone = gatecast.load(artefact).predict(5, df=frame().query("unique_id == 'b'"))
    np.testing.assert_allclose(after.iloc[5:, -1], alone.iloc[:, -1], rtol=1e-5)


def test_a_step_left_out_is_a_gap_as_in_a_history(artefact: Any):
    missing = frame().groupby("unique_id").nth(SEEN).index
    with pytest.warns(InputWarning, match="count as missing"):
        replayed = forecasts(gatecast.load(artefact), df=frame().drop(missing))
    words = (
        r"2 of 24 calendar steps \(MS\) have no value and count as missing: series 'a' at 2023-05"
    )
    with pytest.warns(InputWarning, match=words):
        updated = gatecast.load(artefact).update(rest(SEEN).drop(missing))
    np.testing.assert_allclose(forecasts(updated), replayed, rtol=1e-5)


def test_a_new_series_is_scaled_by_its_own_history(artefact: Any):
    forecaster = gatecast.load(artefact)
    small = frame().query("unique_id == 'a'").assign(unique_id="small")
    large = small.assign(unique_id="large", y=1000 * small["y"])
    found = forecaster.predict(5, df=pd.concat([small, large])).set_index("unique_id").iloc[:, -1]
    np.testing.assert_allclose(found["large"], 1000 * found["small"], rtol=1e-4)


def test_unusable_rows_are_named(artefact: Any):
    forecaster = gatecast.load(artefact)
    changed = rest(SEEN - 1).assign(y=lambda rows: 2 * rows["y"])
    words = (
        r"^series 'a': y at 2023-04-01 is 2\d\d.*, but was 1\d\d.* when it was read: .*warm_start"
    )
    with pytest.raises(InputError, match=words):
        forecaster.update(changed)
    with pytest.raises(InputError, match=r"series 'c' is new to this model"):
        forecaster.update(rest(SEEN).replace({"unique_id": {"a": "c"}}))
    off = rest(SEEN).assign(ds=lambda rows: rows["ds"] + pd.Timedelta(days=3))
    with pytest.raises(InputError, match="calendar"):
        forecaster.update(off)


@pytest.mark.parametrize("kind", [LSTMForecaster, AutoLSTM])
def test_rows_before_the_fit_are_refused(kind: type[Estimator]):
    with pytest.raises(InputError, match="not fitted"):
        kind().update(frame())


def test_intervals_of_other_histories_have_the_scale_of_their_series():
    rows = frame()
    rows.loc[rows["unique_id"] == "b", "y"] *= 1000
    forecaster = DrawnForecaster(look_back=3, cell="dense", units=3).fit(rows)
    whole = forecaster.predict(5, level=[80])
    alone = forecaster.predict(5, level=[80], df=rows.query("unique_id == 'b'"))
    np.testing.assert_allclose(alone.iloc[:, 2:], whole.iloc[5:, 2:], rtol=1e-5)
    new = forecaster.predict(5, level=[80], df=rows.query("unique_id == 'b'").replace("b", "new"))
    widths = new["DENSE-hi-80"] - new["DENSE-lo-80"]
    same = alone["DENSE-hi-80"] - alone["DENSE-lo-80"]
    assert (widths / same).between(0.5, 2).all()


@pytest.mark.parametrize("rows", [2, 3, 4, 5])
@pytest.mark.parametrize("intervals", [False, True])
def test_state_is_carried_from_the_first_rows_on(rows: int, *, intervals: bool):
    first_rows = first(rows).query("unique_id == 'a'")
    forecaster = DrawnForecaster(look_back=3, units=2, stateful=True, intervals=intervals)
    before = forecasts(forecaster.fit(first_rows, freq="MS"))
    assert np.isfinite(before).all()
    later = rest(rows).query("unique_id == 'a'")
    replayed = forecasts(forecaster, df=frame().query("unique_id == 'a'"))
    np.testing.assert_allclose(forecasts(forecaster.update(later)), replayed, rtol=1e-5)


def test_a_table_that_has_grown_is_as_good_as_its_new_rows(artefact: Any):
    expected = forecasts(gatecast.load(artefact).update(rest(SEEN)))
    forecaster = gatecast.load(artefact)
    kept = forecaster.model_.context.panel.rows
    np.testing.assert_array_equal(forecasts(forecaster.update(frame())), expected)
    found = forecaster.grown_
    assert (found.rows, found.repeated) == (2 * (ROWS - SEEN), kept)
    assert found.unchecked == 2 * SEEN - kept
    # The same table again has nothing new.
    np.testing.assert_array_equal(forecasts(forecaster.update(frame())), expected)
    assert (forecaster.grown_.rows, len(forecaster.grown_.new.ids)) == (0, 0)


def test_a_row_that_was_missing_is_no_new_row(artefact: Any):
    gap = rest(SEEN).groupby("unique_id").nth(-2)
    forecaster = gatecast.load(artefact)
    with pytest.warns(InputWarning, match="count as missing"):
        forecaster.update(rest(SEEN).drop(gap.index))
    with pytest.raises(
        InputError, match=r"y at 2024-03-01 is .*, but was missing when it was read"
    ):
        forecaster.update(gap)


def test_a_history_in_another_unit_is_scaled_by_itself(artefact: Any):
    usual, large = frame(), frame().assign(y=lambda rows: 1000 * rows["y"])
    forecaster = gatecast.load(artefact)
    as_new = usual.replace({"unique_id": {"a": "c", "b": "d"}})
    expected = forecasts(forecaster, df=as_new)
    words = "^series 'a' is about 1,000 times as large as the rows it was fitted on, 'b' .*itself"
    with pytest.warns(InputWarning, match=words):
        found = forecasts(forecaster, df=large)
    np.testing.assert_allclose(found, 1000 * expected, rtol=1e-4)
    # What has grown since is scaled as before.
    grown = usual.assign(y=lambda rows: 5 * rows["y"])
    assert np.isfinite(forecasts(forecaster, df=grown)).all()


def test_a_history_in_another_unit_may_be_too_short_to_scale_by():
    forecaster = DrawnForecaster(look_back=2, units=2, intervals=False).fit(first(SEEN))
    few = first(4).assign(y=lambda rows: rows["y"] / 1000)
    with pytest.warns(
        InputWarning, match="'a' is about 1,000 times as small .* too few to scale by"
    ):
        forecaster.predict(df=few)
