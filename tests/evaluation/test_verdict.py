import math
from typing import Any, TypeAlias

import pytest

from gatecast.evaluation import verdict

Record: TypeAlias = dict[str, Any]


def record(
    model: str,
    kind: str,
    rmse: float,
    *,
    mimics: bool = False,
    seeds: int = 1,
    spread: float = 0.0,
    skills: tuple[float | None, float | None] = (None, None),
):
    return {
        "model": model,
        "kind": kind,
        "seeds": seeds,
        "test_rmse": {"median": rmse, "min": rmse - spread, "max": rmse + spread},
        "skill_vs_persistence": skills[0],
        "skill_vs_seasonal_naive": skills[1],
        "mimics_persistence": mimics,
    }


def far(model: str, kind: str, rmse: float | None, h: int = 48):
    return {"model": model, "kind": kind, "h": h, "test_rmse": rmse}


SPREAD = ("median", "min", "max")
PERSISTENCE = record("persistence", "baseline", 48.04, mimics=True)
SEASONAL = record("seasonal_naive", "baseline", 41.85)
ARIMA = record("auto_arima", "baseline", 14.62, skills=(0.696, 0.651))
REGRESSION = record("regression", "framing", 51.2, mimics=True, seeds=10, spread=4.5)
TIME_STEPS = record("time_steps", "framing", 54.0, mimics=True, seeds=10, spread=6.3)
WINDOW = record("window", "framing", 30.0, seeds=10, spread=1)


def test_the_whole_experiment():
    text = verdict(
        [REGRESSION, TIME_STEPS, record("lstm", "lstm", 15.9), PERSISTENCE, SEASONAL, ARIMA],
        [far("auto_arima", "baseline", 26.4), far("lstm", "lstm", 20.1)],
    )
    assert text == (
        "One step ahead, AutoARIMA is best with a test RMSE of 14.6, 70% below repeating the last"
        " value and 65% below repeating the last season."
        " None of the 2 framings is better than repeating the last value."
        " A single seed means little: over 10 seeds, the test RMSE of time steps runs from 47.7 to"
        " 60.3."
        " The tuned LSTM (15.9) does not beat the best baseline, AutoARIMA (14.6): use AutoARIMA."
        " Over 48 steps from the end of training, the tuned LSTM is best with a test RMSE of 20.1."
        " The tuned LSTM (20.1) beats the best baseline, AutoARIMA (26.4), by 24%: use the LSTM."
    )


def test_skill_not_recorded_is_worked_out_from_the_references():
    text = verdict([SEASONAL, PERSISTENCE], [far("persistence", "baseline", 3.0, h=1)])
    assert text == (
        "One step ahead, seasonal naive is best with a test RMSE of 41.9, 13% below repeating the"
        " last value."
        " Over 1 step from the end of training, only persistence was scored, with a test RMSE of 3."
    )


def test_one_baseline_only():
    assert verdict([ARIMA], []) == (
        "One step ahead, only AutoARIMA was scored, with a test RMSE of 14.6, 70% below repeating"
        " the last value and 65% below repeating the last season."
    )


@pytest.mark.parametrize(
    ("lstm", "sentence"),
    [
        (
            record("lstm", "lstm", 13.2),
            (
                "The tuned LSTM (13.2) beats the best baseline, AutoARIMA (14.6), by 10%: use the"
                " LSTM."
            ),
        ),
        (
            record("lstm", "lstm", 14.6),
            (
                "The tuned LSTM (14.6) is level with the best baseline, AutoARIMA (14.6): use"
                " AutoARIMA, the simpler of the two."
            ),
        ),
        (
            record("lstm", "lstm", 13.2, mimics=True),
            (
                "The tuned LSTM (13.2) beats the best baseline, AutoARIMA (14.6), but so slightly"
                " that it may be chance: use AutoARIMA."
            ),
        ),
    ],
)
def test_lstm_against_the_best_baseline(lstm: Record, sentence: str):
    assert verdict([lstm, ARIMA, PERSISTENCE], []).endswith(" " + sentence)


LEADER = record("regression", "framing", 8.24, seeds=10, spread=0.5)


