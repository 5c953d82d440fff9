"""The settings of the networks of one part, checked, as one record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal, get_args

from gatecast._types import InputError, check_whole
from gatecast.framing import SCALERS, Exogenous, Framing
from gatecast.network import (
    Architecture,
    Output,
    Point,
    Quantiles,
    output_from_json,
    output_to_json,
)
from gatecast.training import Training

Gaps = Literal["auto", "mask", "bridge", "decay"]
Scope = Literal["global", "local"]
Combine = Literal["median", "mean"]

# Scalers whose values are logarithms.
_LOGARITHMS = (("log",), ("asinh",))
_MOST_MEMBERS = 10_000


@dataclass(frozen=True)
class Settings:
    """What networks read, how they are built, and how they are trained.

    Attributes:
        framing: what the network reads, and which rows it forecasts.
        architecture: its layers.
        training: how it is trained.
        output: what it forecasts of each future value: a point, quantiles or a distribution.
        exogenous: columns it reads besides the target.
        scaler: names from `gatecast.framing.SCALERS`, first applied first.
        gaps: how the network reads a step without an observation: "mask" leaves hidden and cell
            state unchanged, "bridge" repeats the last value, "decay" shrinks hidden and cell state
            with the time gone by; "auto" is "decay" where times are irregular, else "mask".
        scope: "global", one model for all series, or "local", one for each.
        stateful: carry hidden and cell state along each series, in training and in prediction.
        members: networks trained from different seeds.
        combine: how their forecasts are combined, "median" or "mean".
        random_seed: of the first member; the others follow.

    Raises:
        InputError: naming the setting and its value.
    """

    framing: Framing
    architecture: Architecture = field(default_factory=Architecture)
    training: Training = field(default_factory=Training)
    output: Output = field(default_factory=Point)
    exogenous: Exogenous = field(default_factory=Exogenous)
    scaler: tuple[str, ...] = ("standard",)
    gaps: Gaps = "auto"
    scope: Scope = "global"
    stateful: bool = False
    members: int = 1
    combine: Combine = "median"
    random_seed: int = 0

    def __post_init__(self) -> None:
        check_whole("members", self.members, 1, _MOST_MEMBERS)
        check_whole("random_seed", self.random_seed, 0)
        for name, known in (("gaps", Gaps), ("scope", Scope), ("combine", Combine)):
            value = getattr(self, name)
            if value not in get_args(known):
                raise InputError(
                    f"{name} must be one of {', '.join(get_args(known))}, got {value!r}"
                )
        for name in self.scaler:
            if name not in SCALERS:
                raise InputError(f"scaler {name!r} is not known; choose from {', '.join(SCALERS)}")
        self._check_output()
        self._check_memory()

    def _check_output(self) -> None:
        name, units = type(self.output).__name__, self.output.units
        if self.framing.block > 1 and not isinstance(self.output, Quantiles):
            raise InputError(f"block > 1 needs output Quantiles, got {name}")
        if isinstance(self.output, Point):
            plain = tuple(name for name in self.scaler if name != "year")
            if self.training.loss == "mape" and plain[-1:] not in _LOGARITHMS:
                raise InputError(
                    "loss 'mape' needs values that are logarithms, scaler='log' or 'asinh', got "
                    f"{'+'.join(self.scaler) or '()'}"
                )
            return
        if units != "any" and self.framing.level != "none":
            raise InputError(f"output {name} needs window_level='none', got {self.framing.level!r}")
        allowed = {
            "any": tuple(each for each in SCALERS if "difference" not in each),
            "ratio": ("mean",),
            "raw": (),
        }[units]
        if set(self.scaler) - set(allowed) or (units == "ratio" and not self.scaler):
            wanted = f"a scaler from {', '.join(allowed)}" if allowed else "scaler=()"
            raise InputError(f"output {name} needs {wanted}, got {'+'.join(self.scaler) or '()'}")

    def _check_memory(self) -> None:
        if self.stateful and not self.architecture.remembers:
            raise InputError(
                "stateful=True needs a network whose memory goes on, got "
                f"network={self.architecture.kind!r} with cell={self.architecture.cell!r}"
            )
        if self.stateful and self.scope == "local":
            raise InputError("stateful=True needs scope='global', got 'local'")

    @property
    def seeds(self) -> range:
        """One seed per member."""
        return range(self.random_seed, self.random_seed + self.members)

    def with_season(self, season: int) -> Settings:
        """The settings for series with so many rows per season, where the window level uses it."""
        if self.framing.level != "seasonal":
            return self
        return replace(self, framing=replace(self.framing, season=season))

    def to_json(self) -> dict[str, Any]:
        """Plain dictionaries, lists, numbers and strings."""
        return asdict(self) | {
            "scaler": list(self.scaler),
            "output": output_to_json(self.output),
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Settings:
        """The record that `to_json` described."""
        exogenous = {name: tuple(columns) for name, columns in content["exogenous"].items()}
        parts = {
            "framing": Framing(**content["framing"]),
            "architecture": Architecture(**content["architecture"]),
            "training": Training(**content["training"]),
            "output": output_from_json(content["output"]),
            "exogenous": Exogenous(**exogenous),
            "scaler": tuple(content["scaler"]),
        }
        return cls(**{**content, **parts})
