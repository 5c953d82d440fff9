import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from panels import NAN, panel_of, panels

from gatecast._types import Panel
from gatecast.framing import fit_scaler, load_scaler


def test_it_is_a_logarithm_of_what_is_positive():
    panel = panel_of([3, NAN, 5, 80])
    scaled = fit_scaler(["asinh"], panel, panel.lengths).transform_rows(panel.y, panel)
    # arcsinh(z) = log(2 z) + 1 / (4 z^2) - ..., and z is at least 10.
    np.testing.assert_allclose(scaled, np.log(2 * panel.y / 0.3), atol=3e-3)


def test_where_the_logarithm_begins():
    panel = panel_of([0, 1, 5], [-4, 4], [0, 0], [0.001, 100, 199.999], [-9, -5])
    scale = fit_scaler(["asinh"], panel, panel.lengths).arrays()["0.scale"]
    np.testing.assert_allclose(scale, [0.2, 12, 1, 0.1, 0.5])


def test_later_rows_do_not_count():
    panel = panel_of([5, 6, 1e9])
    assert fit_scaler(["asinh"], panel, np.array([2])).arrays()["0.scale"] == pytest.approx(0.5)


@given(panels(st.floats(-1e6, 1e6)))
def test_the_inverse_gives_the_values_back(panel: Panel):
    fitted = fit_scaler(["asinh"], panel, panel.lengths)
    scaler = load_scaler(["asinh"], fitted.arrays(), season_length=1)
    scaled = scaler.transform_rows(panel.y, panel)
    back = scaler.inverse(scaled[:, None], panel.series_of_row, np.empty((len(panel.y), 0)))
    np.testing.assert_allclose(back[:, 0], panel.y, rtol=1e-9, atol=1e-9)
