"""The rows of a panel as a network sees them, against loops and pandas."""

from dataclasses import fields, replace
from typing import Any

import jax
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from panels import NAN, leading_rows, panel_of, panels, rows_of

from gatecast._types import IRREGULAR, Panel
from gatecast.framing import (
    Exogenous,
    Framing,
    Rows,
    SampleRows,
    View,
    Windows,
    first_target,
    fit_covariates,
    fit_scaler,
    of_every_target,
    side_by_side,
)

NOTHING = Exogenous()


def view_of(panel: Panel, framing: Framing, *scaler: str, exog: Any = NOTHING, **more: Any) -> View:
    return View(
        framing,
        fit_scaler(scaler, panel, panel.lengths, season_length=2),
        fit_covariates(exog, panel, panel.lengths),
        **more,
    )


PLAIN = Framing(look_back=2, horizon=2)


def named(rows: Rows) -> set[str]:
    """The arrays there are."""
    return {field.name for field in fields(rows) if getattr(rows, field.name) is not None}


def two_targets() -> Panel:
    """Two ids with two targets each: "a" of three rows, "b" of two."""
    panel = panel_of([1, NAN, 3], [10, 20, NAN], [4, 5], [40, 50])
    return replace(
        panel,
        ids=np.repeat(["a", "b"], 2),
        targets=("y", "z"),
        exog={"price": np.array([7, 8, 9, 7, 8, 9, 5, 6, 5, 6.0])},
        static={"size": np.array([2.0, 2, 4, 4])},
    )


def test_values_are_bridged_and_targets_are_not():
    panel = panel_of([1, NAN, 3], [NAN, 5, 6])
    rows = view_of(panel, PLAIN).rows(panel)
    assert rows.values[:, 0].tolist() == [1, 1, 3, 0, 5, 6]
    np.testing.assert_array_equal(rows.targets[:, 0], [1, NAN, 3, NAN, 5, 6])
    assert named(rows) == {"values", "targets"}
    assert rows.values.dtype == np.float32


@given(panel=panels(), data=st.data())
def test_rows_after_the_training_rows_are_hidden(panel: Panel, data: st.DataObject):
    train = data.draw(leading_rows(panel))
    hidden = panel.position >= train[panel.series_of_row]
    view = view_of(panel, PLAIN)
    changed = replace(panel, y=np.where(hidden, -9.0, panel.y))
    for masked in (False, True):
        rows, again = (view.rows(each, train, masked=masked) for each in (panel, changed))
        assert not rows.values[hidden].any()
        assert np.isnan(rows.targets[hidden]).all()
        np.testing.assert_array_equal(rows.values, again.values)
        np.testing.assert_array_equal(rows.targets, again.targets)


def test_places_by_hand():
    panel = panel_of([1, NAN, 3, 4], [5, 6], [NAN, 7, NAN])
    rows = view_of(panel, PLAIN).rows(panel, np.array([3, 2, 3]), masked=True)
    assert rows.position.tolist() == [0, 1, 2, 3, 0, 1, 0, 1, 2]
    assert rows.remaining.tolist() == [2, 1, 0, -1, 1, 0, 2, 1, 0]
    # What follows the last observation is yet to be forecast, and counts as observed.
    assert rows.observed.tolist() == [True, False, True, True, True, True, False, True, True]


def test_rows_that_a_difference_consumes_come_before_the_first():
    panel = panel_of([1, 4, 9, 16])
    rows = view_of(panel, PLAIN, "seasonal_difference").rows(panel, masked=True)
    assert rows.position.tolist() == [-2, -1, 0, 1]
    assert rows.values[2:, 0].tolist() == [8, 12]


def smoothed_by_hand(values: Any, smoothing: float, level: float | None = None) -> list[float]:
    found = []
    for value in values:
        if not np.isnan(value):
            level = value if level is None else level + smoothing * (value - level)
        found.append(NAN if level is None else level)
    return found


