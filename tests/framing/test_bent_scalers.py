"""Scalers that are straight near zero and bend farther away."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from panels import NAN, panel_of, panels
from scipy.stats import boxcox

from gatecast._types import Panel
from gatecast.framing import fit_scaler, load_scaler


def test_asinh_is_a_logarithm_of_what_is_positive():
    panel = panel_of([3, NAN, 5, 80])
    scaled = fit_scaler(["asinh"], panel, panel.lengths).transform_rows(panel.y, panel)
    # arcsinh(z) = log(2 z) + 1 / (4 z^2) - ..., and z is at least 10.
    np.testing.assert_allclose(scaled, np.log(2 * panel.y / 0.3), atol=3e-3)


def test_power_is_box_and_cox_of_values_far_from_zero():
    y = np.array([1e3, NAN, 2e3, 5e3])
    panel = panel_of([0.01, *y])
    scaler = fit_scaler(["power"], panel, np.array([4]))
    scaled = scaler.transform_rows(panel.y, panel)[1:]
    steps = [np.diff(each[[0, 2, 3]]) for each in (scaled, boxcox(y, 1 / 3))]
    assert steps[0][1] / steps[0][0] == pytest.approx(steps[1][1] / steps[1][0], rel=1e-3)


def test_power_moves_as_a_logarithm_at_the_mean():
    panel = panel_of([5, 10, 15, 10.01])
    scaled = fit_scaler(["power"], panel, np.array([3])).transform_rows(panel.y, panel)
    assert scaled[3] - scaled[1] == pytest.approx(np.log(1.001), rel=1e-3)


BENT = pytest.mark.parametrize("name", ["asinh", "power"])


@BENT
def test_where_it_begins_to_bend(name: str):
    panel = panel_of([0, 1, 5], [-4, 4], [0, 0], [0.001, 100, 199.999], [-9, -5])
    scale = fit_scaler([name], panel, panel.lengths).arrays()["0.scale"]
    np.testing.assert_allclose(scale, [0.2, 12, 1, 0.1, 0.5])


@BENT
def test_later_rows_do_not_count(name: str):
    learnt, alone = (
        fit_scaler([name], each, np.array([2])).arrays()
        for each in (panel_of([5, 6, 1e9]), panel_of([5, 6]))
    )
    assert learnt == alone


@BENT
@given(panel=panels(st.floats(-1e6, 1e6)))
def test_the_inverse_gives_the_values_back(name: str, panel: Panel):
    fitted = fit_scaler([name], panel, panel.lengths)
    scaler = load_scaler([name], fitted.arrays(), season_length=1)
    scaled = scaler.transform_rows(panel.y, panel)
    back = scaler.inverse(scaled[:, None], panel.series_of_row, np.empty((len(panel.y), 0)))
    np.testing.assert_allclose(back[:, 0], panel.y, rtol=1e-9, atol=1e-9)


@BENT
def test_the_smallest_numbers_come_back(name: str):
    panel = panel_of([5e-324, 5e-324], [1e-323, 1e-310, 3e-309])
    scaler = fit_scaler([name], panel, panel.lengths)
    scaled = scaler.transform_rows(panel.y, panel)
    assert (scaled[:2] > 0.1).all()
    back = scaler.inverse(scaled[:, None], panel.series_of_row, np.empty((5, 0)))[:, 0]
    np.testing.assert_allclose(back, panel.y, rtol=1e-6, atol=5e-324)
