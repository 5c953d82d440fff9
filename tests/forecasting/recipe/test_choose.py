"""Which parts stay: by windows held back, in the units of what is trained on the panel."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from small_forecasters import NAN, Array, panel_of, small_settings

from gatecast.forecasting import Metric, Part
from gatecast.forecasting._part import Role
from gatecast.forecasting.intervals import HeldBack
from gatecast.forecasting.members import Forecast
from gatecast.forecasting.recipe import chosen_parts
from gatecast.framing import Windows, fit_scaler

# A series about 1 and one a thousand times as large.
PANEL = panel_of([1.0, 1.5, 2.0, 1.2, 1.6, 0.8], [2000.0, 1000, 1500, 800, 1200, 1900])
TRAIN = np.array([3, 3])
WINDOWS = Windows(np.array([0, 0, 1, 1]), np.array([3, 4, 9, 10]))
ACTUAL = PANEL.y[WINDOWS.origin[:, None] + np.arange(2)]
SMALL = WINDOWS.series[:, None] == 0


def part_of(role: Role, scaler: Sequence[str], metric: Metric = "mae") -> Any:
    """A stand-in for members: what they are, and how they see the panel."""
    view = SimpleNamespace(scaler=fit_scaler(scaler, PANEL, TRAIN))
    return SimpleNamespace(view=view, part=Part(small_settings(), role, metric=metric))


def kept(
    parts: Sequence[Any], points: Sequence[Array], actual: Array = ACTUAL, chooses: Any = None
) -> list[int]:
    """The parts kept of some that forecast these points."""
    which = np.ones(len(WINDOWS), bool) if chooses is None else np.array(chooses)
    forecasts = tuple(Forecast(point, None) for point in points)
    # No window helps to calibrate: that is of no concern here.
    held_back = HeldBack(WINDOWS, forecasts, actual, np.zeros(len(WINDOWS), bool), which)
    return chosen_parts(SimpleNamespace(parts=tuple(parts)), held_back)


def of_recipe(number: int, metric: Metric = "mae") -> list[Any]:
    """So many parts: the first sees the values as they are, the others logarithms."""
    first = part_of("pretrained" if number > 1 else "from_scratch", ["power"], metric)
    return [first, *[part_of("adapted_lightly", ["log"], metric)] * (number - 1)]


def missing(*errors: float) -> list[Array]:
    """Forecasts whose logarithms miss every value by so much."""
    return [ACTUAL * np.exp(error) for error in errors]


@pytest.mark.parametrize(
    ("errors", "expected"),
    [
        # Means miss by 0.5 (all), 0 (first two), 1, -1, 1.5 and so on.
        ((1.0, -1.0, 1.5), [0, 1]),
        # Opposite errors: only together are they right.
        ((1.0, -1.0), [0, 1]),
        ((0.1, 3.0), [0]),
        ((5.0, 1.0), [1]),
        # Hardly better is not clearly better, and clearly better is.
        ((1.0, 1.08), [0, 1]),
        ((1.0, 1.12), [0]),
        ((2.0,), [0]),
    ],
)
def test_parts_that_do_harm_are_left_out(errors: tuple[float, ...], expected: list[int]):
    assert kept(of_recipe(len(errors)), missing(*errors)) == expected


def test_in_percent_an_error_grows_faster_than_its_logarithm():
    # The mean misses by 0.965, the second by 0.93: of values by 162 and 153 %.
    points = missing(1.0, 0.93)
    assert kept(of_recipe(2), points) == [0, 1]
    assert kept(of_recipe(2, "mape"), points) == [1]


@pytest.mark.parametrize(
    ("scaler", "expected"),
    [
        # What is a half too much of small values counts more than a tenth of large ones.
        ("log", [1]),
        # It is nothing beside it in the units of the values.
        ("mean", [1]),
        ((), [0]),
    ],
    ids=["logarithms", "units of each series", "units of the values"],
)
@pytest.mark.parametrize("trained", [0, 1])
def test_errors_are_in_the_units_of_the_part_that_is_trained(
    scaler: str | tuple[str, ...], expected: list[int], trained: int
):
    names = (scaler,) if isinstance(scaler, str) else scaler
    # The scaler of the part that is not trained would say the opposite.
    other = ("log",) if expected == [0] else ()
    parts = [part_of("pretrained", other), part_of("from_scratch", names)]
    points = [np.where(SMALL, 1.5, 1.001) * ACTUAL, np.where(SMALL, 1.001, 1.1) * ACTUAL]
    assert kept(parts if trained else parts[::-1], points) == expected


def test_each_series_has_its_own_scale():
    # In units of its own, the small series is missed by 1 % and the large one by 0.5 %; where
    # both had the scale of either one, one error would drown the other.
    parts = [part_of("from_scratch", ["mean"])] * 2
    points = [np.where(SMALL, 1.01, 1.0) * ACTUAL, np.where(SMALL, 1.0, 1.005) * ACTUAL]
    assert kept(parts, points) == [1]
    assert kept(parts, points[::-1]) == [0]


def test_only_the_windows_that_are_to_choose_do():
    points = missing(0.1, 3.0)
    # On the others the second would be right.
    points[0][[0, 2]], points[1][[0, 2]] = 1e9, ACTUAL[[0, 2]]
    assert kept(of_recipe(2), points, chooses=[False, True, False, True]) == [0]
    assert kept(of_recipe(2), points, chooses=[True, False, True, False]) == [1]


def test_what_was_not_observed_does_not_count():
    actual = ACTUAL.copy()
    actual[:, 1] = NAN
    points = missing(0.1, 3.0)
    points[0][:, 1], points[1][:, 1] = 1e9, ACTUAL[:, 1]
    assert kept(of_recipe(2), points, actual) == [0]
    # It would have, had it been observed: the errors are some 20 against 1.5.
    assert kept(of_recipe(2), points) == [1]


def test_without_a_window_to_choose_all_stay():
    assert kept(of_recipe(2), missing(0.1, 3.0), chooses=[False] * 4) == [0, 1]
