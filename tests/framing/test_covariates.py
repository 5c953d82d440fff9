"""Columns besides the target: what is learnt of them, and from which rows."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from panels import NAN, panel_of

from gatecast._types import InputError, InputWarning, Panel
from gatecast.data import calendar_features
from gatecast.framing import Covariates, Exogenous, fit_covariates

TRAIN = np.array([3, 2])


def panel_with(temp: Any, price: Any = range(7), **static: Any) -> Panel:
    """Two series, of four and three rows."""
    return replace(
        panel_of([1, 2, 3, 4], [5, 6, 7]),
        exog={"temp": np.array(temp, float), "price": np.array(price, float)},
        static={name: np.array(values, None) for name, values in static.items()},
    )


PANEL = panel_with([2, NAN, 4, 100, 6, NAN, 300], size=[3.0, 5.0])
BOTH = Exogenous(hist=("temp",), futr=("price",))


def test_columns_have_mean_zero_and_deviation_one_over_all_training_rows():
    covariates = fit_covariates(BOTH, PANEL, TRAIN)
    # Rows 0, 1, 2 and 4, 5 are for training.
    temp, price = np.array([2, 4, 6.0]), np.array([0, 1, 2, 4, 5.0])
    np.testing.assert_allclose(covariates.center, [temp.mean(), price.mean()])
    np.testing.assert_allclose(covariates.spread, [temp.std(), price.std()])
    past = covariates.past(PANEL)
    # A missing value is the one before it.
    expected = np.array([2, 2, 4, 100, 6, 6, 300])
    np.testing.assert_allclose(past[:, 0], (expected - temp.mean()) / temp.std())
    np.testing.assert_allclose(past[:, 1], (np.arange(7) - price.mean()) / price.std())
    assert covariates.past_only == 1


def test_later_rows_are_not_learnt_from():
    later = panel_with([2, NAN, 4, -1e9, 6, NAN, NAN], [0, 1, 2, 1e9, 4, 5, -1e9])
    found, other = (fit_covariates(BOTH, panel, TRAIN) for panel in (PANEL, later))
    assert found.center.tobytes() == other.center.tobytes()
    assert found.spread.tobytes() == other.spread.tobytes()


def test_a_value_missing_from_the_start_is_the_mean_and_not_that_of_the_series_before():
    panel = panel_with([1, 2, 9, 4, NAN, NAN, 8])
    covariates = fit_covariates(Exogenous(hist=("temp",)), panel, TRAIN)
    assert covariates.center == 4
    np.testing.assert_array_equal(covariates.past(panel)[4:6], 0)


def test_a_constant_column_is_only_shifted():
    panel = panel_with([5] * 7)
    past = fit_covariates(Exogenous(futr=("temp",)), panel, TRAIN).past(panel)
    np.testing.assert_array_equal(past, np.zeros((7, 1)))


def test_a_column_without_a_training_value_is_named():
    panel = panel_with([NAN, NAN, NAN, 1, NAN, NAN, 1])
    with pytest.raises(InputError, match=r"^column 'temp' has no value in any training row; leave"):
        fit_covariates(BOTH, panel, TRAIN)
    price_alone = panel_with([NAN] * 7)
    found = fit_covariates(Exogenous(futr=("temp",)), price_alone, TRAIN, may_be_empty=True)
    np.testing.assert_array_equal(found.past(panel), [[0]] * 3 + [[1], [0], [0], [1]])


def test_a_column_named_twice_is_refused():
    with pytest.raises(InputError, match=r"^column 'price' is named twice in hist_exog and futr"):
        Exogenous(hist=("price",), futr=("temp", "price"))
    with pytest.raises(InputError, match=r"^the calendar feature 'month' is named twice in calen"):
        Exogenous(calendar=("month", "hour", "month"))


def test_calendar_columns_are_known_in_advance():
    ds = np.arange("2024-01-01", "2024-01-08", dtype="datetime64[D]").astype("datetime64[ns]")
    panel = replace(PANEL, ds=ds, freq="D")
    covariates = fit_covariates(replace(BOTH, calendar=("weekday",)), panel, TRAIN)
    past = covariates.past(panel)
    expected = np.column_stack(list(calendar_features(ds, ("weekday",)).values()))
    np.testing.assert_array_equal(past[:, 2:], expected)
    assert np.unique(expected, axis=0).shape[0] == 7
    assert covariates.past_only == 1


def test_without_columns_there_is_nothing():
    covariates = fit_covariates(Exogenous(), panel_of([1, 2]), np.array([2]))
    panel = panel_of([1, 2])
    assert covariates.past(panel) is None
    assert covariates.static(panel) is None
    assert covariates.category(panel) is None


def kinds_of(*kinds: str) -> Panel:
    return panel_with(range(7), kind=np.array(kinds, object), size=[3.0, 5.0])


def test_static_numbers_are_standardised_and_categories_counted_from_one():
    panel = kinds_of("pear", "apple")
    covariates = fit_covariates(Exogenous(), panel, TRAIN)
    np.testing.assert_allclose(covariates.static(panel), [[-1], [1]])
    assert covariates.category(panel).tolist() == [[2], [1]]
    assert covariates.categories == {"kind": ("apple", "pear")}


def test_an_unknown_category_is_zero_and_named():
    covariates = fit_covariates(Exogenous(), kinds_of("pear", "apple"), TRAIN)
    with pytest.warns(InputWarning, match=r"^kind: 'plum' not seen in training; forecast as an "):
        found = covariates.category(kinds_of("plum", "apple"))
    assert found.tolist() == [[0], [1]]


def test_a_missing_static_column_is_named():
    covariates = fit_covariates(Exogenous(), kinds_of("pear", "apple"), TRAIN)
    with pytest.raises(InputError, match=r"^static column 'size' is missing: .* static_df"):
        covariates.static(PANEL_WITHOUT)
    words = replace(PANEL_WITHOUT, static={"size": np.array(["big", "small"], object)})
    with pytest.raises(InputError, match=r"^static column 'size' held numbers .* such as 'big'"):
        covariates.static(words)
    with pytest.raises(InputError, match=r"^static column 'kind' is missing: .* static_df"):
        covariates.category(PANEL_WITHOUT)


PANEL_WITHOUT = panel_of([1, 2, 3, 4], [5, 6, 7])


def test_json_brings_back_the_same_numbers():
    panel = kinds_of("pear", "apple")
    covariates = fit_covariates(replace(BOTH, calendar=("month",)), panel, TRAIN)
    again = Covariates.from_json(json.loads(json.dumps(covariates.to_json())))
    assert again.exogenous == covariates.exogenous
    assert again.categories == covariates.categories
    assert again.center.tobytes() == covariates.center.tobytes()
    assert again.spread.tobytes() == covariates.spread.tobytes()
    np.testing.assert_array_equal(again.static(panel), covariates.static(panel))
    assert again.category(panel).tolist() == covariates.category(panel).tolist()