@pytest.mark.parametrize(
    ("framing", "arima", "sentences"),
    [
        (
            LEADER,
            8.30,
            (
                "The tuned LSTM (9) does not beat the best baseline, AutoARIMA (8.3)."
                " The regression framing (8.24) is level with the best baseline, AutoARIMA (8.3):"
                " use AutoARIMA, the simpler of the two."
            ),
        ),
        (
            LEADER,
            10.30,
            (
                "The tuned LSTM (9) beats the best baseline, AutoARIMA (10.3), by 13%."
                " The regression framing (8.24) beats the best baseline, AutoARIMA (10.3), by 20%:"
                " use the regression framing."
            ),
        ),
        (
            LEADER | {"mimics_persistence": True},
            8.50,
            (
                "The tuned LSTM (9) does not beat the best baseline, AutoARIMA (8.5)."
                " The regression framing (8.24) beats the best baseline, AutoARIMA (8.5), but so"
                " slightly that it may be chance: use AutoARIMA."
            ),
        ),
    ],
)
def test_the_advice_says_what_becomes_of_a_framing_that_is_best(
    framing: Record, arima: float, sentences: str
):
    text = verdict(
        [framing, record("lstm", "lstm", 9), record("auto_arima", "baseline", arima)], []
    )
    assert text.startswith("One step ahead, regression is best with a test RMSE of 8.24")
    assert text.endswith(" " + sentences)
    assert text.count(": use ") == 1


def test_a_best_framing_is_judged_without_an_lstm():
    text = verdict([LEADER, record("auto_arima", "baseline", 8.30)], [])
    assert text.endswith(
        "is level with the best baseline, AutoARIMA (8.3): use AutoARIMA, the simpler of the two."
    )


def test_no_errors_at_all_take_one_sentence():
    names = {"regression": "framing", "lstm": "lstm", "persistence": "baseline"}
    near = [record(name, kind, 0.0, seeds=10, mimics=True) for name, kind in names.items()]
    multi = [far(name, kind, 0.0) for name, kind in names.items()]
    expected = "No model makes an error on the test rows, so the simplest will do."
    assert verdict(near, multi) == verdict(near, []) == expected
    assert (
        verdict(near, [far("lstm", "lstm", 1.0), far("persistence", "baseline", 0.0)]) != expected
    )


def test_seeds_that_agree_are_not_said_to_differ():
    assert "runs from" not in verdict([LEADER | {"test_rmse": dict.fromkeys(SPREAD, 8.24)}], [])


def test_ties_are_told():
    twin = ARIMA | {"model": "auto_ces"}
    assert verdict([ARIMA, twin, PERSISTENCE], []).startswith(
        "One step ahead, AutoARIMA and AutoCES tie for best with a test RMSE of 14.6, 70% below"
    )


@pytest.mark.parametrize(
    ("framings", "sentence"),
    [
        (
            [REGRESSION, WINDOW, TIME_STEPS],
            (
                "Of the 3 framings, regression and time steps are no better than repeating the last"
                " value."
            ),
        ),
        (
            [REGRESSION, WINDOW],
            "Of the 2 framings, regression is no better than repeating the last value.",
        ),
        ([REGRESSION], "The regression framing is no better than repeating the last value."),
        ([WINDOW], "The window framing is better than repeating the last value."),
        ([WINDOW, WINDOW | {"model": "stateful"}, WINDOW], "Each of the 3 framings is better than"),
        (
            [WINDOW, WINDOW | {"model": "stateful"}],
            "Each of the 2 framings is better than repeating the last value.",
        ),
    ],
)
def test_framings_that_repeat_the_last_value(framings: list[Record], sentence: str):
    assert sentence in verdict([*framings, PERSISTENCE], [])


@pytest.mark.parametrize(
    ("framings", "subject"),
    [([REGRESSION], "The framing"), ([REGRESSION, WINDOW], "Each framing")],
)
def test_a_single_seed_means_little(framings: list[Record], subject: str):
    text = verdict([framing | {"seeds": 1} for framing in framings], [])
    assert text.endswith(f"{subject} was trained with a single seed, which means little.")


def test_worse_and_level_references():
    text = verdict([record("window", "framing", 50.0, skills=(-0.04, 0.004))], [])
    assert "4% above repeating the last value and level with repeating the last season." in text


def test_failed_models_are_passed_over():
    failed = record("auto_ets", "baseline", math.nan)
    missing = far("auto_ets", "baseline", None)
    assert verdict([failed, ARIMA], [missing]) == verdict([ARIMA], [])
    assert verdict([failed], [missing]) == "No model could be scored."
    assert verdict([], []) == "No model could be scored."


def test_multi_step_errors_may_come_with_a_range():
    ranged = record("auto_arima", "baseline", 26.4) | {"h": 6}
    assert verdict([], [ranged]).startswith("Over 6 steps from the end of training, only AutoARIMA")
