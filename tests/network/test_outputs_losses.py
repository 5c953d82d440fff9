from dataclasses import replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest
from outputs_cases import CASES, SCALE, Case, P, raw_of
from scipy import integrate, optimize, special, stats
from utilsforecast.losses import quantile_loss

from gatecast.network.outputs import (
    Bernoulli,
    NegativeBinomial,
    Normal,
    Output,
    Quantiles,
    StudentT,
    Tweedie,
    ZeroInflatedNegativeBinomial,
)

RANDOM = np.random.default_rng(3)
SIZE = 300


def softplus(raw: Any) -> Any:
    return np.log1p(np.exp(raw)) + 1e-6


def loss_of(output: Output, raw: Any, y: Any, scale: Any) -> np.ndarray:
    arguments = (jnp.asarray(each, jnp.float32) for each in (raw, y, scale))
    return np.asarray(jax.jit(output.loss)(*arguments))


def counts_and_raw(parameters: int) -> tuple[Any, Any, Any, Any]:
    """Raw outputs, scales, and counts from zero to tens of thousands, with n and p of SciPy."""
    raw = RANDOM.normal(0, 2, (SIZE, parameters))
    scale = np.exp(RANDOM.normal(2, 2, SIZE))
    n, mean = np.sqrt(scale) / softplus(raw[:, 1]), scale * softplus(raw[:, 0])
    counts = RANDOM.negative_binomial(n, n / (n + mean))
    return raw, scale, counts, (n, n / (n + mean))


def test_normal():
    raw, y = RANDOM.normal(0, 3, (SIZE, 2)), RANDOM.normal(0, 3, SIZE)
    expected = -stats.norm(raw[:, 0], softplus(raw[:, 1])).logpdf(y)
    np.testing.assert_allclose(loss_of(Normal(), raw, y, np.ones(SIZE)), expected, rtol=2e-4)


def test_student_t():
    raw, y = RANDOM.normal(0, 3, (SIZE, 3)), RANDOM.normal(0, 3, SIZE)
    expected = -stats.t(2 + softplus(raw[:, 2]), raw[:, 0], softplus(raw[:, 1])).logpdf(y)
    np.testing.assert_allclose(
        loss_of(StudentT(), raw, y, np.ones(SIZE)), expected, rtol=1e-4, atol=1e-5
    )


def test_negative_binomial():
    raw, scale, counts, parameters = counts_and_raw(2)
    assert counts.max() > 1000
    expected = -stats.nbinom(*parameters).logpmf(counts)
    found = loss_of(NegativeBinomial(), raw, counts / scale, scale)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-3)
    few = counts < 100
    np.testing.assert_allclose(found[few], expected[few], rtol=2e-5, atol=2e-5)


def test_zero_inflated_negative_binomial():
    raw, scale, counts, parameters = counts_and_raw(3)
    counts[::2] = 0
    zero = special.expit(raw[:, 2])
    mass = (1 - zero) * stats.nbinom(*parameters).pmf(counts) + zero * (counts == 0)
    found = loss_of(ZeroInflatedNegativeBinomial(), raw, counts / scale, scale)
    np.testing.assert_allclose(found, -np.log(mass), rtol=1e-4, atol=1e-3)


def test_negative_binomial_without_dispersion_is_poisson_and_its_gradient_clean():
    raw, count = jnp.array([raw_of(50.0), -40.0]), 5200.0
    arguments = (raw, jnp.array(count / 100), jnp.array(100.0))
    loss, gradient = jax.jit(jax.value_and_grad(NegativeBinomial().loss))(*arguments)
    assert loss == pytest.approx(-stats.poisson.logpmf(count, 5000), abs=0.01)
    # d/dm (m - y log m) = 1 - y / m
    assert gradient[0] == pytest.approx(100 * (1 - count / 5000), rel=0.01)
    assert gradient[1] == pytest.approx(0, abs=1e-6)


def test_bernoulli():
    raw, y = RANDOM.normal(0, 3, (SIZE, 1)), RANDOM.integers(0, 2, SIZE)
    expected = -stats.bernoulli(special.expit(raw[:, 0])).logpmf(y)
    np.testing.assert_allclose(
        loss_of(Bernoulli(), raw, y, np.ones(SIZE)), expected, rtol=1e-4, atol=1e-6
    )


@pytest.mark.parametrize("power", [1.1, 1.5, 1.9])
def test_tweedie(power: float):
    mean, dispersion, y = (np.exp(RANDOM.normal(0, 1, SIZE)) for _ in range(3))
    dispersion[::3] /= 100
    y[:20] = 0
    number = mean ** (2 - power) / (dispersion * (2 - power))
    size = dispersion * (power - 1) * mean ** (power - 1)
    # The density as the sum over the number of amounts
    j = np.arange(1, 4000)[:, None]
    amounts = stats.gamma.logpdf(y, j * (2 - power) / (power - 1), scale=size)
    density = special.logsumexp(stats.poisson.logpmf(j, number) + amounts, axis=0)
    raw = np.log(np.expm1(np.stack([mean, dispersion], axis=-1) - 1e-6))
    seen = (number < 1000) & (density > -1000)
    assert seen[20:].sum() > 200
    found = loss_of(Tweedie(power), raw, y, np.ones(SIZE))
    np.testing.assert_allclose(found[:20], number[:20], rtol=1e-3)
    np.testing.assert_allclose(
        found[20:][seen[20:]], -density[20:][seen[20:]], rtol=1e-3, atol=1e-3
    )


