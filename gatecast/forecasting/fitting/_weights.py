"""Weights of many members: [groups, members, ...] in a model, [members, ...] in training."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from gatecast._types import InputError
from gatecast.training import Trained, Training


def weights_of(trained: Trained, groups: int) -> Any:
    """The weights of a run of groups * members, [groups, members, ...] each."""
    weights = (trained.variables.trainable, trained.variables.non_trainable)

    def grouped(value: Any) -> Any:
        # By NumPy: JAX would compile a program for each shape.
        return jnp.asarray(np.asarray(value).reshape(groups, -1, *value.shape[1:]))

    return jax.tree.map(grouped, weights)


def group_of(weights: Any, group: int) -> Any:
    """The weights of one group, [1, members, ...] each."""
    return jax.tree.map(lambda value: value[group : group + 1], weights)


def without_groups(weights: Any) -> Any:
    """[groups, members, ...] as [groups * members, ...]."""
    return jax.tree.map(lambda value: value.reshape(-1, *value.shape[2:]), weights)


def refuse_divergence(training: Training, weights: Any) -> None:
    """Raise an `InputError` with what to do unless every weight is finite."""
    if not all(np.isfinite(values).all() for values in weights[0]):
        raise InputError(
            f"training diverged: the weights are not finite; lower learning_rate "
            f"{training.learning_rate} or set clip"
        )
