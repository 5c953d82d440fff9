"""Samples gathered from rows that are written out, so that each can be read off."""

from dataclasses import replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatecast._types import InputError
from gatecast.framing import LEVELS, SHAPES, Framing, Rows

NAN = float("nan")
# The smoothed level of a row is part of the rows; the others follow from the window alone.
OF_WINDOW: list[Any] = ["last", "mean"]


def rows(*values: Any, **others: Any) -> Rows:
    """Values that are targets too; `others` are further fields of `Rows`."""
    column = np.array(values, dtype=np.float32).reshape(len(values), -1)
    arrays = {name: np.array(array) for name, array in others.items()}
    return Rows(**{"values": column, "targets": column} | arrays)


def in_jax(data: Rows) -> Rows:
    """Rows outside the array are then the nearest inside, as in a compiled program."""
    found: Rows = jax.tree.map(jnp.array, data)
    return found


def flat(array: Any) -> list[Any]:
    return np.asarray(array)[..., 0].tolist()


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
    sample = framing(rows(1, 2, 4, 9, 3, 3, 5, 6, 0), np.array([4, 8]))
    np.testing.assert_array_equal(sample.level, np.array(expected)[:, None, None])


@pytest.mark.parametrize(("shape", "steps", "features"), [("steps", 3, 1), ("window", 1, 3)])
def test_shapes(shape: Any, steps: int, features: int):
    framing = Framing(look_back=3, horizon=2, shape=shape)
    sample = framing(rows(1, 2, 3, 4, 5, 6), np.array([3, 4]))
    np.testing.assert_array_equal(sample.inputs.x.reshape(2, 3), [[1, 2, 3], [2, 3, 4]])
    assert sample.inputs.x.shape == (2, steps, features)
    assert list(sample.inputs.named()) == ["x"]
    np.testing.assert_array_equal(sample.targets[..., 0], [[4, 5], [5, 6]])
    np.testing.assert_array_equal(sample.scale, np.ones((2, 1, 1)))


def test_inputs_are_relative_to_their_level_and_targets_are_not():
    sample = Framing(look_back=2, horizon=2, level="last")(rows(10, 11, 14, 20), np.array([2]))
    assert flat(sample.inputs.x) == [[-1, 0]]
    assert flat(sample.targets) == [[14, 20]]
    assert flat(sample.level) == [[11]]


def test_a_missing_target_stays_missing():
    data = rows(1, 2, 2, 4, targets=[[1.0], [2], [NAN], [4]])
    sample = Framing(look_back=2, horizon=1, level="mean", level_span=2)(data, np.array([2, 3]))
    assert flat(sample.inputs.x) == [[-0.5, 0.5], [0, 0]]
    np.testing.assert_array_equal(sample.targets[..., 0], [[NAN], [4]])


def test_several_targets_have_a_level_each():
    data = rows([1, 10], [2, 30], [4, 20], [8, 90])
    sample = Framing(look_back=3, level="mean", level_span=2)(data, np.array([3]))
    np.testing.assert_array_equal(sample.level, [[[3, 25]]])
    np.testing.assert_array_equal(sample.inputs.x, [[[-2, -15], [-1, 5], [1, -5]]])
    np.testing.assert_array_equal(sample.targets, [[[8, 90]]])


# Two series, of three and of four rows; the second lacks its second row.
PLACES = {
    "position": [0, 1, 2, 0, 1, 2, 3],
    "remaining": [2, 1, 0, 3, 2, 1, 0],
    "observed": [True, True, True, True, False, True, True],
}
MASKED = in_jax(rows(1, 2, 3, 50, 50, 70, 90, **PLACES))


def test_what_lies_before_a_series_or_was_not_observed_is_masked():
    sample = jax.jit(Framing(look_back=3))(MASKED, np.array([1, 2, 4, 6, 7]))
    off, on = False, True
    expected = [[off, off, on], [off, on, on], [off, off, on], [on, off, on], [off, on, on]]
    assert np.asarray(sample.inputs.mask).tolist() == expected
    # Masked values are zero: nothing of another series can be read from them.
    assert flat(sample.inputs.x) == [[0, 0, 1], [0, 1, 2], [0, 0, 50], [50, 0, 70], [0, 70, 90]]


def test_targets_end_with_their_series():
    sample = jax.jit(Framing(look_back=2, horizon=3))(MASKED, np.array([1, 2, 3, 5]))
    expected = [[2, 3, NAN], [3, NAN, NAN], [NAN, NAN, NAN], [70, 90, NAN]]
    np.testing.assert_array_equal(sample.targets[..., 0], expected)


def test_a_masked_mean_is_that_of_what_was_observed():
    framing = Framing(look_back=3, level="mean", level_span=2)
    sample = jax.jit(framing)(MASKED, np.array([1, 2, 6, 7]))
    assert flat(sample.level) == [[1], [1.5], [70], [80]]
    assert flat(sample.inputs.x) == [[0, 0, 0], [0, -0.5, 0.5], [-20, 0, 0], [0, -10, 10]]


