"""Training a network from many seeds, on shared data or each member on different data."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import jax
import jax.numpy as jnp

from gatecast._types import InputError
from gatecast.network import Network, initial_weights
from gatecast.training._batches import Batches, Given, OfShard, Ordered, Packed
from gatecast.training._checkpoint import Checkpoint
from gatecast.training._loop import Logs, Program, Task, compile_program, sweep
from gatecast.training._network_step import NetworkStep, NetworkVariables
from gatecast.training._run import Trained, Watch, run_program
from gatecast.training._settings import Training
from gatecast.training._training_set import Sampler, TrainingData, TrainingSet
from gatecast.training.optimizers import optimizer_of

_VALIDATION_BATCH = 256


def train_network(  # noqa: PLR0913 (a run, and its members)
    network: Network,
    sample: Sampler,
    data: TrainingSet,
    settings: Training,
    *,
    seeds: Sequence[int],
    rates: Sequence[float] = (),
    initial: tuple[list[Any], list[Any]] | None = None,
    verbose: bool | None = None,
    checkpoint: Checkpoint | None = None,
    until: int | None = None,
) -> Trained:
    """Train a network from several seeds in one compiled program.

    A later call with an equal network, settings and data shapes runs the same program again,
    whatever the constant learning rate.

    Args:
        network: what is trained; its weights stay in the result, not in the network.
        sample: gathers a batch; a value that compares equal when it does the same.
        data: what it gathers from, and where.
        settings: epochs, batches, loss, optimizer, early stopping.
        seeds: one member each: its initial weights and its order of samples.
        rates: a constant learning rate for each member; none for that of the settings.
        initial: trainable and non-trainable values, [members, ...] each, to start from instead
            of drawing them; optimizer state starts new.
        verbose: as in `Watch`.
        checkpoint: where the run is saved while it runs, so that a killed one can be resumed.
        until: as in `Watch`.

    Returns:
        The run; its variables are `NetworkVariables` with a leading axis of members.

    Raises:
        InputError: if data with an axis of members has not one entry per seed, no validation
            target was observed, the checkpoint cannot be used, or `rates` do not fit.
    """
    data.check(sample, len(seeds))
    _check_rates(settings, rates, len(seeds))
    step = step_of(network, sample, data, settings)
    task = task_of(step, data.places, data.validated, data.axes)
    return run_program(
        _program(task),
        task,
        first_variables(step, data.lanes, seeds, initial, rates or rates_of(settings, seeds)),
        jax.tree.map(jnp.asarray, data.data),
        keys_of(seeds),
        epochs=settings.epochs,
        watch=Watch(verbose=verbose, until=until),
        checkpoint=checkpoint,
    )


def _check_rates(settings: Training, rates: Sequence[float], members: int) -> None:
    if not rates:
        return
    if len(rates) != members:
        raise InputError(f"rates has {len(rates)} values for {members} members; give one for each")
    if not settings.constant_rate:
        raise InputError("members of a learning rate each need schedule='constant' and warmup=0")


def first_variables(
    step: NetworkStep,
    lanes: int,
    seeds: Sequence[int],
    initial: tuple[list[Any], list[Any]] | None,
    rates: Sequence[float],
) -> NetworkVariables:
    """The variables of all members before the first step; arguments as in `train_network`."""
    trainable, non_trainable = initial or initial_weights(step.network, seeds)
    trainable = [jnp.asarray(value) for value in trainable]
    state = step.network.zero_state(lanes) if step.carried else []
    optimizer = optimizer_of(step.network, step.settings, step.steps)
    memory = optimizer.begin(trainable)
    if step.settings.constant_rate:
        memory = optimizer.with_rates(memory, jnp.asarray(rates))
    return NetworkVariables(
        trainable=trainable,
        non_trainable=[jnp.asarray(value) for value in non_trainable],
        optimizer=memory,
        state=[jnp.repeat(part[None], len(seeds), axis=0) for part in state],
        total=jnp.zeros(len(seeds)),
        count=jnp.zeros(len(seeds), int),
    )


def rates_of(settings: Training, seeds: Sequence[int]) -> list[float]:
    """[members] the learning rate of the settings for each."""
    return [settings.learning_rate] * len(seeds)


def keys_of(seeds: Sequence[int]) -> Any:
    """[members] random keys for the order of the samples."""
    return jnp.stack([jax.random.key(seed) for seed in seeds])


def step_of(
    network: Network, sample: Sampler, data: TrainingSet, settings: Training
) -> NetworkStep:
    """One step on such data."""
    rows = data.steps if data.carried else data.samples
    per_epoch = math.ceil(
        rows / (settings.backprop_windows if data.carried else settings.batch_size)
    )
    if settings.constant_rate:
        # It is an argument of the program.
        settings = replace(settings, learning_rate=Training.learning_rate)
    return NetworkStep(
        network,
        settings,
        sample,
        carried=data.carried,
        padded=data.padded,
        complete=data.full,
        # A constant rate shares its program between sets of different sizes.
        steps=0 if settings.constant_rate else per_epoch * settings.epochs,
    )


@lru_cache(maxsize=64)
def task_of(step: NetworkStep, samples: int, validated: int, axes: TrainingData | None) -> Task:
    """Epochs of such steps over so many places for samples, and as many to validate on."""
    # Validation starts each sample from a zero state, as a forecast of one window does.
    judge = replace(step, carried=False, part="validation")

    def validate(variables: NetworkVariables, data: TrainingData) -> Logs:
        batches = [
            jnp.where(data.validation[numbers] < 0, -1, numbers)
            for numbers in Ordered(validated, min(validated, _VALIDATION_BATCH))(data, None, None)
        ]
        fresh = judge.begin(replace(variables, state=[]))
        logs, _ = sweep(judge.evaluate, fresh, data, batches)
        return {"val_loss": logs["loss"]}

    size, shuffle = step.settings.batch_size, step.settings.shuffle
    batches: Batches = (Packed if step.padded else Ordered)(samples, size, shuffle)
    if step.axis is not None:
        batches = OfShard(batches, step.axis)
    if step.carried:
        batches = Given(windows=step.settings.backprop_windows)
    return Task(
        step=step,
        batches=batches,
        begin=step.begin,
        validate=validate if validated else None,
        patience=step.settings.patience,
        axes=axes,
        shards=step.axis,
    )


@lru_cache(maxsize=32)
def _program(task: Task) -> Program:
    return compile_program(task, members=True)
