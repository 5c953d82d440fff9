"""The recipe as users meet it; its networks against plain Keras."""

import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_forecasters import panel_of

import gatecast as gc
from gatecast._types import InputError, InputWarning, Panel
from gatecast.forecasting import pretrained
from gatecast.forecasting._fitting import fit_ensemble
from gatecast.forecasting._recipe import recipe_settings
from gatecast.forecasting._samples import Fit
from gatecast.network import build_network

AIR = gc.datasets.airline_passengers()


def frame(y: Any, freq: str = "MS") -> pd.DataFrame:
    ds = pd.date_range("2000-01-01", periods=len(y), freq=freq)
    return pd.DataFrame({"unique_id": "a", "ds": ds, "y": np.asarray(y, float)})


@pytest.fixture(scope="module")
def fast() -> gc.LSTMForecaster:
    return gc.LSTMForecaster(h=12, recipe="fast", verbose=False).fit(AIR[:-12])


def test_a_short_series_beats_seasonal_naive(fast: gc.LSTMForecaster):
    truth = AIR["y"][-12:].to_numpy()
    error = np.abs(fast.predict()["LSTM"] - truth).mean()
    assert error < 0.5 * np.abs(AIR["y"][-24:-12].to_numpy() - truth).mean()
    assert fast.skill_["seasonal_naive"] > 0


def test_it_is_the_median_of_what_plain_keras_says(fast: gc.LSTMForecaster):
    part = fast.model_.combination.parts[0]
    network = build_network(pretrained.ARCHITECTURE, part.sizes)
    y = AIR["y"][:-12].to_numpy()[:, None]
    scale = y.min() / 10
    values = np.arcsinh(y / scale).astype(np.float32)
    rows = len(values)
    data = {
        "values": values,
        "position": np.arange(rows),
        "observed": np.ones(rows, bool),
    }
    sample = part.settings.framing(data, np.array([rows]))
    zero = {f"state_{place}": jnp.zeros((1, 128)) for place in range(4)}
    said = []
    for member in range(part.members):
        for variable, value in zip(network.model.trainable_variables, part.weights[0], strict=True):
            variable.assign(value[0, member])
        y, *_ = network.model(sample.inputs | zero)
        said.append(np.asarray(sample.center(y[..., None]))[0, :, 0])
    for variable in network.model.trainable_variables:
        variable.assign(np.zeros(variable.shape))
    expected = np.median(np.sinh(said) * scale, axis=0)
    np.testing.assert_allclose(fast.predict()["LSTM"], expected, rtol=1e-4)


def test_saved_and_loaded_it_forecasts_the_same(fast: gc.LSTMForecaster, tmp_path: Path):
    loaded = gc.LSTMForecaster.load(fast.save(tmp_path / "m.gatecast"))
    assert loaded.get_params()["recipe"] == "fast"
    for h in (12, 30):
        pd.testing.assert_frame_equal(loaded.predict(h, level=[80]), fast.predict(h, level=[80]))


def test_nobody_is_told_to_change_what_the_recipe_has_chosen(fast: gc.LSTMForecaster):
    assert "of the 120 that it looks back on." in fast.inspect().summary


def test_new_rows_move_it_on(fast: gc.LSTMForecaster):
    stream = fast.stream()
    moved = gc.LSTMForecaster(h=12, recipe="fast", verbose=False).fit(AIR[:-12])
    moved.update(AIR[-12:])
    expected = moved.predict(df=AIR)
    pd.testing.assert_frame_equal(moved.predict(), expected)
    for y in AIR["y"][-12:]:
        seen = stream.update(y)
    np.testing.assert_allclose(seen[0], expected["LSTM"], rtol=1e-5)


