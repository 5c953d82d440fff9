"""Any compiled Keras model as a task: Keras's own `train_step`, once per batch."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from gatecast._backend import keras
from gatecast.training._batches import Ordered
from gatecast.training._loop import Logs, Task, Variables, sweep


def keras_task(
    model: keras.Model, samples: int, batch_size: int, *, shuffle: bool, validation: int = 0
) -> Task:
    """The task of `model.fit`: the same steps, losses, metrics and regularisers.

    Args:
        model: compiled; its variables are the tuple that `keras.Model.train_step` passes on.
        samples: how many are trained on, the first in the data.
        batch_size: per step; the last batch of an epoch may be smaller.
        shuffle: draw a new order at each epoch.
        validation: how many samples, the last in the data, are validated on.
    """
    zero = [jnp.array(variable.value) for variable in model.metrics_variables]

    def step(variables: Variables, data: Any, index: Any) -> tuple[Logs, Variables]:
        logs, variables = model.train_step(variables, _rows(data, index))
        return logs, variables

    def test(variables: Variables, data: Any, index: Any) -> tuple[Logs, Variables]:
        logs, variables = model.test_step(variables, _rows(data, samples + index))
        return logs, variables

    def begin(variables: Variables) -> Variables:
        return (*variables[:3], zero)

    def validate(variables: Variables, data: Any) -> Logs:
        trainable, non_trainable, _, _ = variables
        batches = Ordered(validation, batch_size)(data, None, None)
        logs, _ = sweep(test, (trainable, non_trainable, zero), data, batches)
        return {f"val_{name}": value for name, value in logs.items()}

    return Task(
        step=step,
        batches=Ordered(samples, batch_size, shuffle=shuffle),
        begin=begin,
        validate=validate if validation else None,
    )


def keras_variables(model: keras.Model) -> tuple[list[Any], ...]:
    """Weights, other variables, optimizer and metrics, as `keras.Model.train_step` takes them."""
    parts = (
        model.trainable_variables,
        model.non_trainable_variables,
        model.optimizer.variables,
        model.metrics_variables,
    )
    # Copies, because Keras may donate the memory of its arrays to a compiled program.
    return tuple([jnp.array(variable.value) for variable in part] for part in parts)


def build_completely(model: keras.Model, x: Any, y: Any, batch_size: int) -> None:
    """Make the model create its metrics and optimizer variables, without changing any value."""
    first = _rows((x, y), jnp.arange(batch_size) % len(jax.tree.leaves(x)[0]))
    if not model.built:
        model.build(jax.tree.map(jnp.shape, first[0]))
    # In this scope a forward pass changes no variable, such as a dropout seed or a hidden state.
    with keras.StatelessScope():
        prediction = model(first[0])
    model.compute_loss(*first, prediction)
    model.compute_metrics(*first, prediction)
    model.reset_metrics()
    model.optimizer.build(model.trainable_variables)


def _rows(data: Any, index: Any) -> Any:
    return jax.tree.map(lambda array: array[index], data)
