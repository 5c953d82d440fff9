"""Static columns as users of `AutoLSTM` meet them: effects of other columns differ by them."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import gatecast
from gatecast import AutoLSTM
from gatecast._types import InputError, InputWarning
from gatecast.data import to_panel
from gatecast.forecasting.fitting._samples import sizes_of
from gatecast.framing import Exogenous, Regression, design_of, fit_covariates

ROWS, H, SERIES = 60, 6, 30
ELASTICITY = {"bread": -0.5, "toys": -3.0, "books": -1.5}


def drawn(name: str, seed: int, kind: str) -> pd.DataFrame:
    """Sales that react to rare discounts, in each kind of product differently."""
    rng, month = np.random.default_rng(seed), np.arange(ROWS + H)
    usual = 10.0 * (1 + seed % SERIES)
    rare = (month >= ROWS) | (rng.random(ROWS + H) < 0.05)
    price = usual * np.where(rare, rng.uniform(0.7, 1, ROWS + H), 1)
    level = 0.003 * month + 0.2 * np.sin(2 * np.pi * month / 12)
    level += ELASTICITY[kind] * np.log(price / usual) + 0.05 * rng.standard_normal(ROWS + H)
    ds = pd.date_range("2012-01-01", periods=ROWS + H, freq="MS")
    return pd.DataFrame(
        {"unique_id": name, "ds": ds, "y": 20 * (1 + seed % SERIES) * np.exp(level), "price": price}
    )


def panel(prefix: str = "s", first: int = 0) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """The known rows of some series, those that follow, and the static columns."""
    names = [f"{prefix}{number:02}" for number in range(SERIES)]
    kinds = [[*ELASTICITY][number % 3] for number in range(SERIES)]
    each = [drawn(name, first + n, kinds[n]) for n, name in enumerate(names)]
    size = np.random.default_rng(first).standard_normal(SERIES)
    static = pd.DataFrame({"unique_id": names, "kind": kinds, "size": size})
    return (
        pd.concat([one[:ROWS] for one in each]),
        pd.concat([one[ROWS:] for one in each]),
        static,
    )


KNOWN, AHEAD, STATIC = panel()


def auto(**settings: Any) -> AutoLSTM:
    usual = {"h": H, "quality": "zero_shot", "verbose": False, "intervals": False}
    return AutoLSTM(**usual | {"futr_exog": "price"} | settings)


def error(forecast: pd.DataFrame, truth: pd.DataFrame = AHEAD) -> float:
    """The mean error as a share of the values."""
    both = truth.merge(forecast, on=["unique_id", "ds"])
    return float(np.abs(both["LSTM"] / both["y"] - 1).mean())


@pytest.fixture(scope="module")
def alike() -> AutoLSTM:
    return auto().fit(KNOWN, static_df=STATIC)


def test_what_tells_the_effects_apart_is_used(alike: AutoLSTM):
    without = auto().fit(KNOWN)
    assert error(alike.predict(futr_df=AHEAD)) < 0.95 * error(without.predict(futr_df=AHEAD))
    verdict = alike.model_.verdict
    assert verdict is not None
    assert (verdict.used, verdict.used_static) == (("price",), ("kind",))
    _, kind, size, *_ = verdict.words
    assert kind.startswith("kind: used; errors of series that are held back fall from ")
    assert size.startswith("size: not used; errors of series that are held back are ")
    effects = gatecast.forecasting.decided(alike.model_)["effect_of_price"]
    usual = KNOWN.groupby("unique_id")["price"].mean()
    found = pd.Series(effects) * usual
    expected = STATIC.set_index("unique_id")["kind"].map(ELASTICITY)
    assert np.abs(found - expected).mean() < 0.35
    # Only what is used is kept with the series.
    assert [*alike.model_.context.panel.static] == ["kind"]


def test_new_series_have_the_effects_of_those_like_them(alike: AutoLSTM, tmp_path: Path):
    known, ahead, static = panel("new ", 100)
    given = {"df": known, "futr_df": ahead}
    own = alike.predict(**given, static_df=static)
    usual = auto().fit(KNOWN).predict(**given)
    assert error(own, ahead) < 0.6 * error(usual, ahead)
    loaded = gatecast.load(alike.save(tmp_path / "m.gatecast"))
    pd.testing.assert_frame_equal(loaded.predict(**given, static_df=static), own)
    assert loaded.model_.verdict == alike.model_.verdict
    pd.testing.assert_frame_equal(
        loaded.predict(futr_df=AHEAD), alike.predict(df=KNOWN, futr_df=AHEAD, static_df=STATIC)
    )
    # Of an unknown kind, what is usual.
    with pytest.warns(InputWarning, match="kind: 'cars' not seen in training; forecast as an un"):
        found = alike.predict(**given, static_df=static.assign(kind="cars"))
    effects = alike.model_.members.parts[0].view.effects
    assert effects is not None
    place = effects.design.names.index("price")
    assert effects.shared[place] != 0
    assert error(found, ahead) == pytest.approx(error(usual, ahead), rel=0.3)
    with pytest.raises(InputError, match=r"'kind' is missing: .* fitted with static_df, so new"):
        alike.predict(**given)
    with pytest.raises(InputError, match="static_df has no row for series 'new 00'"):
        alike.predict(**given, static_df=static[1:])


def test_without_columns_there_is_nothing_to_share(tmp_path: Path):
    fitted = auto(futr_exog=()).fit(KNOWN, static_df=STATIC)
    assert fitted.model_.verdict is not None
    words = "not used; it tells how effects of other columns differ, and there are none"
    assert fitted.model_.verdict.words == [f"kind: {words}", f"size: {words}"]
    plain = auto(futr_exog=()).fit(KNOWN)
    pd.testing.assert_frame_equal(fitted.predict(), plain.predict())
    loaded = gatecast.load(fitted.save(tmp_path / "m.gatecast"))
    pd.testing.assert_frame_equal(loaded.predict(df=KNOWN), plain.predict())
    chance = KNOWN.assign(price=np.random.default_rng(0).standard_normal(len(KNOWN)))
    fitted = auto().fit(chance, static_df=STATIC[["unique_id", "kind"]])
    assert fitted.model_.verdict is not None
    assert (
        fitted.model_.verdict.words[1] == f"kind: {words.replace('there are none', 'none is used')}"
    )


def test_networks_read_no_static_column(alike: AutoLSTM):
    (part,) = alike.model_.members.parts
    whole = to_panel(KNOWN, exog=["price"], static_df=STATIC)
    rows = part.view.rows(whole, masked=True)
    sizes = sizes_of(part.settings, rows, part.view, masked=True)
    assert (sizes.static, sizes.categories, sizes.future) == (0, (), 0)


@pytest.mark.slow
def test_networks_that_are_trained_read_none_either(tmp_path: Path):
    fitted = auto(quality="fast").fit(KNOWN, static_df=STATIC)
    adapted = fitted.model_.members.parts[-1]
    assert adapted.part.role == "adapted_lightly"
    assert (adapted.sizes.static, adapted.sizes.categories) == (0, ())
    assert adapted.part.static == ("kind",)
    forecast = fitted.predict(futr_df=AHEAD)
    loaded = gatecast.load(fitted.save(tmp_path / "m.gatecast"))
    pd.testing.assert_frame_equal(loaded.predict(futr_df=AHEAD), forecast)
    # Training goes on.
    again = loaded.fit(KNOWN, static_df=STATIC, warm_start=True)
    assert error(again.predict(futr_df=AHEAD)) < 1.3 * error(forecast)


def test_few_series_say_nothing_of_how_effects_differ():
    some = KNOWN[KNOWN["unique_id"] < "s07"]
    fitted = auto().fit(some, static_df=STATIC)
    assert fitted.model_.verdict is not None
    assert not fitted.model_.verdict.used_static


def test_panels_whose_effects_are_alike_use_none():
    """Of ten panels whose effects differ by chance alone, at most one seems to differ by more."""
    used = 0
    for seed in range(10):
        rng, frames = np.random.default_rng(seed), []
        for number in range(20):
            x = np.where(rng.random(40) < 0.3, rng.standard_normal(40), 0)
            slope = 0.1 + 0.05 * rng.standard_normal()
            y = slope * x + 0.05 * rng.standard_normal(40)
            ds = pd.date_range("2012-01-01", periods=40, freq="MS")
            frames.append(pd.DataFrame({"unique_id": f"{number:02}", "ds": ds, "y": y, "x": x}))
        static = pd.DataFrame(
            {
                "unique_id": [f"{number:02}" for number in range(20)],
                "kind": rng.choice([*"abc"], 20),
                "size": rng.standard_normal(20),
            }
        )
        whole = to_panel(pd.concat(frames), exog=["x"], static_df=static)
        covariates = fit_covariates(Exogenous(futr=("x",)), whole, whole.lengths)
        design = design_of(covariates, whole, whole.lengths, static=("kind", "size"))
        regression = Regression(
            design, whole, whole.lengths, whole.y, (12,), static=("kind", "size")
        )
        used += any(each.used for each in regression.verdicts() if each.static)
    assert used <= 1


def test_effects_on_several_targets_are_apart(tmp_path: Path):
    """Visits rise where sales fall; what kinds react to is another thing for each of both."""
    rng = np.random.default_rng(5)

    def with_visits(rows: pd.DataFrame) -> pd.DataFrame:
        noise = np.exp(0.02 * rng.standard_normal(len(rows)))
        return rows.assign(visits=1000 / np.sqrt(rows["y"]) * noise)

    known, ahead = with_visits(KNOWN), with_visits(AHEAD)
    fitted = auto().fit(known, target_col=["y", "visits"], static_df=STATIC)
    verdict = fitted.model_.verdict
    assert verdict is not None
    assert (verdict.used, verdict.used_static) == (("price",), ("kind",))
    forecast = fitted.predict(futr_df=AHEAD)
    alone = auto().fit(KNOWN, static_df=STATIC).predict(futr_df=AHEAD)
    own = forecast[forecast["target"] == "y"].drop(columns="target")
    assert error(own) < 1.1 * error(alone)
    visits = forecast[forecast["target"] == "visits"]
    both = ahead.merge(visits, on=["unique_id", "ds"])
    without = auto(futr_exog=()).fit(known, target_col=["y", "visits"]).predict()
    plain = ahead.merge(without[without["target"] == "visits"], on=["unique_id", "ds"])
    errors = [np.abs(each["LSTM"] / each["visits"] - 1).mean() for each in (both, plain)]
    assert errors[0] < 0.4 * errors[1]
    found = gatecast.forecasting.decided(fitted.model_)
    assert max(found["effect_of_price_on_y"].values()) < 0
    assert min(found["effect_of_price_on_visits"].values()) > 0
    loaded = gatecast.load(fitted.save(tmp_path / "m.gatecast"))
    pd.testing.assert_frame_equal(loaded.predict(futr_df=AHEAD), forecast)
    given = {"df": known, "futr_df": AHEAD, "static_df": STATIC}
    pd.testing.assert_frame_equal(loaded.predict(**given), forecast)
    # New series, all of them with both targets.
    names = {name: f"new {name}" for name in STATIC["unique_id"]}
    other = {
        key: rows.assign(unique_id=rows["unique_id"].map(names)) for key, rows in given.items()
    }
    new = loaded.predict(**other)
    assert np.abs(new["LSTM"] / forecast["LSTM"] - 1).mean() < 0.05