def test_errors_in_percent_ask_for_lower_forecasts(tmp_path: Path):
    y = np.exp(np.random.default_rng(0).normal(5, 0.5, (8, 20)))
    df = pd.concat([frame(row, "YS").assign(unique_id=str(n)) for n, row in enumerate(y)])
    usual, percent = (
        gc.LSTMForecaster(h=2, recipe="fast", metric=metric, intervals=False, verbose=False).fit(df)
        for metric in ("mae", "mape")
    )
    # Of log-normal values the median is e^5, and the best forecast in percent e^(5 - 0.5^2).
    share = percent.predict()["LSTM"] / usual.predict()["LSTM"]
    assert 0.6 < share.median() < 0.9
    loaded = gc.LSTMForecaster.load(percent.save(tmp_path / "m.gatecast"))
    assert loaded.get_params()["metric"] == "mape"
    pd.testing.assert_frame_equal(loaded.predict(), percent.predict())


def test_adapted_networks_are_the_same_again_and_move_on(tmp_path: Path):
    df = pd.concat([AIR, AIR.assign(unique_id="double", y=2 * AIR["y"])])
    old, new = df.groupby("unique_id").head(138), df.groupby("unique_id").tail(6)
    model, again = (
        gc.LSTMForecaster(h=6, recipe="fast", intervals=False, verbose=False).fit(old)
        for _ in range(2)
    )
    assert model.curves_["loss"].shape[1] > 0
    assert not model.model_.combination.parts[-1].settings.framing.season_shown
    assert 0 < model.inspect().effective_memory <= 120
    pd.testing.assert_frame_equal(model.predict(), again.predict())
    loaded = gc.LSTMForecaster.load(model.save(tmp_path / "m.gatecast"))
    pd.testing.assert_frame_equal(loaded.predict(), model.predict())
    pd.testing.assert_frame_equal(loaded.update(new).predict(), model.predict(df=df))


def test_without_training_a_series_is_forecast_as_if_it_were_alone():
    df = pd.concat([AIR, AIR.assign(unique_id="squared", y=AIR["y"] ** 2)])
    both, one = (
        gc.LSTMForecaster(h=6, recipe="zero_shot", intervals=False, verbose=False).fit(each)
        for each in (df, AIR)
    )
    assert both.curves_["loss"].size == 0
    np.testing.assert_allclose(both.predict()["LSTM"][:6], one.predict()["LSTM"], rtol=1e-5)


def test_networks_as_they_are_stay_so_in_a_warm_start():
    one, two = (
        gc.LSTMForecaster(h=6, recipe="fast", intervals=False, verbose=False).fit(AIR[:-6])
        for _ in range(2)
    )
    one.fit(AIR[-6:], warm_start=True)
    pd.testing.assert_frame_equal(one.predict(), two.update(AIR[-6:]).predict())


def test_a_backtest_does_not_see_the_future():
    changed = AIR.assign(y=AIR["y"].where(AIR.index < len(AIR) - 12, 9e5))
    model = gc.LSTMForecaster(h=12, recipe="fast", verbose=False)
    one, two = (gc.backtest(model, df, h=12, baselines=[]).forecasts for df in (AIR, changed))
    np.testing.assert_array_equal(one["LSTM"], two["LSTM"])


def test_intervals_of_what_was_never_negative_are_not():
    random = np.random.default_rng(0)
    df = frame(random.poisson(1.0, 80))
    model = gc.LSTMForecaster(h=6, recipe="fast", verbose=False).fit(df)
    found = model.predict(level=[95], quantiles=[0.02])
    assert (found["LSTM-lo-95"] == 0).any()
    assert (found[["LSTM-lo-95", "LSTM-q-0.02"]] >= 0).all(axis=None)
    assert (model.sample_paths(20)["LSTM"] >= 0).all()
    below = gc.LSTMForecaster(h=6, recipe="fast", verbose=False).fit(df.assign(y=df["y"] - 1))
    assert (below.predict(level=[95])["LSTM-lo-95"] < 0).all()


ODD = st.one_of(
    st.lists(st.integers(0, 9).map(float), min_size=1, max_size=70),
    st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=70),
    st.lists(st.sampled_from([0.0, 0.0, 0.0, 40.0]), min_size=1, max_size=70),
    st.lists(st.floats(1e-3, 1e6), min_size=1, max_size=70),
    st.tuples(st.floats(-1e3, 1e3), st.integers(1, 40)).map(lambda pair: [pair[0]] * pair[1]),
)


