"""Distributions of past values: against NumPy, and with a season that is drawn."""

import numpy as np
from small_forecasters import NAN, panel_of

from gatecast._types import Panel
from gatecast.forecasting.members import PROBABILITIES, OwnPast, Reach
from gatecast.framing import last_windows

ROWS = 60


def past(panel: Panel, season: int = 1, rows: int = ROWS) -> OwnPast:
    return OwnPast.of(panel, last_windows(panel), Reach(rows, season, horizon=6))


def test_values_without_order_are_a_sample():
    y = np.random.default_rng(0).permutation(ROWS).astype(float)
    own = past(panel_of(y, [NAN, *y[:4], NAN]))
    plain = np.quantile(y, PROBABILITIES, method="inverted_cdf")
    # Newer values may count a little more.
    assert np.abs(own.quantiles[0, 0] - plain).max() < 0.15 * ROWS
    assert np.isin(own.quantiles[1], y[:4]).all()
    assert own.quantiles[1, 0, [0, -1]].tolist() == [y[:4].min(), y[:4].max()]
    np.testing.assert_allclose(own.mean[0], y.mean(), rtol=0.15)
    assert own.known.all()


def test_a_series_without_change_stays_as_it_is():
    own = past(panel_of(np.full(ROWS, 3.0), np.full(ROWS, NAN)))
    assert (own.quantiles[0] == 3).all()
    np.testing.assert_allclose(own.mean[0], 3)
    assert own.known.tolist() == [True, False]


def test_a_season_is_found_and_a_new_level_too():
    rng, rows = np.random.default_rng(1), np.arange(ROWS)
    season = rng.poisson(np.where(rows % 4 == 0, 8, 1)).astype(float)
    jumped = rng.poisson(np.where(rows < 40, 9, 2)).astype(float)
    own = past(panel_of(season, jumped), season=4)
    quantiles, mean = own.ahead(8)
    assert (mean[0, [0, 4]] > 2 * mean[0, [1, 2, 3, 5]].max()).all()
    np.testing.assert_array_equal(quantiles[:, :4], quantiles[:, 4:])
    assert abs(mean[1].mean() - 2) < abs(mean[1].mean() - jumped.mean())


def test_only_the_newest_rows_are_read():
    y = np.random.default_rng(2).poisson(2.0, 3 * ROWS).astype(float)
    long, short = past(panel_of(y)), past(panel_of(y[-ROWS:]))
    np.testing.assert_array_equal(long.quantiles, short.quantiles)
