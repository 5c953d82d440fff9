from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from small_forecasters import panel_of

from gatecast.forecasting import _choose
from gatecast.framing import fit_scaler
from gatecast.training import Training

PANEL = panel_of(np.arange(1.0, 11), np.arange(2.0, 12))
TRAIN = PANEL.lengths - 4
VIEW = SimpleNamespace(scaler=fit_scaler([], PANEL, TRAIN))


def kept(monkeypatch: pytest.MonkeyPatch, *errors: float, loss: str = "mae") -> list[int]:
    """The parts kept of some that miss every value by so much."""
    how = SimpleNamespace(training=Training(loss=loss))
    parts = [SimpleNamespace(view=VIEW, settings=how, error=error) for error in errors]

    def forecast(part: Any, panel: Any, windows: Any, h: int) -> Any:
        return panel.y[windows.origin[:, None] + np.arange(h)] + part.error

    monkeypatch.setattr(_choose, "_forecast", forecast)
    return _choose.chosen_parts(SimpleNamespace(parts=parts), PANEL, TRAIN, 2)


@pytest.mark.parametrize(
    ("errors", "expected"),
    [
        # Means miss by 0.5 (all), 0 (first two), 1, -1, 1.5 and so on.
        ((1.0, -1.0, 1.5), [0, 1]),
        # Opposite errors: only together are they right.
        ((1.0, -1.0), [0, 1]),
        ((0.1, 3.0), [0]),
        ((5.0, 1.0), [1]),
        # Hardly better is not clearly better.
        ((1.0, 1.08), [0, 1]),
        ((2.0,), [0]),
    ],
)
def test_parts_that_do_harm_are_left_out(
    monkeypatch: pytest.MonkeyPatch, errors: tuple[float, ...], expected: list[int]
):
    assert kept(monkeypatch, *errors) == expected


def test_in_percent_an_error_grows_faster_than_its_logarithm(monkeypatch: pytest.MonkeyPatch):
    # The mean misses by 0.965, the second by 0.93: of values by 162 and 153 %.
    assert kept(monkeypatch, 1.0, 0.93) == [0, 1]
    assert kept(monkeypatch, 1.0, 0.93, loss="mape") == [1]


def test_without_rows_held_back_all_stay(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(_choose, "_forecast", None)
    parts = [SimpleNamespace(view=VIEW)] * 2
    whole = SimpleNamespace(parts=parts)
    assert _choose.chosen_parts(whole, PANEL, PANEL.lengths, 2) == [0, 1]
