"""Properties over drawn panels, with drawn weights: nothing is trained."""

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_forecasters import NAN, drawing_weights, frame_of, panel_of, wandering

from gatecast import InputError, InputWarning, LSTMForecaster

# Levels, gaps and memory decide the program; scalers share it.
KINDS: list[tuple[dict[str, Any], list[Any]]] = [
    ({"window_level": "none", "gaps": "mask"}, ["standard", "mean", "difference"]),
    ({"window_level": "last", "gaps": "bridge"}, ["minmax", "seasonal_difference"]),
    ({"window_level": "mean", "gaps": "mask"}, [("log", "standard"), "robust"]),
    ({"window_level": "smoothed", "gaps": "decay"}, ["standard", ("difference", "minmax")]),
    ({"window_level": "smoothed", "gaps": "mask", "framing": "window"}, ["robust", "log"]),
]
CARRIED: list[tuple[dict[str, Any], list[Any]]] = [
    ({"window_level": "smoothed", "gaps": "decay", "stateful": True}, ["standard"]),
    ({"window_level": "last", "gaps": "bridge", "stateful": True}, ["difference"]),
]
CASES = [
    pytest.param(kind | {"scaler": scaler}, id=f"{'-'.join(map(str, kind.values()))}-{scaler}")
    for kind, scalers in KINDS
    for scaler in scalers
]
CARRIED_CASES = [
    pytest.param(kind | {"scaler": scaler}, id=f"{'-'.join(map(str, kind.values()))}-{scaler}")
    for kind, scalers in CARRIED
    for scaler in scalers
]
SMALL: dict[str, Any] = {"h": 2, "look_back": 3, "cell": "rnn", "units": 2, "intervals": False}
SEEN = 10
FIRST = frame_of(panel_of(wandering(SEEN), wandering(SEEN, 1)))

unhurried = {"deadline": None, "suppress_health_check": list(HealthCheck)}


@st.composite
def later_rows(draw: st.DrawFn) -> pd.DataFrame:
    """Up to three steps of each series, some left out or blank, at least one row."""
    value = st.floats(1, 500) | st.just(NAN)
    rows = [
        {"unique_id": name, "ds": SEEN + step, "y": draw(value)}
        for name in "ab"
        for step in range(3)
        if draw(st.integers(0, 3))
    ]
    return pd.DataFrame([*rows, {"unique_id": "a", "ds": SEEN + 3, "y": draw(st.floats(1, 500))}])


def quietly(action: Any, *given: Any, **how: Any) -> Any:
    """Gaps are told; here they are meant."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", InputWarning)
        return action(*given, **how)


def assert_updates_agree(case: dict[str, Any], rows: pd.DataFrame):
    with drawing_weights():
        forecaster = LSTMForecaster(**SMALL | case).fit(FIRST)
    fitted = forecaster.model_
    replayed = quietly(forecaster.predict, 5, df=pd.concat([FIRST, rows]))
    at_once = quietly(forecaster.update, rows).predict(5)
    forecaster.model_ = fitted
    for _, row in rows.dropna().groupby("ds"):
        quietly(forecaster.update, row)
    one_by_one = forecaster.predict(5)
    pd.testing.assert_frame_equal(at_once, replayed, rtol=1e-4, atol=1e-4)
    pd.testing.assert_frame_equal(one_by_one, replayed, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("case", CASES)
@settings(max_examples=8, **unhurried)
@given(rows=later_rows())
def test_row_by_row_equals_all_at_once_equals_replaying(case: dict[str, Any], rows: pd.DataFrame):
    assert_updates_agree(case, rows)


@pytest.mark.parametrize("case", CARRIED_CASES)
@settings(max_examples=2, **unhurried)
@given(rows=later_rows())
def test_memory_moves_on_alike(case: dict[str, Any], rows: pd.DataFrame):
    """Each panel has a shape of its own, and each shape a program."""
    assert_updates_agree(case, rows)


VALUES = (
    st.floats(-100, 100)
    | st.just(NAN)
    | st.sampled_from([0.0, 1e12, -1e12, 1e-12, float("inf"), 7.0])
)


@st.composite
def panels(draw: st.DrawFn) -> pd.DataFrame:
    """Two series of any length from one row on, with steps left out or blank."""
    constant = draw(st.booleans())
    series = []
    for _ in range(2):
        values = st.just(draw(VALUES)) if constant else VALUES
        series.append(draw(st.lists(values, min_size=1, max_size=14)))
    data = frame_of(panel_of(*series))
    kept = [draw(st.integers(0, 5)) > 0 for _ in range(len(data))]
    return data[kept]


@pytest.mark.parametrize(
    "changes",
    [
        {"scaler": "standard"},
        {"scaler": "minmax", "window_level": "mean"},
        {"scaler": ("log", "difference"), "window_level": "last"},
        {"scaler": "robust", "window_level": "smoothed", "gaps": "decay"},
        {"scaler": "mean", "framing": "window", "strategy": "recursive"},
    ],
    ids=lambda changes: str(changes["scaler"]),
)
@settings(max_examples=25, **unhurried)
@given(data=panels())
def test_a_forecast_is_finite_or_refused_in_words(changes: dict[str, Any], data: pd.DataFrame):
    forecaster = LSTMForecaster(**SMALL | changes)
    with drawing_weights():
        try:
            forecast = quietly(forecaster.fit, data, freq=1).predict(5)
        except InputError as error:
            assert "\n" not in str(error)  # noqa: PT017 (either is right)
            return
    assert np.isfinite(forecast["RNN"]).all()
