"""A season longer than the usual one is told where it is evident, and only there."""

import warnings
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

import gatecast
from gatecast import InputWarning, Training
from gatecast.data import season_of, to_panel, warn_about_longer_season

YEARS, WEEKS = (4, 365.25, "D"), (5, 168, "h")


def panel_of(y: np.ndarray, freq: str, **keywords: object):
    return to_panel(
        pd.DataFrame(
            {"unique_id": "a", "ds": pd.date_range("2019-03-05", periods=len(y), freq=freq), "y": y}
        ),
        **keywords,
    )


def cycle(cycles: int, rows: float, freq: str, noise: float = 0.4, seed: int = 0):
    row = np.arange(int(cycles * rows))
    shape = np.sin(2 * np.pi * row / rows)
    return panel_of(10 + shape + np.random.default_rng(seed).normal(0, noise, len(row)), freq)


def told(panel: object, used: tuple[int, ...] = (7,), calendar: tuple[str, ...] = ()) -> list[str]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warn_about_longer_season(panel, used, calendar)
    return [str(each.message) for each in caught]


@pytest.mark.parametrize(("cycles", "rows", "freq"), [YEARS, WEEKS])
def test_it_is_told_with_what_to_do(cycles: int, rows: float, freq: str):
    (words,) = told(cycle(cycles, rows, freq), (24,))
    assert f"season_length={round(rows)}" in words
    assert "calendar=['month']" in words if freq == "D" else "calendar=['weekday']" in words


@pytest.mark.parametrize(
    ("used", "calendar"), [((7, 365), ()), ((400,), ()), ((7,), ("year_day",)), ((7,), ("month",))]
)
def test_what_is_used_is_not_told(used: tuple[int, ...], calendar: tuple[str, ...]):
    assert told(cycle(*YEARS), used, calendar) == []
    assert told(cycle(*YEARS), (7,), ("weekday",)) != []


def test_too_few_cycles_gaps_and_other_calendars():
    assert told(cycle(2, 365.25, "D")) == []
    assert told(cycle(*YEARS), ()) != []
    panel = cycle(*YEARS)
    panel.y[100:103] = np.nan
    assert told(panel) != []
    panel.y[100:200] = np.nan
    assert told(panel) == []
    assert told(cycle(20, 12, "MS")) == []


@pytest.mark.parametrize(("cycles", "rows", "freq"), [YEARS, WEEKS])
def test_noise_and_random_walks_have_none(cycles: int, rows: float, freq: str):
    for seed in range(20):
        steps = np.random.default_rng(seed).normal(size=int(cycles * rows))
        assert told(panel_of(steps, freq), (24,)) == []
        assert told(panel_of(steps.cumsum(), freq), (24,)) == []


def test_most_series_decide():
    one, other = cycle(*YEARS), cycle(*YEARS, noise=30, seed=1)
    frames = [
        pd.DataFrame({"unique_id": name, "ds": panel.ds, "y": panel.y})
        for name, panel in (("a", one), ("b", other), ("c", other))
    ]
    assert told(to_panel(pd.concat(frames))) == []
    assert told(to_panel(pd.concat([*frames[:2], frames[0].assign(unique_id="d")]))) != []


def test_a_chosen_season():
    panel = panel_of(np.arange(30.0), "D")
    assert season_of(panel) == 7
    assert season_of(replace(panel, season=10)) == 10


def test_fit_warns_of_what_is_not_used():
    panel = cycle(*YEARS)
    frame = pd.DataFrame({"unique_id": "a", "ds": panel.ds, "y": panel.y})
    small: Any = {"h": 2, "units": 1, "intervals": False, "training": Training(epochs=1)}
    with pytest.warns(InputWarning, match=r"follow the year \(365 rows\)"):
        gatecast.LSTMForecaster(**small).fit(frame)
    gatecast.LSTMForecaster(scaler="year", **small).fit(frame)
