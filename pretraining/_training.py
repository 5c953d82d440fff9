"""Training on series that are drawn as they are needed: no sample is seen twice.

A round draws a pool of samples and takes one step on each of its batches; it is one compiled
program, for all members at once.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, NamedTuple, TypeAlias

import jax
import jax.numpy as jnp
import numpy as np
import optax

from gatecast.forecasting import pretrained
from gatecast.network import Network, build_network, initial_weights
from pretraining._samples import Pool, pool

OUTPUT = pretrained.output()
_AHEAD = np.array(pretrained.ROWS_AHEAD, np.float32)
# Rows beyond the 24th count less, as their errors are larger.
_WEIGHT = np.sqrt(np.minimum(24 / _AHEAD, 1))[:, None]
_WARMUP = 0.05
_CLIP = 1.0
# Its random bits are quick to draw and to compile; which they are depends on the kind of device.
_KEYS = "unsafe_rbg"
# Intermittent series have spreads beyond this square; they would count most.
_MOST_WEIGHT = 0.7


@dataclass(frozen=True)
class Plan:
    """What decides the weights, but for the number of rounds.

    Attributes:
        prior: of the series, one of `_families.PRIORS`.
        seed: of all that is drawn; members' first weights are those of seed, seed + 1, ...
        members: networks that are trained side by side.
        batch: samples of a step, of each member.
        steps: of a round.
        rate: the highest learning rate.
        units: of each layer.
    """

    prior: str = "mixed"
    seed: int = 0
    members: int = 4
    batch: int = 512
    steps: int = 32
    rate: float = 3e-3
    units: int = pretrained.ARCHITECTURE.units

    @property
    def seeds(self) -> range:
        """One for each member."""
        return range(self.seed, self.seed + self.members)

    @property
    def series(self) -> int:
        """That each member sees in a round."""
        return self.batch * self.steps


class State(NamedTuple):
    """Where a training stands.

    Attributes:
        weights: trainable values, [members, ...] each.
        memory: Adam's.
    """

    weights: list[Any]
    memory: Any


Round: TypeAlias = Callable[[State, Any, Any], tuple[State, Any]]
"""(state, its number, rounds in all) -> (state, the mean loss of each member); compiled."""


def begin(plan: Plan, start: pretrained.Weights | None = None) -> State:
    """The state before the first round.

    Args:
        plan: of the training.
        start: weights to begin with, [members, ...] each; None to draw them.
    """
    if start is None:
        weights, _ = initial_weights(network_of(plan), plan.seeds)
    else:
        weights = [jnp.asarray(value) for value in pretrained.in_order(start, network_of(plan))[0]]
    return State(weights, jax.vmap(_adam().init)(weights))


def compiled(plan: Plan) -> Round:
    """The program of one round."""
    network = network_of(plan)

    def one_round(state: State, number: Any, rounds: Any) -> tuple[State, Any]:
        one, two = jax.random.split(jax.random.fold_in(_key(plan.seed, 0), number))
        samples = pool(one, plan.prior, plan.members, plan.series)
        order = jax.random.permutation(two, plan.series).reshape(plan.steps, plan.batch)

        def step(state: State, place: Any) -> tuple[State, Any]:
            batch = jax.tree.map(lambda part: part[:, order[place]], samples)
            done = (number * plan.steps + place) / (rounds * plan.steps)
            rate = plan.rate * _share(done)
            after: tuple[State, Any] = _every_member(network, rate, state, batch)
            return after

        state, losses = jax.lax.scan(step, state, np.arange(plan.steps))
        return state, losses.mean(0)

    program: Round = jax.jit(one_round)
    return program


def held_back(plan: Plan, weights: list[Any], samples: int = 8192) -> dict[str, float]:
    """The loss of each prior's series that nothing was trained on: a mean over members.

    Args:
        plan: whose seed they do not share.
        weights: [members, ...] each.
        samples: of each prior, the same for all members.
    """
    network = network_of(plan)

    @partial(jax.jit, static_argnums=0)
    def loss(prior: str, weights: list[Any], key: Any) -> Any:
        # A key that were part of the program would have the compiler draw the samples.
        drawn = pool(key, prior, 1, samples)
        batch = jax.tree.map(lambda part: part[0], drawn)
        return jax.lax.map(lambda own: loss_of(network, own, batch), weights).mean()

    return {
        prior: float(loss(prior, weights, _key(plan.seed, 1)))
        for prior in dict.fromkeys((plan.prior, "structural"))
    }


def loss_of(network: Network, weights: list[Any], batch: Pool) -> Any:
    """The mean pinball loss of one member: wide windows count more, but not in proportion."""
    unused = [jnp.zeros(2, jnp.uint32)] * pretrained.ARCHITECTURE.layers
    state = network.zero_state(len(batch.y))
    raw = network.advance((weights, unused), batch.inputs, state, training=True).y
    there = ~jnp.isnan(batch.y)
    losses = OUTPUT.loss(raw, jnp.where(there, batch.y, 0), jnp.ones(()))
    weight = there * _WEIGHT * jnp.minimum(jnp.sqrt(batch.spread), _MOST_WEIGHT)
    return (losses * weight).sum() / there.sum()


def _step(network: Network, rate: Any, state: State, batch: Pool) -> tuple[State, Any]:
    loss, slopes = jax.value_and_grad(partial(loss_of, network))(state.weights, batch)
    changes, memory = _adam().update(slopes, state.memory)
    weights = jax.tree.map(lambda old, change: old - rate * change, state.weights, changes)
    return State(weights, memory), loss


def _every_member(network: Network, rate: Any, state: State, batch: Pool) -> Any:
    """A step of members side by side; plain products are faster than batches of one."""
    step = partial(_step, network, rate)
    if len(state.weights[0]) > 1:
        return jax.vmap(step)(state, batch)
    alone = step(*jax.tree.map(lambda part: part[0], (state, batch)))
    return jax.tree.map(lambda part: part[None], alone)


def _share(done: Any) -> Any:
    """Of the learning rate, when so large a share of the steps is done: up, then down a cosine."""
    falling = (1 + jnp.cos(math.pi * (done - _WARMUP) / (1 - _WARMUP))) / 2
    return jnp.where(done < _WARMUP, done / _WARMUP, falling)


def _adam() -> optax.GradientTransformation:
    return optax.chain(optax.clip_by_global_norm(_CLIP), optax.scale_by_adam())


def network_of(plan: Plan) -> Network:
    """The network of every member."""
    architecture = replace(pretrained.ARCHITECTURE, units=plan.units)
    return build_network(architecture, pretrained.TRAINED, OUTPUT)


def _key(seed: int, purpose: int) -> Any:
    return jax.random.fold_in(jax.random.key(seed, impl=_KEYS), purpose)
