"""Initial weights of many members, drawn in one compiled program."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from gatecast.network._keras_model import load_keras_model
from gatecast.network._network import Network

_DRAWN = {
    "kernel": jax.nn.initializers.glorot_uniform(),
    "recurrent_kernel": lambda key, shape: jax.random.normal(key, shape[::-1]),
    "embeddings": partial(jax.random.uniform, minval=-0.05, maxval=0.05),
    # softplus(-4) = 0.018: ten steps without an observation leave five sixths of the state.
    "decay_rate": jax.nn.initializers.constant(-4.0),
}


def initial_weights(network: Network, seeds: Sequence[int]) -> tuple[list[Any], list[Any]]:
    """Weights of one member per seed, distributed as Keras draws them.

    The weights of a user's Keras model come from the initialisers of its layers. In all others
    input kernels are uniform (Glorot and Bengio 2010), recurrent kernels orthogonal (Saxe et al.
    2014), embeddings uniform and small. Biases are zero, except those of the forget gate, which are
    one (Jozefowicz et al. 2015); the linear skip is zero.

    Returns:
        Trainable and non-trainable values (seeds of dropout), [members, ...] each.
    """
    if network.architecture.kind == "keras":
        return _own_weights(network, seeds)
    keys = jnp.stack([jax.random.key(seed) for seed in seeds])
    trainable, non_trainable = _draw(network, keys)
    names = [variable.path.rpartition("/")[2] for variable in network.model.trainable_variables]
    return [
        _orthogonal(value) if name == "recurrent_kernel" else value
        for name, value in zip(names, trainable, strict=True)
    ], non_trainable


def _orthogonal(normal: Any) -> Any:
    """[..., columns, rows] of normal numbers as orthogonal rows, [..., rows, columns].

    The sign of each makes all such matrices equally likely (Mezzadri 2007). NumPy does it, because
    XLA's QR of several members occupies the threads it waits for: with two layers on two cores both
    wait for good.
    """
    q, r = np.linalg.qr(np.asarray(normal))
    signs = np.sign(np.diagonal(r, axis1=-2, axis2=-1))
    return jnp.asarray(np.ascontiguousarray(np.swapaxes(q * signs[..., None, :], -1, -2)))


def _own_weights(network: Network, seeds: Sequence[int]) -> tuple[list[Any], list[Any]]:
    text = network.architecture.keras_model
    models = [load_keras_model(text, seed) for seed in seeds]

    def stacked(members: list[list[Any]]) -> list[Any]:
        return [jnp.stack([each.value for each in one]) for one in zip(*members, strict=True)]

    return (
        stacked([model.trainable_variables for model in models]),
        stacked([model.non_trainable_variables for model in models]),
    )


# It runs once, so most of its time is compilation.
@partial(jax.jit, static_argnums=0, compiler_options={"xla_backend_optimization_level": 0})
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
    layer, *_, name = variable.path.split("/")
    if name in _DRAWN and layer != "linear_skip":
        return _DRAWN[name](key, variable.shape)
    start = jnp.zeros(variable.shape)
    if variable.path.endswith("lstm_cell/bias"):
        # The bias of the gates i, f, c, o.
        return start.reshape(4, -1).at[1].set(1.0).reshape(-1)
    return start
