"""The forecaster without settings as users meet it; its networks against plain Keras."""

import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import gatecast
from gatecast import AutoLSTM
from gatecast._types import InputError, InputWarning
from gatecast.forecasting import FitOptions, decided, pretrained
from gatecast.framing import Rows, Traits
from gatecast.network import build_network
from gatecast.training import train_network

AIR = gatecast.datasets.airline_passengers()
# One shape wherever it does not matter: every other one is compiled anew.
ROWS, H = 132, 12
OLD, NEW = AIR[:ROWS], AIR[ROWS:]


def frame(y: Any, freq: str = "MS") -> pd.DataFrame:
    ds = pd.date_range("2000-01-01", periods=len(y), freq=freq)
    return pd.DataFrame({"unique_id": "a", "ds": ds, "y": np.asarray(y, float)})


def auto(**changes: Any) -> AutoLSTM:
    return AutoLSTM(**{"h": H, "quality": "fast", "verbose": False} | changes)


def twin(forecaster: AutoLSTM) -> AutoLSTM:
    """Another one that stands at the same place."""
    return AutoLSTM(**forecaster.get_params()).standing_at(forecaster.model_)


@pytest.fixture(scope="module")
def fast() -> AutoLSTM:
    """Of one series, which is too short to adapt networks to."""
    return auto().fit(OLD)


def test_a_short_series_beats_seasonal_naive(fast: AutoLSTM):
    truth = NEW["y"].to_numpy()
    error = np.abs(fast.predict()["LSTM"] - truth).mean()
    assert error < 0.5 * np.abs(OLD["y"][-H:].to_numpy() - truth).mean()
    assert fast.skill_["seasonal_naive"] > 0
    assert fast.curves_ == {}


def test_it_is_the_median_of_what_plain_keras_says(fast: AutoLSTM):
    part = fast.model_.members.parts[0]
    network = build_network(pretrained.ARCHITECTURE, part.sizes, part.settings.output)
    y = OLD["y"].to_numpy()[:, None]
    scale = y.min() / 10
    values = np.arcsinh(y / scale).astype(np.float32)
    rows = Rows(values, position=np.arange(ROWS), observed=np.ones(ROWS, bool))
    sample = part.settings.framing(rows, np.array([ROWS]))
    inputs = sample.inputs.named()
    inputs |= {f"state_{place}": jnp.zeros((1, 128)) for place in range(4)}
    others = [variable.value for variable in network.model.non_trainable_variables]
    # So much of the damping, which leaves 0.7 of what is said 24 rows ahead, is undone.
    assert part.view.traits is not None
    share = Traits.of(part.view.traits).lasting[0, 0]
    undamped = (1 - share) + share / (1 - 0.3 * np.arange(H) / 23)
    # One program for all members.
    keras_says = jax.jit(network.model.stateless_call)
    said = []
    for member in range(part.number):
        weights = [value[0, member] for value in part.weights[0]]
        (y, *_), _ = keras_says(weights, others, inputs)
        # Of the outputs of each row ahead the middle one is the median.
        middle = y.reshape(1, H, 1, -1)[..., 5] * undamped[..., None]
        said.append(np.asarray(sample.center(middle))[0, :, 0])
    expected = np.median(np.sinh(said) * scale, axis=0)
    np.testing.assert_allclose(fast.predict()["LSTM"], expected, rtol=1e-4)


def test_saved_and_loaded_it_forecasts_the_same(fast: AutoLSTM, tmp_path: Path):
    loaded = gatecast.load(fast.save(tmp_path / "m.gatecast"))
    assert type(loaded) is AutoLSTM
    assert loaded.get_params() == fast.get_params()
    for h in (H, 30):
        pd.testing.assert_frame_equal(loaded.predict(h, level=[80]), fast.predict(h, level=[80]))


def test_new_rows_move_it_on(fast: AutoLSTM):
    stream, moved = fast.stream(), twin(fast).update(NEW)
    expected = moved.predict(df=AIR)
    pd.testing.assert_frame_equal(moved.predict(), expected)
    for y in NEW["y"]:
        seen = stream.update(y)
    np.testing.assert_allclose(seen[0], expected["LSTM"], rtol=1e-5)


def test_networks_as_they_are_stay_so_in_a_warm_start(fast: AutoLSTM):
    warm = twin(fast).fit(NEW, warm_start=True)
    pd.testing.assert_frame_equal(warm.predict(), twin(fast).update(NEW).predict())
    assert warm.curves_ == {}


