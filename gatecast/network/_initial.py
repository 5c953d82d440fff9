"""Initial weights of many members, drawn in one compiled program."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp

from gatecast.network._network import Network

_GLOROT = jax.nn.initializers.glorot_uniform()
_ORTHOGONAL = jax.nn.initializers.orthogonal()


def initial_weights(network: Network, seeds: Sequence[int]) -> tuple[list[Any], list[Any]]:
    """Weights of one member per seed, distributed as Keras draws them.

    Input kernels are uniform (Glorot and Bengio 2010), recurrent kernels orthogonal (Saxe et al.
    2014), biases zero but for the forget gate's one (Jozefowicz et al. 2015), the linear skip
    zero.

    Returns:
        Trainable and non-trainable values (seeds of dropout), [members, ...] each.
    """
    keys = jnp.stack([jax.random.key(seed) for seed in seeds])
    trainable, non_trainable = _draw(network, keys)
    return trainable, non_trainable


@partial(jax.jit, static_argnums=0)
def _draw(network: Network, keys: Any) -> tuple[list[Any], list[Any]]:
    trainable = network.model.trainable_variables
    dropout = network.model.non_trainable_variables

    def member(key: Any) -> tuple[list[Any], list[Any]]:
        streams = jax.random.split(key, len(trainable) + len(dropout))
        return (
            [_weight(*pair) for pair in zip(trainable, streams, strict=False)],
            [
                jax.random.bits(stream, variable.shape).astype(variable.dtype)
                for variable, stream in zip(dropout, streams[len(trainable) :], strict=True)
            ],
        )

    drawn: tuple[list[Any], list[Any]] = jax.vmap(member)(keys)
    return drawn


def _weight(variable: Any, key: Any) -> Any:
    layer, name = variable.path.split("/")[0], variable.name
    if layer == "linear_skip":
        return jnp.zeros(variable.shape)
    if name == "kernel":
        return _GLOROT(key, variable.shape)
    if name == "recurrent_kernel":
        return _ORTHOGONAL(key, variable.shape)
    if layer.startswith("lstm"):
        # The bias of the gates i, f, c, o.
        gates = jnp.zeros((4, variable.shape[0] // 4)).at[1].set(1.0)
        return gates.reshape(-1)
    return jnp.zeros(variable.shape)
