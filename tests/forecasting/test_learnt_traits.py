"""Each series says by its own past how its season changes, how long its trend lasts, and whether
it reverts to its mean."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import gatecast
from gatecast import AutoLSTM
from gatecast._types import Floats
from gatecast.forecasting import decided
from gatecast.forecasting.online import StateLayout
from gatecast.framing import Traits, usual_traits

AIR = gatecast.datasets.airline_passengers()
KNOWN, AHEAD = 96, 48


def zero_shot(h: int) -> AutoLSTM:
    return AutoLSTM(h=h, quality="zero_shot", intervals=False, verbose=False)


def frame(y: Floats, name: str, freq: str) -> pd.DataFrame:
    ds = pd.date_range("2001-01-01", periods=len(y), freq=freq)
    return pd.DataFrame({"unique_id": name, "ds": ds, "y": y})


def numbers(model: AutoLSTM) -> Floats:
    found = model.model_.members.parts[0].view.traits
    assert found is not None
    return found


def traits(model: AutoLSTM) -> Traits:
    return Traits.of(numbers(model))


@pytest.fixture(scope="module")
def air() -> AutoLSTM:
    return zero_shot(AHEAD).fit(AIR[:KNOWN])


def test_a_trend_that_goes_on_is_seen_in_the_first_years(air: AutoLSTM):
    error = air.predict()["LSTM"].to_numpy() - AIR["y"].to_numpy()[KNOWN:]
    # 39 where every trend is damped.
    assert np.sqrt(np.mean(error**2)) < 28
    assert traits(air).lasting[0] > 0.5


def test_what_comes_later_changes_nothing(air: AutoLSTM):
    changed = AIR.assign(y=AIR["y"].where(AIR.index < KNOWN, 7))
    alone = zero_shot(AHEAD).cross_validation(changed, h=AHEAD, n_windows=1)
    np.testing.assert_allclose(alone["LSTM"], air.predict()["LSTM"], rtol=1e-5)


def test_a_new_series_gets_traits_of_its_own_and_a_known_one_keeps_them(air: AutoLSTM):
    noise = frame(100 + np.random.default_rng(0).standard_normal(60).cumsum(), "noise", "MS")
    both = air.on_history(pd.concat([AIR[: KNOWN - 20], noise]))
    known, new = numbers(both)
    np.testing.assert_array_equal(known, numbers(air)[0])
    alone = zero_shot(AHEAD).fit(noise)
    np.testing.assert_allclose(new, numbers(alone)[0], atol=1e-5)
    assert traits(both).lasting[1] < traits(both).lasting[0]


def test_new_series_are_the_same_to_the_bit_whichever_others_come_with_them():
    rng = np.random.default_rng(3)
    hours = [frame(50 + rng.standard_normal(200).cumsum(), name, "h") for name in "abcde"]
    fitted = zero_shot(24).fit(hours[0]).in_blocks(4)
    alone = fitted.predict(df=hours[3])["LSTM"].to_numpy()
    together = fitted.predict(df=pd.concat(hours[1:]))
    assert (together["LSTM"][together["unique_id"] == "d"].to_numpy() == alone).all()


def test_few_rows_have_the_usual_ones():
    few = zero_shot(6).fit(AIR[:12])
    np.testing.assert_array_equal(numbers(few), usual_traits(1))


def test_file_and_record_keep_them(air: AutoLSTM, tmp_path: Path):
    loaded = gatecast.load(air.save(tmp_path / "air.gatecast"))
    np.testing.assert_array_equal(numbers(loaded), numbers(air))
    layout = StateLayout(air.model_)
    again = layout.unpack(air.model_.context.panel.ids, layout.pack(air.model_))
    found = again.members.parts[0].view.traits
    np.testing.assert_array_equal(found, numbers(air))


def test_hours_whose_day_changes_quickly_forget_it_quickly():
    rng, days = np.random.default_rng(1), 40
    steady = np.tile(rng.standard_normal(24), days)
    changing = rng.standard_normal((days, 24)).cumsum(axis=0).reshape(-1)
    noise = 0.5 * rng.standard_normal(len(steady))
    hours = [frame(50 + steady + noise, "a", "h"), frame(50 + changing, "b", "h")]
    steady_pace, changing_pace = traits(zero_shot(24).fit(pd.concat(hours))).paces[:, 0]
    assert changing_pace < 0.5 < steady_pace


def test_hours_keep_a_week_that_is_there():
    rng, weeks = np.random.default_rng(2), 6
    week = np.repeat([1, 1, 1, 1, 1, 0, 0], 24) * np.tile(rng.uniform(5, 10, 24), 7)
    y = np.tile(week, weeks) + rng.standard_normal(168 * weeks)
    assert traits(zero_shot(24).fit(frame(y, "a", "h"))).longer[0] > 0.9


def autoregressive(memory: float, rows: int = 800, seed: int = 4) -> Floats:
    """y_t = 100 + memory (y_(t-1) - 100) + noise."""
    noise, y = np.random.default_rng(seed).standard_normal(rows), np.zeros(rows)
    for at in range(1, rows):
        y[at] = memory * y[at - 1] + noise[at]
    return 100 + y


@pytest.mark.parametrize(("freq", "h"), [("h", 48), ("D", 14)])
def test_series_that_revert_to_their_mean_are_told_from_random_walks(freq: str, h: int):
    both = [
        frame(autoregressive(memory, seed=seed), f"{name}{seed}", freq)
        for name, memory in (("back", 0.9), ("walk", 1.0))
        for seed in range(10)
    ]
    fitted = zero_shot(h).fit(pd.concat(both))
    shares = traits(fitted).reverting[:, 0]
    assert shares[10:].mean() < 0.5 < shares[:10].mean() - 0.1
    told = decided(fitted.model_)["mean_reversion"]
    assert [*told.values()] == pytest.approx(shares)


def test_hours_far_ahead_are_forecast_near_the_mean():
    y = autoregressive(0.9)
    # The last rows lie far from it.
    y[-3:] = 112
    found = zero_shot(72).fit(frame(y, "a", "h")).predict()["LSTM"].to_numpy()
    assert found[0] > 107
    # The truth: 100.
    assert np.abs(found[48:] - 100).max() < 3


def test_slower_steps_do_not_look_for_a_mean():
    assert not traits(zero_shot(12).fit(frame(autoregressive(0.5, 200), "a", "MS"))).reverting.any()
