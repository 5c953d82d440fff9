import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from panels import NAN, panel_of, panels
from scipy.stats import boxcox

from gatecast._types import Panel
from gatecast.framing import fit_scaler, load_scaler


def test_it_is_box_and_cox_of_values_far_from_zero():
    y = np.array([1e3, NAN, 2e3, 5e3])
    panel = panel_of([0.01, *y])
    scaler = fit_scaler(["power"], panel, np.array([4]))
    scaled = scaler.transform_rows(panel.y, panel)[1:]
    steps = [np.diff(each[[0, 2, 3]]) for each in (scaled, boxcox(y, 1 / 3))]
    assert steps[0][1] / steps[0][0] == pytest.approx(steps[1][1] / steps[1][0], rel=1e-3)


def test_it_moves_as_a_logarithm_at_the_mean():
    panel = panel_of([5, 10, 15, 10.01])
    scaled = fit_scaler(["power"], panel, np.array([3])).transform_rows(panel.y, panel)
    assert scaled[3] - scaled[1] == pytest.approx(np.log(1.001), rel=1e-3)


def test_where_it_is_straight():
    panel = panel_of([0, 1, 5], [-4, 4], [0, 0], [0.001, 100, 199.999])
    learnt = fit_scaler(["power"], panel, panel.lengths).arrays()
    np.testing.assert_allclose(learnt["0.scale"], [0.2, 12, 1, 0.1])


def test_later_rows_do_not_count():
    panel = panel_of([5, 6, 1e9])
    learnt, alone = (
        fit_scaler(["power"], each, np.array([2])).arrays() for each in (panel, panel_of([5, 6]))
    )
    assert learnt == alone


@given(panels(st.floats(-1e6, 1e6)))
def test_the_inverse_gives_the_values_back(panel: Panel):
    fitted = fit_scaler(["power"], panel, panel.lengths)
    scaler = load_scaler(["power"], fitted.arrays(), season_length=1)
    scaled = scaler.transform_rows(panel.y, panel)
    back = scaler.inverse(scaled[:, None], panel.series_of_row, np.empty((len(panel.y), 0)))
    np.testing.assert_allclose(back[:, 0], panel.y, rtol=1e-9, atol=1e-9)