@settings(max_examples=25, deadline=None)
@given(st.lists(ODD, min_size=8, max_size=8))
def test_whatever_the_history_the_forecast_is_plausible(histories: list[list[float]]):
    # Always eight series, so that one program forecasts them all.
    df = pd.concat([frame(y).assign(unique_id=str(number)) for number, y in enumerate(histories)])
    model = gc.LSTMForecaster(h=8, recipe="fast", intervals=False, verbose=False)
    with warnings.catch_warnings():
        # That a series is constant.
        warnings.simplefilter("ignore", InputWarning)
        model.fit(df, freq="MS")
    forecast = model.predict().groupby("unique_id")["LSTM"]
    for number, y in enumerate(histories):
        found, size = forecast.get_group(str(number)).to_numpy(), np.abs(y).max()
        assert np.isfinite(found).all()
        assert np.abs(found).max() <= 1e3 * size + 1e-6
        if min(y) >= 0:
            assert found.min() >= 0
        if min(y) > 0:
            assert found.min() > 0
        if len(set(y)) == 1:
            np.testing.assert_allclose(found, y[0], rtol=1e-3, atol=1e-6)


def test_a_line_goes_on_through_zero():
    model = gc.LSTMForecaster(h=8, recipe="zero_shot", intervals=False, verbose=False)
    found = model.fit(frame(np.arange(-55.0, 5))).predict()["LSTM"]
    np.testing.assert_allclose(found, np.arange(5.0, 13), atol=2)


@pytest.mark.parametrize("freq", ["YS", "QS", "W-MON", "D", "h", "15min"])
def test_any_calendar_will_do(freq: str):
    y = 10 + np.arange(120) + np.sin(np.arange(120))
    model = gc.LSTMForecaster(h=30, recipe="fast", intervals=False, verbose=False)
    found = model.fit(frame(y, freq)).predict()
    assert len(found) == 30
    assert found["LSTM"].between(100, 250).all()


def test_a_panel_without_samples_to_adapt_to_takes_the_networks_as_they_are():
    (alone,) = recipe_settings("auto", panel_of([1, 2, 3, 4], freq="YS"), 4)
    assert alone.pretrained == "as_is"


@pytest.mark.parametrize(
    ("keywords", "words"),
    [
        ({"recipe": "magic"}, "recipe must be one of zero_shot, fast, auto, best, got 'magic'"),
        ({"recipe": "auto", "units": 8}, "recipe='auto' chooses units by itself"),
        ({"recipe": "auto", "h": 0}, "h must be at least 1, got 0"),
        ({"recipe": "auto", "metric": "rmse"}, "metric must be one of mae, mape, got 'rmse'"),
        ({"metric": "mape"}, "metric='mape' is for a recipe"),
        ({"training": gc.Training(loss="mape")}, "loss 'mape' needs values that are logarithms"),
    ],
)
def test_bad_settings_are_named(keywords: dict[str, Any], words: str):
    with pytest.raises(InputError, match=words):
        gc.LSTMForecaster(**keywords)


def test_hours_have_a_day_and_a_week():
    for freq, seasons in {"h": (24, 168), "2h": (12, 84), "15min": (96, 1), "D": (7, 1)}.items():
        (as_is, *_) = recipe_settings("auto", panel_of(np.arange(90.0), freq=freq), 14)
        assert (as_is.framing.season, as_is.framing.longer_season) == seasons


def test_adapted_networks_see_a_season_or_few_rows():
    def seen(freq: str) -> list[tuple[int, int, bool]]:
        panel = panel_of(*np.ones((190, 120)), freq=freq)
        every = [each.framing for each in recipe_settings("auto", panel, 4)]
        return [(each.look_back, each.steps, each.season_shown) for each in every]

    assert seen("MS") == [(120, 60, True), (120, 36, False), (120, 60, True)]
    assert seen("W") == [(208, 60, True), (208, 36, False), (208, 60, True)]
    assert seen("YS") == [(60, 60, True)] * 3


