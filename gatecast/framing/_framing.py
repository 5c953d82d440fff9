"""How rows of a series become one sample."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

import jax
import jax.numpy as jnp

from gatecast._types import MOST_ROWS, InputError, check_whole
from gatecast.framing._rows import Rows
from gatecast.framing._sample import Sample, SampleInputs
from gatecast.framing._windows import rows_before, rows_from
from gatecast.framing.seasonal import (
    COLUMNS,
    NormalisedWindow,
    Scatter,
    Seasons,
    Traits,
    WindowMask,
    blocks_ahead,
    normalised,
)

Shape = Literal["steps", "window"]
SHAPES: tuple[Shape, ...] = get_args(Shape)

Level = Literal["none", "last", "mean", "smoothed", "seasonal"]
LEVELS: tuple[Level, ...] = get_args(Level)


@dataclass(frozen=True)
class Framing:
    """Which rows of a series a network reads, how they are laid out, and which it forecasts.

    Its methods only index and average, so they run inside a compiled program: windows are
    gathered there from the rows, and never stored.

    Attributes:
        look_back: rows of input.
        horizon: rows of target.
        shape: "steps" gives one row per time step, x [samples, look_back, columns]; "window"
            gives all rows as the features of one time step, x [samples, 1, look_back * columns].
        level: what is subtracted from each window and added back to its forecast: "none",
            "last" (its newest value), "mean" (of its newest `level_span` values) or "smoothed"
            (simple exponential smoothing of all rows so far, with weight 2 / (level_span + 1)
            for the newest). Without its level a window looks alike at any height of a trend, so
            that bounded activations can follow it (Smyl 2020; Bandara, Bergmeir and Smyl 2020).
            "seasonal" also removes the season and the spread, both estimated from the window
            alone (see `_seasonal.normalised`), and bounds the forecast to what is plausible given
            the window.
        level_span: rows averaged; one season is usual.
        season: rows per season, for "seasonal".
        longer_season: rows per longer season, such as the 168 hours of a week on top of the 24 of a
            day; a multiple of `season`, or 1 for none.
        season_shown: whether the season that was removed is part of the network's input; without it
            the network forecasts the deseasonalised series only. A mean of both kinds of networks
            is better than either.
        read: how many of the newest rows the network reads, all of `look_back` if None; level,
            season and spread are estimated from all of `look_back`.
        block: rows that the network reads as one, their mean without the season; `look_back` is a
            multiple, and `read` counts blocks. For "seasonal" levels and rows as steps alone.

    Raises:
        InputError: naming the setting and its value.
    """

    look_back: int
    horizon: int = 1
    shape: Shape = "steps"
    level: Level = "none"
    level_span: int = 1
    season: int = 1
    read: int | None = None
    longer_season: int = 1
    season_shown: bool = True
    block: int = 1

    def __post_init__(self) -> None:
        check_whole("look_back", self.look_back, 1, MOST_ROWS)
        check_whole("h", self.horizon, 1, MOST_ROWS)
        check_whole("level_span", self.level_span, 1, MOST_ROWS)
        check_whole("season", self.season, 1)
        check_whole("longer_season", self.longer_season, 1)
        if self.longer_season > 1 and self.longer_season % self.season:
            raise InputError(
                f"longer_season must be a multiple of season = {self.season}: {self.longer_season}"
            )
        check_whole("block", self.block, 1)
        blocks, left = divmod(self.look_back, self.block)
        if left:
            raise InputError(f"look_back = {self.look_back} is no multiple of block = {self.block}")
        if self.read is not None and not 1 <= self.read <= blocks:
            raise InputError(f"read must lie in 1 ... look_back = {blocks}: {self.read}")
        if self.block > 1 and (self.level, self.shape) != ("seasonal", "steps"):
            raise InputError("block needs window_level='seasonal' and framing='steps'")
        if self.shape not in SHAPES:
            raise InputError(f"framing must be one of {', '.join(SHAPES)}, got {self.shape!r}")
        if self.level not in LEVELS:
            raise InputError(f"window_level must be one of {', '.join(LEVELS)}, got {self.level!r}")

    @property
    def steps(self) -> int:
        """Rows that the network reads; blocks of them where it reads blocks."""
        return self.look_back // self.block if self.read is None else self.read

    @property
    def ahead(self) -> int:
        """Rows that the network forecasts; blocks of them where it reads blocks."""
        return blocks_ahead(self.horizon, self.block)

    @property
    def fewest(self) -> int:
        """Rows of history that a sample to train on needs at least."""
        # One and a half seasons are enough to estimate season, level and spread.
        return max(4 * self.block, 3 * self.season // 2) if self.level == "seasonal" else 1

    @property
    def whole(self) -> int:
        """Rows of history that samples have in a series that is long enough for them."""
        return self.fewest if self.level == "seasonal" else self.look_back

    @property
    def columns(self) -> int:
        """Features that each row of a target becomes."""
        return COLUMNS if self.level == "seasonal" else 1

    @property
    def smoothing(self) -> float:
        """The weight of the newest row in a smoothed level."""
        return 2 / (self.level_span + 1)

    def __call__(self, rows: Rows, origin: Any) -> Sample:
        """The samples at the given origins.

        Args:
            rows: what samples are gathered from.
            origin: [samples] rows of the first targets.
        """
        values = rows_before(rows.values, origin, self.look_back)
        inside, mask = self._mask(rows, origin)
        window = self._normalised(rows, origin, values, inside, mask)
        columns = [values - window.level if window.columns is None else window.columns]
        if rows.past is not None:
            columns.append(rows_before(rows.past, origin, self.look_back))
        if mask is not None:
            mask = mask.reshape(mask.shape[0], -1, self.block).any(axis=2)
            columns = [jnp.where(mask[..., None], column, 0) for column in columns]
        x = jnp.concatenate(columns, -1) if len(columns) > 1 else columns[0]
        inputs = SampleInputs(
            x=x[:, -self.steps :],
            mask=None if mask is None else mask[:, -self.steps :],
            elapsed=self._elapsed(rows, origin),
            future=self._future(rows, origin),
            static=_of_series(rows, rows.static, origin),
            category=_of_series(rows, rows.category, origin),
        )
        return Sample(
            self._flat(inputs) if self.shape == "window" else inputs,
            None if rows.targets is None else self._targets(rows, origin),
            window.level,
            self._scale(rows, origin, window.level),
            window.spread,
            window.bounds,
            self._kept(rows, origin),
            None if self.block == 1 else Scatter(window.scatter, self.horizon, self.block),
        )

    def _mask(self, rows: Rows, origin: Any) -> tuple[Any, Any]:
        """[samples, look_back] whether a row is in the series, and whether observed; or None."""
        if not rows.masked:
            return None, None
        known = rows.position[origin - 1][:, None] >= jnp.arange(self.look_back)[::-1]
        return known, known & rows_before(rows.observed, origin, self.look_back)

    def _normalised(
        self, rows: Rows, origin: Any, values: Any, inside: Any, mask: Any
    ) -> NormalisedWindow:
        """The level of the windows, and for a seasonal level the normalised windows."""
        if self.level != "seasonal":
            return NormalisedWindow(self._level(rows, origin, values, mask))
        every = jnp.ones(values.shape[:2])
        seen = WindowMask(every, every)
        if mask is not None:
            seen = WindowMask(inside.astype(values.dtype), mask.astype(values.dtype))
        traits = None if rows.traits is None else Traits.of(_of_series(rows, rows.traits, origin))
        seasons = Seasons(self.season, self.longer_season, self.season_shown, traits, self.block)
        found = _of_each_target(lambda one: normalised(one, seen, seasons, self.horizon), values)
        # The columns of all targets side by side.
        columns = found.columns.reshape(*found.columns.shape[:2], -1)
        together: NormalisedWindow = found._replace(columns=columns)
        return together

    def _level(self, rows: Rows, origin: Any, values: Any, mask: Any) -> Any:
        """[samples, 1, targets]."""
        if self.level == "smoothed":
            return rows.level[origin - 1][:, None]
        if self.level == "last":
            return values[:, -1:]
        if self.level == "mean":
            newest = values[:, -self.level_span :]
            if mask is None:
                return newest.mean(axis=1, keepdims=True)
            seen = mask[:, -self.level_span :, None]
            total = jnp.where(seen, newest, 0).sum(axis=1, keepdims=True)
            return total / jnp.maximum(seen.sum(axis=1, keepdims=True), 1)
        return jnp.zeros_like(values[:, -1:])

    def _kept(self, rows: Rows, origin: Any) -> Any:
        """[samples, rows or blocks ahead, 1], or None."""
        if rows.traits is None:
            return None
        traits = Traits.of(_of_series(rows, rows.traits, origin))
        return traits.kept(self.ahead, self.season / self.block)[..., None]

    def _elapsed(self, rows: Rows, origin: Any) -> Any:
        """[samples, steps, 1], or None."""
        if rows.elapsed is None:
            return None
        return rows_before(rows.elapsed, origin, self.look_back)[:, -self.steps :, None]

    def _future(self, rows: Rows, origin: Any) -> Any:
        """[samples, horizon, columns], or None."""
        future = []
        if rows.future is not None:
            future.append(rows_from(rows.future, origin, self.horizon))
        if rows.time is not None:
            # Time until each target, divided by its number of steps ahead.
            ahead = rows_from(rows.time, origin, self.horizon) - rows.time[origin - 1][:, None]
            future.append((ahead / jnp.arange(1, self.horizon + 1))[..., None])
        return jnp.concatenate(future, -1) if future else None

    def _targets(self, rows: Rows, origin: Any) -> Any:
        targets = rows_from(rows.targets, origin, self.horizon)
        if not rows.masked:
            return targets
        # Rows after the end belong to another series.
        inside = jnp.arange(self.horizon) < rows.remaining[origin - 1][:, None]
        return jnp.where(inside[..., None], targets, jnp.nan)

    def _scale(self, rows: Rows, origin: Any, level: Any) -> Any:
        if rows.scale is None:
            return jnp.ones_like(level)
        return _of_series(rows, rows.scale, origin)[:, None]

    def _flat(self, inputs: SampleInputs) -> SampleInputs:
        """All rows as the features of one time step; the mask becomes features too."""
        mask = None if inputs.mask is None else inputs.mask[..., None]
        columns = [each for each in (inputs.x, inputs.elapsed, mask) if each is not None]
        parts = [column.reshape(column.shape[0], 1, -1) for column in columns]
        x = jnp.concatenate(parts, -1) if len(parts) > 1 else parts[0]
        return replace(inputs, x=x, elapsed=None, mask=None)


def _of_each_target(function: Callable[[Any], NormalisedWindow], values: Any) -> NormalisedWindow:
    """The function of [samples, rows, targets], target by target; one is no batch to compile."""
    if values.shape[2] > 1:
        found: NormalisedWindow = jax.vmap(function, in_axes=2, out_axes=-1)(values)
        return found
    alone: NormalisedWindow = jax.tree.map(lambda part: part[..., None], function(values[..., 0]))
    return alone


def _of_series(rows: Rows, array: Any, origin: Any) -> Any:
    """[samples, ...] the entry of an array [series, ...] for each sample; None if it is None."""
    return None if array is None else array[rows.series[origin - 1]]