def test_without_training_a_series_is_forecast_as_if_it_were_alone(fast: AutoLSTM):
    df = pd.concat([OLD, OLD.assign(unique_id="squared", y=OLD["y"] ** 2)])
    both = auto(quality="zero_shot", intervals=False).fit(df)
    assert both.curves_ == {}
    assert both.skill_ == {}
    np.testing.assert_allclose(both.predict()["LSTM"][:H], fast.predict()["LSTM"], rtol=1e-5)


def test_a_backtest_does_not_see_the_future():
    changed = AIR.assign(y=AIR["y"].where(AIR.index < ROWS, 9e5))
    one, two = (gatecast.backtest(auto(), df, h=H, baselines=[]).forecasts for df in (AIR, changed))
    np.testing.assert_array_equal(one["LSTM"], two["LSTM"])


def test_intervals_of_what_was_never_negative_are_not():
    df = frame(np.random.default_rng(0).poisson(1.0, ROWS))
    model = auto().fit(df)
    found = model.predict(level=[95], quantiles=[0.02])
    assert (found["LSTM-lo-95"] == 0).any()
    assert (found[["LSTM-lo-95", "LSTM-q-0.02"]] >= 0).all(axis=None)
    assert (model.sample_paths(20)["LSTM"] >= 0).all()
    below = auto().fit(df.assign(y=df["y"] - 1))
    assert (below.predict(level=[95])["LSTM-lo-95"] < 0).all()


def test_a_line_goes_on_through_zero():
    model = auto(quality="zero_shot", intervals=False).fit(frame(np.arange(-55.0, 5)))
    np.testing.assert_allclose(model.predict()["LSTM"][:8], np.arange(5.0, 13), atol=2)


def test_errors_in_percent_ask_for_lower_forecasts(tmp_path: Path):
    y = np.exp(np.random.default_rng(0).normal(5, 0.5, (8, 20)))
    df = pd.concat([frame(row, "YS").assign(unique_id=str(n)) for n, row in enumerate(y)])
    usual, percent = (
        auto(h=2, metric=metric, intervals=False).fit(df) for metric in ("mae", "mape")
    )
    # Of log-normal values the median is e^5, and the best forecast in percent e^(5 - 0.5^2).
    share = percent.predict()["LSTM"] / usual.predict()["LSTM"]
    assert 0.6 < share.median() < 0.9
    loaded = gatecast.load(percent.save(tmp_path / "m.gatecast"))
    assert loaded.get_params()["metric"] == "mape"
    pd.testing.assert_frame_equal(loaded.predict(), percent.predict())


class BrieflyTrained(AutoLSTM):
    """An `AutoLSTM` that is trained for one epoch."""

    def _options(self, checkpoint: Path | None = None) -> FitOptions:
        def train(*given: Any, **how: Any) -> Any:
            *first, training = given
            return train_network(*first, replace(training, epochs=1), **how)

        return replace(super()._options(checkpoint), trainer=train)


# Three series have samples enough to adapt networks to.
THREE = pd.concat([AIR.assign(unique_id=str(n), y=n * AIR["y"]) for n in (1, 2, 3)])


def adapted_to_three() -> AutoLSTM:
    model = BrieflyTrained(h=H, quality="fast", intervals=False, verbose=False)
    return model.fit(THREE.groupby("unique_id").head(ROWS))


@pytest.fixture(scope="module")
def adapted() -> AutoLSTM:
    return adapted_to_three()


def test_adapted_networks_are_trained_and_see_less(adapted: AutoLSTM):
    shipped, trained = adapted.model_.members.parts
    assert (shipped.part.role, trained.part.role) == ("pretrained", "adapted_lightly")
    assert adapted.curves_["loss"].shape == (trained.number, 1)
    assert not trained.settings.framing.season_shown
    # So short a training leaves a forecast what it is.
    truth = THREE.groupby("unique_id").tail(H)["y"].to_numpy()
    np.testing.assert_allclose(adapted.predict()["LSTM"], truth, rtol=0.3)


def test_adapted_networks_are_the_same_again(adapted: AutoLSTM):
    again = adapted_to_three()
    pd.testing.assert_frame_equal(adapted.predict(), again.predict(), check_exact=True)


