"""Counts, many zeros, yes and no: against the distributions they are drawn from."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import gatecast
from gatecast import AutoLSTM, InputError, InputWarning
from gatecast.data import to_panel
from gatecast.forecasting import decided, decided_in_words
from gatecast.forecasting.members import with_kinds
from gatecast.forecasting.online import StateLayout, updated

ROWS, H, SERIES = 120, 12, 24
TAUS = np.arange(1, 10) / 10
RNG = np.random.default_rng(0)
MEANS = np.exp(RNG.uniform(np.log(0.1), np.log(4), (SERIES, 1)))
SHARES = RNG.uniform(0.05, 0.95, (SERIES, 1))
DRAWN: dict[str, Any] = {
    "poisson": stats.poisson(MEANS),
    "negative binomial": stats.nbinom(0.5, 0.5 / (0.5 + MEANS)),
    "yes and no": stats.bernoulli(SHARES),
}


def frame(y: Any, freq: str = "MS") -> pd.DataFrame:
    """Series "s00", "s01", ... of the rows of an array."""
    ds = pd.date_range("2000-01-01", periods=y.shape[1], freq=freq)
    return pd.DataFrame(
        {
            "unique_id": np.repeat([f"s{n:02d}" for n in range(len(y))], y.shape[1]),
            "ds": np.tile(ds, len(y)),
            "y": y.reshape(-1),
        }
    )


def auto(**changes: Any) -> AutoLSTM:
    return AutoLSTM(**{"h": H, "quality": "zero_shot", "verbose": False} | changes)


def draw(name: str) -> Any:
    return DRAWN[name].rvs((SERIES, ROWS + H), random_state=1).astype(float)


def loss(quantiles: Any, y: Any) -> float:
    """The mean pinball loss of quantiles [series, h, taus]."""
    over = y[..., None] - quantiles
    return float(np.maximum(TAUS * over, (TAUS - 1) * over).mean())


def columns(forecast: pd.DataFrame, *ends: str) -> Any:
    """[series, h, columns]."""
    return forecast[[f"LSTM-{end}" for end in ends]].to_numpy().reshape(-1, H, len(ends))


@pytest.fixture(scope="module", params=list(DRAWN))
def drawn(request: pytest.FixtureRequest) -> tuple[str, Any, AutoLSTM, pd.DataFrame]:
    y = draw(request.param)
    model = auto().fit(frame(y[:, :ROWS]))
    return request.param, y, model, model.predict(level=[80, 95], quantiles=TAUS.tolist())


def test_quantiles_are_nearly_those_of_the_truth(drawn: Any):
    name, y, _, forecast = drawn
    found = columns(forecast, *(f"q-{tau:g}" for tau in TAUS))
    assert (found % 1 == 0).all()
    assert (np.diff(found, axis=-1) >= 0).all()
    truth = np.broadcast_to(DRAWN[name].ppf(TAUS)[:, None], found.shape)
    assert loss(found, y[:, ROWS:]) < 1.08 * loss(truth, y[:, ROWS:])


def test_intervals_cover_what_they_say(drawn: Any):
    name, y, model, forecast = drawn
    for level in (80, 95):
        low, high = np.moveaxis(columns(forecast, f"lo-{level}", f"hi-{level}"), -1, 0)
        assert (low % 1 == 0).all()
        assert (high % 1 == 0).all()
        covered = ((low <= y[:, ROWS:]) & (y[:, ROWS:] <= high)).mean()
        # Whole numbers cover more than asked, and those of the truth do, too.
        ends = (DRAWN[name].ppf(share) for share in (0.5 - level / 200, 0.5 + level / 200))
        low, high = (np.broadcast_to(end, y[:, ROWS:].shape) for end in ends)
        by_truth = ((low <= y[:, ROWS:]) & (y[:, ROWS:] <= high)).mean()
        assert level / 100 - 0.03 < covered < by_truth + 0.06
    paths = model.sample_paths(20)["LSTM"]
    assert (paths % 1 == 0).all()
    assert paths.between(0, 1 if name == "yes and no" else np.inf).all()


def test_points_are_medians_or_probabilities(drawn: Any):
    name, y, _, forecast = drawn
    point, truth = forecast["LSTM"].to_numpy().reshape(-1, H), y[:, ROWS:]
    if name == "yes and no":
        assert ((point >= 0) & (point <= 1)).all()
        # Brier's score, and that of the truth; the share of yes in each calendar month has more.
        by_month = y[:, :ROWS].reshape(SERIES, -1, 12).mean(axis=1)
        scores = [((each - truth) ** 2).mean() for each in (point, SHARES, by_month)]
        assert scores[0] < min(1.1 * scores[1], scores[2])
    else:
        assert (point % 1 == 0).all()
        best = np.abs(truth - DRAWN[name].median()).mean()
        assert np.abs(point - truth).mean() < 1.1 * best


def test_means_are_forecast_where_squares_should_be_small():
    y = draw("poisson")
    model = auto(metric="rmse", intervals=False).fit(frame(y[:, :ROWS]))
    point = model.predict()["LSTM"].to_numpy().reshape(-1, H)
    np.testing.assert_allclose(point.mean(axis=1), MEANS[:, 0], atol=0.6, rtol=0.3)
    np.testing.assert_allclose(point.mean(), MEANS.mean(), rtol=0.1)
    normal = np.random.default_rng(3).normal(5, 0.6, (8, ROWS))
    mean, median = (
        auto(metric=metric, intervals=False).fit(frame(np.exp(normal))).predict()["LSTM"].mean()
        for metric in ("rmse", "mae")
    )
    # exp(0.6^2 / 2) = 1.2.
    assert 1.03 < mean / median < 1.4


def test_many_zeros_besides_other_numbers_are_never_negative():
    rng = np.random.default_rng(4)
    y = (rng.uniform(size=(6, ROWS + H)) < 0.4) * rng.gamma(0.8, 4, (6, ROWS + H))
    model = auto().fit(frame(y[:, :ROWS]))
    forecast = model.predict(level=[80])
    low, high = np.moveaxis(columns(forecast, "lo-80", "hi-80"), -1, 0)
    assert (low >= 0).all()
    assert low.max() < 0.1
    assert 0.75 < (high >= y[:, ROWS:]).mean() < 0.98
    assert (forecast["LSTM-hi-80"] % 1 != 0).any()
    assert set(decided(model.model_)["kind"].values()) == {"zeros"}


def test_the_future_decides_nothing():
    y = draw("yes and no")[:4]
    changed = y.copy()
    changed[:, ROWS:] = -7.5
    one, two = (
        gatecast.backtest(auto(), frame(each), h=H, level=[80], baselines=[]).forecasts
        for each in (y, changed)
    )
    pd.testing.assert_frame_equal(one.drop(columns="y"), two.drop(columns="y"))
    assert one["LSTM-hi-80"].isin([0, 1]).all()


def test_what_is_plain_is_forecast_as_before():
    model = auto(intervals=False).fit(gatecast.datasets.airline_passengers())
    assert not model.model_.members.finishes
    assert "kind" not in decided(model.model_)
    assert (model.predict()["LSTM"] % 1 != 0).any()


def test_rows_that_arrive_are_read_in_every_way(tmp_path: Path):
    y = draw("poisson")[:3]
    known, new = frame(y[:, :ROWS]), frame(y[:, : ROWS + 3])
    new = new[new["ds"] > known["ds"].max()]
    model = auto().fit(known)
    loaded = gatecast.load(model.save(tmp_path / "m.gatecast"))
    pd.testing.assert_frame_equal(loaded.predict(level=[80]), model.predict(level=[80]))
    stream = loaded.stream()
    for row in y[:, ROWS : ROWS + 3].T:
        ahead = stream.update(row)
    expected = loaded.update(new).predict(level=[80])
    np.testing.assert_allclose(ahead.reshape(-1), expected["LSTM"])
    whole = pd.concat([known, new])
    pd.testing.assert_frame_equal(model.predict(df=whole, level=[80]), expected)
    # A row in which nothing was observed moves the rows to forecast.
    later = stream.update([np.nan] * 3)
    np.testing.assert_allclose(later[:, :-1], ahead[:, 1:])
    layout = StateLayout(loaded.model_)
    again = layout.unpack(["s00", "s01", "s02"], layout.pack(loaded.model_))
    np.testing.assert_array_equal(again.forecast()["LSTM"], expected["LSTM"])
    one_step = loaded.model_.members.one_step(loaded.model_.context.panel, np.full(3, 2))
    assert (one_step[~np.isnan(one_step)] % 1 == 0).all()


def test_values_of_another_kind_are_told():
    y, rng = np.stack([draw(name)[0, :ROWS] for name in DRAWN]), np.random.default_rng(6)
    y[1] = np.where(rng.random(ROWS) < 0.5, 0, rng.gamma(2, 3, ROWS))
    known = frame(y)
    model = auto(intervals=False).fit(known)
    assert [*decided(model.model_)["kind"].values()] == ["counts", "zeros", "counts"]
    day = pd.Timestamp("2010-01-01")
    for name, value, told in (
        ("s00", 0.5, "counts alone"),
        ("s01", -2, "no negative value"),
        ("s02", -1, "counts alone"),
    ):
        new = pd.DataFrame({"unique_id": [name], "ds": [day], "y": [value]})
        words = rf"series '{name}' has {value:g} at 2010-01-01, but had {told} when it was fitted"
        with pytest.warns(InputWarning, match=words):
            model.predict(df=pd.concat([known, new]))
        with pytest.warns(InputWarning, match=words):
            model.model_ = updated(model.model_, to_panel(new, freq="MS"))
    # Numbers of the same kinds, however large, and new series say nothing.
    fine = frame(np.array([[40.0], [0.3], [7.0]])).assign(ds=day + pd.DateOffset(months=1))
    model.update(fine)
    yes_no = auto(intervals=False).fit(frame(draw("yes and no")[:2, :ROWS]))
    new = pd.DataFrame({"unique_id": ["s00"], "ds": [day], "y": [2.0]})
    with pytest.warns(InputWarning, match="'s00' has 2 at 2010-01-01, but had 0 and 1 alone"):
        yes_no.update(new)


def test_rows_after_the_leading_ones_are_not_read():
    y = draw("poisson")[:4]
    model = auto(intervals=False).fit(frame(y[:, :ROWS])).model_
    later = y.copy()
    later[:, ROWS:] = 1e6
    members = replace(model.members, kinds=None)
    one, two = (
        with_kinds(members, members.parts[0], to_panel(frame(each)), np.full(4, ROWS), 12).kinds
        for each in (y, later)
    )
    assert one is not None
    assert two is not None
    np.testing.assert_array_equal(one.share, two.share)
    np.testing.assert_array_equal(one.kind, two.kind)


def test_new_series_are_looked_at_by_themselves():
    y = draw("yes and no")
    model = auto().fit(frame(y[:6, :ROWS]))
    new = frame(np.stack([y[7, :ROWS], 2 * y[8, :ROWS], 0.5 + y[9, :ROWS]]))
    forecast = model.predict(df=new.assign(unique_id="new " + new["unique_id"]), level=[80])
    ends = forecast.groupby("unique_id")["LSTM-hi-80"]
    assert ends.unique().iloc[0].tolist() in ([1], [0, 1], [1, 0])
    assert set(ends.unique().iloc[1]) <= {0, 1, 2}
    assert (ends.max().iloc[2] % 1) != 0


def test_what_was_decided_is_told(drawn: Any, tmp_path: Path):
    name, _, model, _ = drawn
    words, found = decided_in_words(model.model_), decided(model.model_)
    assert set(found["kind"].values()) == {"yes_no" if name == "yes and no" else "counts"}
    assert all(0 < share < 1 for share in found["networks"].values())
    told = "probability of yes" if name == "yes and no" else "zeros: quantiles are whole numbers"
    assert f"y: {'yes and no' if name == 'yes and no' else 'counts'}, " in words
    assert told in words
    with pytest.raises(InputError, match="cannot be exported"):
        model.to_keras(tmp_path / "m.keras")


def test_several_targets_have_kinds_of_their_own():
    y = draw("yes and no")[:2, :ROWS]
    df = frame(y).rename(columns={"y": "open"})
    df["sold"] = draw("poisson")[:2, :ROWS].reshape(-1)
    df["price"] = 50 + np.random.default_rng(5).normal(size=len(df))
    model = auto().fit(df, target_col=["open", "sold", "price"])
    assert decided(model.model_)["kind"] == dict.fromkeys(["s00", "s01"], "yes_no, counts, plain")
    highest = model.predict(level=[80]).groupby("target")["LSTM-hi-80"].max()
    assert highest["open"] == 1
    assert highest["sold"] % 1 == 0
    assert highest["price"] % 1 != 0
