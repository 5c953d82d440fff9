"""How a stretch of a series becomes one sample."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

from gatecast._types import InputError, check_whole
from gatecast.framing._windows import inputs_at, targets_at

Shape = Literal["steps", "window"]
SHAPES: tuple[Shape, ...] = get_args(Shape)

Level = Literal["none", "last", "mean"]
LEVELS: tuple[Level, ...] = get_args(Level)


@dataclass(frozen=True)
class Framing:
    """What a network sees of a series, and what it is asked for.

    Its methods only index and average, so they take NumPy and JAX arrays alike and run inside a
    compiled program.

    Attributes:
        look_back: rows of input.
        horizon: rows of target.
        shape: "steps" gives one past value per time step, x [samples, look_back, 1]; "window"
            gives all past values as the features of one time step, x [samples, 1, look_back].
        level: what is subtracted from each window and added back to its forecast: "none",
            "last" (its newest value) or "mean" (of its newest `level_span` values). Without its
            level a window looks alike at any height of a trend, so that bounded activations can
            follow it (Smyl 2020; Bandara, Bergmeir and Smyl 2020).
        level_span: rows averaged for "mean"; one season is usual.

    Raises:
        InputError: naming the setting and its value.
    """

    look_back: int
    horizon: int = 1
    shape: Shape = "steps"
    level: Level = "none"
    level_span: int = 1

    def __post_init__(self) -> None:
        check_whole("look_back", self.look_back, 1)
        check_whole("h", self.horizon, 1)
        check_whole("level_span", self.level_span, 1)
        if self.shape not in SHAPES:
            raise InputError(f"framing must be one of {', '.join(SHAPES)}, got {self.shape!r}")
        if self.level not in LEVELS:
            raise InputError(f"window_level must be one of {', '.join(LEVELS)}, got {self.level!r}")

    @property
    def steps(self) -> int:
        """Time steps of the network's input."""
        return self.look_back if self.shape == "steps" else 1

    @property
    def features(self) -> int:
        """Features per time step."""
        return self.look_back // self.steps

    def __call__(self, data: Any, origin: Any) -> tuple[Any, Any]:
        """The samples at the given origins.

        Args:
            data: `values` [rows], scaled and without gaps; `targets` [rows], the same with NaN
                where nothing was observed.
            origin: [samples] rows of the first targets.

        Returns:
            x [samples, time steps, features] and y [samples, horizon].
        """
        inputs = inputs_at(data["values"], origin, self.look_back)
        level = self.level_of(inputs)
        return self.shaped(inputs - level), targets_at(
            data["targets"], origin, self.horizon
        ) - level

    def level_of(self, inputs: Any) -> Any:
        """[samples, 1] the level of windows [samples, look_back], oldest row first."""
        if self.level == "last":
            return inputs[:, -1:]
        if self.level == "mean":
            return inputs[:, -self.level_span :].mean(axis=1, keepdims=True)
        return 0 * inputs[:, -1:]

    def shaped(self, inputs: Any) -> Any:
        """[samples, look_back] as [samples, time steps, features]."""
        return inputs[:, :, None] if self.shape == "steps" else inputs[:, None, :]
