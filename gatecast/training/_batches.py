"""The order of samples: the batches of one epoch as matrices of sample numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import jax
import jax.numpy as jnp


class Batches(Protocol):
    """The batches of one epoch; equal ones share a compiled program."""

    def __call__(self, data: Any, key: Any, epoch: Any) -> list[Any]:
        """Matrices [steps, batch size] of sample numbers, run one after another.

        There are two matrices where the last batch is smaller; a negative number is an empty place.
        """


@dataclass(frozen=True)
class Ordered:
    """Every sample once per epoch, in order of time or shuffled anew each time."""

    samples: int
    batch_size: int
    shuffle: bool = False

    def __call__(self, data: Any, key: Any, epoch: Any) -> list[Any]:
        order = jnp.arange(self.samples)
        if self.shuffle:
            order = jax.random.permutation(jax.random.fold_in(key, epoch), order)
        return self.cut(order)

    def cut(self, order: Any) -> list[Any]:
        """An order as batches: the whole ones, then what is left."""
        whole = self.samples // self.batch_size * self.batch_size
        parts = [order[:whole].reshape(-1, self.batch_size), order[whole:].reshape(1, -1)]
        return [part for part in parts if part.size]


@dataclass(frozen=True)
class Packed:
    """`Ordered` over the origins `data.train`, of which negative ones are padding.

    Padding comes last in every epoch, so that training sets of different sizes, padded to the
    same length, share a compiled program and still see full batches. In order of time these are
    the batches seen unpadded; a shuffled order is drawn for the padded length.
    """

    samples: int
    batch_size: int
    shuffle: bool = False

    def __call__(self, data: Any, key: Any, epoch: Any) -> list[Any]:
        padding = data.train < 0
        order = jax.random.uniform(jax.random.fold_in(key, epoch), (self.samples,))
        place = order if self.shuffle else jnp.arange(self.samples) / self.samples
        numbers = jnp.argsort(padding + place)
        numbers = jnp.where(padding[numbers], -1, numbers)
        return Ordered(self.samples, self.batch_size).cut(numbers)


@dataclass(frozen=True)
class OfShard:
    """The batches of one shard of the data, whose order is drawn apart from those of others.

    Attributes:
        batches: of its samples.
        axis: the name of the axis of shards.
    """

    batches: Batches
    axis: str

    def __call__(self, data: Any, key: Any, epoch: Any) -> list[Any]:
        return self.batches(data, jax.random.fold_in(key, jax.lax.axis_index(self.axis)), epoch)


@dataclass(frozen=True)
class Given:
    """The matrix `data.order` in each epoch, for state that is carried along each series.

    With `windows` above 1 its rows are grouped, [groups, windows, batch size]; the first group is
    padded with empty places in front.
    """

    windows: int = 1

    def __call__(self, data: Any, key: Any, epoch: Any) -> list[Any]:
        order = data.order
        if self.windows == 1:
            return [order]
        steps, lanes = order.shape
        order = jnp.pad(order, ((-steps % self.windows, 0), (0, 0)), constant_values=-1)
        return [order.reshape(-1, self.windows, lanes)]
