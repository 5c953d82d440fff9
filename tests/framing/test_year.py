"""The season of the calendar year: found where it is, and only there."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from panels import panel_of

from gatecast._types import Floats, InputError, Panel
from gatecast.framing import fit_scaler, load_scaler
from gatecast.framing.scaling import years_of

DAY = 2 * np.pi / 365.25


def daily(*series: Floats, freq: str = "D") -> Panel:
    panel = panel_of(*series)
    ds = [pd.date_range("2001-03-04", periods=len(each), freq=freq).to_numpy() for each in series]
    return replace(panel, ds=np.concatenate(ds).astype("datetime64[ns]"), freq=freq)


def left(panel: Panel, *names: str) -> Floats:
    scaler = fit_scaler(names or ["year"], panel, panel.lengths)
    return scaler.transform_rows(panel.y, panel)


def sine(rows: int, per_year: float = 365.25) -> Floats:
    values: Floats = np.sin(2 * np.pi * np.arange(rows) / per_year + 1)
    return values


@pytest.mark.parametrize(
    ("years", "noise", "most"), [(1.5, 0, 0.05), (2, 0, 0.02), (2, 0.5, 0.2), (6, 1, 0.15)]
)
def test_a_sine_is_taken_out(years: float, noise: float, most: float):
    rows = int(365.25 * years)
    error = noise * np.random.default_rng(0).standard_normal(rows)
    plain = left(daily(sine(rows) + error))
    rest = plain - error
    assert rest.std() < most


def test_a_shape_with_peaks_is_that_of_least_squares():
    rows = 3653
    rng, place = np.random.default_rng(1), years_of(daily(np.zeros(rows)).ds)
    angle = 2 * np.pi * place[:, None] * np.arange(1, 11)
    columns = np.column_stack([np.ones(rows), place, np.cos(angle), np.sin(angle)])
    shape = np.exp(2 * np.cos(2 * np.pi * place))
    y = shape + rng.standard_normal(rows)
    # Without weights that fall with age, and without regularisation.
    by_least_squares = columns @ np.linalg.lstsq(columns, y, rcond=None)[0]
    season = y - left(daily(y))
    assert np.corrcoef(season, by_least_squares)[0, 1] > 0.99
    assert np.abs(season - (shape - shape.mean())).max() < 0.5


def test_a_season_may_lie_in_high_harmonics():
    rng, rows = np.random.default_rng(4), 1826
    season = sum(sine(rows, 365.25 / cycles) for cycles in (4, 5, 6))
    walk = 0.05 * rng.standard_normal(rows).cumsum()
    plain = left(daily(season + walk))
    # A walk of five years looks a little like such a season.
    assert (plain - walk).std() < 0.1 * season.std()


def test_hours_have_years_too():
    rows = 24 * 730
    y = sine(rows, 24 * 365.25) + 0.1 * np.random.default_rng(2).standard_normal(rows)
    assert left(daily(y, freq="h")).std() < 0.2


@pytest.mark.parametrize("years", [1.5, 2, 5])
@pytest.mark.parametrize("kind", ["white noise", "random walk", "random walk and noise"])
def test_nothing_is_invented(kind: str, years: float):
    rng, rows = np.random.default_rng(3), int(365.25 * years)
    noise = rng.standard_normal((100, rows))
    walk = rng.standard_normal((100, rows)).cumsum(axis=1)
    y = {"white noise": noise, "random walk": walk, "random walk and noise": walk + 10 * noise}
    panel = daily(*y[kind])
    panel = replace(panel, ids=np.arange(100).astype(str))
    found = fit_scaler(["year"], panel, panel.lengths).stages[0].arrays()["waves"].any(axis=1)
    assert found.sum() <= 5


def test_later_rows_do_not_count():
    y = sine(1000) + 0.1 * np.random.default_rng(4).standard_normal(1000)
    other = np.concatenate([y[:800], 1e3 * y[800:] + 7])
    learnt, changed = (
        fit_scaler(["year"], daily(each), np.array([800])).arrays() for each in (y, other)
    )
    for name, array in learnt.items():
        np.testing.assert_array_equal(array, changed[name])
    assert learnt["0.waves"].any()


def test_the_inverse_gives_the_values_back():
    panel = daily(5 + sine(1000), np.random.default_rng(5).standard_normal(700))
    fitted = fit_scaler(["power", "year"], panel, panel.lengths)
    scaler = load_scaler(["power", "year"], fitted.arrays(), season_length=7)
    assert scaler.timed
    scaled = scaler.transform_rows(panel.y, panel)
    series, origin = np.array([0, 1]), np.array([900, 1500])
    rows = origin[:, None] + np.arange(9)
    years = years_of(panel.ds[rows])
    back = scaler.inverse(scaled[rows], series, panel.y[origin][:, None], years)
    np.testing.assert_allclose(back, panel.y[rows])
    np.testing.assert_allclose(scaler.transform(panel.y[rows], series, years), scaled[rows])


def test_values_that_were_never_negative_are_not_brought_back_below_zero():
    y = np.maximum(10 * sine(1100), 0)
    panel = daily(y)
    scaler = fit_scaler(["year"], panel, panel.lengths)
    years = years_of(panel.ds)[None]
    back = scaler.inverse(np.full((1, 1100), -1.0), np.array([0]), np.zeros((1, 1)), years)
    assert back.min() == 0


def test_rows_without_dates_and_other_scalers_before_it_are_told():
    with pytest.raises(InputError, match="needs dates"):
        left(panel_of([1.0, 2, 3]))
    with pytest.raises(
        InputError, match="needs dates on a calendar with steps of at most two days"
    ):
        left(daily(np.arange(40.0), freq="MS"))
    with pytest.raises(InputError, match="follows 'asinh' or 'power'"):
        left(daily(np.arange(40.0)), "standard", "year")
