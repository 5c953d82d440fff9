"""Periods that series show: found where there are some, and none in noise with any memory."""

from collections.abc import Callable

import numpy as np
import pytest

from gatecast._types import Floats, Panel
from gatecast.data import Period, agreed, periods_of
from gatecast.data.panel import period_in
from gatecast.data.panel._period import explained

RNG = np.random.default_rng(0)


def autoregressive(rows: int, share: float) -> Floats:
    shocks, found = RNG.normal(size=rows), np.zeros(rows)
    for row in range(rows):
        found[row] = share * found[row - 1] + shocks[row]
    return found


NOISES: dict[str, Callable[[int], Floats]] = {
    "white": lambda rows: RNG.normal(size=rows),
    "walk": lambda rows: RNG.normal(size=rows).cumsum(),
    "half": lambda rows: autoregressive(rows, 0.5),
    "most": lambda rows: autoregressive(rows, 0.9),
    "line": lambda rows: RNG.uniform(-1, 1) * np.arange(rows) + RNG.normal(size=rows),
    "bent": lambda rows: 50 * (np.arange(rows) / rows) ** 2 + RNG.normal(size=rows),
}


@pytest.mark.parametrize("noise", NOISES)
def test_noise_has_no_period(noise: str):
    found = [period_in(NOISES[noise](rows), 2016).rows for rows in (50, 120) for _ in range(100)]
    assert sum(rows > 1 for rows in found) <= 4


def shape(period: int, rows: int, kind: str) -> Floats:
    place = np.arange(rows) % period / period
    wave = np.sqrt(2) * np.sin(2 * np.pi * place)
    day = wave + 0.8 * np.sin(4 * np.pi * place + 1) + 0.5 * (place > 2 / 3)
    return {"sine": wave, "saw": np.sqrt(12) * (place - 1 / 2), "day": day}[kind]


@pytest.mark.parametrize("kind", ["sine", "saw", "day"])
@pytest.mark.parametrize("period", [12, 24, 30])
def test_a_period_is_found_from_three_of_it_on(period: int, kind: str):
    for cycles, size in ((3, 0.3), (12, 1.0)):
        rows = cycles * period + period // 3
        noise = size * RNG.normal(size=(5, rows))
        found = [period_in(shape(period, rows, kind) + each, 2016).rows for each in noise]
        assert np.median(found) == period
    # A slope and another unit change nothing.
    moved = 7 - 3 * (shape(period, rows, kind) + 0.05 * np.arange(rows))
    assert period_in(moved, 2016).rows == period


@pytest.mark.parametrize("kind", ["sine", "saw", "day"])
def test_long_periods_are_found_nearly(kind: str):
    y = shape(365, 4 * 365, kind) + 0.5 * RNG.normal(size=4 * 365)
    assert period_in(y, 2016).rows == pytest.approx(365, rel=0.02)
    assert period_in(y, 300).rows <= 300


def test_a_period_of_a_fraction_of_rows_comes_again_after_five_of_it():
    y = np.sin(2 * np.pi * np.arange(900) / 12.4)
    assert period_in(y, 2016).rows % 62 == 0


def test_gaps_are_bridged_and_mostly_empty_series_say_nothing():
    y = shape(12, 120, "day")
    y[30:35] = np.nan
    assert period_in(y, 2016).rows == 12
    y[RNG.permutation(120)[:60]] = np.nan
    assert period_in(y, 2016) == Period()
    for nothing in (np.full(50, np.nan), np.full(50, 3.0), np.arange(5.0), np.zeros(0)):
        assert period_in(nothing, 2016) == Period()


def test_what_is_explained_is_what_the_other_cycles_foretell():
    rows = RNG.normal(size=(4, 6))
    # Without a slope from cycle to cycle.
    cycles = rows - rows.mean(axis=1, keepdims=True)
    others = np.array([np.delete(cycles, each, axis=0).mean(axis=0) for each in range(4)])
    wanted = 1 - ((cycles - others) ** 2).sum() / (cycles**2).sum()
    assert explained(cycles.reshape(-1), 6) == pytest.approx(wanted)
    assert explained(np.resize(cycles[0], 24), 6) == pytest.approx(1)


def test_most_series_have_to_agree():
    assert agreed([Period(30, 0.5), Period(30, 0.7), Period()]) == Period(30, pytest.approx(0.6))
    assert agreed([Period(365, 1.0), Period(364, 1.0), Period(366, 1.0)]).rows == 365
    assert agreed([Period(30, 0.5), Period(12, 0.5), Period()]) == Period()
    assert agreed([Period(), Period()]) == agreed([]) == Period()


def test_a_panel_is_asked_series_by_series():
    series = [shape(12, 60, "day"), RNG.normal(size=60), np.arange(3.0)]
    offsets = np.cumsum([0, *map(len, series)])
    ds = np.concatenate([np.arange(len(each)) for each in series])
    panel = Panel(np.array(["a", "b", "c"]), ds, np.concatenate(series), offsets, 1)
    # The third is too short to say anything.
    assert [each.rows for each in periods_of(panel, 2016)] == [12, 1]
