"""Forecasts that are distributions: every output, its intervals and its paths."""

import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from small_forecasters import (
    DrawnForecaster,
    drawn_members,
    frame_of,
    panel_of,
    small_settings,
    wandering,
)

from gatecast import (
    Bernoulli,
    LSTMForecaster,
    NegativeBinomial,
    Normal,
    Quantiles,
    StudentT,
    Training,
    Tweedie,
    ZeroInflatedNegativeBinomial,
    load,
)
from gatecast.forecasting.members import PROBABILITIES, Combination, from_windows
from gatecast.framing import Framing, Windows, last_windows

random = np.random.default_rng(4)
COUNTS = [random.poisson(3, 26).astype(float), random.poisson(0.6, 20).astype(float)]
VALUES: dict[Any, list[Any]] = {
    Normal(): [wandering(26), wandering(20, 1)],
    StudentT(): [wandering(26), wandering(20, 1)],
    Quantiles((0.1, 0.5, 0.9)): [wandering(26), wandering(20, 1)],
    NegativeBinomial(): COUNTS,
    ZeroInflatedNegativeBinomial(): COUNTS,
    Tweedie(): [random.gamma(2, 3, 26) * (random.random(26) > 0.4), COUNTS[1]],
    Bernoulli(): [random.integers(0, 2, 26), random.integers(0, 2, 20)],
}
COUNTED = (NegativeBinomial, ZeroInflatedNegativeBinomial)
H = 2
# To draw from other distributions beyond the horizon takes long to compile.
DRAWN = (Normal, Quantiles, NegativeBinomial)


@pytest.fixture(scope="module", params=VALUES, ids=lambda output: type(output).__name__)
def fitted(request: pytest.FixtureRequest) -> LSTMForecaster:
    forecaster = DrawnForecaster(
        h=H, look_back=3, cell="dense", units=3, members=2, output=request.param
    )
    return forecaster.fit(frame_of(panel_of(*VALUES[request.param])))


def far(fitted: LSTMForecaster) -> int:
    return 4 if isinstance(fitted.output, DRAWN) else H


def test_intervals_are_nested_and_never_cross(fitted: LSTMForecaster):
    assert_nested(fitted, far(fitted))


@pytest.mark.slow
def test_drawn_intervals_are_nested_and_never_cross(fitted: LSTMForecaster):
    assert_nested(fitted, 4)


def assert_nested(fitted: LSTMForecaster, h: int):
    levels = [20, 50, 80, 95]
    forecast = fitted.predict(h, level=levels)
    order = [f"DENSE-lo-{level}" for level in levels[::-1]]
    order += [f"DENSE-hi-{level}" for level in levels]
    assert np.isfinite(forecast["DENSE"]).all()
    assert (np.diff(forecast[order], axis=1) >= 0).all()
    probabilities = [0.05, 0.25, 0.5, 0.75, 0.95]
    quantiles = fitted.predict(h, quantiles=probabilities).iloc[:, 3:]
    assert (np.diff(quantiles, axis=1) >= 0).all()


def test_values_are_those_the_output_allows(fitted: LSTMForecaster):
    output = fitted.output
    forecast = fitted.predict(far(fitted), level=[95]).iloc[:, 2:].to_numpy()
    paths = fitted.sample_paths(20, far(fitted))["DENSE"]
    if output.units != "any":
        assert (forecast >= 0).all()
        assert (paths >= 0).all()
    if isinstance(output, Bernoulli):
        assert (forecast <= 1).all()
        assert ((forecast[:, 0] > 0) & (forecast[:, 0] < 1)).all()
    if isinstance(output, COUNTED):
        part, panel = fitted.model_.members.parts[0], fitted.model_.context.panel
        quantiles = from_windows(part, panel, last_windows(panel), H).quantiles
        np.testing.assert_allclose(quantiles, np.round(quantiles), atol=1e-4)
        assert quantiles.max() >= 1


def test_a_distribution_has_a_seed_of_its_own(fitted: LSTMForecaster):
    """Beyond the horizon it is drawn, and the same each time."""
    once, again = (fitted.predict(far(fitted), level=[80]) for _ in range(2))
    pd.testing.assert_frame_equal(once, again, check_exact=True)
    near = fitted.predict(H, level=[80]).set_index(["unique_id", "ds"])
    longer = once.set_index(["unique_id", "ds"]).loc[near.index]
    pd.testing.assert_frame_equal(longer, near, rtol=1e-5)


