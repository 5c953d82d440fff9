"""What a network is trained on: arrays to gather samples from, and the forecast origins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, Literal, TypeAlias, get_args

import jax
import jax.numpy as jnp
import numpy as np

from gatecast._types import InputError
from gatecast.framing import Sample

Sampler: TypeAlias = Callable[[Any, Any], Sample]
"""(source, origins [batch]) -> the samples there; a missing target is NaN."""

NOTHING_TO_JUDGE_BY = (
    "no target of any validation sample was observed, so no epoch can be judged: "
    "hold back more samples, or train without validation"
)

OwnData: TypeAlias = Literal["nothing", "origins", "everything"]


@partial(jax.tree_util.register_dataclass)
@dataclass(frozen=True)
class TrainingData:
    """What the compiled program reads.

    Attributes:
        source: what samples are gathered from, such as `gatecast.framing.Rows`; finite except
            missing targets (NaN).
        train: [samples] forecast origins to train on; negative ones are padding.
        validation: [samples] forecast origins to validate on, likewise; None for none.
        order: [steps, lanes] places in `train` (negative: empty) along which state is carried:
            lane i of a batch continues lane i of the batch before. Shorter orders of some members
            are padded with empty rows in front. None where the state starts at zero in each window.
    """

    source: Any
    train: Any
    validation: Any = None
    order: Any = None


@dataclass(frozen=True, eq=False)
class TrainingSet:
    """What a network is trained on.

    Attributes:
        data: of all members.
        own: which data differ between members, and so have a leading axis of members: "nothing",
            "origins" for one small model per series, "everything" for one fold per member.
        complete: promises that no target of any training sample is missing; saves time.

    Raises:
        InputError: if `own` is none of these.
    """

    data: TrainingData
    own: OwnData = "nothing"
    complete: bool = False

    def __post_init__(self) -> None:
        if self.own not in get_args(OwnData):
            raise InputError(f"own must be one of {', '.join(get_args(OwnData))}, got {self.own!r}")

    @property
    def axes(self) -> TrainingData | None:
        """The axis of members in each part of the data, None where it is shared."""
        if self.own == "nothing":
            return None
        return TrainingData(0 if self.own == "everything" else None, 0, 0, 0)

    @property
    def carried(self) -> bool:
        """Whether hidden and cell state are carried from batch to batch."""
        return self.data.order is not None

    @property
    def lanes(self) -> int:
        """Series along which state is carried; 0 where none is carried."""
        return int(self.data.order.shape[-1]) if self.carried else 0

    @property
    def steps(self) -> int:
        """Windows of the longest lane; 0 where no state is carried."""
        return int(self.data.order.shape[-2]) if self.carried else 0

    @property
    def places(self) -> int:
        """Places for training samples, padding included."""
        return int(self.data.train.shape[-1])

    @property
    def validated(self) -> int:
        """Validation samples."""
        return 0 if self.data.validation is None else int(self.data.validation.shape[-1])

    @property
    def samples(self) -> int:
        """Training samples of the member that has most, without padding."""
        return int((np.asarray(self.data.train) >= 0).sum(axis=-1).max())

    @property
    def padded(self) -> bool:
        """Whether some places for training samples are empty."""
        return bool((np.asarray(self.data.train) < 0).any())

    @property
    def full(self) -> bool:
        """Whether every batch is known to have a target."""
        used = not self.carried or bool((np.asarray(self.data.order) >= 0).any(-1).all())
        return self.complete and not self.padded and used

    def check(self, sample: Sampler, members: int) -> None:
        """Raise an `InputError` if the arrays are not those of so many members."""
        if self.own != "nothing" and len(self.data.train) != members:
            raise InputError(
                f"own={self.own!r} needs one entry per seed: expected {members}, got "
                f"{len(self.data.train)}"
            )
        if self.validated and not self.judges(sample):
            raise InputError(NOTHING_TO_JUDGE_BY)

    def judges(self, sample: Sampler) -> bool:
        """Whether the target of any validation sample was observed."""
        return bool(_observed(sample, self.axes)(self.data))


def of_first_member(data: Any, axes: Any) -> Any:
    """The data of the first member: without the axis of members, where there is one."""

    def first(axis: int | None, part: Any) -> Any:
        return part if axis is None else jax.tree.map(lambda array: array[0], part)

    return data if axes is None else jax.tree.map(first, axes, data, is_leaf=lambda x: x is None)


@lru_cache(maxsize=32)
def _observed(sample: Sampler, axes: TrainingData | None) -> Callable[[TrainingData], Any]:
    """Whether there is any validation target; compiled, so that inputs are not gathered."""

    def observed(data: TrainingData) -> Any:
        origin = data.validation
        targets = sample(data.source, origin).targets
        return (~jnp.isnan(targets) & (origin >= 0)[:, None, None]).any()

    def any_observed(data: TrainingData) -> Any:
        return observed(data) if axes is None else jax.vmap(observed, (axes,))(data).any()

    compiled: Callable[[TrainingData], Any] = jax.jit(any_observed)
    return compiled