def test_networks_are_adapted_much_where_there_are_some_samples():
    def rates(series: int) -> list[float]:
        panel = panel_of(*np.ones((series, 60)))
        return [each.training.learning_rate for each in recipe_settings("auto", panel, 4)[1:]]

    assert [rates(number) for number in (1, 50, 150)] == [[], [3e-4], [3e-4, 2e-3]]


def test_networks_that_begin_from_nothing_need_more_samples():
    few, many = (panel_of(*np.ones((number, 120))) for number in (90, 400))

    def units(name: str, panel: Panel) -> list[int]:
        parts = recipe_settings(name, panel, 4)
        return [each.architecture.units for each in parts if each.pretrained == "none"]

    found = [[units(name, panel) for name in ("fast", "auto", "best")] for panel in (few, many)]
    assert found == [[[], [], []], [[], [64], [64, 128]]]


def test_rows_that_are_not_read_are_as_good_as_empty():
    panel = panel_of(AIR["y"].to_numpy()[-30:], freq="YS")
    as_is, *_ = recipe_settings("fast", panel, 6)
    fewer = replace(as_is, framing=replace(as_is.framing, read=30))
    how = Fit(season_length=1, verbose=False)
    one, two = (fit_ensemble(each, panel, panel.lengths, how)[0] for each in (as_is, fewer))
    assert one.weights[0][-2].shape == (1, 4, 60 * 8, 6)
    np.testing.assert_allclose(one.ahead(panel, 6), two.ahead(panel, 6), rtol=1e-5)


@pytest.mark.parametrize(("freq", "expected"), [("MS", "asinh"), ("QS", "power"), ("D", "power")])
def test_untrained_networks_see_logarithms_of_months_alone(freq: str, expected: str):
    as_is, *_ = recipe_settings("zero_shot", panel_of(AIR["y"].to_numpy(), freq=freq), 6)
    assert as_is.scaler == (expected,)


def test_untrained_networks_are_damped_and_no_others():
    panel = panel_of(AIR["y"].to_numpy())
    as_is, *_ = recipe_settings("zero_shot", panel, 24)
    stored, _ = pretrained.weights(as_is.framing)
    how = Fit(season_length=12, room=panel.lengths, verbose=False)
    found = fit_ensemble(as_is, panel, panel.lengths, how)[0].weights[0]
    for place, (one, shipped) in enumerate(zip(found, stored, strict=True)):
        # Bias and kernel of the output layer, and of the linear skip.
        outputs = place >= len(stored) - 4
        np.testing.assert_array_equal(one[0, ..., 0], shipped[..., 0])
        expected = 0.7 * shipped[..., -1] if outputs else shipped[..., -1]
        np.testing.assert_allclose(one[0, ..., -1], expected, rtol=1e-6)


@pytest.mark.slow
def test_what_is_closed_on_sundays_is_forecast_so():
    hour = np.arange(24 * 7 * 5)
    y = (100 + 50 * np.sin(2 * np.pi * hour / 24)) * np.where(hour // 24 % 7 == 6, 0.2, 1)
    model = gc.LSTMForecaster(h=48, recipe="fast", intervals=False, verbose=False)
    found = model.fit(frame(y[:-48], "h")).predict()["LSTM"]
    assert np.abs(found - y[-48:]).mean() < 0.15 * np.abs(y[-72:-24] - y[-48:]).mean()


def test_other_columns_are_refused():
    model = gc.LSTMForecaster(recipe="fast", verbose=False)
    with pytest.raises(InputError, match="reads one target and no other columns, got 2 targets"):
        model.fit(AIR.assign(z=AIR["y"] ** 2), target_col=["y", "z"])
    with pytest.raises(InputError, match="got static_df"):
        model.fit(AIR, static_df=pd.DataFrame({"unique_id": ["airline"], "size": [1.0]}))


def test_what_is_shipped_is_small():
    assert pretrained.PATH.stat().st_size < 5e6
    assert pretrained.members() > 1
