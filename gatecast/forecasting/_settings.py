"""All settings of a forecaster, checked, as one record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from gatecast._types import InputError, check_whole
from gatecast.framing import SCALERS, Framing
from gatecast.network import Architecture
from gatecast.training import Training


@dataclass(frozen=True)
class Settings:
    """What a forecaster is made of.

    Attributes:
        framing: what the network sees and is asked for.
        architecture: its layers.
        training: how it is trained.
        scaler: names from `gatecast.framing.SCALERS`, first applied first.
        stateful: carry memory along each series, in training and in prediction.
        members: networks trained from different seeds, combined by the median.
        random_seed: of the first member; the others follow.

    Raises:
        InputError: naming the setting and its value.
    """

    framing: Framing
    architecture: Architecture = field(default_factory=Architecture)
    training: Training = field(default_factory=Training)
    scaler: tuple[str, ...] = ("standard",)
    stateful: bool = False
    members: int = 1
    random_seed: int = 0

    def __post_init__(self) -> None:
        check_whole("members", self.members, 1)
        check_whole("random_seed", self.random_seed, 0)
        for name in self.scaler:
            if name not in SCALERS:
                raise InputError(f"scaler {name!r} is not known; choose from {', '.join(SCALERS)}")
        if self.stateful and self.architecture.cell == "dense":
            raise InputError("stateful=True needs a recurrent cell, got cell='dense'")

    @property
    def seeds(self) -> range:
        """One seed per member."""
        return range(self.random_seed, self.random_seed + self.members)

    def to_json(self) -> dict[str, Any]:
        """Plain dictionaries, lists, numbers and strings."""
        return asdict(self) | {"scaler": list(self.scaler)}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Settings:
        """The record that `to_json` described."""
        parts = {
            "framing": Framing(**content["framing"]),
            "architecture": Architecture(**content["architecture"]),
            "training": Training(**content["training"]),
            "scaler": tuple(content["scaler"]),
        }
        return cls(**{**content, **parts})
