"""One network trained on shards of the data side by side, with the gradients of all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Self

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from gatecast._group import ALONE, Group
from gatecast._types import InputError
from gatecast.network import Network
from gatecast.training._checkpoint import Checkpoint
from gatecast.training._loop import Program, Run, Task, program_of
from gatecast.training._network_step import NetworkStep
from gatecast.training._network_task import (
    first_variables,
    keys_of,
    rates_of,
    step_of,
    task_of,
)
from gatecast.training._run import Trained, Watch, run_program
from gatecast.training._settings import Training
from gatecast.training._training_set import NOTHING_TO_JUDGE_BY, Sampler, TrainingSet
from gatecast.training.parallel._shards import sharded

_AXIS = "shards"
_SPREAD, _EVERYWHERE = PartitionSpec(_AXIS), PartitionSpec()


@dataclass(frozen=True)
class DataParallel:
    """Trains one network on many shards of the data; called like `train_network`.

    In each step every shard takes `batch_size` / shards of its own samples, rounded up. The
    gradients of all are added up, so that each step is that of the whole batch, and weights are
    equal everywhere. A shard with fewer samples than others has empty places at the end of an
    epoch. There are no shards of data that differ between members.

    Attributes:
        shards: that the data of this process are divided into.
        devices: those of all processes, one for each shard; empty runs all shards on one device,
            which gives the same result.
        group: the processes that train together, each with data of its own.
    """

    shards: int
    devices: tuple[jax.Device, ...] = ()
    group: Group = ALONE

    @classmethod
    def on_devices(cls, group: Group = ALONE) -> Self:
        """A shard for every device of every process."""
        return cls(len(jax.local_devices()), tuple(jax.devices()), group)

    def __call__(
        self,
        network: Network,
        sample: Sampler,
        data: TrainingSet,
        settings: Training,
        *,
        seeds: Sequence[int],
        initial: tuple[list[Any], list[Any]] | None = None,
        verbose: bool | None = None,
        checkpoint: Checkpoint | None = None,
    ) -> Trained:
        """As `train_network`.

        Raises:
            InputError: as `train_network`; for data that differ between members.
        """
        if data.own != "nothing":
            raise InputError(
                "data-parallel training is for one global model: fit several folds, or local "
                "models, as tasks of their own"
            )
        given = sharded(data, self.shards, self.group)
        if given.validated and not self.group.any(given.judges(sample)):
            raise InputError(NOTHING_TO_JUDGE_BY)
        step = self._step(network, sample, given, settings)
        task = task_of(step, given.places, given.validated, None)
        trained = run_program(
            _program(task, self.devices),
            task,
            first_variables(step, given.lanes, seeds, initial, rates_of(settings, seeds)),
            self._placed(given.data),
            keys_of(seeds),
            epochs=settings.epochs,
            watch=Watch(verbose=verbose),
            checkpoint=checkpoint,
            group=self.group,
        )
        # What comes next happens in this process alone.
        own = jax.tree.map(lambda value: jnp.asarray(np.asarray(value)), trained.variables)
        return replace(trained, variables=own)

    def _step(
        self, network: Network, sample: Sampler, data: TrainingSet, settings: Training
    ) -> NetworkStep:
        shards = len(self.devices) or self.shards
        own = replace(settings, batch_size=-(-settings.batch_size // shards))
        step = step_of(network, sample, data, own)
        return replace(
            step,
            axis=_AXIS,
            padded=self.group.any(step.padded),
            complete=self.group.all(step.complete),
            steps=self.group.most(step.steps),
        )

    def _placed(self, data: Any) -> Any:
        """The shards of this process on its devices."""
        if not self.devices:
            return jax.tree.map(jnp.asarray, data)
        sharding = NamedSharding(_mesh(self.devices), _SPREAD)
        return jax.tree.map(
            lambda array: jax.make_array_from_process_local_data(
                sharding, array, (len(self.devices), *array.shape[1:])
            ),
            data,
        )


@lru_cache(maxsize=32)
def _program(task: Task, devices: tuple[jax.Device, ...]) -> Program:
    """The compiled program of all shards; the run it returns is that of each."""
    advance = program_of(task, members=True)
    if not devices:
        spread = jax.vmap(advance, (None, 0, None, None, None), axis_name=_AXIS)

        def on_one_device(run: Run, data: Any, keys: Any, first: Any, until: Any) -> Run:
            every = spread(run, data, keys, first, until)
            same: Run = jax.tree.map(lambda part: part[0], every)
            return same

        compiled: Program = jax.jit(on_one_device)
        return compiled

    def shard(run: Run, data: Any, keys: Any, first: Any, until: Any) -> Run:
        own = jax.tree.map(lambda part: part[0], data)
        return advance(run, own, jax.random.wrap_key_data(keys), first, until)

    mesh = _mesh(devices)
    every = NamedSharding(mesh, _EVERYWHERE)
    program = jax.jit(
        jax.shard_map(
            shard,
            mesh=mesh,
            in_specs=(_EVERYWHERE, _SPREAD, _EVERYWHERE, _EVERYWHERE, _EVERYWHERE),
            out_specs=_EVERYWHERE,
            # The sum over shards is the same everywhere, which JAX cannot know of all that follows.
            check_vma=False,
        )
    )

    def everywhere(value: Any) -> Any:
        if isinstance(value, jax.Array) and value.sharding == every:
            return value
        return jax.make_array_from_process_local_data(every, np.asarray(value))

    def run_on_devices(run: Run, data: Any, keys: Any, first: int, until: int) -> Run:
        run, numbers = jax.tree.map(everywhere, (run, jax.random.key_data(keys)))
        after: Run = program(run, data, numbers, first, until)
        return after

    return run_on_devices


def _mesh(devices: tuple[jax.Device, ...]) -> Mesh:
    return Mesh(np.array(devices), (_AXIS,))
