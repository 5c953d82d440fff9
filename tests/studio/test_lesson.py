"""What is shown of a network's input is what the network is trained on."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from small_forecasters import NAN, panel_of

from gatecast import InputError
from gatecast._types import Panel
from gatecast.evaluation import framings
from gatecast.forecasting import FitOptions, LSTMForecaster, fit_model
from gatecast.studio.views import WAYS, Lesson, lesson, single, stage
from gatecast.training import Trained

SERIES = [112.0, 118.0, 132.0, 129.0, 121.0, 135.0, 148.0, 148.0, 136.0, 119.0]
GAPPY = [112.0, 118.0, NAN, 129.0, 121.0, 135.0, 148.0, 148.0, NAN, 119.0]


class SeenError(Exception):
    """Carries what a trainer was given."""


def trained_on(keywords: Any, panel: Panel) -> Any:
    """The samples of a fit, as its trainer gets them."""

    def trainer(_network: Any, framing: Any, data: Any, *_: Any, **__: Any) -> Trained:
        raise SeenError(framing(data.data.source, data.data.train))

    options = FitOptions(intervals=False, trainer=trainer)
    with pytest.raises(SeenError) as seen:
        fit_model(LSTMForecaster(**keywords).parts_for, panel, 1, options)
    return seen.value.args[0]


def numbers(found: Lesson) -> np.ndarray:
    """[samples, time steps, features] of what is shown; NaN where a step is skipped."""
    return np.array(
        [
            [
                [NAN if cell.scaled == "skipped" else float(cell.scaled) for cell in step]
                for step in seen.steps
            ]
            for seen in found.samples
        ]
    )


def test_the_ways_are_those_of_the_tutorial():
    assert [way.keywords for way in WAYS.values()] == [*framings.ALL.values()]
    assert list(WAYS) == ["regression", "window", "time steps", "stateful", "stacked"]


@pytest.mark.parametrize("values", [SERIES, GAPPY], ids=["whole", "gaps"])
@pytest.mark.parametrize("look_back", [1, 3])
@pytest.mark.parametrize("kind", WAYS)
def test_what_is_shown_is_what_the_network_gets(kind: str, look_back: int, values: list[float]):
    panel, way = panel_of(values, freq="MS"), WAYS[kind]
    found = lesson(panel, way, look_back)
    sample = trained_on({**way.keywords, "look_back": look_back}, panel)
    x = np.asarray(sample.inputs.x)
    assert found.shape == x.shape
    shown = numbers(found)
    if sample.inputs.mask is not None:
        x = np.where(np.asarray(sample.inputs.mask)[..., None], x, NAN)
    # Three digits are shown.
    np.testing.assert_allclose(shown, x, atol=5e-4)
    answers = [[cell.scaled for cell in seen.answers] for seen in found.samples]
    targets = np.asarray(sample.targets)[..., 0]
    known = ~np.isnan(targets)
    np.testing.assert_allclose(
        [float(text) for text in np.array(answers)[known]], targets[known], atol=5e-4
    )


def test_the_first_window_by_hand():
    found = lesson(panel_of(SERIES, freq="MS"), WAYS["time steps"])
    assert found.shape == (7, 3, 1)
    first = found.samples[0]
    # The lowest value, 112, becomes 0 and the highest, 148, becomes 1.
    assert [step[0].scaled for step in first.steps] == ["0", "0.167", "0.556"]
    assert [step[0].told for step in first.steps] == [
        "January 2000: 112.0",
        "February 2000: 118.0",
        "March 2000: 132.0",
    ]
    assert (first.answers[0].scaled, first.answers[0].told) == ("0.472", "April 2000: 129.0")
    assert found.samples[-1].answers[0].told == "October 2000: 119.0"


def test_a_window_lays_the_same_rows_side_by_side():
    panel = panel_of(SERIES)
    window, steps = (lesson(panel, WAYS[kind]) for kind in ("window", "time steps"))
    assert window.shape == (7, 1, 3)
    np.testing.assert_array_equal(numbers(window)[:, 0], numbers(steps)[..., 0])


def test_memory_goes_on_only_where_it_is_carried():
    panel = panel_of(SERIES)
    fresh, carried = (lesson(panel, WAYS[kind]) for kind in ("time steps", "stateful"))
    assert {seen.memory for seen in fresh.samples} == {"empty at the start of each sample"}
    assert carried.samples[0].memory == "empty, as this is the first sample"
    assert carried.samples[2].memory == "goes on from sample 2, after 6 values read"


def test_a_gap_is_skipped_or_marked():
    panel = panel_of(GAPPY, freq="MS")
    steps = lesson(panel, WAYS["time steps"]).samples[0].steps
    assert (steps[2][0].scaled, steps[2][0].told) == ("skipped", "March 2000: missing")
    (window,) = lesson(panel, WAYS["window"]).samples[0].steps
    assert [cell.scaled for cell in window[3:]] == ["1.00", "1.00", "0"]
    assert window[5].told == "March 2000: 1 if known"


def test_long_series_are_shown_in_part():
    found = lesson(panel_of(np.arange(1000.0)), WAYS["regression"])
    assert found.shape == (999, 1, 1)
    assert (len(found.samples), len(found.rows)) == (200, 201)


def test_a_window_that_is_longer_than_the_series_begins_before_it():
    found = lesson(panel_of([3.0, 5.0, 4.0]), WAYS["time steps"], 5)
    assert found.shape == (2, 5, 1)
    first = [(step[0].scaled, step[0].told) for step in found.samples[0].steps]
    assert first == [("skipped", "before the first row")] * 4 + [("0", "0: 3.00")]
    assert found.samples[1].steps[4][0].scaled == "1.00"


def test_a_series_of_one_row_has_no_sample():
    with pytest.raises(InputError, match="give more rows"):
        lesson(panel_of([1.0]), WAYS["time steps"])


def test_one_series_is_scaled_as_among_others():
    both = panel_of(SERIES, [10 * value for value in SERIES])
    second = single(both, 1)
    np.testing.assert_array_equal(second.y, [10 * value for value in SERIES])
    assert (
        numbers(lesson(second, WAYS["window"])).tolist()
        == numbers(lesson(single(both, 0), WAYS["window"])).tolist()
    )


def test_the_view_moves_with_the_window_and_fits_its_rows():
    found = lesson(panel_of(np.arange(100.0)), WAYS["time steps"])
    first, later = stage(found, 0), stage(found, 60)
    assert first.shift == 0
    # The target of sample 61 is row 63: 8 rows beyond it are in view.
    assert later.shift == 63 + 1 + 8 - 26
    seen = [dot for dot in later.dots if 0 <= dot.row - later.shift < 26]
    assert all(0 <= dot.x - 20 * later.shift <= later.width for dot in seen)
    assert all(later.top <= dot.y <= later.bottom for dot in seen)
    assert stage(found, 96).shift == 100 - 26


def test_a_gap_breaks_the_line():
    found = lesson(panel_of(GAPPY), WAYS["regression"])
    assert [line.count(",") for line in stage(found, 0).lines] == [2, 5, 1]
    assert len(stage(replace(found, rows=found.rows[:2]), 0).dots) == 2
