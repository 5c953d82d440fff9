import json

import hypothesis
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from outputs_cases import CASES, SCALE, Case
from scipy import stats

from gatecast._types import InputError
from gatecast.network.outputs import (
    OUTPUTS,
    Bernoulli,
    NegativeBinomial,
    Normal,
    Output,
    Point,
    Quantiles,
    Tweedie,
    from_json,
    to_json,
)
from gatecast.network.outputs._positive import from_positive

PROBABILITIES = np.array([0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99])
DRAWS = 100_000
Draws = dict[Case, np.ndarray]
by_name = pytest.mark.parametrize("case", CASES, ids=lambda case: type(case.output).__name__)
every = pytest.mark.parametrize("kind", OUTPUTS.values())


@pytest.fixture(scope="module")
def draws() -> Draws:
    """Many draws of every output, in one compiled program."""

    @jax.jit
    def sample(key: jax.Array) -> list[jax.Array]:
        scale = jnp.full(DRAWS, SCALE)
        keys = jax.random.split(key, len(CASES))
        return [
            case.output.sample(jnp.tile(jnp.array(case.raw), (DRAWS, 1)), scale, each)
            for case, each in zip(CASES, keys, strict=True)
        ]

    return dict(zip(CASES, map(np.asarray, sample(jax.random.key(1))), strict=True))


@by_name
def test_draws_have_the_mean_and_variance_of_the_distribution(case: Case, draws: Draws):
    error = np.sqrt(case.variance / DRAWS)
    assert draws[case].mean() == pytest.approx(case.mean, abs=4 * error)
    assert draws[case].var() == pytest.approx(case.variance, rel=0.04)


@by_name
def test_quantiles_stand_where_they_should_among_draws(case: Case, draws: Draws):
    theirs = case.draw(np.random.default_rng(2), DRAWS)
    found = case.output.quantiles(np.array(case.raw), np.array(SCALE), PROBABILITIES)
    assert found.shape == PROBABILITIES.shape
    assert found.dtype == np.float64
    slack = 4.5 * np.sqrt(PROBABILITIES * (1 - PROBABILITIES) / DRAWS)
    for values in (draws[case], theirs):
        below = np.array([(values < at - 1e-4).mean() for at in found])
        up_to = np.array([(values <= at + 1e-4).mean() for at in found])
        assert (below <= PROBABILITIES + slack).all()
        assert (up_to >= PROBABILITIES - slack).all()


@by_name
def test_center_is_the_mean_or_median(case: Case):
    center = jax.jit(case.output.center)(jnp.array(case.raw), jnp.array(SCALE))
    assert center == pytest.approx(case.mean, rel=1e-5)


def test_point_is_its_own_draw_and_has_no_quantiles():
    raw = jnp.array([[3.0], [5.0]])
    scale, output = jnp.ones(2), Point()
    assert output.center(raw, scale).tolist() == [3, 5]
    assert output.sample(raw, scale, jax.random.key(0)).tolist() == [3, 5]
    assert output.loss(raw, jnp.zeros(2), scale).tolist() == [9, 25]
    with pytest.raises(InputError, match="a point output has no quantiles"):
        output.quantiles(np.zeros((2, 1)), np.ones(2), PROBABILITIES)


@by_name
@hypothesis.settings(max_examples=25, deadline=None)
@hypothesis.given(data=st.data())
def test_quantiles_never_cross(case: Case, data: st.DataObject):
    shape = (3, case.output.parameters)
    raw = data.draw(arrays(np.float32, shape, elements=st.floats(-50, 50, width=32)))
    scale = data.draw(arrays(np.float32, 3, elements=st.floats(0.125, 1024, width=32)))
    found = case.output.quantiles(raw, scale, PROBABILITIES)
    assert found.shape == (3, len(PROBABILITIES))
    assert np.isfinite(found).all()
    assert (np.diff(found) >= -1e-9 * np.abs(found[:, 1:])).all()
    if case.output.units != "any":
        assert (found >= 0).all()


@every
def test_losses_and_gradients_are_finite_for_large_inputs(kind: type[Output]):
    output = kind()
    values = [np.linspace(-50, 50, 11), *[np.array([-50.0, -14, 0, 50])] * (output.parameters - 1)]
    grid = np.meshgrid(*values[:3], [0, 1e-3, 1, 1e6], [1, 1e2, 1e6], indexing="ij")
    *raws, y, scale = (jnp.array(each.ravel()) for each in grid)
    rest = [jnp.zeros_like(y)] * (output.parameters - len(raws))
    raw = jnp.stack([*raws, *rest], axis=-1)
    point = jax.vmap(jax.value_and_grad(output.loss))
    loss, gradient = jax.jit(point)(raw, y / scale, scale)
    assert np.isfinite(loss).all()
    assert np.isfinite(gradient).all()
    assert np.any(gradient != 0, axis=0).all()


