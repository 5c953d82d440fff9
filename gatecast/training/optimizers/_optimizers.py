"""Optimizers of Keras and Optax alike, as pure functions."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol

import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree

from gatecast._backend import keras
from gatecast._lazy import lazy
from gatecast.network import Network
from gatecast.training._settings import Training
from gatecast.training.optimizers._schedules import schedule_of

if TYPE_CHECKING:
    import optax
else:
    optax = lazy("optax")

_of_optax = lazy("gatecast.training.optimizers._optax_schedule")


class Optimizer(Protocol):
    """An optimizer, whichever library it comes from."""

    def begin(self, trainable: list[Any]) -> Any:
        """Its state before the first step, for weights with a leading axis of members."""

    def with_rates(self, state: Any, rates: Any) -> Any:
        """A state of `begin` with a constant learning rate [members] of each member's own."""

    def apply(
        self, state: Any, gradients: list[Any], trainable: list[Any]
    ) -> tuple[list[Any], Any]:
        """The weights and the state of one member after a step."""


@lru_cache(maxsize=64)
def optimizer_of(network: Network, settings: Training, steps: int = 0) -> Optimizer:
    """The optimizer of the settings, for the weights of a network.

    Args:
        network: whose weights; biases (and other vectors) are left out of weight decay.
        settings: optimizer, learning rate and its schedule, clipping, weight decay.
        steps: that the schedule is spread over.
    """
    if settings.optimizer == "cocob":
        return _cocob(settings)
    schedule = schedule_of(settings, steps)
    config = {
        "learning_rate": settings.learning_rate
        if schedule is None
        else _of_optax.OptaxSchedule(schedule),
        "global_clipnorm": settings.clip,
    }
    if settings.weight_decay:
        config["weight_decay"] = settings.weight_decay
    optimizer = keras.optimizers.get({"class_name": settings.optimizer, "config": config})
    variables = network.model.trainable_variables
    if optimizer.weight_decay or settings.optimizer == "adafactor":
        # These treat matrices and vectors differently.
        optimizer.exclude_from_weight_decay([v for v in variables if len(v.shape) < 2])  # noqa: PLR2004 (a matrix)
        optimizer.build(variables)
        return _OfKeras(optimizer)
    weights = sum(math.prod(variable.shape) for variable in variables)
    optimizer.build([keras.Variable(jnp.zeros(weights))])
    return _Flat(_OfKeras(optimizer))


def _cocob(settings: Training) -> Optimizer:
    """Continuous coin betting, which needs no learning rate (Orabona and Tommasi 2017)."""
    cocob = optax.contrib.cocob(
        weight_decay=settings.weight_decay,
        mask=lambda weights: [weight.ndim > 1 for weight in weights],
    )
    if settings.clip is None:
        return _OfOptax(cocob)
    return _OfOptax(optax.chain(optax.clip_by_global_norm(settings.clip), cocob))


@dataclass(frozen=True)
class _OfKeras:
    optimizer: keras.Optimizer

    def begin(self, trainable: list[Any]) -> Any:
        members = len(trainable[0])
        # By NumPy: JAX would compile a program for each shape.
        starts = [np.asarray(part.value) for part in self.optimizer.variables]
        return [jnp.asarray(np.repeat(start[None], members, axis=0)) for start in starts]

    def with_rates(self, state: Any, rates: Any) -> Any:
        # Keras keeps a constant learning rate among the variables of the optimizer.
        names = [variable.name for variable in self.optimizer.variables]
        return [
            rates.astype(part.dtype) if name == "learning_rate" else part
            for name, part in zip(names, state, strict=True)
        ]

    def apply(
        self, state: Any, gradients: list[Any], trainable: list[Any]
    ) -> tuple[list[Any], Any]:
        after: tuple[list[Any], Any] = self.optimizer.stateless_apply(state, gradients, trainable)
        return after


@dataclass(frozen=True)
class _Flat:
    """An optimizer on all weights as one vector: far fewer operations for small networks."""

    optimizer: Optimizer

    def begin(self, trainable: list[Any]) -> Any:
        return self.optimizer.begin(trainable)

    def with_rates(self, state: Any, rates: Any) -> Any:
        return self.optimizer.with_rates(state, rates)

    def apply(
        self, state: Any, gradients: list[Any], trainable: list[Any]
    ) -> tuple[list[Any], Any]:
        flat, apart = ravel_pytree(trainable)
        (after,), state = self.optimizer.apply(state, [ravel_pytree(gradients)[0]], [flat])
        return apart(after), state


@dataclass(frozen=True)
class _OfOptax:
    optimizer: optax.GradientTransformation

    def begin(self, trainable: list[Any]) -> Any:
        return jax.vmap(self.optimizer.init)(trainable)

    def with_rates(self, state: Any, rates: Any) -> Any:
        # Coin betting has none.
        return state

    def apply(
        self, state: Any, gradients: list[Any], trainable: list[Any]
    ) -> tuple[list[Any], Any]:
        changes, state = self.optimizer.update(gradients, state, trainable)
        weights: list[Any] = optax.apply_updates(trainable, changes)
        return weights, state
