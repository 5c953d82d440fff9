from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gatecast.training import Ordered, Task, compile_program
from gatecast.training._loop import begin_run

EPOCHS, KEY = 9, jax.random.key(0)
DATA = np.array([1.0, 3.0, 5.0, 8.0, 4.0], dtype=np.float32)


def task_of(traced: list[int], patience: int | None = None) -> Task:
    """Pull w to the mean of each batch; w is validated by its distance to 2."""

    def step(variables: Any, data: Any, index: Any) -> tuple[Any, Any]:
        traced.append(1)
        gradient = variables["w"] - data[index].mean()
        return {"loss": gradient**2}, {"w": variables["w"] - 0.1 * gradient}

    def validate(variables: Any, _: Any) -> Any:
        return {"val_loss": (variables["w"] - 2) ** 2}

    return Task(step, Ordered(5, 2), lambda variables: variables, validate, patience)


def by_hand(epochs: int) -> tuple[list[float], list[float], list[float]]:
    """Of each epoch: w after it, the loss of its last batch, and the validation loss."""
    w, ws, losses = 0.0, [], []
    for _ in range(epochs):
        for batch in ([1, 3], [5, 8], [4]):
            gradient = w - np.mean(batch)
            w -= 0.1 * gradient
        ws.append(w)
        losses.append(gradient**2)
    return ws, losses, [(w - 2) ** 2 for w in ws]


@pytest.mark.parametrize("patience", [None, 2])
def test_a_run_equals_a_loop_by_hand_however_it_is_cut(patience: int | None):
    traced: list[int] = []
    task = task_of(traced, patience)
    program = compile_program(task, members=False)
    run = program(begin_run(task, {"w": jnp.zeros(())}, DATA, EPOCHS), DATA, KEY, 0, 0)
    traces = len(traced)
    for first, until in ((0, 1), (1, 6), (6, EPOCHS)):
        run = program(run, DATA, KEY, first, until)
    assert len(traced) == traces, "the program is compiled once"

    ws, losses, val_losses = by_hand(EPOCHS)
    best = int(np.argmin(val_losses))
    stop = EPOCHS if patience is None else best + 1 + patience
    assert 0 < best < best + 1 + 2 < EPOCHS
    rest = [np.nan] * (EPOCHS - stop)
    np.testing.assert_allclose(run.curves["loss"], losses[:stop] + rest, rtol=1e-4)
    np.testing.assert_allclose(run.curves["val_loss"], val_losses[:stop] + rest, rtol=1e-4)
    np.testing.assert_allclose(run.variables["w"], ws[stop - 1], rtol=1e-6)
    np.testing.assert_allclose(run.best["w"], ws[best], rtol=1e-6)
    assert run.waited == stop - 1 - best


@pytest.mark.parametrize(
    ("val_losses", "best", "run_epochs"),
    [
        # Without anything to judge by, all epochs run and the last weights stay.
        ([np.nan] * EPOCHS, EPOCHS, EPOCHS),
        ([np.nan, 4, np.nan, np.nan, 1, 0, 0, 0, 0], 2, 4),
        ([4, np.nan, 3, np.nan, 2, 1, 0, np.nan, np.nan], 7, EPOCHS),
    ],
)
def test_a_missing_validation_loss_is_never_better(
    val_losses: list[float], best: int, run_epochs: int
):
    def step(variables: Any, _: Any, __: Any) -> tuple[Any, Any]:
        return {"loss": variables}, variables + 1

    def validate(epoch: Any, data: Any) -> Any:
        return {"val_loss": data[epoch.astype(int) - 1]}

    task = Task(step, Ordered(1, 1), lambda variables: variables, validate, patience=2)
    data = jnp.array(val_losses, float)
    program = compile_program(task, members=False)
    run = program(begin_run(task, jnp.zeros(()), data, EPOCHS), data, KEY, 0, EPOCHS)
    assert run.best == best
    assert np.isfinite(run.curves["loss"]).sum() == run_epochs
    assert run.variables == run_epochs