@every
def test_shapes(kind: type[Output]):
    output = kind()
    raw, scale = np.zeros((2, 3, output.parameters), np.float32), np.ones((2, 3), np.float32)
    expected = jax.ShapeDtypeStruct(scale.shape, scale.dtype)
    assert jax.eval_shape(output.loss, raw, scale, scale) == expected
    assert jax.eval_shape(output.center, raw, scale) == expected
    assert jax.eval_shape(output.sample, raw, scale, jax.random.key(0)) == expected
    if kind is not Point:
        found = output.quantiles(raw, scale, PROBABILITIES)
        assert found.shape == (2, 3, 7)


@pytest.mark.parametrize("output", [*(kind() for kind in OUTPUTS.values()), Quantiles((0.1, 0.9))])
def test_outputs_survive_json(output: Output):
    record = json.loads(json.dumps(to_json(output)))
    assert from_json(record) == output
    assert hash(from_json(record)) == hash(output)


def test_json_keeps_settings():
    assert to_json(Tweedie(1.2)) == {"name": "Tweedie", "power": 1.2}
    assert from_json({"name": "Quantiles", "probabilities": [0.2, 0.8]}) == Quantiles((0.2, 0.8))
    assert len({Normal(), Normal(), Bernoulli(), Tweedie(1.2), Tweedie(1.3)}) == 4


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ({"name": "Gumbel"}, "output 'Gumbel' is not known; choose from Point, Quantiles"),
        ({}, "output None is not known"),
        ({"name": "Normal", "power": 2}, "output Normal does not take {'power': 2}"),
        ({"name": "Tweedie", "power": 2}, "got 2"),
    ],
)
def test_a_wrong_record_is_refused(record: dict, message: str):
    with pytest.raises(InputError, match=message):
        from_json(record)


@pytest.mark.parametrize(
    "probabilities", [(), (0.5,), (0.0, 0.5), (0.5, 1.0), (0.9, 0.1), (0.5, 0.5), (0.1, np.nan)]
)
def test_wrong_probabilities_are_refused(probabilities: tuple[float, ...]):
    with pytest.raises(InputError, match="probabilities must be two or more increasing") as error:
        Quantiles(probabilities)
    assert str(probabilities) in str(error.value)


@pytest.mark.parametrize("power", [0.0, 0.5, 1.0])
def test_the_point_for_errors_in_percent_of_log_normal_values(power: float):
    output, mean, deviation = Quantiles(PROBABILITIES, "percent", power=power), 3.0, 0.4
    knots = mean + deviation * stats.norm.ppf(PROBABILITIES)
    raw = np.asarray(from_positive(np.diff(knots)))
    raw = np.insert(raw, output.location, knots[output.location])
    # E |f - y| / y^p is least where log f = mean - p deviation^2.
    found = output.center(jnp.asarray(raw, jnp.float32)[None], jnp.ones(1))
    assert float(found[0]) == pytest.approx(mean - power * deviation**2, abs=0.01)


@pytest.mark.parametrize("power", [-0.1, 1.1, np.nan])
def test_a_wrong_power_of_errors_in_percent_is_refused(power: float):
    with pytest.raises(InputError, match=f"power must be a number from 0 to 1, got {power}"):
        Quantiles(point="percent", power=power)


@pytest.mark.parametrize("width", [0.0, -1.0, np.inf, np.nan])
def test_wrong_width_is_refused(width: float):
    with pytest.raises(InputError, match=f"width must be a positive number, got {width}"):
        Quantiles(width=width)


@pytest.mark.parametrize("power", [0.5, 1.0, 2.0, 3, np.nan])
def test_wrong_power_is_refused(power: float):
    with pytest.raises(InputError, match=f"power must lie between 1 and 2.* got {power}"):
        Tweedie(power)


@pytest.mark.parametrize("mean", [0.9e9, 1.1e9, 1e16, 1e90])
@pytest.mark.parametrize("raw", [-30.0, 0.0, 30.0])
def test_quantiles_of_large_counts_are_those_of_amounts(mean: float, raw: float):
    """A sum of so many gamma-distributed amounts is nearly normal unless it varies much."""
    one, dispersion = np.log(np.expm1(1)), np.logaddexp(0, raw) + 1e-6
    found = NegativeBinomial().quantiles(np.array([one, raw]), np.array(mean), PROBABILITIES)
    deviation = np.sqrt(1 / mean + dispersion / np.sqrt(mean))
    assert (np.diff(found) >= 0).all()
    expected = 1 + deviation * stats.norm.ppf(PROBABILITIES)
    np.testing.assert_allclose(found, expected, atol=2 * deviation**2 + 1e-5)