def test_adapted_networks_are_saved_and_move_on(adapted: AutoLSTM, tmp_path: Path):
    new = THREE.groupby("unique_id").tail(H)
    loaded = gatecast.load(adapted.save(tmp_path / "m.gatecast"))
    pd.testing.assert_frame_equal(loaded.predict(), adapted.predict())
    pd.testing.assert_frame_equal(loaded.update(new).predict(), adapted.predict(df=THREE))


# A series that is nothing but values below 1e-100 is refused.
ANY_SIZE = st.floats(-1e6, 1e6).map(lambda value: value if abs(value) > 1e-99 else 0.0)
ODD = st.one_of(
    st.lists(st.integers(0, 9).map(float), min_size=1, max_size=70),
    st.lists(ANY_SIZE, min_size=1, max_size=70),
    st.lists(st.sampled_from([0.0, 0.0, 0.0, 40.0]), min_size=1, max_size=70),
    st.lists(st.floats(1e-3, 1e6), min_size=1, max_size=70),
    st.tuples(ANY_SIZE, st.integers(1, 40)).map(lambda pair: [pair[0]] * pair[1]),
)


@settings(max_examples=20, deadline=None)
@given(st.lists(ODD, min_size=8, max_size=8))
@example([[0.0]] * 7 + [[0.0, 1.0]])
@example([[0.0]] * 7 + [[3801.0, 1.0, 9e-72]])
@example([[2e-99], [1e-98], [1e-98, 3e-98], [1e-300, 1e6], [0.0], [7.0], [1e-45], [-2e-99]])
def test_whatever_the_history_the_forecast_is_plausible(histories: list[list[float]]):
    # Always eight series, so that one program forecasts them all.
    df = pd.concat([frame(y).assign(unique_id=str(number)) for number, y in enumerate(histories)])
    model = auto(quality="zero_shot", intervals=False)
    with warnings.catch_warnings():
        # That a series is constant.
        warnings.simplefilter("ignore", InputWarning)
        model.fit(df, freq="MS")
    forecast = model.predict().groupby("unique_id")["LSTM"]
    # Of yes and no a probability is forecast, which need not be 0 or 1 if all values were.
    yes_no = set(decided(model.model_).get("kind", {}).values()) == {"yes_no"}
    for number, y in enumerate(histories):
        found, size = forecast.get_group(str(number)).to_numpy(), np.abs(y).max()
        assert np.isfinite(found).all()
        if yes_no:
            assert ((found >= 0) & (found <= 1)).all()
            continue
        assert np.abs(found).max() <= 1e3 * size + 1e-6
        if min(y) >= 0:
            assert found.min() >= 0
        # Networks compute in single precision, which has no smaller shares.
        if min(y) / 10 > 1e-37 * size:
            assert found.min() > 0
        if len(set(y)) == 1:
            np.testing.assert_allclose(found, y[0], rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize("freq", ["YS", "QS", "W-MON", "D", "h", "15min"])
def test_any_calendar_will_do(freq: str):
    y = 10 + np.arange(120) + np.sin(np.arange(120))
    found = auto(h=24, intervals=False).fit(frame(y, freq)).predict()
    assert len(found) == 24
    assert found["LSTM"].between(100, 250).all()


@pytest.mark.parametrize(
    ("keywords", "words"),
    [
        ({"quality": "magic"}, "quality must be one of zero_shot, fast, auto, best, got 'magic'"),
        ({"h": 0}, "h must be at least 1, got 0"),
        ({"metric": "mse"}, "metric must be one of mae, mape, rmse, got 'mse'"),
        ({"random_seed": -1}, "random_seed must be at least 0, got -1"),
    ],
)
def test_bad_settings_are_named(keywords: dict[str, Any], words: str):
    with pytest.raises(InputError, match=f"^{words}$"):
        AutoLSTM(**keywords)
    with pytest.raises(InputError, match=f"^{words}$"):
        AutoLSTM().set_params(**keywords)


@pytest.mark.slow
def test_what_is_closed_on_sundays_is_forecast_so():
    hour = np.arange(24 * 7 * 5)
    y = (100 + 50 * np.sin(2 * np.pi * hour / 24)) * np.where(hour // 24 % 7 == 6, 0.2, 1)
    found = auto(h=48, intervals=False).fit(frame(y[:-48], "h")).predict()["LSTM"]
    assert np.abs(found - y[-48:]).mean() < 0.15 * np.abs(y[-72:-24] - y[-48:]).mean()
