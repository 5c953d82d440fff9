from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from panels import NAN, panel_of

from gatecast._types import InputError
from gatecast.framing import fit_scaler


def test_is_the_natural_logarithm_and_passes_gaps_on():
    panel = panel_of([1, NAN, np.e], [np.e**2, np.e**-1])
    scaled = fit_scaler(["log"], panel, panel.lengths).transform_rows(panel.y, panel)
    np.testing.assert_allclose(scaled, [0, NAN, 1, 2, -1], rtol=1e-15)


def test_a_later_zero_is_held_at_a_hundredth_of_the_smallest_training_value():
    panel = panel_of([5, 3, NAN, 0, -4], [70, 80])
    scaler = fit_scaler(["log"], panel, np.array([3, 2]))
    scaled = scaler.transform_rows(panel.y, panel)
    np.testing.assert_allclose(scaled[3:5], np.log([0.03, 0.03]), rtol=1e-15)
    held = scaler.transform(np.array([[0.0], [0.0]]), np.array([0, 1]))
    np.testing.assert_allclose(np.exp(held), [[0.03], [0.7]], rtol=1e-14)


@pytest.mark.parametrize(("value", "shown"), [(0, "0"), (-2.5, "-2.5")])
def test_error_names_series_row_and_value(value: float, shown: str):
    panel = panel_of([1, 2, 3], [4, NAN, value, -9])
    with pytest.raises(InputError, match=rf"^series 'b' has y = {shown} at 3: .*scaler='standard'"):
        fit_scaler(["log"], panel, panel.lengths)


def test_error_shows_a_day_as_a_day():
    panel = replace(panel_of([1, 0]), ds=pd.date_range("1949-01-01", periods=2).to_numpy())
    with pytest.raises(InputError, match="has y = 0 at 1949-01-02: "):
        fit_scaler(["log"], panel, panel.lengths)
