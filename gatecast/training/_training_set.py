"""What a network is trained on: arrays to gather samples from, and the places where."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

import jax
import jax.numpy as jnp
import numpy as np

from gatecast._types import InputError
from gatecast.framing import Sample

Sampler: TypeAlias = Callable[[Any, Any], Sample]
"""(data, origins [batch]) -> the samples there; a missing target is NaN."""


@dataclass(frozen=True, eq=False)
class TrainingSet:
    """What a network is trained on.

    Attributes:
        arrays: what samples are gathered from, finite but for missing targets (NaN), and the
            forecast origins: `train` [samples], optionally `validation` [samples] and `order`
            [steps, lanes]. Negative origins are padding. With an order, which holds places in
            `train` (negative: empty), memory is carried along it: lane i of a batch goes on
            where lane i of the batch before ended. Members with shorter orders of their own
            begin with empty rows.
        own: names of arrays with a leading axis of members, each of which reads its own: one
            small model per series, or one fold per member. All others are shared.
        complete: promises that no target of any training sample is missing; saves time.
    """

    arrays: dict[str, Any]
    own: tuple[str, ...] = ()
    complete: bool = False

    def length(self, name: str, axis: int = -1) -> int:
        """Places along one axis of an array, zero where there is no such array."""
        return int(self.arrays[name].shape[axis]) if name in self.arrays else 0

    @property
    def carried(self) -> bool:
        """Whether memory is carried from batch to batch."""
        return "order" in self.arrays

    @property
    def samples(self) -> int:
        """Training samples of the member that has most, without padding."""
        return int((np.asarray(self.arrays["train"]) >= 0).sum(axis=-1).max())

    @property
    def padded(self) -> bool:
        """Whether some places for training samples are empty."""
        return bool((np.asarray(self.arrays["train"]) < 0).any())

    @property
    def full(self) -> bool:
        """Whether every batch is known to have a target."""
        used = not self.carried or bool((np.asarray(self.arrays["order"]) >= 0).any(-1).all())
        return self.complete and not self.padded and used

    def check(self, sample: Sampler, members: int) -> None:
        """Raise an `InputError` if the arrays are not those of so many members."""
        for name in self.own:
            if self.length(name, 0) != members:
                raise InputError(
                    f"own array {name!r} must have one entry per seed: expected {members}, "
                    f"got {self.length(name, 0)}"
                )
        if self.length("validation") and not _observed(sample, self.own)(self.arrays):
            raise InputError(
                "no target of any validation sample was observed, so no epoch can be judged: "
                "hold back more samples, or train without validation"
            )


@lru_cache(maxsize=32)
def _observed(sample: Sampler, own: tuple[str, ...]) -> Callable[[dict[str, Any]], Any]:
    """Whether there is any validation target; compiled, so that inputs are not gathered."""

    def observed(data: dict[str, Any]) -> Any:
        origin = data["validation"]
        return (~jnp.isnan(sample(data, origin).targets) & (origin >= 0)[:, None, None]).any()

    def any_observed(data: dict[str, Any]) -> Any:
        axes = {name: 0 if name in own else None for name in data}
        return jax.vmap(observed, in_axes=(axes,))(data).any() if own else observed(data)

    compiled: Callable[[dict[str, Any]], Any] = jax.jit(any_observed)
    return compiled
