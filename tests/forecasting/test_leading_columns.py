"""Columns that are not known ahead, as users of `AutoLSTM` meet them."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import gatecast
from gatecast import AutoLSTM
from gatecast._types import InputError
from gatecast.data import extend, to_panel
from gatecast.forecasting import ForecastOptions
from gatecast.forecasting.online import StateLayout
from gatecast.framing import Windows

ROWS, H, SERIES = 96, 6, 12
EFFECT = 0.8


def drawn(name: str, seed: int, rows: int = ROWS + H) -> pd.DataFrame:
    """Sales in units of their own, of which 1 % more follow 6 months after 1.25 % more orders."""
    rng, month = np.random.default_rng(seed), np.arange(rows)
    usual = 50.0 * (1 + seed)
    orders = usual * np.exp(0.3 * rng.standard_normal(rows + H))
    level = 0.003 * month + 0.2 * np.sin(2 * np.pi * month / 12)
    lead = EFFECT * np.log(orders[:rows] / usual)
    return pd.DataFrame(
        {
            "unique_id": name,
            "ds": pd.date_range("2012-01-01", periods=rows, freq="MS"),
            "y": 20 * (1 + seed) * np.exp(level + lead + 0.05 * rng.standard_normal(rows)),
            "orders": orders[H:],
            "chance": rng.standard_normal(rows),
        }
    )


def panel(prefix: str = "s", first: int = 0) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The known rows of some series, and those that follow."""
    each = [drawn(f"{prefix}{n:02}", first + n) for n in range(SERIES)]
    return pd.concat([one[:ROWS] for one in each]), pd.concat([one[ROWS:] for one in each])


KNOWN, AHEAD = panel()


def auto(**settings: Any) -> AutoLSTM:
    return AutoLSTM(
        **{"h": H, "quality": "zero_shot", "verbose": False, "hist_exog": "orders"} | settings
    )


def error(forecast: pd.DataFrame, truth: pd.DataFrame = AHEAD) -> float:
    """The mean error as a share of the values."""
    both = truth.merge(forecast, on=["unique_id", "ds"])
    return float(np.abs(both["LSTM"] / both["y"] - 1).mean())


@pytest.fixture(scope="module")
def leading() -> AutoLSTM:
    return auto().fit(KNOWN)


def test_what_leads_is_used_with_its_lag(leading: AutoLSTM):
    without = error(auto(hist_exog=(), intervals=False).fit(KNOWN).predict())
    assert error(leading.predict()) < 0.4 * without
    verdict = leading.model_.verdict
    assert verdict is not None
    (orders,) = verdict.columns
    assert (orders.used, orders.lags) == (True, (H,))
    assert orders.with_it < 0.4 * orders.without
    assert verdict.words[0].startswith("orders: used 6 rows later; errors of held-back rows fall")
    effects = gatecast.forecasting.decided(leading.model_)["effect_of_orders"]
    for name, rows in KNOWN.groupby("unique_id"):
        assert effects[str(name)] * rows["orders"].mean() == pytest.approx(EFFECT, rel=0.2)


def test_a_later_lag_is_found_and_chance_is_not_used():
    fitted = auto(h=H - 2, hist_exog=["orders", "chance"], intervals=False).fit(KNOWN)
    assert fitted.model_.verdict is not None
    orders, chance = fitted.model_.verdict.columns
    assert (orders.used, orders.lags) == (True, (H,))
    assert chance.with_it == pytest.approx(chance.without, rel=0.02)


def test_nothing_is_learnt_from_what_comes_later():
    late = (KNOWN["ds"] > KNOWN["ds"].max() - pd.DateOffset(months=H)).to_numpy()
    changed = KNOWN.assign(orders=KNOWN["orders"].where(~late, 9e3), y=KNOWN["y"].where(~late, 7.0))
    found = [
        auto().cross_validation(df=each, h=H, n_windows=1, level=[80]).filter(like="LSTM")
        for each in (KNOWN, changed)
    ]
    pd.testing.assert_frame_equal(*found)
    own = auto(intervals=False).fit(KNOWN[~late]).predict()
    np.testing.assert_allclose(found[0]["LSTM"], own["LSTM"], rtol=1e-5)


def test_the_last_known_value_stands_for_later_ones(leading: AutoLSTM):
    model = leading.model_
    (part,) = model.members.parts
    effects, known = part.view.effects, model.context.panel
    assert effects is not None
    whole = extend(known, 3 * H)
    ahead = effects.of(whole).reshape(SERIES, -1)[:, -3 * H :]
    # After h rows the newest value counts at the first lag, and after all lags at each.
    last = effects.design.lags[-1] - 1
    assert (np.ptp(ahead[:, :H], axis=1) > 0).all()
    np.testing.assert_allclose(np.ptp(ahead[:, last:], axis=1), 0, atol=1e-12)
    # So it is from any origin, though later values are there.
    panel = to_panel(KNOWN, exog=["orders"])
    windows = Windows(np.arange(SERIES), panel.offsets[1:] - 3 * H)
    late = panel.position >= ROWS - 3 * H
    hidden = replace(panel, exog={"orders": np.where(late, np.nan, panel.exog["orders"])})
    found, told = (
        effects.ahead(each, effects.of(each), windows, 3 * H) for each in (panel, hidden)
    )
    np.testing.assert_allclose(found, told, atol=1e-12)
    assert np.abs(effects.of(panel) - effects.of(hidden)).max() > 0.1


