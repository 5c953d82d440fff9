"""The verdict on contests written by hand: both sides of every branch."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import pytest

from gatecast.evaluation import Contest, verdict

KINDS = {"LSTM": "lstm", "regression": "framing", "Theta": "model"}


def contest(
    errors: dict[str, float],
    p: float | dict[str, float] = 0.001,
    *,
    metric: str = "mae",
    cutoffs: int = 48,
    sign: float = 1.0,
) -> Contest:
    """Models with these errors, each other one worse than the best with this paid p-value."""
    known = {name: error for name, error in errors.items() if math.isfinite(error)}
    best = min(known, key=lambda name: known[name], default="")

    def skills(reference: str) -> list[float]:
        base = errors.get(reference, math.nan)
        return [1 - error / base if base else math.nan for error in errors.values()]

    scores = pd.DataFrame(
        {
            "model": list(errors),
            "kind": [KINDS.get(name, "baseline") for name in errors],
            metric: list(errors.values()),
            "skill_vs_persistence": skills("persistence"),
            "skill_vs_seasonal_naive": skills("seasonal_naive"),
        }
    )
    others = [name for name in known if name != best]
    tests = pd.DataFrame(
        {
            "model": others,
            "skill": [1 - known[n] / known[best] if known[best] else -math.inf for n in others],
            "statistic": sign,
            "p_holm": [p[n] if isinstance(p, dict) else p for n in others],
        }
    )
    return Contest("One step ahead", metric, scores, tests, cutoffs)


def test_the_whole_sentence():
    text = verdict(
        contest({"LSTM": 15.9, "persistence": 48, "seasonal_naive": 41.8, "auto_arima": 14.6})
    )
    assert text == (
        "One step ahead, AutoARIMA is best with an MAE of 14.60, 70 % below repeating the last"
        " value and 65 % below repeating the last season. The LSTM (15.90) does worse than the best"
        " baseline, AutoARIMA (14.60), by 9 %, not by chance (Diebold-Mariano test, p = 0.001,"
        " corrected for 3 comparisons): use AutoARIMA."
    )


@pytest.mark.parametrize(
    ("lstm", "p", "ending"),
    [
        (14.47, 0.001, "is level with the best baseline, AutoARIMA (14.60): use AutoARIMA, the"),
        (14.44, 0.001, "beats the best baseline, AutoARIMA (14.60), by 1 %, not by chance"),
        (14.73, 0.001, "is level with the best baseline, AutoARIMA (14.60): use AutoARIMA, the"),
        (14.77, 0.001, "does worse than the best baseline, AutoARIMA (14.60), by 1 %, not by"),
        (13.00, 0.049, "p = 0.049): use the LSTM."),
        (13.00, 0.051, "p = 0.051): until more data tell them apart, use AutoARIMA, the simpler"),
        (16.00, 0.049, "not by chance (Diebold-Mariano test, p = 0.049): use AutoARIMA."),
        (16.00, 0.051, "which may be chance (Diebold-Mariano test, p = 0.051): use AutoARIMA."),
    ],
)
def test_level_better_or_worse_by_chance_or_not(lstm: float, p: float, ending: str):
    text = verdict(contest({"LSTM": lstm, "auto_arima": 14.6}, p))
    assert f"The LSTM ({lstm:.2f}) " in text
    assert ending in text


def test_the_rule_holds_among_baselines_too():
    """A statistical model that is level with repeating the last value is not recommended."""
    errors = {"LSTM": 3.0, "persistence": 2.36, "auto_theta": 2.34}
    assert verdict(contest(errors)).endswith(
        " Repeating the last value (2.36) is level with AutoTheta (2.34): repeat the last value"
        " (persistence), the simpler of the two."
    )


@pytest.mark.parametrize(
    ("p", "ending"),
    [
        (
            0.06,
            (
                "Repeating the last value (2.37) does worse than AutoTheta (2.34), by 1 %, which"
                " may be chance (Diebold-Mariano test, p = 0.06): until more data tell them apart,"
                " repeat the last value (persistence), the simpler of the two."
            ),
        ),
        (0.04, "Use AutoTheta."),
    ],
)
def test_a_small_gain_has_to_be_significant(p: float, ending: str):
    assert verdict(contest({"persistence": 2.37, "auto_theta": 2.34}, p)).endswith(ending)


def test_the_simplest_of_all_that_may_be_best_is_chosen():
    errors = {"LSTM": 9.0, "auto_ets": 9.5, "persistence": 10.0, "seasonal_naive": 9.8}
    unproven = verdict(contest(errors, 0.3))
    assert (
        "The LSTM (9.00) beats the best baseline, AutoETS (9.50), by 5 %, which may be" in unproven
    )
    assert "Repeating the last season (9.80) does worse than the LSTM (9.00)" in unproven
    assert unproven.endswith("repeat the last season (seasonal naive), the simpler of the two.")
    proven = {"auto_ets": 0.3, "persistence": 0.01, "seasonal_naive": 0.01}
    assert "use AutoETS, the simpler of the two" in verdict(contest(errors, proven))


def test_a_test_that_sees_it_the_other_way_proves_nothing():
    text = verdict(contest({"LSTM": 9.0, "auto_ets": 10.0}, 0.001, sign=-1.0))
    assert "which may be chance (Diebold-Mariano test, p = 1" in text
    assert "use AutoETS" in text


def test_one_cutoff_is_called_one_cutoff():
    text = verdict(contest({"LSTM": 39.2, "auto_arima": 26.4, "persistence": 100}, cutoffs=1))
    assert text.endswith(
        " The LSTM (39.20) does worse than the best baseline, AutoARIMA (26.40), by 48 %. This is a"
        " single cutoff, which cannot tell skill from luck; a backtest over several can."
    )
    assert "use" not in text
    assert "Diebold" not in text


def test_only_baselines_and_one_cutoff():
    text = verdict(contest({"auto_arima": 26.4, "persistence": 100}, cutoffs=1))
    assert "best baseline" not in text
    assert "single cutoff" in text


def test_without_a_baseline_the_best_is_used():
    assert verdict(contest({"LSTM": 1.0, "Theta": 2.0})).endswith("1.00. Use the LSTM.")


def test_the_name_of_a_model_of_the_user_stays_as_it_is():
    text = verdict(contest({"Theta": 3.0, "auto_ets": 2.0}))
    assert " Theta (3.00) does worse" in text


def test_a_framing_is_called_a_network_of_the_tutorial():
    text = verdict(contest({"LSTM": 9.0, "regression": 8.0, "auto_arima": 10.0}))
    assert "the tutorial's regression network is best" in text
    assert "The tutorial's regression network (8.00) beats the best baseline, AutoARIMA" in text
    assert text.endswith("use the tutorial's regression network.")


@pytest.mark.parametrize("missing", [{}, {"seasonal_naive": 20.0}])
def test_a_reference_that_was_not_run_is_not_spoken_of(missing: dict[str, float]):
    text = verdict(contest({"LSTM": 9.0, "persistence": 10.0, **missing}))
    assert ("last season" in text) == bool(missing)
    assert "10 % below repeating the last value" in text


def test_seasonal_naive_that_is_persistence_is_not_spoken_of():
    text = verdict(contest({"persistence": 61.4, "seasonal_naive": 61.4, "LSTM": 67.2}))
    assert "season" not in text
    assert "repeating the last value is best with an MAE of 61.40." in text


def test_ties_are_told():
    text = verdict(contest({"auto_arima": 14.6, "auto_ces": 14.6, "persistence": 20.0}))
    assert text.startswith("One step ahead, AutoARIMA and AutoCES tie for best with an MAE of")


@pytest.mark.parametrize(
    ("metric", "words"),
    [
        ("mae", "an MAE of 1,811"),
        ("rmse", "an RMSE of 1,811"),
        ("mase", "a MASE of 1,811 (the MAE of each series over its usual change, averaged)"),
        ("rmsse", "an RMSSE of 1,811 (the RMSE of each series over its usual change, averaged)"),
    ],
)
def test_the_error_is_named_and_written_like_all_numbers(metric: str, words: str):
    assert words in verdict(contest({"LSTM": 1811.2, "auto_ets": 2000.0}, metric=metric))


def test_worse_and_level_references():
    text = verdict(contest({"Theta": 1.04, "persistence": 1.0, "seasonal_naive": 1.0399}))
    assert "level with" not in text.split(".")[0]
    level = verdict(contest({"Theta": 1.0, "persistence": 1.009, "seasonal_naive": 1.02}))
    assert "level with repeating the last value and 2 % below repeating the last season" in level


def test_failed_models_are_passed_over():
    errors = {"auto_ets": math.nan, "auto_arima": 2.0}
    assert verdict(contest(errors)) == (
        "One step ahead, only AutoARIMA was scored, with an MAE of 2.00."
    )
    assert verdict(contest({"auto_ets": math.nan})) == "No model could be scored."


def test_no_errors_at_all_take_one_sentence():
    perfect: dict[str, Any] = {"LSTM": 0.0, "auto_ets": 0.0}
    expected = "No model makes an error on the test rows, so the simplest will do."
    assert verdict(contest(perfect)) == expected
    assert "by 100 %" in verdict(contest({"LSTM": 0.0, "auto_ets": 1.0}))
    worse = verdict(contest({"LSTM": 1.0, "auto_ets": 0.0}))
    assert "does worse than the best baseline, AutoETS (0), not by chance" in worse
