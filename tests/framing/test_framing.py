from typing import Any

import jax
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatecast._types import InputError
from gatecast.framing import LEVELS, SHAPES, Framing

NAN = float("nan")
INPUTS = np.array([[1.0, 2.0, 4.0, 9.0], [3.0, 3.0, 5.0, 6.0]])


def rows(*values: float) -> dict[str, Any]:
    return {"values": np.array(values), "targets": np.array(values)}


@pytest.mark.parametrize(
    ("level", "span", "expected"),
    [
        ("none", 1, [0, 0]),
        ("last", 3, [9, 6]),
        ("mean", 1, [9, 6]),
        ("mean", 2, [6.5, 5.5]),
        ("mean", 4, [4, 4.25]),
    ],
)
def test_level_of_a_window(level: Any, span: int, expected: list[float]):
    framing = Framing(look_back=4, level=level, level_span=span)
    np.testing.assert_array_equal(framing.level_of(INPUTS), np.array(expected)[:, None])


@pytest.mark.parametrize(("shape", "steps", "features"), [("steps", 3, 1), ("window", 1, 3)])
def test_shapes(shape: Any, steps: int, features: int):
    framing = Framing(look_back=3, horizon=2, shape=shape)
    x, y = framing(rows(1, 2, 3, 4, 5, 6), np.array([3, 4]))
    assert (framing.steps, framing.features) == (steps, features)
    np.testing.assert_array_equal(x.reshape(2, 3), [[1, 2, 3], [2, 3, 4]])
    assert x.shape == (2, steps, features)
    np.testing.assert_array_equal(y, [[4, 5], [5, 6]])


def test_inputs_and_targets_are_relative_to_the_level_of_the_inputs():
    x, y = Framing(look_back=2, horizon=2, level="last")(rows(10, 11, 14, 20), np.array([2]))
    assert x[0, :, 0].tolist() == [-1, 0]
    assert y[0].tolist() == [14 - 11, 20 - 11]


def test_a_missing_target_stays_missing():
    data = {"values": np.array([1.0, 2, 2, 4]), "targets": np.array([1.0, 2, NAN, 4])}
    x, y = Framing(look_back=2, horizon=1, level="mean", level_span=2)(data, np.array([2, 3]))
    np.testing.assert_array_equal(x[:, :, 0], [[-0.5, 0.5], [0, 0]])
    np.testing.assert_array_equal(y, [[NAN], [2]])


@given(
    level=st.sampled_from(LEVELS[1:]),
    shape=st.sampled_from(SHAPES),
    height=st.integers(-1000, 1000),
    values=st.lists(st.integers(-50, 50), min_size=7, max_size=12),
)
def test_a_window_without_its_level_looks_alike_at_any_height(
    level: Any, shape: Any, height: int, values: list[int]
):
    framing = Framing(look_back=4, horizon=2, shape=shape, level=level, level_span=4)
    origins = np.arange(4, len(values) - 1)
    low = framing(rows(*map(float, values)), origins)
    high = framing(rows(*(float(value + height) for value in values)), origins)
    np.testing.assert_array_equal(low[0], high[0])
    np.testing.assert_array_equal(low[1], high[1])


@pytest.mark.parametrize("level", LEVELS)
def test_runs_inside_a_compiled_program(level: Any):
    framing = Framing(look_back=3, horizon=2, level=level, level_span=2)
    data, origins = rows(1, 2, 4, 8, 16, 32), np.array([3, 4])
    for compiled, plain in zip(
        jax.jit(framing)(data, origins), framing(data, origins), strict=True
    ):
        np.testing.assert_array_equal(compiled, plain)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"look_back": 0}, "look_back must be at least 1, got 0"),
        ({"look_back": 3, "horizon": -1}, "h must be at least 1, got -1"),
        ({"look_back": 3, "level_span": 0}, "level_span must be at least 1, got 0"),
        ({"look_back": 3, "shape": "wide"}, "framing must be one of steps, window, got 'wide'"),
        (
            {"look_back": 3, "level": "median"},
            "window_level must be one of none, last, mean, got 'median'",
        ),
    ],
)
def test_bad_settings_are_named(settings: dict[str, Any], message: str):
    with pytest.raises(InputError, match=f"^{message}$"):
        Framing(**settings)