@given(panel=panels(), span=st.integers(1, 6))
def test_the_smoothed_level_is_a_loop_over_each_series(panel: Panel, span: int):
    framing = Framing(2, level="smoothed", level_span=span)
    view = view_of(panel, framing)
    found = view.smoothed(panel, panel.y)
    smoothing = 2 / (span + 1)
    expected = [smoothed_by_hand(values, smoothing) for values in rows_of(panel, panel.y)]
    np.testing.assert_allclose(found, np.concatenate(expected), rtol=1e-9)
    np.testing.assert_allclose(view.rows(panel).level[:, 0], np.nan_to_num(found), rtol=1e-6)
    for values, levels in zip(rows_of(panel, panel.y), rows_of(panel, found), strict=True):
        pandas = pd.Series(values).ewm(span=span, adjust=False, ignore_na=True).mean()
        np.testing.assert_allclose(levels, pandas, rtol=1e-9)


@given(panel=panels(min_length=3), data=st.data())
def test_a_smoothed_level_goes_on_from_the_one_before(panel: Panel, data: st.DataObject):
    view = view_of(panel, Framing(2, level="smoothed", level_span=3))
    whole = rows_of(panel, view.smoothed(panel, panel.y))
    cut = [data.draw(st.integers(1, int(length) - 1)) for length in panel.lengths]
    values = rows_of(panel, panel.y)
    rest = panel_of(*(y[rows:] for y, rows in zip(values, cut, strict=True)))
    level = np.array([levels[rows - 1] for levels, rows in zip(whole, cut, strict=True)])
    found = rows_of(rest, view.smoothed(rest, rest.y, level))
    for levels, every, rows in zip(found, whole, cut, strict=True):
        np.testing.assert_allclose(levels, every[rows:], rtol=1e-9)


def test_a_series_that_begins_here_has_no_level_before():
    panel = panel_of([1, 3], [5, 9])
    view = view_of(panel, Framing(2, level="smoothed", level_span=3))
    found = view.smoothed(panel, panel.y, np.array([NAN, 1]))
    np.testing.assert_allclose(found, [1, 2, 3, 6])


def test_time_since_the_observation_before():
    panel = panel_of([1, NAN, NAN, 4, 5], [6, 7])
    rows = view_of(panel, PLAIN, decays=True).rows(panel, masked=True)
    assert rows.elapsed.tolist() == [1, 1, 2, 3, 1, 1, 1]
    assert rows.time is None


def test_irregular_rows_have_a_time_in_usual_steps():
    panel = replace(
        panel_of([1, 2, 3], [4, 5]), ds=np.array([10, 14, 16, 100, 106]), freq=IRREGULAR
    )
    rows = view_of(panel, PLAIN, decays=True, step=4).rows(panel, masked=True)
    assert rows.elapsed.tolist() == [1, 1, 0.5, 1, 1.5]
    assert rows.time.tolist() == [0, 1, 1.5, 0, 1.5]


def test_targets_stand_side_by_side():
    panel = two_targets()
    assert first_target(panel).ids.tolist() == ["a", "b"]
    assert first_target(panel).offsets.tolist() == [0, 3, 5]
    assert first_target(panel).y[[0, 2, 3, 4]].tolist() == [1, 3, 4, 5]
    table = [[1, 10], [NAN, 20], [3, NAN], [4, 40], [5, 50]]
    np.testing.assert_array_equal(side_by_side(panel, panel.y), table)
    rows = view_of(panel, PLAIN, exog=Exogenous(futr=("price",))).rows(panel, masked=True)
    np.testing.assert_array_equal(rows.values, [[1, 10], [1, 20], [3, 20], [4, 40], [5, 50]])
    np.testing.assert_array_equal(rows.targets, table)
    # A row is observed where any target is.
    assert rows.observed.all()
    assert rows.position.tolist() == [0, 1, 2, 0, 1]
    prices = np.array([7, 8, 9, 5, 6.0])
    mean, deviation = panel.exog["price"].mean(), panel.exog["price"].std()
    np.testing.assert_allclose(rows.past[:, 0], (prices - mean) / deviation, rtol=1e-6)
    np.testing.assert_array_equal(rows.future, rows.past)
    assert rows.series.tolist() == [0, 0, 0, 1, 1]
    assert rows.static.tolist() == [[-1], [1]]


def test_windows_of_every_target():
    windows = of_every_target(two_targets(), Windows(np.array([1, 0, 0]), np.array([4, 0, 3])))
    assert windows.series.tolist() == [2, 3, 0, 1, 0, 1]
    assert windows.origin.tolist() == [7, 9, 0, 3, 3, 6]


def test_the_scale_of_each_series_goes_along_where_the_output_asks_for_it():
    panel = two_targets()
    rows = view_of(panel, PLAIN, "mean", scaled=True).rows(panel)
    assert rows.scale.tolist() == [[2, 15], [4.5, 45]]
    assert rows.series.tolist() == [0, 0, 0, 1, 1]


