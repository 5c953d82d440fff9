"""The effects of columns: recovered where they are known, shrunken as the formulas say."""

import numpy as np
import pandas as pd
import pytest

from gatecast._types import Floats, Panel
from gatecast.data import to_panel
from gatecast.framing import Exogenous, Regression, design_of, fit_covariates
from gatecast.framing.effects._shrinkage import Shared, Sums, of_each, of_panel, shared

EFFECT = 0.5


def panel_of(values: list[Floats], columns: list[Floats]) -> Panel:
    """Monthly series "00", "01", ... with a column x."""
    each = [
        pd.DataFrame(
            {
                "unique_id": f"{number:02}",
                "ds": pd.date_range("2000-01-01", periods=len(y), freq="MS"),
                "y": y,
                "x": x,
            }
        )
        for number, (y, x) in enumerate(zip(values, columns, strict=True))
    ]
    return to_panel(pd.concat(each), exog=["x"])


def regression(panel: Panel) -> Regression:
    covariates = fit_covariates(Exogenous(futr=("x",)), panel, panel.lengths)
    design = design_of(covariates, panel, panel.lengths)
    return Regression(design, panel, panel.lengths, panel.y, (12,))


@pytest.mark.parametrize("seed", range(4))
def test_trend_and_season_do_not_pass_for_an_effect(seed: int):
    rng = np.random.default_rng(seed)
    month = np.arange(240)
    season, trend = np.sin(2 * np.pi * month / 12), month / 24
    # The column has trend and season of its own, and a small part that is new.
    x = 3 * season + trend + rng.standard_normal(240)
    u = np.cumsum(0.1 * rng.standard_normal(240)) + 0.1 * rng.standard_normal(240)
    y = EFFECT * x - 5 * season + 2 * trend + u
    found = regression(panel_of([y], [x]))
    effects = found.effects(["x"])
    assert effects.each["x"][0] == pytest.approx(EFFECT, abs=0.05)
    # What is left is what was there without the column, apart from its level.
    left = y - effects.of(found.panel)
    assert np.ptp(left - (y - EFFECT * x)) < 0.1 * np.ptp(x) * EFFECT
    (verdict,) = found.verdicts()
    assert verdict.used
    (other,) = regression(panel_of([y], [rng.standard_normal(240)])).verdicts()
    assert not other.used
    assert other.with_it == pytest.approx(other.without, rel=0.05)


def test_a_series_of_few_rows_takes_the_effects_of_the_panel():
    rng = np.random.default_rng(5)
    slopes = [EFFECT + 0.05 * rng.standard_normal() for _ in range(20)] + [EFFECT, 3.0]
    rows = [120] * 20 + [9, 120]
    x = [rng.standard_normal(n) for n in rows]
    y = [b * own + 0.2 * rng.standard_normal(len(own)) for b, own in zip(slopes, x, strict=True)]
    effects = regression(panel_of(y, x)).effects(["x"])
    one = effects.design.covariates.spread[0]
    assert effects.shared[0] / one == pytest.approx(np.mean(slopes[:20]), abs=0.2)
    found = effects.each["x"]
    # The standard error of each is 0.02.
    assert np.sqrt(np.mean((found[:20] - slopes[:20]) ** 2)) < 0.04
    assert found[20] == pytest.approx(EFFECT, abs=0.25)
    assert found[21] == pytest.approx(3.0, abs=0.2)


def test_columns_without_values_or_changes():
    rng = np.random.default_rng(6)
    x = [rng.standard_normal(100) for _ in range(4)] + [np.full(100, np.nan), np.full(100, 2.0)]
    y = [EFFECT * np.nan_to_num(own) + 0.2 * rng.standard_normal(100) for own in x]
    effects = regression(panel := panel_of(y, x)).effects(["x"])
    assert effects.each["x"][4] == 0
    # Where it never changed, the panel tells what a change would do.
    assert effects.each["x"][5] == pytest.approx(EFFECT, abs=0.15)
    np.testing.assert_allclose(effects.of(panel)[-200:], 0, atol=1e-12)


def test_shares_of_the_mean_count_where_all_values_are_positive():
    rng = np.random.default_rng(7)
    prices = [size * rng.uniform(0.7, 1.3, 100) for size in (1.0, 100.0)]
    y = [-1.5 * price / price.mean() + 0.05 * rng.standard_normal(100) for price in prices]
    effects = regression(panel_of(y, prices)).effects(["x"])
    means = [price.mean() for price in prices]
    np.testing.assert_allclose(effects.each["x"] * means, -1.5, rtol=0.1)


def test_shrinkage_is_that_of_the_formulas():
    rng = np.random.default_rng(8)
    x = rng.standard_normal((5, 40, 3))
    y = np.einsum("snk,k->sn", x, [1.0, 0.0, -2.0]) + rng.standard_normal((5, 40))
    gram, right = np.einsum("sna,snb->sab", x, x), np.einsum("sna,sn->sa", x, y)
    # No variance between series, any mean: ordinary least squares over all rows.
    pooled = np.linalg.lstsq(x.reshape(-1, 3), y.reshape(-1), rcond=None)[0]
    free, none = np.full(3, 1e12), np.full(3, 1e-12)
    known, sums = Shared(pooled[None], none, free[None]), Sums.alike(gram, right)
    np.testing.assert_allclose(of_panel(sums, known), pooled[None], rtol=1e-6)
    np.testing.assert_allclose(of_each(sums, known), np.tile(pooled, (5, 1)), rtol=1e-6)
    # Any variance between series: ordinary least squares in each.
    alone = [np.linalg.lstsq(*own, rcond=None)[0] for own in zip(x, y, strict=True)]
    found = of_each(sums, Shared(np.zeros((1, 3)), free, free[None]))
    np.testing.assert_allclose(found, alone, rtol=1e-6)
    # A column without an effect is shrunken most.
    (learnt,) = shared(sums).mean
    assert abs(learnt[1]) < 0.5 * abs(pooled[1])
    np.testing.assert_allclose(learnt[[0, 2]], [1.0, -2.0], atol=0.25)


def test_predictors_tell_effects_as_least_squares_does():
    rng = np.random.default_rng(9)
    x = rng.standard_normal((12, 40, 2))
    predictors = np.column_stack([np.ones(12), rng.standard_normal(12), np.arange(12) % 2])
    told = np.array([[1.0, -2.0], [0.5, 0.0], [0.0, 3.0]])
    y = np.einsum("snk,sk->sn", x, predictors @ told) + rng.standard_normal((12, 40))
    gram, right = np.einsum("sna,snb->sab", x, x), np.einsum("sna,sn->sa", x, y)
    sums = Sums(gram, right, predictors)
    # No variance between series that are alike, any means: least squares with products of both.
    both = np.einsum("sj,snk->snjk", predictors, x).reshape(-1, 6)
    expected = np.linalg.lstsq(both, y.reshape(-1), rcond=None)[0].reshape(3, 2)
    known = Shared(expected, np.full(2, 1e-12), np.full((3, 2), 1e12))
    np.testing.assert_allclose(of_panel(sums, known), expected, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(of_each(sums, known), predictors @ expected, rtol=1e-6, atol=1e-9)
    # What predictors do not tell is shrunken to next to nothing, each by itself.
    learnt = shared(sums).mean
    np.testing.assert_allclose(learnt, told, atol=0.25)
    assert abs(learnt[1, 1]) < abs(expected[1, 1])
    # Groups of predictors have one variance: the mean of theirs.
    found = shared(sums, np.array([0, 1, 1])).around
    np.testing.assert_allclose(found[1], found[2])
