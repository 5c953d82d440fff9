"""Properties over drawn panels, with drawn weights: nothing is trained.

Values and gaps are drawn; what decides the shape of an array is one of a few, as each shape is
compiled.
"""

import warnings
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_forecasters import NAN, DrawnForecaster, frame_of, panel_of, wandering

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
# Of each series the four steps after the fit: "x" observed, "n" blank, "." left out.
ARRIVALS = [("xxxx", "xxxx"), ("x.nx", "n.x."), ("..xx", "...."), ("nxnx", ".x.x")]
SMALL: dict[str, Any] = {"h": 2, "look_back": 3, "cell": "rnn", "units": 2, "intervals": False}
SEEN = 10
FIRST = frame_of(panel_of(wandering(SEEN), wandering(SEEN, 1)))

unhurried = {"deadline": None, "suppress_health_check": list(HealthCheck)}


def cases_of(kinds: list[tuple[dict[str, Any], list[Any]]]) -> list[Any]:
    return [
        pytest.param(kind | {"scaler": scaler}, id=f"{'-'.join(map(str, kind.values()))}-{scaler}")
        for kind, scalers in kinds
        for scaler in scalers
    ]


def later_rows(arrivals: list[tuple[str, str]]) -> st.SearchStrategy[pd.DataFrame]:
    """The rows of one of several arrivals, with values of any size."""

    def rows(steps: tuple[str, str], values: list[float]) -> pd.DataFrame:
        found = [
            {"unique_id": name, "ds": SEEN + step, "y": value if each == "x" else NAN}
            for name, own, drawn in zip("ab", steps, (values[:4], values[4:]), strict=True)
            for step, (each, value) in enumerate(zip(own, drawn, strict=True))
            if each != "."
        ]
        return pd.DataFrame(found)

    values = st.lists(st.floats(1, 500), min_size=8, max_size=8)
    return st.builds(rows, st.sampled_from(arrivals), values)


def quietly(action: Any, *given: Any, **how: Any) -> Any:
    """Gaps are told; here they are meant."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", InputWarning)
        return action(*given, **how)


@cache
def fitted(**case: Any) -> LSTMForecaster:
    return DrawnForecaster(**SMALL | case).fit(FIRST)


def assert_updates_agree(case: dict[str, Any], rows: pd.DataFrame):
    model = fitted(**case).model_
    replayed, at_once, one_by_one = (DrawnForecaster(**SMALL | case) for _ in range(3))
    for each in (replayed, at_once, one_by_one):
        each.standing_at(model)
    expected = quietly(replayed.predict, 5, df=pd.concat([FIRST, rows]))
    found = quietly(at_once.update, rows).predict(5)
    for _, row in rows.dropna().groupby("ds"):
        quietly(one_by_one.update, row)
    pd.testing.assert_frame_equal(found, expected, rtol=1e-4, atol=1e-4)
    pd.testing.assert_frame_equal(one_by_one.predict(5), expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("case", cases_of(KINDS))
@settings(max_examples=8, **unhurried)
@given(rows=later_rows(ARRIVALS))
def test_row_by_row_equals_all_at_once_equals_replaying(case: dict[str, Any], rows: pd.DataFrame):
    assert_updates_agree(case, rows)


@pytest.mark.parametrize("case", cases_of(CARRIED))
@settings(max_examples=4, **unhurried)
@given(rows=later_rows(ARRIVALS[1:3]))
def test_memory_moves_on_alike(case: dict[str, Any], rows: pd.DataFrame):
    """Each panel has a shape of its own, and each shape a program."""
    assert_updates_agree(case, rows)


VALUES = (
    st.floats(-100, 100)
    | st.just(NAN)
    | st.sampled_from([0.0, 1e12, -1e12, 1e-12, float("inf"), 7.0])
)
LENGTHS = [(14, 14), (14, 2), (1, 1), (5, 1)]


@st.composite
def panels(draw: st.DrawFn) -> pd.DataFrame:
    """Two series from one row on, with steps left out or blank."""
    constant = draw(st.booleans())
    series = []
    for rows in draw(st.sampled_from(LENGTHS)):
        values = st.just(draw(VALUES)) if constant else VALUES
        series.append(draw(st.lists(values, min_size=rows, max_size=rows)))
    data = frame_of(panel_of(*series))
    kept = draw(st.lists(st.integers(0, 5), min_size=len(data), max_size=len(data)))
    return data[np.array(kept) > 0]


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
    forecaster = DrawnForecaster(**SMALL | changes)
    try:
        forecast = quietly(forecaster.fit, data, freq=1).predict(5)
    except InputError as error:
        assert "\n" not in str(error)  # noqa: PT017 (either is right)
        return
    assert np.isfinite(forecast["RNN"]).all()