def test_a_window_without_an_observation_has_level_zero():
    nothing = rows(5, 5, 5, position=[0, 1, 2], remaining=[2, 1, 0], observed=[False] * 3)
    sample = Framing(look_back=2, level="mean", level_span=2)(nothing, np.array([2]))
    assert flat(sample.level) == [[0]]
    assert flat(sample.inputs.x) == [[0, 0]]


def test_the_smoothed_level_is_that_of_the_row_before():
    data = rows(1, 2, 4, 8, level=[[1.0], [1.5], [2.75], [5]])
    sample = Framing(look_back=2, horizon=1, level="smoothed", level_span=3)(data, np.array([2, 3]))
    assert flat(sample.level) == [[1.5], [2.75]]
    assert flat(sample.inputs.x) == [[-0.5, 0.5], [-0.75, 1.25]]


COLUMNS = in_jax(rows(
    1, 2, 3, 4, 5, 6,
    past=[[10, 0.1], [20, 0.2], [30, 0.3], [40, 0.4], [50, 0.5], [60, 0.6]],
    future=[[0.1], [0.2], [0.3], [0.4], [0.5], [0.6]],
    elapsed=[1, 1, 2, 1, 3, 1],
    time=[0, 1, 3, 4, 7, 8],
    series=[0, 0, 0, 1, 1, 1],
    static=[[7, 8], [9, 10]],
    category=[[1], [2]],
    scale=[[100], [200]],
))  # fmt: skip


def test_columns_besides_the_target():
    framing = Framing(look_back=2, horizon=2, level="last")
    inputs, _, level, scale, *_ = jax.jit(framing)(COLUMNS, np.array([2, 4]))
    # The level is taken from the target alone.
    x = [[[-1, 10, 0.1], [0, 20, 0.2]], [[-1, 30, 0.3], [0, 40, 0.4]]]
    np.testing.assert_allclose(inputs.x, x)
    assert flat(inputs.elapsed) == [[1, 1], [2, 1]]
    # Known columns, and how far a target lies ahead per regular step.
    ahead = [[(3 - 1) / 1, (4 - 1) / 2], [(7 - 4) / 1, (8 - 4) / 2]]
    np.testing.assert_allclose(inputs.future[..., 0], [[0.3, 0.4], [0.5, 0.6]])
    np.testing.assert_allclose(inputs.future[..., 1], ahead)
    np.testing.assert_array_equal(inputs.static, [[7, 8], [9, 10]])
    np.testing.assert_array_equal(inputs.category, [[1], [2]])
    assert flat(level) == [[2], [4]]
    assert flat(scale) == [[100], [200]]


def test_a_window_is_all_columns_as_features_of_one_step():
    places = {"position": [0, 1, 2, 0, 1, 2], "remaining": [2, 1, 0] * 2, "observed": [True] * 6}
    data = replace(COLUMNS, **{name: jnp.array(array) for name, array in places.items()})
    sample = jax.jit(Framing(look_back=2, shape="window"))(data, np.array([4]))
    # Values and columns row by row, then the time elapsed, then what was observed.
    expected = [[[0, 0, 0, 4, 40, 0.4, 2, 1, 0, 1]]]
    np.testing.assert_allclose(sample.inputs.x, expected)
    assert not {"mask", "elapsed"} & set(sample.inputs.named())
    assert {"future", "static", "category"} <= set(sample.inputs.named())


@given(
    level=st.sampled_from(OF_WINDOW),
    shape=st.sampled_from(SHAPES),
    height=st.integers(-1000, 1000),
    values=st.lists(st.integers(-50, 50), min_size=9, max_size=9),
)
def test_a_window_without_its_level_looks_alike_at_any_height(
    level: Any, shape: Any, height: int, values: list[int]
):
    framing = Framing(look_back=4, horizon=2, shape=shape, level=level, level_span=4)
    origins = np.arange(4, len(values) - 1)
    low = framing(rows(*map(float, values)), origins)
    high = framing(rows(*(float(value + height) for value in values)), origins)
    np.testing.assert_array_equal(low.inputs.x, high.inputs.x)
    np.testing.assert_array_equal(low.targets - low.level, high.targets - high.level)


@pytest.mark.parametrize("level", LEVELS)
def test_runs_inside_a_compiled_program(level: Any):
    framing = Framing(look_back=3, horizon=2, level=level, level_span=2)
    data = rows(1, 2, 4, 8, 16, 32, level=np.ones((6, 1)))
    origins = np.array([3, 4])
    compiled, plain = jax.jit(framing)(data, origins), framing(data, origins)
    for one, other in zip(jax.tree.leaves(compiled), jax.tree.leaves(plain), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-6)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"look_back": 0}, "look_back must be at least 1, got 0"),
        ({"look_back": 3, "horizon": -1}, "h must be at least 1, got -1"),
        ({"look_back": 3, "level_span": 0}, "level_span must be at least 1, got 0"),
        ({"look_back": 3, "shape": "wide"}, "framing must be one of steps, window, got 'wide'"),
        (
            {"look_back": 3, "level": "median"},
            "window_level must be one of none, last, mean, smoothed, seasonal, got 'median'",
        ),
    ],
)
def test_bad_settings_are_named(settings: dict[str, Any], message: str):
    with pytest.raises(InputError, match=f"^{message}$"):
        Framing(**settings)
