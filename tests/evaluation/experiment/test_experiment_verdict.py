"""What the experiment says beside the verdict of its two comparisons."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from gatecast.evaluation import Contest
from gatecast.evaluation.experiment import experiment_verdict


def framing(name: str, *, mimics: bool = False, seeds: int = 10, width: float = 5.0):
    error = {"median": 50.0, "min": 50 - width, "max": 50 + width}
    return {
        "model": name,
        "kind": "framing",
        "seeds": seeds,
        "test_rmse": error,
        "test_mae": error,
        "mimics_persistence": mimics,
    }


def told(*framings: dict[str, Any]) -> str:
    scores = pd.DataFrame({"model": ["a"], "kind": ["model"], "mae": [1.0]})
    scores = scores.assign(skill_vs_persistence=0.0, skill_vs_seasonal_naive=0.0)
    near, far = (
        Contest(where, "mae", scores, pd.DataFrame(), cutoffs)
        for where, cutoffs in (("One step ahead", 9), ("Over 9 steps", 1))
    )
    return experiment_verdict(near, far, framings)


def test_both_comparisons_are_told_in_order():
    assert told() == (
        "One step ahead, only a was scored, with an MAE of 1.00."
        " Over 9 steps, only a was scored, with an MAE of 1.00."
    )


@pytest.mark.parametrize(
    ("mimics", "sentence"),
    [
        ([True], "The tutorial's 0 network is no better than repeating the last value."),
        ([False], "The tutorial's 0 network is better than repeating the last value."),
        ([False] * 3, "Each of the tutorial's 3 networks is better than repeating the last value."),
        ([True] * 3, "None of the tutorial's 3 networks is better than repeating the last value."),
        ([True, False], "Of the tutorial's 2 networks, 0 is no better than repeating"),
        ([True, False, True], "Of the tutorial's 3 networks, 0 and 2 are no better than repeating"),
    ],
)
def test_networks_that_repeat_the_last_value(mimics: list[bool], sentence: str):
    assert sentence in told(*(framing(str(i), mimics=m) for i, m in enumerate(mimics)))


def test_the_width_over_seeds_is_told_where_there_is_one():
    wide = told(framing("window"), framing("stateful", width=1405.5))
    assert "over 10 seeds, the MAE of the stateful network runs from −1,356 to 1,456." in wide  # noqa: RUF001
    assert "runs from" not in told(framing("window", width=0.0))


@pytest.mark.parametrize(("number", "subject"), [(1, "It"), (2, "Each of them")])
def test_a_single_seed_means_little(number: int, subject: str):
    text = told(*(framing(str(place), seeds=1) for place in range(number)))
    assert f"{subject} was trained with a single seed, which means little." in text
