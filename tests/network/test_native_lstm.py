"""The native LSTM against plain Keras, whose own loop and automatic differentiation it replaces."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gatecast._backend import keras
from gatecast.network.recurrence import LSTMState, Weights, _native, lstm

pytestmark = pytest.mark.compiler

Run = Callable[[Any, Weights, LSTMState], Any]


def _random(seed: int, *shapes: tuple[int, ...]) -> list[Any]:
    random = np.random.default_rng(seed)
    return [jnp.asarray(random.normal(size=shape).astype("float32") * 0.5) for shape in shapes]


def _keras(x: Any, weights: Weights, memory: LSTMState, mask: Any) -> Any:
    layer = keras.layers.LSTM(weights.recurrent.shape[0], return_sequences=True, return_state=True)
    layer.build(x.shape)
    seeds = [variable.value for variable in layer.non_trainable_variables]
    result, _ = layer.stateless_call(list(weights), seeds, x, initial_state=list(memory), mask=mask)
    return result


def _gradients(
    run: Run, arguments: list[Any], wanted: tuple[int, ...], directions: Sequence[Any]
) -> Any:
    def total(*given: Any) -> Any:
        results = run(given[0], Weights(*given[1:4]), LSTMState(*given[4:]))
        return sum(
            jnp.sum(result * direction)
            for result, direction in zip(results, directions, strict=True)
            if direction is not None
        )

    return jax.jit(jax.grad(total, argnums=wanted))(*arguments)


def _close(found: Iterable[Any], expected: Iterable[Any]) -> None:
    for one, other in zip(found, expected, strict=True):
        scale = 1 + np.abs(other).max()
        np.testing.assert_allclose(one / scale, other / scale, atol=1e-5)


# Rows, steps and units that do not fill a vector, fill one, or need several blocks; every shape is
# compiled anew.
@pytest.mark.parametrize(
    ("shape", "masked", "asked"),
    [
        ((1, 1, 1, 1), False, "all"),
        ((3, 7, 20, 17), True, "outputs"),
        ((40, 5, 2, 64), False, "last"),
        ((33, 3, 1, 70), True, "all"),
    ],
)
def test_it_says_and_learns_what_keras_does(
    shape: tuple[int, int, int, int], *, masked: bool, asked: str
) -> None:
    (batch, steps, features, units), seed = shape, 7
    shapes = [(batch, steps, features), (features, 4 * units), (units, 4 * units), (4 * units,)]
    arguments = _random(seed, *shapes, (batch, units), (batch, units))
    mask = None
    if masked:
        # The first step is seen: before that Keras's output is zero, not the hidden state.
        mask = jnp.asarray(np.random.default_rng(seed).random((batch, steps)) > 0.4)
        mask = mask.at[:, 0].set(True)
    outputs, hidden, cell = _random(seed + 1, (batch, steps, units), *[(batch, units)] * 2)
    directions = {
        "outputs": (outputs, None, None),
        "last": (None, hidden, None),
        "all": (outputs, hidden, cell),
    }[asked]

    def native(x: Any, weights: Weights, memory: LSTMState) -> Any:
        return _native.native_lstm(x, weights, memory, mask)

    def plain(x: Any, weights: Weights, memory: LSTMState) -> Any:
        return _keras(x, weights, memory, mask)

    read = arguments[0], Weights(*arguments[1:4]), LSTMState(*arguments[4:])
    _close(jax.jit(native)(*read), jax.jit(plain)(*read))
    for wanted in ((0, 1, 2, 3, 4, 5), (1, 2, 3)):
        expected = _gradients(plain, arguments, wanted, directions)
        _close(_gradients(native, arguments, wanted, directions), expected)


def test_many_rows_deep_layers_and_members_are_shared_out_alike() -> None:
    # More rows than one task takes, more units than one block of weights: sums of several parts.
    members = 2
    shapes = [(300, 3, 2), (2, 4 * 150), (150, 4 * 150), (4 * 150,), (300, 150), (300, 150)]
    arguments = _random(0, *[(members, *shape) for shape in shapes])

    def total(run: Run) -> Callable[..., Any]:
        def one(*given: Any) -> Any:
            results = run(given[0], Weights(*given[1:4]), LSTMState(*given[4:]))
            return sum(jnp.sum(result**2) for result in results)

        gradients: Callable[..., Any] = jax.vmap(jax.grad(one, argnums=(0, 1, 2, 3, 4, 5)))
        return jax.jit(gradients)

    run = total(lambda *given: _native.native_lstm(*given, None))
    native = run(*arguments)
    _close(native, total(lambda *given: _keras(*given, None))(*arguments))
    again = run(*arguments)
    assert all(np.array_equal(*pair) for pair in zip(native, again, strict=True))


# Fewer rows than a tile, which members alone share out, and more.
@pytest.mark.parametrize("batch", [1, 5, 11, 13])
def test_a_row_is_forecast_alike_alone_and_among_others(batch: int) -> None:
    shapes = [(2, 4 * 150), (150, 4 * 150), (4 * 150,)]
    weights = Weights(*_random(0, *[(2, *shape) for shape in shapes]))
    x, hidden, cell = _random(1, (batch, 9, 2), (batch, 150), (batch, 150))

    def members(run: Run, rows: Any) -> Any:
        memory = LSTMState(hidden[rows], cell[rows])
        return jax.jit(jax.vmap(lambda own: run(x[rows], own, memory)))(weights)

    every = members(lstm, slice(None))
    _close(every, members(lambda *given: _keras(*given, None), slice(None)))
    alone = members(lstm, slice(batch - 1, None))
    _close(alone, [result[:, -1:] for result in every])


def test_it_is_chosen_for_layers_of_some_size_and_forecasts_from_some_steps() -> None:
    def program(units: int, *, training: bool, steps: int = 9) -> str:
        given = _random(0, (8, steps, 1), (1, 4 * units), (units, 4 * units), (4 * units,))
        memory = LSTMState(jnp.zeros((8, units)), jnp.zeros((8, units)))
        run = jax.jit(lambda x, *w: lstm(x, Weights(*w), memory, training=training))
        return str(run.lower(*given).as_text())

    assert "gatecast_lstm_forward" in program(32, training=True)
    assert "gatecast_lstm_forward" in program(32, training=False)
    assert "gatecast_lstm_forward" in program(32, training=True, steps=1)
    assert "gatecast_lstm_forward" not in program(32, training=False, steps=1)
    assert "gatecast_lstm_forward" not in program(4, training=True)