def test_no_lag_reaches_into_another_series():
    """The effects on one series are the same, bit for bit, whichever others stand beside it."""
    fitted = auto(intervals=False).fit(KNOWN)
    effects = fitted.model_.members.parts[0].view.effects
    assert effects is not None
    whole = to_panel(KNOWN, exog=["orders"])
    own = effects.of(whole).reshape(SERIES, -1)
    other = KNOWN.assign(orders=KNOWN["orders"].where(KNOWN["unique_id"] != "s03", 1.0))
    changed = effects.of(to_panel(other, exog=["orders"])).reshape(SERIES, -1)
    np.testing.assert_array_equal(np.delete(own, 3, axis=0), np.delete(changed, 3, axis=0))
    # By hand, of the first series: shares of its mean; the first six rows see nothing.
    rows, covariates = whole.lengths[0], effects.design.covariates
    measured = effects.design.measured(
        effects.design.plain(whole)[:rows], effects.center[0], effects.unit[0]
    )
    orders = whole.exog["orders"][:rows]
    shares = (orders[:-H] / orders.mean() - 1) * covariates.center[0] / covariates.spread[0]
    np.testing.assert_allclose(measured[H:, 0], shares, atol=1e-9)
    np.testing.assert_array_equal(measured[:H, 0], 0)


def test_files_updates_and_new_series(leading: AutoLSTM, tmp_path: Path):
    path = leading.save(tmp_path / "sales.gatecast")
    loaded = gatecast.load(path)
    expected = leading.predict(level=[80])
    pd.testing.assert_frame_equal(loaded.predict(level=[80]), expected)
    pd.testing.assert_frame_equal(leading.predict(df=KNOWN, level=[80]), expected)
    assert loaded.model_.verdict == leading.model_.verdict
    assert path.read_bytes() == loaded.save(tmp_path / "again.gatecast").read_bytes()
    # Rows that are read later, one by one, count as those that were there before.
    standing = loaded.on_history(KNOWN.groupby("unique_id").head(ROWS - 3))
    for back in (2, 1, 0):
        standing.update(KNOWN.groupby("unique_id").nth(ROWS - 1 - back))
    pd.testing.assert_frame_equal(standing.predict(level=[80]), expected)
    # So they do as records, which a service keeps.
    layout = StateLayout(loaded.model_)
    records = layout.pack(standing.model_)[[3, 7]]
    some = expected[expected["unique_id"].isin(["s03", "s07"])].reset_index(drop=True)
    again = layout.unpack(["s03", "s07"], records).forecast(None, ForecastOptions([80]))
    pd.testing.assert_frame_equal(again, some, rtol=1e-5)
    # New series have the effects of the panel, and only what can be known of them.
    known, ahead = panel("new ", 100)
    assert error(leading.predict(df=known), ahead) < 0.12
    few = known.groupby("unique_id").tail(4)
    assert leading.predict(df=few)["LSTM"].notna().all()


def test_enough_rows_are_kept_for_all_lags(leading: AutoLSTM):
    view = leading.model_.members.parts[0].view
    assert view.effects is not None
    assert view.effects.reach == 12
    assert view.kept_rows == view.context_rows + 12
    unused = auto(hist_exog="chance", intervals=False).fit(KNOWN).model_.members.parts[0].view
    assert unused.kept_rows == unused.context_rows


def test_gaps_words_and_missing_values():
    rng = np.random.default_rng(0)
    holes = KNOWN[rng.random(len(KNOWN)) > 0.05]
    holes = holes.assign(orders=holes["orders"].where(rng.random(len(holes)) > 0.1))
    with pytest.warns(gatecast.InputWarning):
        fitted = auto(intervals=False).fit(holes)
    assert error(fitted.predict()) < 0.2
    # Words are categories, each of which has an effect later.
    usual = KNOWN.groupby("unique_id")["orders"].transform("mean")
    words = KNOWN.assign(word=np.where(KNOWN["orders"] > usual, "many", "few"))
    fitted = auto(hist_exog="word", intervals=False).fit(words)
    assert fitted.model_.verdict is not None
    assert fitted.model_.verdict.columns[0].lags == (H,)


def test_what_cannot_be_done_is_said(leading: AutoLSTM, tmp_path: Path):
    with pytest.raises(InputError, match="column 'orders' is named twice in hist_exog and futr"):
        auto(futr_exog=["orders"])
    with pytest.raises(InputError, match="reads no columns of the future"):
        leading.predict(futr_df=AHEAD)
    with pytest.raises(InputError, match="orders"):
        leading.predict(df=KNOWN.drop(columns="orders"))
    with pytest.raises(InputError, match="effect of 'orders' is added to forecasts"):
        leading.to_keras(tmp_path / "s.keras")
    with pytest.raises(InputError, match="sees the column 'orders'"):
        leading.stream()
