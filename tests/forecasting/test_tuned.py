from typing import Any

import numpy as np
import pytest
from small_forecasters import panel_of, wandering

from gatecast._types import InputError
from gatecast.forecasting import Fit, Settings, fit_ensemble
from gatecast.forecasting._tuned import _select, candidates, choose
from gatecast.framing import SCALERS

PANELS = {
    "seasonal": (panel_of(wandering(32), wandering(30, 1)), 4),
    "seasonal with zeros": (panel_of(wandering(32) - wandering(32).min()), 4),
    "too short for its season": (panel_of(wandering(30)), 12),
    "without a season": (panel_of(wandering(30) - 60), 1),
}


def options_of(name: str) -> dict[str, Settings]:
    panel, season = PANELS[name]
    return candidates(panel, panel.lengths - 3, season, 2)


def array(*values: float) -> np.ndarray:
    return np.array(values, dtype=float)


def test_selection_by_hand():
    # RMSE: up 1, down 1.5, wide sqrt(4.5); their means: up and down 0.25, with wide 0.85.
    errors = {
        "down": [array(-1.5, -1.5)],
        "wide": [array(-3.0, 0.0)],
        "up": [array(1.0, 1.0)],
    }
    assert _select(errors) == ["up", "down"]


def test_selection_averages_the_scores_of_cutoffs():
    # "even" has RMSE 2 at each cutoff, "odd" 1 and 4, "both" of them 1.5 and 1.
    errors = {"odd": [array(1.0), array(-4.0)], "even": [array(2.0), array(2.0)]}
    assert _select(errors) == ["even", "odd"]


@pytest.mark.parametrize(
    ("errors", "chosen"),
    [
        ({"one": [array(1.0)]}, ["one"]),
        ({"twin": [array(1.0)], "same": [array(1.0)]}, ["twin"]),
        ({"worse": [array(5.0)], "best": [array(0.0)]}, ["best"]),
        ({"gap": [array(np.nan, 2.0)], "worse": [array(np.nan, 3.0)]}, ["gap"]),
    ],
)
def test_selection_ends_when_nothing_gets_better(errors: dict[str, Any], chosen: list[str]):
    assert _select(errors) == chosen


def test_candidates_suit_the_panel():
    seasonal = options_of("seasonal")
    zeros = options_of("seasonal with zeros")
    plain = options_of("without a season")
    assert any("log" in settings.scaler for settings in seasonal.values())
    assert not any("log" in settings.scaler for settings in [*zeros.values(), *plain.values()])
    for options in (seasonal, zeros):
        assert any("seasonal_difference" in settings.scaler for settings in options.values())
        assert {settings.framing.horizon for settings in options.values()} <= {1, 4}
    short = options_of("too short for its season")
    for settings in [*short.values(), *plain.values()]:
        assert "seasonal_difference" not in settings.scaler


def test_candidates_that_need_more_rows_are_left_out():
    panel = panel_of(wandering(60) + 100)
    assert {each.framing.horizon for each in candidates(panel, panel.lengths, 4, 1).values()} == {
        1,
        4,
    }
    few = panel_of(wandering(26) + 100)
    assert {each.framing.horizon for each in candidates(few, few.lengths, 4, 1).values()} == {1}


def test_a_later_zero_does_not_change_the_candidates():
    panel, season = PANELS["seasonal"]
    before = options_of("seasonal")
    panel = panel_of(np.append(panel.y[:31], 0.0), panel.y[32:])
    assert candidates(panel, panel.lengths - 3, season, 2) == before


@pytest.mark.parametrize("name", PANELS)
def test_candidates_are_settings_of_the_members_asked_for(name: str):
    for settings in options_of(name).values():
        assert settings.members == 2
        assert set(settings.scaler) <= set(SCALERS)
        assert 5 <= settings.training.epochs <= 200


@pytest.mark.parametrize("name", PANELS)
def test_some_candidate_can_be_validated_on_a_short_panel(
    name: str, monkeypatch: pytest.MonkeyPatch
):
    """Without training: which candidates are judged, from which cutoffs."""
    judged = []

    def validate(settings: Settings, _: Any, rows: Any, *__: Any) -> None:
        cutoff, train = rows
        judged.append(settings)
        needed = settings.framing.look_back + settings.framing.horizon
        assert needed <= cutoff.min() < train.min()
        raise _StopError

    monkeypatch.setattr("gatecast.forecasting._tuned._validate", validate)
    panel, season = PANELS[name]
    with pytest.raises(_StopError):
        choose(options_of(name), panel, panel.lengths - 3, season, 2)
    assert judged


class _StopError(Exception):
    """Enough was seen."""


@pytest.mark.slow
@pytest.mark.parametrize("name", PANELS)
def test_every_candidate_can_be_trained(name: str):
    panel, season = PANELS[name]
    for settings in options_of(name).values():
        ensemble, _ = fit_ensemble(settings, panel, panel.lengths - 3, Fit(season))
        assert np.isfinite(ensemble.ahead(panel, 5)).all()


def test_too_few_rows_to_choose_on_are_told():
    panel = panel_of(wandering(6))
    words = r"^series 'a' has 6 rows, 6 of them for training: too few .* at least 8 for training"
    with pytest.raises(InputError, match=words):
        candidates(panel, panel.lengths, 1, 1)
