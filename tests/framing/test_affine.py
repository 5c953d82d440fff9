from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from panels import NAN, leading_rows, panel_of, panels, rows_of

from gatecast._types import Panel
from gatecast.framing import fit_scaler

Statistic = Callable[[np.ndarray], float]

SHIFT: dict[str, Statistic] = {
    "minmax": np.nanmin,
    "standard": np.nanmean,
    "robust": np.nanmedian,
    "mean": lambda _: 0.0,
}
SCALE: dict[str, Statistic] = {
    "mean": lambda y: float(np.nanmean(np.abs(y))),
    "minmax": lambda y: np.nanmax(y) - np.nanmin(y),
    "standard": np.nanstd,
    "robust": lambda y: np.nanpercentile(y, 75) - np.nanpercentile(y, 25),
}


@given(name=st.sampled_from(sorted(SHIFT)), panel=panels(), data=st.data())
def test_each_series_is_scaled_by_its_own_training_rows(
    name: str, panel: Panel, data: st.DataObject
):
    train = data.draw(leading_rows(panel))
    found = rows_of(panel, fit_scaler([name], panel, train).transform_rows(panel.y, panel))
    for values, rows, scaled in zip(rows_of(panel, panel.y), train, found, strict=True):
        seen = values[:rows]
        moved = values - SHIFT[name](seen)
        scale = SCALE[name](seen) or 1
        if name == "robust":
            scale = max(scale, np.nanmax(np.abs(moved[:rows])) / 1e12)
        expected = moved / scale
        np.testing.assert_allclose(scaled, expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(
    ("name", "shift", "scale"),
    [
        ("minmax", 1, 7),
        ("standard", 4, np.sqrt((9 + 1 + 16) / 3)),
        ("robust", 3, 5.5 - 2),
        ("mean", 0, 4),
    ],
)
def test_gaps_and_later_rows_do_not_count(name: str, shift: float, scale: float):
    panel = panel_of([1, NAN, 3, 8, 16])
    scaled = fit_scaler([name], panel, np.array([4])).transform_rows(panel.y, panel)
    np.testing.assert_allclose(scaled, (panel.y - shift) / scale, rtol=1e-12)


@pytest.mark.parametrize("name", ["minmax", "robust", "standard"])
def test_a_constant_series_is_only_shifted(name: str):
    panel = panel_of([0.1] * 7, [1, 2, 3, 4, 5, 6, 7])
    scaler = fit_scaler([name], panel, panel.lengths)
    assert scaler.arrays()["0.scale"][0] == 1
    stretch = np.array([[0.1, 0.1, 2.1]])
    scaled = scaler.transform(stretch, np.array([0]))
    np.testing.assert_allclose(scaled, [[0, 0, 2]], atol=1e-15)
    restored = scaler.inverse(scaled, np.array([0]), np.empty((1, 0)))
    np.testing.assert_allclose(restored, stretch, rtol=1e-15)


def test_an_outlier_of_any_size_fits_into_single_precision():
    panel = panel_of([0, 0, -4e230, -1, -1, -1, -1, 0])
    scaler = fit_scaler(["robust"], panel, panel.lengths)
    scaled = scaler.transform_rows(panel.y, panel)
    assert scaled[2] == pytest.approx(-1e12)
    back = scaler.inverse(scaled[None, 2:3], np.array([0]), np.empty((1, 0)))
    assert back[0, 0] == pytest.approx(-4e230)


def test_a_mean_keeps_zero_and_the_sign():
    panel = panel_of([0, -4, 2, NAN, 6], [0, 0, 0, 0, 0])
    scaler = fit_scaler(["mean"], panel, np.array([5, 5]))
    np.testing.assert_array_equal(scaler.scale, [3, 1])
    scaled = scaler.transform_rows(panel.y, panel)
    np.testing.assert_allclose(scaled[:5], [0, -4 / 3, 2 / 3, NAN, 2])
    np.testing.assert_array_equal(scaled[5:], 0)


@pytest.mark.parametrize("name", sorted(SHIFT))
@pytest.mark.parametrize("value", [0.0, -7.0, 1e12, -1e12, 1e-12])
def test_values_far_from_the_training_rows_come_back(name: str, value: float):
    panel = panel_of([3, 5, 4, 9, 6])
    scaler = fit_scaler([name], panel, panel.lengths)
    scaled = scaler.transform(np.array([[value]]), np.array([0]))
    restored = scaler.inverse(scaled, np.array([0]), np.empty((1, 0)))
    np.testing.assert_allclose(restored, [[value]], rtol=1e-12, atol=1e-12)
    assert np.isfinite(scaled).all()
