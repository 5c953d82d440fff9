"""The pictures of a result: hand-made values, what they say, and that they can be drawn."""

import altair as alt
import pytest
import vl_convert

from gatecast.studio.views import (
    Band,
    Course,
    Line,
    Picture,
    Subject,
    Window,
    ahead_picture,
    forecast_picture,
    gates_picture,
    kept_picture,
    looked_picture,
    past_picture,
    scores_picture,
    what_if_picture,
)

MONTHS = [f"2020-{month:02d}-01T00:00:00" for month in range(1, 13)]
SALES = Subject("sales", "month", "North")
COURSE = Course(
    past=Line(MONTHS[:8], [10.0, 10.0, None, 10.0, 10.0, 8.0, 10.0, 12.0]),
    ahead=Line(MONTHS[8:10], [10.0, 12.1]),
    bands=[Band("80", [9.0, 10.0], [11.0, 14.0]), Band("97.5", [8.0, 9.0], [12.0, 15.0])],
    tests=[
        Window(MONTHS[4:6], [11.0, 11.0], [10.0, 10.0]),
        Window(MONTHS[6:8], [9.0, 12.0], [8.0, 8.0]),
    ],
)
COUNTED = Course(Line([1, 2, 3], [1.0, 2.0, 3.0]), Line([4], [3.0]), [], [])

PICTURES = {
    "forecast": forecast_picture(COURSE, SALES),
    "counted": forecast_picture(COUNTED, Subject("y", "step")),
    "what_if": what_if_picture(COURSE, [5.0, 6.05], "price at 9", SALES),
    "past": past_picture(COURSE, SALES),
    "scores": scores_picture(["ARIMA", "this forecast"], [1.5, 2.0], "mase", SALES),
    "ahead": ahead_picture([1.0, 2.0], [1.5, None], "mae", SALES),
    "looked": looked_picture([0.6, 0.1, 0.3], 3, SALES),
    "kept": kept_picture([1.0, 2.0, 4.0], SALES),
    "gates": gates_picture(
        MONTHS[:2], {"input": [[0.5, 0.4, 0.6]] * 2, "forget": [[0.8, 0.7, 0.9]] * 2}, SALES
    ),
}

FINDINGS = {
    # (10 + 12.1) / 2 beside (10 + 12) / 2, which differ by less than half a percent.
    "forecast": "sales of North is forecast to average 11.05 over the next 2 months, as over the "
    "last 2",
    "counted": "y is forecast to average 3.00 over the next 1 step, as over the last 1",
    "what_if": "With price at 9, sales of North is forecast 50 % lower: 11.05 in total instead of "
    "22.10",
    # Missed by 1, 3, 1 and 0.
    "past": "In the test it missed sales of North by 1.25 on average, and most at 2020-06-01, by "
    "3.00",
    "scores": "This forecast comes second of 2: ARIMA is the best",
    "ahead": "Its error, in the units of sales, is 1.00 for 1 month ahead and 2.00 for 2 months",
    "looked": "It looks most at the values of 1, 2 and 3 months ago; all 3 that it sees count",
    "kept": "A typical unit of its memory has lost half of a value after 2.00 months",
    "gates": "From month to month it keeps about 80 % of its memory",
}


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_says_what_it_shows(name: str):
    picture = PICTURES[name]
    assert picture is not None
    assert picture.finding == FINDINGS[name]
    assert len(picture.alt) > 20


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_can_be_drawn(name: str):
    picture = PICTURES[name]
    assert isinstance(picture, Picture)
    alt.Chart.from_dict(picture.spec)
    version = ".".join(alt.SCHEMA_VERSION.split(".")[:2])
    svg = vl_convert.vegalite_to_svg(picture.spec | {"width": 400}, vl_version=version)
    assert svg.count("<path") > 1


def test_the_best_forecast_is_praised():
    picture = scores_picture(["this forecast", "ARIMA"], [1.0, 2.0], "mae", SALES)
    assert picture.finding == "This forecast has the smallest error of 2"
    assert "in the units of sales" in str(picture.spec)


def test_what_is_not_there_is_not_drawn():
    assert past_picture(COUNTED, SALES) is None
    assert kept_picture([], SALES) is None
    assert gates_picture([], {}, SALES) is None
    assert ahead_picture([1.0], [1.5], "mae", SALES) is None


def test_what_changes_nothing_is_said():
    picture = what_if_picture(COURSE, [10.0, 12.1], "price at 9", SALES)
    assert picture.finding == "With price at 9, the forecast of sales of North stays as it is"


def test_a_course_survives_as_json():
    content = {
        "past": {"ds": [1], "values": [None]},
        "ahead": {"ds": [2], "values": [1.0]},
        "bands": [{"level": "80", "low": [0.5], "high": [2.0]}],
        "tests": [{"ds": [1], "forecast": [1.0], "simple": []}],
    }
    course = Course.from_json(content)
    assert course.bands[0].high == [2.0]
    assert course.tests[0] == Window([1], [1.0], [])
