"""What a test means, in everyday words: hand-made results of each kind."""

import math

import pandas as pd
import pytest

from gatecast.evaluation import Backtest
from gatecast.studio.work._words import verdict_of


def backtest_of(ours: float, simple: float, p: float = 0.01, windows: int = 4) -> Backtest:
    """A backtest with a model and one simple forecast of some errors."""
    rows = [("LSTM", "model", ours), ("auto_theta", "baseline", simple)]
    scores = pd.DataFrame(rows, columns=["model", "kind", "mae"]).assign(
        rows=48,
        smape=7.0,
        coverage_80=0.75,
        skill_vs_persistence=math.nan,
        skill_vs_seasonal_naive=math.nan,
    )
    scores = scores.sort_values("mae", ignore_index=True)
    best, other = scores["model"]
    gap = 1 - scores["mae"][1] / scores["mae"][0]
    tests = pd.DataFrame(
        [{"model": other, "against": best, "skill": gap, "statistic": 2.0, "p_holm": p}]
    )
    forecasts = pd.DataFrame({"unique_id": ["a"]})
    nothing = pd.DataFrame()
    return Backtest(
        forecasts, scores, nothing, nothing, tests, "mae", "", nothing, 12, windows, (80,)
    )


@pytest.mark.parametrize(
    ("found", "tone", "headline"),
    [
        (backtest_of(10, 20), "good", "You can use this forecast."),
        (backtest_of(10, 20, p=0.5), "careful", "came closest, but its lead over the Theta method"),
        (
            backtest_of(20, 19.9, p=0.5),
            "careful",
            "the Theta method (AutoTheta) is as good and simpler",
        ),
        (
            backtest_of(20, 10),
            "bad",
            "Do not use this forecast: the Theta method",
        ),
        (backtest_of(10, 20, windows=1), "unknown", "too few to say how good"),
    ],
)
def test_the_headline_says_what_to_do(found: Backtest, tone: str, headline: str):
    verdict = verdict_of(found, "sales", "MS")
    assert verdict.tone == tone
    assert headline in verdict.headline


def test_the_reasons_have_numbers_and_units():
    verdict = verdict_of(backtest_of(10, 20), "sales", "MS")
    how_far, beside, held = verdict.reasons
    assert how_far == (
        "It was tested on 4 past stretches of 12 months that it had not seen, and was off by 10.00 "
        "on average (in the units of sales)."
    )
    assert beside.startswith("Its errors were 50 % less than those of the Theta method (AutoTheta)")
    assert held == "The 80 % band held 75 % of the months."
    beside = verdict_of(backtest_of(10, 20, p=0.5), "sales", "MS").reasons[1]
    assert beside.startswith("With the Theta method (AutoTheta), errors were 100 % larger")
    assert "100 % more" in verdict_of(backtest_of(20, 10), "sales", "MS").reasons[1]