def test_tweedie_is_a_distribution():
    y = np.linspace(0, 60, 60_001)[1:]
    raw = np.broadcast_to([raw_of(2.0), raw_of(1.5)], (len(y) + 1, 2))
    loss = loss_of(Tweedie(1.5), raw, np.append(0, y), np.ones(len(raw)))
    mass = np.exp(-loss.astype(float))
    assert mass[0] + integrate.trapezoid(mass[1:], y) == pytest.approx(1, abs=2e-3)


def test_pinball():
    y, raw = RANDOM.normal(0, 2, SIZE), RANDOM.normal(0, 1, (SIZE, len(P)))
    output = Quantiles(P)
    own = output.quantiles(raw, np.ones(SIZE), np.array(P))
    frame = pd.DataFrame({"unique_id": range(SIZE), "y": y})
    for place, probability in enumerate(P):
        frame[str(probability)] = own[:, place]
    losses = [quantile_loss(frame, {str(p): str(p)}, q=p)[str(p)] for p in P]
    expected = np.mean(losses, axis=0)
    np.testing.assert_allclose(loss_of(output, raw, y, np.ones(SIZE)), expected, rtol=1e-4)


def test_quantiles_between_and_beyond_their_own_follow_the_normal_distribution():
    case = CASES[-1]
    asked = np.array([0.001, 0.05, 0.1, 0.5, 0.6, 0.999])
    found = case.output.quantiles(np.array(case.raw), np.array(1.0), asked)
    np.testing.assert_allclose(found, stats.norm.ppf(asked, 1, 3), rtol=1e-9)


def test_width_moves_quantiles_away_from_the_middle_one():
    case = CASES[-1]
    wider = replace(case.output, width=1.5)
    raw, asked = np.array(case.raw), np.array([0.001, 0.05, 0.5, 0.6])
    np.testing.assert_allclose(
        wider.quantiles(raw, np.array(1.0), asked), stats.norm.ppf(asked, 1, 4.5), rtol=1e-9
    )
    assert wider.center(jnp.array(raw), jnp.array(1.0)) == pytest.approx(1)


def test_quantiles_without_a_median_interpolate_their_center():
    output = Quantiles((0.2, 0.4, 0.8))
    raw = np.array([raw_of(1.0), 5.0, raw_of(2.0)])
    # Half-way in the normal score: 5 + 2 * (0 - z(0.4)) / (z(0.8) - z(0.4))
    z = stats.norm.ppf([0.4, 0.8])
    expected = 5 - 2 * z[0] / (z[1] - z[0])
    assert output.center(jnp.array(raw), jnp.array(1.0)) == pytest.approx(expected, rel=1e-5)


def test_training_recovers_every_distribution():
    size = 2000
    drawn = [case.draw(np.random.default_rng(5), size).astype(np.float32) for case in CASES]
    outputs = [case.output for case in CASES]
    places = np.cumsum([output.parameters for output in outputs])[:-1]

    @jax.jit
    def total(raw: jax.Array, targets: list[jax.Array]) -> tuple[jax.Array, jax.Array]:
        def mean_loss(raw: jax.Array) -> jax.Array:
            scale = jnp.full(size, SCALE)
            each = zip(outputs, jnp.split(raw, places), targets, strict=True)
            return sum(o.loss(jnp.tile(own, (size, 1)), y, scale).mean() for o, own, y in each)

        return jax.value_and_grad(mean_loss)(raw)

    def objective(raw: np.ndarray) -> tuple[float, np.ndarray]:
        loss, gradient = total(jnp.asarray(raw, jnp.float32), drawn)
        return float(loss), np.asarray(gradient, float)

    start = np.zeros(sum(output.parameters for output in outputs))
    fitted = optimize.minimize(objective, start, jac=True, method="L-BFGS-B").x
    asked = np.array([0.1, 0.5, 0.9])
    for case, raw in zip(CASES, np.split(fitted, places), strict=True):
        check_recovered(case, raw, asked)


def check_recovered(case: Case, raw: np.ndarray, asked: np.ndarray):
    center = case.output.center(jnp.asarray(raw), jnp.array(SCALE))
    spread = np.sqrt(case.variance)
    assert center == pytest.approx(case.mean, abs=0.1 * spread), case.output
    found = case.output.quantiles(raw, np.array(SCALE), asked)
    true = case.output.quantiles(np.array(case.raw), np.array(SCALE), asked)
    np.testing.assert_allclose(found, true, atol=0.2 * spread, err_msg=str(case.output))
    if not isinstance(case.output, Quantiles | StudentT):
        np.testing.assert_allclose(raw, case.raw, atol=0.3, err_msg=str(case.output))
