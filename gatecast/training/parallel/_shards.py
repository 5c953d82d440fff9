"""A training set divided into shards of the same shapes, in this process and in others."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import jax
import numpy as np

from gatecast._group import Group
from gatecast.training._training_set import TrainingData, TrainingSet


def sharded(data: TrainingSet, shards: int, group: Group) -> TrainingSet:
    """The training set of this process in shards: a leading axis on all its arrays.

    A shard gets every so many-th sample, or lane where state is carried; one after another the
    batches of all shards are then those of the whole set. Rows are the same for each. Arrays are
    padded to the longest of all processes.

    Args:
        data: of this process; shared by all members.
        shards: how many of it.
        group: the processes whose shards need the same shapes.
    """
    rows, kind = jax.tree.flatten(data.data.source)
    parts = [_part(data.data, shard, shards) for shard in range(shards)]
    validation = _padded([_or_none(part.validation) for part in parts], group)
    stacked = TrainingData(
        jax.tree.unflatten(kind, _padded_rows(rows, shards, group)),
        train=_padded([part.train for part in parts], group),
        validation=validation if validation.size else None,
        order=_padded([part.order for part in parts], group, late=True) if data.carried else None,
    )
    return TrainingSet(stacked, own="everything", complete=data.complete)


def _part(data: TrainingData, shard: int, shards: int) -> TrainingData:
    """The samples of one shard."""
    mine = slice(shard, None, shards)
    if data.order is not None:
        # Places in `train` have to stay.
        return replace(data, validation=_some(data.validation, mine), order=data.order[:, mine])
    return replace(data, train=data.train[mine], validation=_some(data.validation, mine))


def _some(origins: Any, which: slice) -> Any:
    return None if origins is None else origins[which]


def _or_none(origins: Any) -> Any:
    """Origins, or an array of none."""
    return np.zeros(0, np.int64) if origins is None else origins


def _padded(parts: list[Any], group: Group, *, late: bool = False) -> Any:
    """[shards, ...] arrays of numbers with -1 behind, up to the largest size on each axis.

    Args:
        parts: of the shards of this process.
        group: the processes.
        late: pad the first axis in front instead, so that all shards end together.
    """
    sizes = np.array([size for own in group.gather([p.shape for p in parts]) for size in own])
    spare = [sizes.max(axis=0) - part.shape for part in parts]
    widths = [[(0, int(more)) for more in each] for each in spare]
    if late:
        widths = [[(first[1], 0), *rest] for first, *rest in widths]
    padded = [
        np.pad(part, width, constant_values=-1) for part, width in zip(parts, widths, strict=True)
    ]
    return np.stack(padded)


def _padded_rows(rows: list[Any], shards: int, group: Group) -> list[Any]:
    """[shards, rows, ...] each: the same for all shards, with zeros behind that are never read."""
    lengths = np.array(group.gather([len(array) for array in rows])).max(axis=0)
    padded = [
        np.pad(array, [(0, most - len(array))] + [(0, 0)] * (array.ndim - 1))
        for array, most in zip(map(np.asarray, rows), lengths, strict=True)
    ]
    return [np.broadcast_to(array, (shards, *array.shape)) for array in padded]