def test_context_is_what_a_forecast_looks_back_on():
    panel = panel_of([1, 2, 3, 5, 8])
    view = view_of(panel, Framing(4), "difference", "seasonal_difference", decays=True)
    assert (view.context_rows, view.kept_rows) == (4 + 1 + 2, 4 + 1 + 2 + 1)


COLUMNS = Exogenous(hist=("temp",), futr=("price",))


def known_until(origin: int, later: float) -> Panel:
    """One series of eight rows, with a gap before the origin; what comes after is as given."""
    y = np.array([1, 2, NAN, 4, 5, 6, 7, 8.0])
    temp, price = np.arange(8.0), np.arange(10.0, 18)
    for column in (y, temp):
        column[origin:] = later
    return replace(panel_of(y), exog={"temp": temp, "price": price})


@pytest.mark.parametrize("origin", [2, 5, 6])
@pytest.mark.parametrize("later", [1e6, NAN])
def test_sample_rows_know_nothing_of_what_follows_their_origin(origin: int, later: float):
    usual, other = known_until(8, 0), known_until(origin, later)
    # Neither what was learnt, nor gaps after the origin, shall tell them apart.
    framing = Framing(look_back=3, horizon=2, level="smoothed", level_span=3)
    view = view_of(usual, framing, exog=COLUMNS, decays=True)
    steps = np.arange(-3, 3)

    def seen(panel: Panel) -> SampleRows:
        rows = view.rows(panel, masked=True)
        own = view.sample_rows(rows, np.array([origin]), ahead=3)
        # Values and levels ahead are written by the forecast before they are read.
        return replace(own, values=own.values[:, :3], level=own.level[:, :3])

    found, expected = seen(other), seen(usual)
    names = {"values", "past", "future", "observed", "position", "elapsed", "level"}
    assert set(found.named()) == set(expected.named()) == names
    for name, array in expected.named().items():
        np.testing.assert_array_equal(found.named()[name], array, err_msg=name)
    # Columns known to the origin only keep their last value, the others go on.
    past = expected.past[0]
    inside = np.clip(origin + steps, 0, 7)
    center, spread = view.covariates.center, view.covariates.spread
    kept = np.minimum(inside, origin - 1)
    np.testing.assert_allclose(past[:, 0], (kept - center[0]) / spread[0], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(
        past[:, 1], (10 + inside - center[1]) / spread[1], rtol=1e-5, atol=1e-6
    )
    assert expected.observed[0, 3:].all()
    assert expected.position[0].tolist() == (origin + steps).tolist()
    assert expected.elapsed[0, 4:].tolist() == [1, 1]


def test_samples_of_rows_of_their_own_are_those_of_the_rows():
    """What a forecast reads first is what training would read at the same origin."""
    panel = replace(
        panel_of([1, 2, NAN, 4, 5, 6, 7, 8], [3, 1, 4]),
        exog={"temp": np.arange(11.0), "price": np.arange(10.0, 21)},
        static={"size": np.array([1.0, 3])},
    )
    framing = Framing(look_back=3, horizon=2, level="mean", level_span=2)
    view = view_of(panel, framing, "standard", exog=COLUMNS, decays=True)
    rows, origins = view.rows(panel, masked=True), np.array([1, 4, 5, 9])
    gather = jax.jit(framing)
    expected = gather(rows, origins)
    found = gather(view.sample_rows(rows, origins, ahead=2).end_to_end(), 3 + 5 * np.arange(4))
    assert set(found.inputs.named()) == set(expected.inputs.named())
    for name, array in found.inputs.named().items():
        known = expected.inputs.named()[name]
        np.testing.assert_allclose(array, known, rtol=1e-6, err_msg=name)
    np.testing.assert_allclose(found.level, expected.level, rtol=1e-6)


def test_sample_rows_can_be_chosen():
    rows = view_of(two_targets(), PLAIN).rows(two_targets(), masked=True)
    own = view_of(two_targets(), PLAIN).sample_rows(rows, np.array([2, 5]), ahead=1)
    second = own.chosen(np.array([1]), 0)
    assert set(second.named()) == set(own.named())
    for name, array in second.named().items():
        np.testing.assert_array_equal(array[0], own.named()[name][1])
