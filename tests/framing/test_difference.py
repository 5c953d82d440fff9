import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st
from panels import NAN, panel_of, panels

from gatecast._types import Panel
from gatecast.framing import Difference, fit_scaler

lags = st.integers(1, 5)


@given(panel=panels(), lag=lags)
def test_rows_equal_pandas_diff_of_each_series(panel: Panel, lag: int):
    expected = pd.Series(panel.y).groupby(panel.series_of_row).diff(lag)
    np.testing.assert_array_equal(Difference(lag).transform_rows(panel.y, panel), expected)


def test_nothing_crosses_from_one_series_into_the_next():
    panel = panel_of([1, 3, 6], [100, NAN, 105, 104])
    changes = Difference(1).transform_rows(panel.y, panel)
    np.testing.assert_array_equal(changes, [NAN, 2, 3, NAN, NAN, NAN, -1])


@given(lag=lags, h=st.integers(1, 12), more=st.integers(0, 3), seed=st.integers(0, 99))
def test_inverse_adds_up_row_by_row(lag: int, h: int, more: int, seed: int):
    rng = np.random.default_rng(seed)
    history, changes = rng.normal(size=(3, lag + more)), rng.normal(size=(3, h))
    for values, climbs, found in zip(
        history.tolist(),
        changes.tolist(),
        Difference(lag).inverse(changes, np.arange(3), history),
        strict=True,
    ):
        for climb in climbs:
            values.append(values[-lag] + climb)
        np.testing.assert_allclose(found, values[lag + more :], rtol=1e-12, atol=1e-12)


def test_season_length_sets_the_lag():
    panel = panel_of([1, 2, 3, 11, 22, 33])
    chain = fit_scaler(["seasonal_difference"], panel, panel.lengths, season_length=3)
    assert chain.lag == 3
    yearly = chain.transform_rows(panel.y, panel)
    np.testing.assert_array_equal(yearly, [NAN, NAN, NAN, 10, 20, 30])
