"""How networks of whole sequences are built, trained and judged, as one record."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Literal, TypeAlias

from gatecast._types import MOST_ROWS, InputError, check_whole
from gatecast.network import Architecture
from gatecast.training import Training

SequenceKind: TypeAlias = Literal["stack", "residual", "dilated", "bidirectional", "cnn"]
SequenceCell: TypeAlias = Literal["lstm", "gru", "rnn"]

_MOST_MEMBERS = 10_000
# Of forecasts, in the order of time.
_NOT_HERE = ("recent", "backprop_windows")


@dataclass(frozen=True)
class Settings:
    """Settings of an estimator of whole sequences.

    Attributes:
        architecture: the layers.
        training: how they are trained.
        max_length: rows read of a sequence, its last; None for all.
        members: networks trained from different seeds.
        random_seed: of the first member, and of which sequences are held back.
        held_back: share of the sequences on which networks that have not seen them are judged.

    Raises:
        InputError: naming the setting and its value.
    """

    architecture: Architecture
    training: Training
    max_length: int | None
    members: int
    random_seed: int
    held_back: float

    def __post_init__(self) -> None:
        check_whole("members", self.members, 1, _MOST_MEMBERS)
        check_whole("random_seed", self.random_seed, 0)
        if self.max_length is not None:
            check_whole("max_length", self.max_length, 1, MOST_ROWS)
        if not 0 <= self.held_back < 1:
            raise InputError(f"held_back must lie in [0, 1), got {self.held_back}")
        usual = {each.name: each.default for each in fields(Training)}
        for name in _NOT_HERE:
            if (value := getattr(self.training, name)) != usual[name]:
                raise InputError(f"training: {name} is for forecasts; leave it out, got {value}")
        if self.training.loss == "mape":
            raise InputError("training: loss 'mape' is for forecasts; choose mse, mae or huber")

    @property
    def name(self) -> str:
        """What the networks are called in a report."""
        return self.architecture.cell.upper()

    @property
    def seeds(self) -> range:
        """One seed per member."""
        return range(self.random_seed, self.random_seed + self.members)