def test_a_loaded_distribution_is_the_same(fitted: LSTMForecaster, tmp_path: Path):
    loaded = load(fitted.save(tmp_path / "d.gatecast"))
    assert loaded.output == fitted.output
    expected = fitted.predict(level=[80])
    pd.testing.assert_frame_equal(loaded.predict(level=[80]), expected, check_exact=True)
    pd.testing.assert_frame_equal(loaded.sample_paths(3), fitted.sample_paths(3))


SERIES, ROWS = 30, 30


@pytest.fixture(scope="module")
def simulated() -> tuple[LSTMForecaster, np.ndarray]:
    """Really trained on noise around 50 of deviation 5; what follows, [series, h]."""
    y = np.random.default_rng(8).normal(50, 5, size=(SERIES, ROWS + 40))
    data = frame_of(panel_of(*y[:, :ROWS]))
    forecaster = LSTMForecaster(
        h=1, look_back=1, cell="dense", units=2, output=Normal(),
        training=Training(epochs=40, batch_size=32, learning_rate=0.02),
    )  # fmt: skip
    return forecaster.fit(data), y[:, ROWS:]


def test_a_normal_distribution_covers_what_it_says(simulated: tuple[LSTMForecaster, np.ndarray]):
    forecaster, later = simulated
    model = forecaster.model_
    panel = model.context.panel
    quantiles = model.members.forecast(panel, last_windows(panel), 1).quantiles[:, 0]
    for low, high in ((0.1, 0.9), (0.25, 0.75)):
        ends = (quantiles[:, np.isclose(PROBABILITIES, p)] for p in (low, high))
        lowest, highest = ends
        covered = ((later >= lowest) & (later <= highest)).mean()
        assert covered == pytest.approx(high - low, abs=0.07)
    forecast = forecaster.predict(level=[80])
    covered = (
        (later >= forecast[["DENSE-lo-80"]].to_numpy())
        & (later <= forecast[["DENSE-hi-80"]].to_numpy())
    ).mean()
    assert covered == pytest.approx(0.8, abs=0.07)


def test_paths_are_distributed_as_the_quantiles_say(simulated: tuple[LSTMForecaster, np.ndarray]):
    forecaster, _ = simulated
    paths = forecaster.sample_paths(2000, random_seed=1)
    assert paths["path"].max() == 2000
    probabilities = [0.1, 0.5, 0.9]
    expected = forecaster.predict(quantiles=probabilities).iloc[:, 3:].to_numpy()
    of_series = paths.groupby("unique_id", sort=False)["DENSE"]
    found = np.column_stack([of_series.quantile(each) for each in probabilities])
    # Paths may lie to one side, as the held-back rows do; intervals reach as far to both.
    width = np.ptp(expected, axis=1)
    np.testing.assert_allclose(np.ptp(found, axis=1), width, rtol=0.2)
    assert (np.abs(found - expected).max(axis=1) < width / 3).all()


def test_forecasts_do_not_depend_on_other_series(fitted: LSTMForecaster):
    data = frame_of(panel_of(*VALUES[fitted.output]))
    expected = fitted.predict(level=[80]).query("unique_id == 'b'").reset_index(drop=True)
    found = fitted.predict(level=[80], df=data[data["unique_id"] == "b"])
    pd.testing.assert_frame_equal(found, expected, rtol=1e-5)


def test_more_windows_need_no_more_memory_than_their_forecast():
    panel = panel_of(wandering(26))
    settings = small_settings(Framing(3, 4), output=Normal(), members=4)
    members = Combination((drawn_members(settings, panel, panel.lengths, 4),))
    every = last_windows(panel).where(np.zeros(8_200, int))

    def peak(windows: Windows) -> int:
        tracemalloc.start()
        members.forecast(panel, windows, 4)
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    half = every.where(np.arange(4_100))
    peak(half)  # compiles
    combined = 4_100 * 4 * len(PROBABILITIES) * 8
    # In parts, joined, and sorted. The distributions of all members are never there together.
    assert peak(every) - peak(half) < 4 * combined
    found = members.forecast(panel, half, 4).quantiles
    whole = from_windows(members.parts[0], panel, half, 4).combined("median").quantiles
    np.testing.assert_array_equal(found, whole)
    one = members.forecast(panel, last_windows(panel), 4).quantiles
    np.testing.assert_allclose(found, np.broadcast_to(one, found.shape), rtol=1e-6)
