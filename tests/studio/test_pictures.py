"""Pictures of a series say what is in it."""

import json
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
import vl_convert
from small_forecasters import NAN, panel_of, wandering

import gatecast
from gatecast._types import IRREGULAR, Freq, Panel
from gatecast.data import to_panel
from gatecast.studio.views import (
    Picture,
    Series,
    autocorrelation_picture,
    course_picture,
    gaps_picture,
    one_series,
    outliers_picture,
    seasons_picture,
)


def series_of(values: list[float] | np.ndarray, freq: Freq = "MS", season: int = 12) -> Series:
    panel = panel_of(values, freq=freq)
    return Series("a", panel.ds, panel.y, freq, season, "sold")


@pytest.fixture(scope="module")
def airline() -> Series:
    panel = to_panel(gatecast.datasets.airline_passengers())
    return one_series(panel, 0, "passengers")


PICTURES: list[Callable[[Series], Picture | None]] = [
    course_picture,
    seasons_picture,
    autocorrelation_picture,
    gaps_picture,
    outliers_picture,
]


def test_a_title_says_where_a_series_goes(airline: Series):
    picture = course_picture(airline)
    years = airline.y.reshape(12, 12).mean(axis=1)
    assert picture.finding == (
        f"Rises from {years[0]:.1f} in the first year to {years[-1]:.1f} in the last, on average; "
        "highest 622.0, July 1960"
    )
    assert "lowest 104.0, November 1949" in picture.alt


def test_a_series_that_comes_back_does_not_rise():
    assert course_picture(series_of([5.0, 9.0, 1.0] * 8, 1, 1)).finding.startswith("Ends about")


def test_a_series_without_a_value_is_no_error():
    assert course_picture(series_of([NAN, NAN], 1, 1)).finding == "No value was observed"


def test_the_season_is_told_without_the_trend(airline: Series):
    picture = seasons_picture(airline)
    assert picture is not None
    assert picture.finding == "Highest in July, lowest in November"
    # A steep trend makes December the highest month of each year, which is not the season.
    steep = 50 * np.arange(120) + 100 * np.cos((np.arange(120) - 3) * np.pi / 6)
    found = seasons_picture(series_of(steep))
    assert found is not None
    assert found.finding == "Highest in April, lowest in October"


def test_chance_is_no_season():
    noise = np.random.default_rng(0).normal(size=120)
    found = seasons_picture(series_of(noise))
    assert found is not None
    assert found.finding == "No pattern repeats every year"


def test_a_weak_season_is_told_as_one():
    rng = np.random.default_rng(0)
    days = series_of(rng.normal(size=700) + 1.5 * (np.arange(700) % 7 == 0), "D", 7)
    found = seasons_picture(days)
    assert found is not None
    assert found.finding.startswith("Weakly: highest on Saturday")


def test_a_wild_value_hides_no_season(airline: Series):
    values = airline.y.copy()
    values[70] = 9_000.0
    found = seasons_picture(Series("a", airline.ds, values, "MS", 12))
    assert found is not None
    assert not found.finding.startswith(("Weakly", "No"))


@pytest.mark.parametrize(("values", "season"), [([1.0] * 40, 12), ([1.0, 2.0] * 8, 12)])
def test_there_is_no_season_of_a_constant_or_of_little(values: list[float], season: int):
    assert seasons_picture(series_of(values, season=season)) is None


def test_autocorrelation_is_that_of_the_textbook(airline: Series):
    picture = autocorrelation_picture(airline)
    assert picture is not None
    off = airline.y - airline.y.mean()
    # r(k) = sum of (y(t) - mean) (y(t - k) - mean) / sum of (y(t) - mean)^2
    one, year = ((off[lag:] * off[:-lag]).sum() / (off**2).sum() for lag in (1, 12))
    assert picture.finding == (
        f"Each month resembles the one before ({one:+.2f}) and the same month one year before "
        f"({year:+.2f})"
    )


def test_chance_does_not_resemble_itself():
    noise = np.random.default_rng(3).normal(size=60)
    found = autocorrelation_picture(series_of(noise, 1, 1))
    assert found is not None
    assert "chance" in found.finding


def test_gaps_are_counted_and_the_longest_is_named():
    found = gaps_picture(series_of([1.0, NAN, 2.0, 3.0, NAN, NAN, NAN, 4.0]))
    assert found.finding == (
        "4 of 8 months are missing, the longest gap is 3 months, May 2000 to July 2000"
    )
    one = gaps_picture(series_of([1.0, NAN, 2.0])).finding
    assert one == "1 of 3 months is missing, at February 2000"
    whole = gaps_picture(series_of([1.0, 2.0])).finding
    assert whole == "No gaps: every month from January 2000 to February 2000 has a value"


def test_a_gap_breaks_the_line_of_a_long_series():
    values = np.sin(np.arange(3_000.0))
    values[1_500:1_600] = NAN
    (text,) = course_picture(series_of(values, 1, 1)).spec["datasets"].values()
    rows = json.loads(text)
    holes = [place for place, row in enumerate(rows) if row["value"] is None]
    assert [rows[place]["ds"] for place in holes] == [1_500]


def test_uneven_times_have_no_gaps():
    ds = np.array(["2000-01-01", "2000-01-02T07", "2000-01-09"], "datetime64[ns]")
    found = gaps_picture(Series("a", ds, np.array([1.0, 2.0, 3.0]), IRREGULAR))
    assert "uneven times" in found.finding


def test_values_that_stand_out_are_found_and_named(airline: Series):
    values = airline.y.copy()
    values[[60, 100]] = 40.0, 900.0
    found = outliers_picture(Series("a", airline.ds, values, "MS", 12, "passengers"))
    assert "January 1954 (40.00)" in found.finding
    assert "May 1957 (900.0)" in found.finding


def test_nothing_stands_out_of_plain_noise():
    assert outliers_picture(series_of(wandering(120), 1, 1)).finding == "No value stands out"


def test_of_mostly_zeros_nothing_stands_out():
    sold = [0.0, 0.0, 0.0, 3.0, 0.0, 0.0, 1.0, 0.0] * 6
    assert outliers_picture(series_of(sold, 1, 1)).finding.startswith("Too few different values")


@pytest.mark.parametrize("draw", PICTURES)
@pytest.mark.parametrize("gap", [False, True])
def test_a_picture_can_be_drawn_and_names_its_units(
    draw: Callable[[Series], Picture | None], airline: Series, *, gap: bool
):
    values = np.where(np.arange(144) // 3 == 20, NAN, airline.y) if gap else airline.y
    picture = draw(Series("a", airline.ds, values, "MS", 12, "passengers"))
    assert picture is not None
    spec = {**picture.spec, "width": 300}
    assert "<svg" in vl_convert.vegalite_to_svg(spec, allowed_base_urls=[])
    words = str(picture.spec)
    assert "passengers" in words or "months before" in words or draw is gaps_picture
    assert picture.finding in picture.alt


@pytest.mark.parametrize("freq", ["MS", "QS", "W-SUN", "D", "B", "h", "min", "s", "YS", 1])
def test_every_calendar_step_can_be_looked_at(freq: Freq):
    frame = pd.DataFrame({"ds": panel_of(wandering(150), freq=freq).ds, "y": wandering(150)})
    panel: Panel = to_panel(frame, freq=freq)
    for draw in PICTURES:
        picture = draw(one_series(panel, 0))
        assert picture is None or picture.finding
