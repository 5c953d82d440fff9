"""Columns that are known ahead, as users of `AutoLSTM` meet them."""

import sys
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

import gatecast
from gatecast import AutoLSTM
from gatecast._types import Floats, InputError, InputWarning

ROWS, H, SERIES = 96, 6, 12
ELASTICITY = -1.5


def drawn(name: str, seed: int, rows: int = ROWS + H) -> pd.DataFrame:
    """Sales in units of their own, whose logarithm falls by 1.5 % where the price rises by 1 %."""
    rng = np.random.default_rng(seed)
    usual = 10.0 * (1 + seed)
    price = usual * np.where(rng.random(rows) < 0.4, rng.uniform(0.7, 1.1, rows), 1)
    month = np.arange(rows)
    noise = 0.05 * rng.standard_normal(rows)
    level = 0.003 * month + 0.2 * np.sin(2 * np.pi * month / 12) + noise
    y = 50 * (1 + seed) * np.exp(level + ELASTICITY * np.log(price / usual))
    ds = pd.date_range("2012-01-01", periods=rows, freq="MS")
    return pd.DataFrame(
        {"unique_id": name, "ds": ds, "y": y, "price": price, "chance": rng.standard_normal(rows)}
    )


def panel(prefix: str = "s", first: int = 0) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The known rows of some series, and those that follow."""
    each = [drawn(f"{prefix}{n:02}", first + n) for n in range(SERIES)]
    return pd.concat([one[:ROWS] for one in each]), pd.concat([one[ROWS:] for one in each])


KNOWN, AHEAD = panel()


def auto(**settings: Any) -> AutoLSTM:
    return AutoLSTM(**{"h": H, "quality": "zero_shot", "verbose": False} | settings)


def used(fitted: AutoLSTM) -> tuple[str, ...]:
    """The columns that a fitted forecaster uses."""
    assert fitted.model_.verdict is not None
    return fitted.model_.verdict.used


def error(forecast: pd.DataFrame, truth: pd.DataFrame = AHEAD) -> float:
    """The mean error as a share of the values."""
    both = truth.merge(forecast, on=["unique_id", "ds"])
    return float(np.abs(both["LSTM"] / both["y"] - 1).mean())


@pytest.fixture(scope="module")
def with_columns() -> AutoLSTM:
    return auto(futr_exog=["price", "chance"]).fit(KNOWN)


def test_a_driver_is_used_and_chance_is_not(with_columns: AutoLSTM):
    without = error(auto(intervals=False).fit(KNOWN).predict())
    forecast = with_columns.predict(futr_df=AHEAD, level=[80])
    assert error(forecast) < 0.5 * without
    assert used(with_columns) == ("price",)
    assert with_columns.model_.verdict is not None
    price, chance = with_columns.model_.verdict.columns
    assert price.with_it < 0.6 * price.without
    assert chance.with_it == pytest.approx(chance.without, rel=0.02)
    # The noise is 5 %, and the errors of a row and of the one before it add up.
    assert 4 < price.with_it < 10
    inside = AHEAD.merge(forecast, on=["unique_id", "ds"])
    assert inside["y"].between(inside["LSTM-lo-80"], inside["LSTM-hi-80"]).mean() > 0.6


def test_the_effect_of_each_series_is_told(with_columns: AutoLSTM):
    effects = gatecast.forecasting.decided(with_columns.model_)["effect_of_price"]
    for name, rows in KNOWN.groupby("unique_id"):
        # d log y / d price is the elasticity over the price.
        assert effects[str(name)] * rows["price"].mean() == pytest.approx(ELASTICITY, rel=0.15)
    told = gatecast.forecasting.decided_in_words(with_columns.model_)
    assert "price: used; errors of held-back rows fall from" in told
    assert "chance: not used; errors of held-back rows are" in told


def test_columns_without_use_change_no_forecast():
    plain, chance = auto(intervals=False), auto(intervals=False, futr_exog="chance")
    found = chance.fit(KNOWN).predict(futr_df=AHEAD)
    pd.testing.assert_frame_equal(found, plain.fit(KNOWN).predict())


def test_files_updates_and_new_series(with_columns: AutoLSTM, tmp_path: Path):
    path = with_columns.save(tmp_path / "sales.gatecast")
    loaded = gatecast.load(path)
    expected = with_columns.predict(futr_df=AHEAD, level=[80])
    pd.testing.assert_frame_equal(loaded.predict(futr_df=AHEAD, level=[80]), expected)
    assert loaded.model_.verdict == with_columns.model_.verdict
    assert path.read_bytes() == loaded.save(tmp_path / "again.gatecast").read_bytes()
    # Rows that are read later count as those that were there before.
    late = KNOWN.groupby("unique_id").tail(3)
    loaded = auto(futr_exog=["price", "chance"], intervals=False).fit(KNOWN)
    standing = loaded.on_history(KNOWN.groupby("unique_id").head(ROWS - 3)).update(late)
    pd.testing.assert_frame_equal(standing.predict(futr_df=AHEAD), loaded.predict(futr_df=AHEAD))
    # New series have the effects of the panel.
    known, ahead = panel("new ", 100)
    assert error(with_columns.predict(df=known, futr_df=ahead), ahead) < 0.1
    short = known.groupby("unique_id").tail(24)
    assert error(with_columns.predict(df=short, futr_df=ahead), ahead) < 0.15


def test_nothing_is_learnt_from_what_comes_later():
    later = KNOWN["ds"] >= KNOWN["ds"].max() - pd.DateOffset(months=H - 1)
    changed = KNOWN.assign(y=KNOWN["y"].where(~later, 7.0))
    model = auto(futr_exog=["price", "chance"])
    found = [
        model.cross_validation(df=each, h=H, n_windows=1, level=[80]).filter(like="LSTM")
        for each in (KNOWN, changed)
    ]
    pd.testing.assert_frame_equal(*found)


def test_gaps_and_missing_values(with_columns: AutoLSTM):
    rng = np.random.default_rng(0)
    holes = KNOWN.assign(
        y=KNOWN["y"].where(rng.random(len(KNOWN)) > 0.1),
        price=KNOWN["price"].where(KNOWN["unique_id"] != "s03"),
    )
    with pytest.warns(InputWarning, match="have no value"):
        fitted = auto(futr_exog=["price"], intervals=False).fit(holes)
    effects = gatecast.forecasting.decided(fitted.model_)["effect_of_price"]
    assert effects["s03"] == 0
    assert effects["s04"] < 0
    assert error(fitted.predict(futr_df=AHEAD)) < 0.15
    missing = AHEAD.assign(price=AHEAD["price"].where(AHEAD.index != ROWS + 1))
    with pytest.raises(InputError, match=r"no value of 'price' for series 's00' at 2020-02-01"):
        with_columns.predict(futr_df=missing)
    with pytest.raises(InputError, match="futr_df is needed"):
        with_columns.predict()


def test_a_column_may_begin_with_the_newest_rows():
    newest = KNOWN["ds"] > KNOWN["ds"].max() - pd.DateOffset(months=2 * H)
    usual = 10.0 * (1 + KNOWN["unique_id"].str[1:].astype(int))
    late = KNOWN.assign(
        price=KNOWN["price"].where(newest),
        y=KNOWN["y"].where(newest, KNOWN["y"] * (KNOWN["price"] / usual) ** -ELASTICITY),
    )
    # Nothing is known of it in the rows before, on which the pre-trained networks are judged.
    fitted = auto(futr_exog=["price"], intervals=False).fit(late)
    assert used(fitted) == ("price",)
    assert error(fitted.predict(futr_df=AHEAD)) < 0.08
    effects = gatecast.forecasting.decided(fitted.model_)["effect_of_price"]
    shares = [effects[name] * rows["price"].mean() for name, rows in late.groupby("unique_id")]
    np.testing.assert_allclose(shares, ELASTICITY, rtol=0.25)
    with pytest.raises(InputError, match="column 'price' has no value in any training row"):
        auto(futr_exog=["price"]).fit(KNOWN.assign(price=np.nan))


def test_few_rows_say_nothing_of_a_column():
    fitted = auto(h=2, futr_exog=["price"]).fit(KNOWN.groupby("unique_id").tail(5))
    assert fitted.model_.verdict is not None
    assert fitted.model_.verdict.words == [
        "price: not used; too few rows that change tell its effect"
    ]


def test_words_and_truth_values_have_effects():
    rng = np.random.default_rng(1)
    each = []
    for name in "abcd":
        one = drawn(name, ord(name) - 97)
        kind = rng.choice(["none", "leaflet", "television"], len(one), p=[0.6, 0.2, 0.2])
        factor = pd.Series(kind).map({"none": 1.0, "leaflet": 1.3, "television": 2.0}).to_numpy()
        each.append(one.assign(y=one["y"] * factor, kind=kind, price=1.0))
    frame = pd.concat(each)
    ahead = frame.groupby("unique_id").tail(H)
    known = frame.groupby("unique_id").head(ROWS)
    fitted = auto(futr_exog=["kind", "price"], intervals=False).fit(known)
    assert used(fitted) == ("kind",)
    calm = fitted.predict(futr_df=ahead.assign(kind="none"))["LSTM"]
    loud = fitted.predict(futr_df=ahead.assign(kind="television"))["LSTM"]
    assert (loud / calm).between(1.7, 2.3).all()


def christmas(monkeypatch: pytest.MonkeyPatch) -> None:
    """A country that has two holidays."""

    def country_holidays(_: str, years: list[int]) -> Any:
        named = [{date(year, 12, 25): "Christmas", date(year, 7, 1): "Day"} for year in years]
        return {day: name for each in named for day, name in each.items()}

    monkeypatch.setitem(sys.modules, "holidays", SimpleNamespace(country_holidays=country_holidays))


def days(rows: int) -> tuple[Floats, pd.DatetimeIndex]:
    """Values of about a hundred, three times as many at Christmas."""
    ds = pd.date_range("2017-01-02", periods=rows, freq="D")
    rng = np.random.default_rng(3)
    week = 1 + 0.2 * (ds.weekday >= 5)
    spike = np.where((ds.month == 12) & (ds.day == 25), 3.0, 1.0)
    return np.asarray(100 * week * spike * np.exp(0.05 * rng.standard_normal(rows))), ds


def test_holidays_differ_from_each_other(monkeypatch: pytest.MonkeyPatch):
    christmas(monkeypatch)
    y, ds = days(4 * 365 - 15)
    frame = pd.DataFrame({"unique_id": "shop", "ds": ds, "y": y})
    model = auto(h=28, calendar=["holiday:DE", "month"], intervals=False)
    # The newest rows hold no Christmas, yet it is known from the years before.
    found = model.fit(frame[ds < "2020-12-01"]).predict()["LSTM"].to_numpy()
    assert used(model) == ("holiday:DE",)
    assert found[24] == pytest.approx(300, rel=0.15)
    assert np.delete(found, 24).max() < 150
    summer = model.predict(df=frame[ds < "2020-06-20"])["LSTM"]
    assert summer.max() < 150
    with pytest.raises(InputError, match="effect of 'holiday:DE' to its forecasts"):
        model.stream()


def test_what_cannot_be_done_is_said(with_columns: AutoLSTM, tmp_path: Path):
    with pytest.raises(InputError, match="'price' is named twice"):
        auto(futr_exog=["price", "price"])
    with pytest.raises(InputError, match="'month' is named twice"):
        auto(calendar=["month", "month"])
    with pytest.raises(InputError, match=r"futr_exog must be a list of names, got None; \[\] for"):
        auto(futr_exog=None)
    with pytest.raises(InputError, match=r"calendar must be a list of names, got \[3\]"):
        gatecast.LSTMForecaster(h=H, calendar=[3])  # type: ignore[list-item]
    for export, name in ((with_columns.to_keras, "s.keras"), (with_columns.to_onnx, "s.onnx")):
        with pytest.raises(InputError, match="effect of 'price' is added to forecasts"):
            export(tmp_path / name)
    with pytest.raises(InputError, match="sees the column 'price'"):
        with_columns.stream()
