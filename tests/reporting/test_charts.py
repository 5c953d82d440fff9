"""Charts, read back from the SVG they draw or the data they carry."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import altair as alt
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatecast._wording import model_name, number
from gatecast.reporting import charts
from gatecast.reporting.charts._view import inline, thinned, time_axis, title

if TYPE_CHECKING:
    from gatecast.evaluation import Experiment

NAMES = [
    "scores",
    "one_step",
    "framings",
    "residuals",
    "learning_curves",
    "multi_step",
    "forecast",
]


def told(figure: charts.Figure) -> list[str]:
    """What the marks say under the pointer, in drawing order."""
    root = ET.fromstring(figure.svg())  # noqa: S314 - our own drawing
    return [
        label
        for mark in root.iter()
        if mark.get("aria-roledescription") in {"rect mark", "rule mark"}
        and (label := mark.get("aria-label"))
    ]


def drawn(figure: charts.Figure) -> list[dict[str, Any]]:
    """Every row the chart carries."""
    datasets = figure.chart.to_dict()["datasets"].values()
    return [row for text in datasets for row in json.loads(text)]


def notes(figure: charts.Figure) -> str:
    """What stands below the title, on one line."""
    found = figure.chart.to_dict()["title"]["subtitle"]
    return found if isinstance(found, str) else " ".join(found)


def airline_change(found: Experiment) -> float:
    """The mean change from year to year of the airline passengers in the training rows."""
    y = found.one_step_forecasts.query("unique_id == 'airline' and split == 'train'")["y"]
    return float(y.diff(12).abs().mean())


def milliseconds(date: str) -> int:
    return int(pd.Timestamp(date).timestamp() * 1000)


@pytest.fixture(
    params=[
        "experiment",
        pytest.param("hourly_experiment", marks=pytest.mark.slow),
        "integer_experiment",
    ]
)
def any_experiment(request: pytest.FixtureRequest) -> Experiment:
    found: Experiment = request.getfixturevalue(request.param)
    return found


def test_every_chart_is_drawn_and_leaves_altair_as_it_was(any_experiment: Experiment):
    before = alt.data_transformers.active, alt.data_transformers.options, alt.theme.active
    figures = charts.figures(any_experiment)
    assert [figure.name for figure in figures] == NAMES
    for figure in figures:
        root = ET.fromstring(figure.svg())  # noqa: S314 - our own drawing
        assert 680 < float(root.get("width", 0)) < 860, figure.name
    assert (alt.data_transformers.active, alt.data_transformers.options, alt.theme.active) == before


def test_png_has_twice_the_pixels_of_the_svg(experiment: Experiment):
    figure = charts.scores(experiment, "y")
    assert figure
    svg = figure.svg()
    image = charts.png(svg)
    width = float(ET.fromstring(svg).get("width", 0))  # noqa: S314 - our own drawing
    assert image.startswith(b"\x89PNG\r\n")
    assert int.from_bytes(image[16:20], "big") == 2 * width


def test_forecasts_stand_at_their_own_date(experiment: Experiment):
    """Persistence as leader: at each date it must show the value of the month before."""
    frame = experiment.one_step_forecasts
    copied = replace(experiment, one_step_forecasts=frame.assign(LSTM=frame["persistence"]))
    figure = charts.one_step(copied, "passengers")
    assert figure
    rows = {(row.get("model"), row["ds"]): row.get("value") for row in drawn(figure)}
    assert rows["observed", milliseconds("1960-12-01")] == 432  # the last value of the data
    assert rows["forecast, test", milliseconds("1960-12-01")] == 390  # November 1960
    assert rows["forecast, train", milliseconds("1949-02-01")] == 112  # January 1949
    assert rows["forecast, train", milliseconds("1949-01-01")] is None
    assert rows["forecast, test", milliseconds("1956-12-01")] is None
    assert "1960-12-01 | observed 432.0 | forecast, train – | forecast, test 390.0" in told(figure)  # noqa: RUF001


def test_the_border_is_at_the_first_test_row(experiment: Experiment):
    figure = charts.one_step(experiment, "y")
    assert figure
    assert {"ds": milliseconds("1957-01-01")} in drawn(figure)


def test_scores_are_sorted_and_carry_the_range_of_seeds(experiment: Experiment):
    figure = charts.scores(experiment, "y")
    assert figure
    labels = told(figure)
    expected = sorted(experiment.one_step, key=lambda record: record["test_mae"]["median"])
    assert [label.split(" | ")[0] for label in labels] == [model_name(r["model"]) for r in expected]
    assert sum(" to " in label for label in labels) == 5  # only the framings have several seeds
    by_hand = experiment.one_step_forecasts["y"].diff().abs().tail(48).mean()
    assert f"persistence | MAE {by_hand:.2f} | skill 0 %" in labels


def test_a_model_without_score_is_left_out(experiment: Experiment):
    blank = {"median": None, "min": None, "max": None}
    broken = {**experiment.one_step[0], "model": "broken", "test_mae": blank}
    figure = charts.scores(replace(experiment, one_step=[broken, *experiment.one_step]), "y")
    assert figure
    assert len(told(figure)) == len(experiment.one_step)


def test_bands_are_found_from_the_columns(experiment: Experiment):
    forecast = experiment.forecast.rename(columns=lambda name: name.replace("-80", "-99.5"))
    figure = charts.future(replace(experiment, forecast=forecast), "y")
    assert figure
    assert figure.chart.to_dict()["title"]["subtitle"].endswith("Bands: 95 % and 99.5 % intervals.")
    first = next(label for label in told(figure) if label.startswith("1961-01-01"))
    assert [part.rsplit(" ", 1)[0] for part in first.split(" | ")[1:]] == [
        "forecast",
        "95 % from",
        "95 % to",
        "99.5 % from",
        "99.5 % to",
    ]


def test_a_forecast_without_intervals_has_no_bands(experiment: Experiment):
    figure = charts.future(
        replace(experiment, forecast=experiment.forecast[["unique_id", "ds", "LSTM"]]), "y"
    )
    assert figure
    assert figure.chart.to_dict()["title"]["subtitle"] == "Dark: observed."


def test_at_most_four_series_are_drawn_and_this_is_said(experiment: Experiment):
    def copies(frame: pd.DataFrame) -> pd.DataFrame:
        return pd.concat(frame.assign(unique_id=f"id {number}") for number in range(6))

    many = replace(
        experiment,
        one_step_forecasts=copies(experiment.one_step_forecasts),
        multi_step_forecasts=copies(experiment.multi_step_forecasts),
        forecast=copies(experiment.forecast),
        by_series=copies(experiment.by_series),
    )
    for draw in (charts.one_step, charts.multi_step, charts.future, charts.residuals):
        figure = draw(many, "y")
        assert figure
        assert "The first 4 of 6 series are drawn." in notes(figure)
        assert "id 4" not in json.dumps(figure.chart.to_dict())


@pytest.mark.parametrize(
    ("marked", "finding"),
    [
        (0, "Each of the 5 framings is better than repeating the last value"),
        (1, "1 of the 5 framings is no better than repeating the last value"),
        (2, "2 of the 5 framings are no better than repeating the last value"),
        (5, "None of the 5 framings is better than repeating the last value"),
    ],
)
def test_framings_no_better_than_the_last_value_are_marked(
    experiment: Experiment, marked: int, finding: str
):
    records = [
        {**record, "mimics_persistence": place < marked}
        for place, record in enumerate(experiment.one_step)
    ]
    figure = charts.framings(replace(experiment, one_step=records), "y")
    assert figure
    assert figure.chart.to_dict()["title"]["text"] == finding
    assert figure.svg().count(">no better than the last value<") == marked


def test_rows_left_out_of_a_chart_are_mentioned(hourly_experiment: Experiment):
    for draw, words in (
        (charts.one_step, "Right: the last 168 rows."),
        (charts.multi_step, "The first 160 of 1,650 steps are drawn."),
        (charts.residuals, "Observed minus forecast on the last 160 test rows"),
        (charts.framings, "the last 60 test rows"),
    ):
        figure = draw(hourly_experiment, "y")
        assert figure
        assert words in notes(figure)


def test_residuals_are_truth_minus_forecast_and_know_the_previous_change(experiment: Experiment):
    frame = experiment.one_step_forecasts
    copied = replace(experiment, one_step_forecasts=frame.assign(LSTM=frame["persistence"]))
    figure = charts.residuals(copied, "y")
    assert figure
    last = [row for row in drawn(figure) if row.get("ds") == milliseconds("1960-12-01")]
    # September to December 1960: 508, 461, 390, 432
    assert {(row["residual"], row["pattern"]) for row in last} == {(42.0, -71.0)}


def test_a_constant_series_without_errors_is_drawn_in_silence(experiment: Experiment):
    constant = experiment.one_step_forecasts.assign(y=5.0, LSTM=5.0)
    figure = charts.residuals(replace(experiment, one_step_forecasts=constant), "y")
    assert figure
    svg = figure.svg()
    assert "mean 0, standard deviation 0" in svg
    assert "previous change –" in svg  # noqa: RUF001


def test_each_series_has_its_own_figure_in_its_own_units(hourly_experiment: Experiment):
    own = hourly_experiment.by_series.set_index(["model", "unique_id"])["mae"]
    figure = charts.one_step(hourly_experiment, "y")
    assert figure
    svg = figure.svg()
    for name in ("a", "bb", "ccc"):
        assert f"{name}: MAE {number(own['LSTM', name])}" in svg


def test_residuals_of_several_series_are_over_the_usual_change_of_each(
    two_sizes: Experiment,
):
    """A series a thousand times as large shows the same residuals."""
    copied = two_sizes.one_step_forecasts.assign(LSTM=lambda rows: rows["persistence"])
    figure = charts.residuals(replace(two_sizes, one_step_forecasts=copied), "y")
    assert figure
    last = [row for row in drawn(figure) if row.get("ds") == milliseconds("1960-12-01")]
    residuals = {row["unique_id"]: row["residual"] for row in last}
    # 432 after 390, in units of the usual change from year to year.
    usual = airline_change(two_sizes)
    assert residuals == {"airline": pytest.approx(42 / usual), "large": pytest.approx(42 / usual)}


@pytest.mark.parametrize(
    ("periods", "freq", "shown"),
    [(144, "MS", ">1950<"), (30, "MS", ">2001<"), (40, "D", ">2000<"), (30, "h", "2000<")],
)
def test_dates_always_show_their_year(periods: int, freq: str, shown: str):
    ds = pd.date_range("1949" if periods == 144 else "2000", periods=periods, freq=freq)
    rows = pd.DataFrame({"ds": ds, "y": np.arange(len(ds))})
    chart = alt.Chart(inline(rows)).mark_line().encode(x=time_axis(rows["ds"]), y="y:Q")
    assert shown in charts.Figure("a", "", chart.properties(width=720)).svg()


@pytest.mark.parametrize(("periods", "freq"), [(2000, "h"), (110, "D"), (200, "D")])
def test_no_two_ticks_have_the_same_date(periods: int, freq: str):
    rows = pd.DataFrame({"ds": pd.date_range("2024-01-01", periods=periods, freq=freq), "y": 1})
    chart = alt.Chart(inline(rows)).mark_line().encode(x=time_axis(rows["ds"]))
    svg = charts.Figure("a", "", chart.properties(width=720)).svg()
    labels = re.findall(r"<tspan[^>]*>((?:\d\d )?[A-Z][a-z]{2})</tspan>", svg)
    labels += re.findall(r">((?:\d\d )?[A-Z][a-z]{2})</text>", svg)
    assert len(labels) > 3
    assert len(set(labels)) == len(labels)


def test_a_long_title_takes_more_lines():
    short_one, long_one = title("word", "note"), title("word " * 40, "note " * 40)
    assert (short_one["text"], short_one["subtitle"]) == ("word", "note")
    assert " ".join(long_one["text"]) == ("word " * 40).strip()
    assert max(map(len, long_one["text"])) <= 88
    assert " ".join(long_one["subtitle"]) == ("note " * 40).strip()


def test_seasonal_naive_hides_nothing_where_it_is_persistence(experiment: Experiment):
    twin = next(r for r in experiment.multi_step if r["model"] == "persistence")
    records = [
        {**twin, "model": r["model"]} if r["model"] == "seasonal_naive" else r
        for r in experiment.multi_step
        if r["model"] in {"persistence", "seasonal_naive", "LSTM"}
    ]
    figure = charts.multi_step(replace(experiment, multi_step=records), "y")
    assert figure
    svg = figure.svg()
    assert "seasonal naive" not in svg
    assert "persistence (" in svg


def test_negative_losses_get_a_linear_axis(experiment: Experiment):
    curves = experiment.curves.assign(loss=experiment.curves["loss"] - 0.05)
    positive, negative = (
        charts.curves(replace(experiment, curves=c)) for c in (experiment.curves, curves)
    )
    assert positive
    assert negative
    assert '"type": "log"' in json.dumps(positive.chart.to_dict())
    assert '"type": "log"' not in json.dumps(negative.chart.to_dict())


def test_settled_and_unsettled_training_are_told_apart(experiment: Experiment):
    epochs = np.arange(1, 101)
    flat = pd.DataFrame({"model": "a", "seed": 0, "epoch": epochs, "loss": 1.0})
    falling = pd.DataFrame({"model": "b", "seed": 0, "epoch": epochs, "loss": 0.9**epochs})
    titles = []
    for curves in (flat, pd.concat([flat, falling])):
        figure = charts.curves(replace(experiment, curves=curves))
        assert figure
        titles.append(figure.chart.to_dict()["title"]["text"])
    assert titles == [
        "Training has settled for every model",
        "1 of 2 models were still learning when training stopped",
    ]


def test_what_has_no_data_is_not_drawn(experiment: Experiment):
    bare = replace(
        experiment,
        one_step=[r for r in experiment.one_step if r["kind"] == "baseline"],
        multi_step=[],
        curves=experiment.curves.head(0),
        forecast=experiment.forecast.head(0),
    )
    assert [figure.name for figure in charts.figures(bare)] == ["scores"]


def test_gaps_in_the_data_stay_gaps(experiment: Experiment):
    frame = experiment.one_step_forecasts
    gap = frame.assign(y=frame["y"].where(frame["ds"] != "1955-06-01"))
    figure = charts.one_step(replace(experiment, one_step_forecasts=gap), "y")
    assert figure
    at = milliseconds("1955-06-01")
    assert [
        r["value"] for r in drawn(figure) if r.get("model") == "observed" and r["ds"] == at
    ] == [None]


def test_integer_steps_are_not_shown_as_dates(integer_experiment: Experiment):
    figure = charts.future(integer_experiment, "y")
    assert figure
    assert told(figure)[-1].startswith("156 | forecast ")
    assert not re.search(r">19\d\d<", figure.svg())


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=300), st.integers(2, 40))
def test_thinning_keeps_the_extremes_and_the_order(values: list[float], points: int):
    rows = pd.DataFrame({"ds": range(len(values)), "y": values})
    kept = thinned(rows, points)
    assert len(kept) <= max(points, 2)
    assert kept["y"].min() == min(values)
    assert kept["y"].max() == max(values)
    assert kept["ds"].is_monotonic_increasing
    assert kept["ds"].is_unique
