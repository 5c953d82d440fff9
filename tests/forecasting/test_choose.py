from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from small_forecasters import panel_of

from gatecast.forecasting import _choose
from gatecast.framing import fit_scaler

PANEL = panel_of(np.arange(1.0, 11), np.arange(2.0, 12))
TRAIN = PANEL.lengths - 4
VIEW = SimpleNamespace(scaler=fit_scaler([], PANEL, TRAIN))


def kept(monkeypatch: pytest.MonkeyPatch, *errors: float) -> list[int]:
    """The parts kept of some that miss every value by so much."""
    parts = [SimpleNamespace(view=VIEW, error=error) for error in errors]

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
        ((1.0, 1.001), [0, 1]),
        ((2.0,), [0]),
    ],
)
def test_parts_that_do_harm_are_left_out(
    monkeypatch: pytest.MonkeyPatch, errors: tuple[float, ...], expected: list[int]
):
    assert kept(monkeypatch, *errors) == expected


def test_without_rows_held_back_all_stay(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(_choose, "_forecast", None)
    parts = [SimpleNamespace(view=VIEW)] * 2
    whole = SimpleNamespace(parts=parts)
    assert _choose.chosen_parts(whole, PANEL, PANEL.lengths, 2) == [0, 1]
