"""The summary on a terminal."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from gatecast._wording import skill
from gatecast.reporting import number, print_summary, short

if TYPE_CHECKING:
    from gatecast.evaluation import Experiment


def printed(experiment: Experiment) -> str:
    console = Console(file=io.StringIO(), width=80)
    print_summary(experiment, console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_it_says_everything_in_order(experiment: Experiment):
    text = printed(experiment)
    parts = ["regression *", "stacked stateful", "LSTM", "persistence", "AutoTheta"]
    parts += [
        "persistence: repeats the last value",
        "skill: the share",
        "Many steps ahead",
        "The future",
        "1961-12-01",
        "Four of the five framings",
    ]
    places = [text.index(part, text.index("regression")) for part in parts]
    assert places == sorted(places)
    assert text.count(" *  ") == 4
    assert "* not shown to be better than repeating the last value" in text


def test_it_fits_eighty_columns_even_with_long_names_and_large_values(experiment: Experiment):
    def large(record: dict[str, object]) -> dict[str, object]:
        rmse = {"median": 1_234_567_890.1, "min": 1_034_567_890.1, "max": 9_234_567_890.1}
        name = f"a very long name of {record['model']}"
        return {**record, "model": name, "test_mae": rmse, "test_rmse": rmse}

    wide = replace(
        experiment,
        one_step=[large(record) for record in experiment.one_step],
        forecast=experiment.forecast.assign(unique_id="store 17, the one at the river"),
    )
    text = printed(wide)
    assert max(map(len, text.splitlines())) <= 80
    assert text.count("1,234,567,890 ") >= len(experiment.one_step)
    assert text.count("1,034,567,890 to ") == text.count("9,234,567,890 ") >= 6


def test_the_series_of_a_panel_have_figures_of_their_own(hourly_experiment: Experiment):
    text = printed(hourly_experiment)
    own = hourly_experiment.by_series.set_index(["model", "unique_id"])["mae"]
    assert "MASE, RMSSE: MAE, RMSE over each series' usual change" in text
    for name in ("a", "bb", "ccc"):
        (line,) = [each for each in text.splitlines() if each.startswith(f" {name} ")][:1]
        for model in ("LSTM", "persistence"):
            assert number(own[model, name]) in line


def test_without_a_season_only_persistence_is_shown(experiment: Experiment):
    twin = next(r for r in experiment.one_step if r["model"] == "persistence")
    records = [
        {**twin, "model": r["model"]} if r["model"] == "seasonal_naive" else r
        for r in experiment.one_step
    ]
    text = printed(replace(experiment, one_step=records, multi_step=[]))
    assert "seasonal naive" not in text.replace("seasonal \n", "")
    assert "last season" not in text


def test_markup_in_names_is_shown_as_it_is(experiment: Experiment):
    text = printed(replace(experiment, forecast=experiment.forecast.assign(unique_id="[red]a[/]")))
    assert "[red]a[/]" in text


def test_a_long_future_is_cut_and_this_is_said(hourly_experiment: Experiment):
    assert "and 132 more rows" in printed(hourly_experiment)


def test_it_needs_neither_multi_step_nor_forecast(experiment: Experiment):
    text = printed(replace(experiment, multi_step=[], forecast=experiment.forecast.head(0)))
    assert "Many steps" not in text
    assert "The future" not in text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),  # noqa: RUF001
        (float("nan"), "–"),  # noqa: RUF001
        (0.0, "0"),
        (0.012345, "0.0123"),
        (-48.041, "−48.04"),  # noqa: RUF001
        (999.96, "1,000"),
        (132.62, "132.6"),
        (1284.4, "1,284"),
        (12_345_678.9, "12,345,679"),
        (-1.5e9, "−1,500,000,000"),  # noqa: RUF001
        (9.9e14, "990,000,000,000,000"),
        (1.5e15, "1.50e+15"),
        (2.5e-6, "2.50e−06"),  # noqa: RUF001
    ],
)
def test_numbers_are_short(value: float | None, text: str):
    assert number(value) == text


def test_skill_is_a_signed_percentage():
    assert [skill(v) for v in (0.684, -0.02, 0.0, -0.001, None)] == [
        "+68 %",
        "−2 %",  # noqa: RUF001
        "0 %",
        "0 %",
        "–",  # noqa: RUF001
    ]


def test_long_names_end_in_an_ellipsis():
    assert short("abcdef", 4) == "abc…"
    assert short("abcd", 4) == "abcd"
