"""A training run as one compiled program.

Batches are a `lax.scan`, epochs a `lax.fori_loop` whose bounds are arguments: the program is
compiled once and called for about a second and a half of epochs at a time. Between calls there is
progress, early stopping and Ctrl-C, and the result does not depend on how the epochs were divided.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, NamedTuple, TypeAlias

import jax
import jax.numpy as jnp

from gatecast.training._batches import Batches
from gatecast.training._training_set import of_first_member

Variables: TypeAlias = Any
"""All that training changes: weights, optimizer state, running metrics, carried state."""

Logs: TypeAlias = dict[str, Any]

Step: TypeAlias = Callable[[Variables, Any, Any], tuple[Logs, Variables]]
"""(variables, data, sample numbers [batch]) -> (logs so far in this pass, variables)."""


@dataclass(frozen=True)
class Task:
    """What one epoch does, as pure functions.

    Attributes:
        step: one optimizer step.
        batches: the order of the samples.
        begin: the variables at the start of an epoch: metrics and carried state at zero.
        validate: (variables, data) -> logs, whose "val_loss" decides which weights are best.
        patience: epochs without a better "val_loss" before a run stops; None for never.
        axes: which parts of the data have an axis of members in front: 0 for a part that has one,
            None for a part that all members share; None alone if all is shared.
        shards: the name of the axis of shards, which the data then have in front; None where they
            are whole.
    """

    step: Step
    batches: Batches
    begin: Callable[[Variables], Variables]
    validate: Callable[[Variables, Any], Logs] | None = None
    patience: int | None = None
    axes: Any = None
    shards: str | None = None

    @cached_property
    def epoch(self) -> Any:
        """(variables, data, key, epoch) -> logs, variables; traced once for all that call it."""
        return jax.jit(partial(_epoch, self), inline=True)


class Run(NamedTuple):
    """The state of a training run.

    Attributes:
        variables: after the last epoch.
        best: the variables with the lowest validation loss; the last as long as there is none.
        best_loss: that loss.
        waited: epochs since then.
        curves: name -> [epochs] values, NaN where not run.
    """

    variables: Variables
    best: Variables
    best_loss: Any
    waited: Any
    curves: dict[str, Any]


Program: TypeAlias = Callable[[Run, Any, Any, int, int], Run]
"""(run, data, random key, first epoch, epoch to stop before) -> run; compiled."""


def sweep(step: Step, variables: Variables, data: Any, batches: list[Any]) -> tuple[Logs, Any]:
    """Run `step` over all batches; the logs are those after the last one."""
    logs: Logs = {}
    for numbers in batches:
        variables, per_step = jax.lax.scan(
            lambda carried, index: step(carried, data, index)[::-1], variables, numbers
        )
        logs = {name: values[-1] for name, values in per_step.items()}
    return logs, variables


def begin_run(task: Task, variables: Variables, data: Any, epochs: int) -> Run:
    """The run before its first epoch."""
    epoch = task.epoch
    if task.shards is not None:
        epoch = jax.vmap(epoch, (None, 0, None, None), axis_name=task.shards)
    logs, _ = jax.eval_shape(epoch, variables, data, jax.random.key(0), 0)
    # Every number has the type it will have later: otherwise the program is compiled twice.
    curves = {name: jnp.full(epochs, jnp.nan, log.dtype) for name, log in logs.items()}
    best_loss, waited = jnp.asarray(jnp.inf, logs["loss"].dtype), jnp.asarray(0, jnp.int32)
    return Run(variables, variables, best_loss, waited, curves)


def compile_program(task: Task, *, members: bool) -> Program:
    """The jitted program of a task; with `members`, of many runs at once.

    Members are a leading axis on the run, the random key and the data named by the task's `axes`;
    they share all other data and the epochs.
    """
    program: Program = jax.jit(program_of(task, members=members))
    return program


def program_of(task: Task, *, members: bool) -> Program:
    """As `compile_program`, before it is compiled; of a task with shards, on one of them."""

    def advance(run: Run, data: Any, key: Any, first: Any, until: Any) -> Run:
        later: Run = jax.lax.fori_loop(
            first, until, lambda epoch, run: _next(task, run, data, key, epoch), run
        )
        return later

    def advance_members(run: Run, data: Any, keys: Any, first: Any, until: Any) -> Run:
        if len(keys) > 1:
            every: Run = jax.vmap(advance, in_axes=(0, task.axes, 0, None, None))(
                run, data, keys, first, until
            )
            return every
        # Plain products are faster than batches of one.
        data = of_first_member(data, task.axes)
        alone = advance(jax.tree.map(lambda part: part[0], run), data, keys[0], first, until)
        single: Run = jax.tree.map(lambda part: part[None], alone)
        return single

    return advance_members if members else advance


def _next(task: Task, run: Run, data: Any, key: Any, epoch: Any) -> Run:
    logs, variables = task.epoch(run.variables, data, key, epoch)
    curves = {name: curve.at[epoch].set(logs[name]) for name, curve in run.curves.items()}
    if task.validate is None:
        return run._replace(variables=variables, best=variables, curves=curves)
    best_loss = jnp.fmin(logs["val_loss"], run.best_loss)
    # NaN is never better; until there is a finite loss, the newest weights are kept.
    keep = (best_loss < run.best_loss) | (best_loss == jnp.inf)
    after = Run(
        variables,
        jax.tree.map(lambda new, old: jnp.where(keep, new, old), variables, run.best),
        best_loss,
        jnp.where(keep, 0, run.waited + 1),
        curves,
    )
    if task.patience is None:
        return after
    stopped = run.waited >= task.patience
    kept: Run = jax.tree.map(lambda old, new: jnp.where(stopped, old, new), run, after)
    return kept


def _epoch(task: Task, variables: Variables, data: Any, key: Any, epoch: Any) -> tuple[Logs, Any]:
    logs, variables = sweep(task.step, task.begin(variables), data, task.batches(data, key, epoch))
    return logs | (task.validate(variables, data) if task.validate else {}), variables
