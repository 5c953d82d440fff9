"""Driving the compiled program chunk by chunk."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np

from gatecast._group import ALONE, Group
from gatecast._progress import Meter
from gatecast._types import InputError
from gatecast.training._checkpoint import Checkpoint, CheckpointFile
from gatecast.training._loop import Program, Run, Task, Variables, begin_run
from gatecast.training._stop import ctrl_c


@dataclass(frozen=True)
class Watch:
    """Validation, early stopping and progress of a training run.

    Attributes:
        validation_split: share of the samples, the last ones, used to measure "val_loss".
        patience: epochs without a better "val_loss" before training stops and the best weights
            are restored; None trains all epochs.
        verbose: True shows progress, False does not, None only on a terminal and only when
            training takes more than two seconds.
        chunk_seconds: the run is one compiled call after another, each of about so long; between
            them there is progress, Ctrl-C and the checkpoint. Each allocates its memory anew,
            which takes a tenth of a second for a large network.
        until: epochs after which the run ends, by the program of all epochs; None for all.

    Raises:
        InputError: naming the setting and its value.
    """

    validation_split: float = 0.0
    patience: int | None = None
    verbose: bool | None = None
    chunk_seconds: float = 1.5
    until: int | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.validation_split < 1:
            raise InputError(f"validation_split must lie in [0, 1), got {self.validation_split}")
        if self.patience is not None and self.patience < 1:
            raise InputError(f"patience must be at least 1, got {self.patience}")

    def last(self, epochs: int) -> int:
        """The epochs that are run, of so many."""
        return epochs if self.until is None else min(self.until, epochs)

    def shown(self, group: Group) -> bool | None:
        """`verbose` of this process: one of a group shows progress."""
        return self.verbose if group.rank == 0 else False


@dataclass(frozen=True)
class Trained:
    """A finished run.

    Attributes:
        variables: the best weights where a patience was set or Ctrl-C was pressed, else the last.
        curves: name -> [epochs run] or, for members, [members, epochs run]; NaN after a stop.
        interrupted: whether Ctrl-C ended it early.
        compile_seconds: tracing and compiling, near zero when the program is reused.
        train_seconds: the training alone.
    """

    variables: Variables
    curves: dict[str, np.ndarray[Any, Any]]
    interrupted: bool
    compile_seconds: float
    train_seconds: float


def run_program(  # noqa: PLR0913 (a run, and who runs it)
    program: Program,
    task: Task,
    variables: Variables,
    data: Any,
    key: Any,
    *,
    epochs: int,
    watch: Watch = Watch(),
    checkpoint: Checkpoint | None = None,
    group: Group = ALONE,
) -> Trained:
    """Train for up to `epochs`, stopping early on patience or Ctrl-C.

    Args:
        program: from `compile_program`.
        task: what the program was compiled from.
        variables: initial values; with a leading axis for members.
        data: what the task's functions read.
        key: a random key for shuffling, or one per member.
        epochs: at most.
        watch: progress; validation and patience are the task's own.
        checkpoint: where the run is kept between chunks; needs a task whose `repr` identifies it.
        group: the processes that train together, each with data of its own; they stop together.

    Raises:
        InputError: if the checkpoint is damaged, of another run, or its folder does not exist.
    """
    began = time.perf_counter()
    settings = (task.step, task.batches, task.patience, epochs)
    file = CheckpointFile(checkpoint, settings, (variables, data, key), group)

    def advance(run: Run, first: int, until: int) -> Run:
        later: Run = jax.block_until_ready(program(run, data, key, first, until))
        return later

    # A first call of no epochs compiles the program.
    run, done = file.load(advance(_begun(task, variables, data, key, epochs), 0, 0))
    compiled = time.perf_counter()
    last, stopped, chunk = watch.last(epochs), False, 1
    with ctrl_c() as stop, Meter("training", "epoch", last, verbose=watch.shown(group)) as meter:
        while done < last and not stopped and not _out_of_patience(task, run):
            end = min(done + chunk, last)
            chunk_began = time.perf_counter()
            run = advance(run, done, end)
            per_epoch = (time.perf_counter() - chunk_began) / (end - done)
            chunk = group.first(_chunk(watch, file, per_epoch))
            done = end
            meter.show_loss(done, _middle(np.asarray(run.curves["loss"])[..., done - 1]))
            file.keep(run, done, chunk * per_epoch)
            stopped = group.any(stop.pressed)
    interrupted = stopped and done < last
    file.end(run, done, finished=not interrupted)
    return Trained(
        variables=run.best if interrupted or task.patience is not None else run.variables,
        curves=_curves(task, run, done),
        interrupted=interrupted,
        compile_seconds=compiled - began,
        train_seconds=time.perf_counter() - compiled,
    )


def _chunk(watch: Watch, file: CheckpointFile, per_epoch: float) -> int:
    """Epochs of a call that is as long as it should be."""
    return max(1, int(min(watch.chunk_seconds, file.every_seconds) / per_epoch))


def _begun(task: Task, variables: Variables, data: Any, key: Any, epochs: int) -> Run:
    """The run before its first epoch, or those of all members."""
    if not key.ndim:
        return begin_run(task, variables, data, epochs)
    begun: Run = jax.vmap(begin_run, in_axes=(None, 0, task.axes, None))(
        task, variables, data, epochs
    )
    return begun


def _curves(task: Task, run: Run, done: int) -> dict[str, np.ndarray[Any, Any]]:
    """The curves up to where the last member stopped: a call may go on without any for a while."""
    curves = {name: np.asarray(curve)[..., :done] for name, curve in run.curves.items()}
    if task.patience is None:
        return curves
    trained = ~np.isnan(np.atleast_2d(curves["loss"])).all(axis=0)
    epochs = np.flatnonzero(trained).max(initial=0) + 1
    return {name: curve[..., :epochs] for name, curve in curves.items()}


def _middle(losses: Any) -> float:
    """The median of those members that still train."""
    running = losses[~np.isnan(losses)]
    return float(np.median(running)) if running.size else np.nan


def _out_of_patience(task: Task, run: Run) -> bool:
    return task.patience is not None and bool((np.asarray(run.waited) >= task.patience).all())
