"""Networks with explicit state as a task: masked targets, memory carried from batch to batch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import jax
import jax.numpy as jnp

from gatecast._backend import keras
from gatecast._types import InputError
from gatecast.network import Network, initial_weights
from gatecast.training._batches import Given, Ordered, Packed
from gatecast.training._loop import Logs, Program, Task, Variables, compile_program, sweep
from gatecast.training._run import Trained, run_program
from gatecast.training._settings import Training

Sample = Callable[[Any, Any], tuple[Any, Any]]
"""(data, origins [batch]) -> x [batch, time steps, features], y [batch, outputs] (NaN: missing)."""

_VALIDATION_BATCH = 256


@dataclass(frozen=True)
class NetworkStep:
    """One optimiser step of a network; a value, so that equal ones share a compiled program.

    The variables are a dictionary: `trainable`, `non_trainable`, `optimizer`, the carried
    `state`, and the running `total` and `count` of the loss over the observed targets.

    Attributes:
        network: what is trained.
        settings: loss and optimiser.
        sample: gathers the samples of a batch from the data.
        carried: whether the state after a batch is the next batch's initial state; gradients
            stop at the border (truncated backpropagation through time, Williams and Peng 1990).
        part: the origins in the data: "train" or "validation".
        padded: whether some origins are padding.
        complete: whether every batch is known to have a target; saves asking at each step, which
            takes as long as the smallest networks' own arithmetic.
    """

    network: Network
    settings: Training
    sample: Sample
    carried: bool = False
    part: str = "train"
    padded: bool = False
    complete: bool = False

    def __call__(self, variables: Variables, data: Any, index: Any) -> tuple[Logs, Variables]:
        """Take one step on the samples `index`; negative numbers are empty places."""
        gradient = jax.value_and_grad(self._loss, has_aux=True)
        (_, after), slopes = gradient(variables["trainable"], variables, data, index)
        after["trainable"], after["optimizer"] = optimizer_of(
            self.network, self.settings
        ).stateless_apply(variables["optimizer"], slopes, variables["trainable"])
        if not self.complete:
            # A batch without a target takes no step, though its inputs are remembered.
            seen = after["count"] > variables["count"]
            for part in ("trainable", "optimizer"):
                after[part] = jax.tree.map(
                    lambda new, old: jnp.where(seen, new, old), after[part], variables[part]
                )
        return {"loss": after["total"] / after["count"]}, after

    def evaluate(self, variables: Variables, data: Any, index: Any) -> tuple[Logs, Variables]:
        """The loss on the samples `index`, without training."""
        _, after = self._loss(variables["trainable"], variables, data, index, training=False)
        return {"loss": after["total"] / after["count"]}, after

    def begin(self, variables: Variables) -> Variables:
        """Memory and running loss at zero."""
        return variables | {
            "state": [jnp.zeros_like(part) for part in variables["state"]],
            "total": jnp.zeros(()),
            "count": jnp.zeros((), int),
        }

    def _loss(
        self, trainable: Any, variables: Variables, data: Any, index: Any, *, training: bool = True
    ) -> tuple[Any, Variables]:
        x, y = self.sample(data, data[self.part][index])
        here = (index >= 0)[:, None]
        observed = here & ~jnp.isnan(y)
        state = variables["state"] if self.carried else self.network.zero_state(len(index))
        prediction, state_after, non_trainable = self.network.forward(
            (trainable, variables["non_trainable"]), x, state, training=training
        )
        errors = _ERRORS[self.settings.loss](prediction - jnp.where(observed, y, prediction))
        total, count = jnp.sum(errors), jnp.sum(observed)
        after = variables | {
            "non_trainable": non_trainable,
            # An empty place has seen nothing yet.
            "state": [here * part for part in state_after] if self.carried else [],
            "total": variables["total"] + total,
            "count": variables["count"] + count,
        }
        return total / jnp.maximum(count, 1), after


_ERRORS: dict[str, Callable[[Any], Any]] = {
    "mse": jnp.square,
    "mae": jnp.abs,
    # Huber (1964) with its corner at 1.
    "huber": lambda e: jnp.where(jnp.abs(e) < 1, 0.5 * e**2, jnp.abs(e) - 0.5),
}


@lru_cache(maxsize=64)
def optimizer_of(network: Network, settings: Training) -> keras.Optimizer:
    """The Keras optimiser, built for the network's weights; only used as a pure function.

    Raises:
        InputError: if Keras has no optimiser of that name.
    """
    config = {"learning_rate": settings.learning_rate, "global_clipnorm": settings.clip}
    try:
        optimizer = keras.optimizers.get({"class_name": settings.optimizer, "config": config})
    except ValueError:
        raise InputError(
            f"optimizer {settings.optimizer!r} is not one of Keras's, such as adam, sgd, rmsprop"
        ) from None
    optimizer.build(network.model.trainable_variables)
    return optimizer


@lru_cache(maxsize=32)
def _program(task: Task) -> Program:
    return compile_program(task, members=True)


def train_network(
    network: Network,
    sample: Sample,
    data: dict[str, Any],
    settings: Training,
    *,
    seeds: Sequence[int],
    complete: bool = False,
    verbose: bool | None = None,
) -> Trained:
    """Train a network from several seeds in one compiled program.

    A later call with an equal network, settings and data shapes runs the same program again.

    Args:
        network: what is trained; its weights stay in the result, not in the network.
        sample: gathers a batch; a value that compares equal when it does the same.
        data: what `sample` reads, and the origins: `train` [samples], optionally `validation`
            [samples] and `order` [steps, lanes]. Negative origins in `train` are padding. With
            an order memory is carried along it: lane i of a batch goes on where lane i of the
            batch before ended.
        settings: epochs, batches, loss, optimiser, early stopping.
        seeds: one member each: its initial weights and its order of samples.
        complete: promises that no target of any sample is missing.
        verbose: as in `Watch`.

    Returns:
        The run; its variables have a leading axis of members.
    """
    lanes = data["order"].shape[1] if "order" in data else 0
    validated = len(data.get("validation", ()))
    padded = bool((data["train"] < 0).any())
    step = NetworkStep(
        network,
        settings,
        sample,
        carried=lanes > 0,
        padded=padded,
        complete=complete and not padded,
    )
    task = _task(step, len(data["train"]), validated)
    optimizer = [variable.value for variable in optimizer_of(network, settings).variables]
    trainable, non_trainable = initial_weights(network, seeds)
    variables = {
        "trainable": trainable,
        "non_trainable": non_trainable,
        "optimizer": _repeat(optimizer, len(seeds)),
        "state": _repeat(network.zero_state(lanes) if lanes else [], len(seeds)),
        "total": jnp.zeros(len(seeds)),
        "count": jnp.zeros(len(seeds), int),
    }
    keys = jnp.stack([jax.random.key(seed) for seed in seeds])
    data = {name: jnp.asarray(array) for name, array in data.items()}
    return run_program(
        _program(task), task, variables, data, keys, epochs=settings.epochs, verbose=verbose
    )


@lru_cache(maxsize=64)
def _task(step: NetworkStep, samples: int, validated: int) -> Task:
    # Validation starts each sample from an empty memory, as a forecast of one window does.
    judge = replace(step, carried=False, part="validation")

    def validate(variables: Variables, data: Any) -> Logs:
        batches = Ordered(validated, min(validated, _VALIDATION_BATCH))(data, None, None)
        fresh = judge.begin(variables | {"state": []})
        logs, _ = sweep(judge.evaluate, fresh, data, batches)
        return {"val_loss": logs["loss"]}

    size, shuffle = step.settings.batch_size, step.settings.shuffle
    ordered = (Packed if step.padded else Ordered)(samples, size, shuffle)
    return Task(
        step=step,
        batches=Given() if step.carried else ordered,
        begin=step.begin,
        validate=validate if validated else None,
        patience=step.settings.patience,
    )


def _repeat(values: Any, times: int) -> Any:
    return jax.tree.map(lambda value: jnp.repeat(value[None], times, axis=0), values)
