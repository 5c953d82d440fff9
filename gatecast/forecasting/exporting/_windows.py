"""Raw rows as windows that a network reads, as operations of a Keras model."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gatecast._backend import keras
from gatecast.framing import Framing, Seasons, Traits, WindowMask, normalised


@dataclass(frozen=True)
class RawRows:
    """Rows of raw values, gaps filled with the last value before them.

    Attributes:
        values: [samples, rows, targets].
        observed: [samples, rows, targets] whether there was a value.
        inside: [samples, rows] whether the series has begun.
    """

    values: Any
    observed: Any
    inside: Any

    @classmethod
    def of(cls, y: Any) -> RawRows:
        """The rows of [samples, rows, targets] values, NaN where there is none."""
        ops = keras.ops
        observed = ops.logical_not(ops.isnan(y))
        values, seen = filled(y)
        return cls(values, observed, ops.any(seen, axis=-1))

    def last(self, rows: int) -> RawRows:
        """The newest rows."""
        return RawRows(self.values[:, -rows:], self.observed[:, -rows:], self.inside[:, -rows:])


def filled(values: Any) -> tuple[Any, Any]:
    """Values with each gap filled by the last one before it, 0 before the first; and where one was.

    Twice as far in each step: all of n rows are filled after log2(n) steps.

    Args:
        values: [samples, rows, columns] NaN where there is none.
    """
    ops = keras.ops
    seen = ops.logical_not(ops.isnan(values))
    found = ops.where(seen, values, 0.0)
    reach = 1
    while reach < values.shape[1]:
        shift = ((0, 0), (reach, 0), (0, 0))
        found = ops.where(seen, found, ops.pad(found[:, :-reach], shift))
        before = ops.pad(ops.cast(seen[:, :-reach], "float32"), shift) > 0
        seen = ops.logical_or(seen, before)
        reach *= 2
    return found, seen


@dataclass(frozen=True)
class ScaledRows:
    """The scaled rows of a window, and those that were forecast and fed back.

    Attributes:
        values: [samples, rows, targets], 0 before the first row of a series.
        inside: [samples, rows] whether the series has begun.
        seen: [samples, rows] whether anything was observed; both None without a mask.
        past: [samples, rows, columns] exogenous columns as numbers, or None; may be longer.
        level: [samples, 1, targets] the smoothed level after the last row, or None.
    """

    values: Any
    inside: Any
    seen: Any
    past: Any
    level: Any

    def followed_by(self, forecast: Any, framing: Framing) -> ScaledRows:
        """The window that ends with rows [samples, rows, targets] that were forecast."""
        ops = keras.ops
        moved = forecast.shape[1]
        level = self.level
        if level is not None:
            # As `next_level` has it.
            for row in range(moved):
                level = level + framing.smoothing * (forecast[:, row : row + 1] - level)
        known = ops.concatenate([self.values, forecast], axis=1)[:, moved:]
        if self.inside is None:
            return replace(self, values=known, past=_later(self.past, moved), level=level)
        ones = ops.ones_like(forecast[:, :, 0]) > 0
        inside, seen = (
            ops.concatenate([each, ones], axis=1)[:, moved:] for each in (self.inside, self.seen)
        )
        return ScaledRows(known, inside, seen, _later(self.past, moved), level)


def _later(past: Any, rows: int) -> Any:
    return None if past is None else past[:, rows:]


@dataclass(frozen=True)
class Window:
    """What a network reads of a window, and how its forecast is brought back.

    Attributes:
        x: [samples, time steps, features].
        mask: [samples, time steps], or None.
        level: [samples, 1 or horizon, targets] added to the forecast.
        spread: [samples, 1, targets] that it is multiplied by before, or 1.
        bounds: [samples, horizon, targets] each, or None.
        kept: [samples, horizon, 1] what the location of the distribution is multiplied
            by, as the traits say; or None.
    """

    x: Any
    mask: Any
    level: Any
    spread: Any
    bounds: tuple[Any, Any] | None
    kept: Any = None

    def center(self, forecast: Any) -> Any:
        """[samples, horizon, targets] scaled forecasts."""
        center = forecast * self.spread + self.level
        if self.bounds is None:
            return center
        return keras.ops.minimum(keras.ops.maximum(center, self.bounds[0]), self.bounds[1])

    def placed(self, quantiles: Any) -> Any:
        """[samples, horizon, targets, probabilities] scaled quantiles, which have no bounds."""
        spread = self.spread if isinstance(self.spread, float) else self.spread[..., None]
        return quantiles * spread + self.level[..., None]


def window_of(framing: Framing, rows: ScaledRows, traits: Traits | None = None) -> Window:
    """As `gatecast.framing.Framing` has it."""
    ops = keras.ops
    if framing.level == "seasonal":
        columns, level, spread, bounds = _normalised(framing, rows, traits)
    else:
        level, spread, bounds = _level(framing, rows), 1.0, None
        columns = rows.values - level
    parts = [columns]
    if rows.past is not None:
        parts.append(rows.past[:, : framing.look_back])
    if rows.seen is not None:
        seen = ops.cast(rows.seen, "float32")[..., None] > 0
        parts = [ops.where(seen, part, 0.0) for part in parts]
    x = (ops.concatenate(parts, axis=-1) if len(parts) > 1 else parts[0])[:, -framing.steps :]
    mask = None if rows.seen is None else rows.seen[:, -framing.steps :]
    if framing.shape == "window":
        flat = [ops.reshape(x, (-1, 1, x.shape[1] * x.shape[2]))]
        if mask is not None:
            flat.append(ops.reshape(ops.cast(mask, "float32"), (-1, 1, framing.steps)))
        x, mask = ops.concatenate(flat, axis=-1) if len(flat) > 1 else flat[0], None
    kept = None
    if traits is not None:
        kept = ops.expand_dims(traits.kept(framing.horizon, framing.season), -1)
    return Window(x, mask, level, spread, bounds, kept)


def _normalised(
    framing: Framing, rows: ScaledRows, traits: Traits | None
) -> tuple[Any, Any, Any, Any]:
    """Columns, level, spread and bounds of windows with a seasonal level."""
    ops = keras.ops
    if rows.inside is None:
        every = ops.ones_like(rows.values[..., 0])
        mask = WindowMask(every, every)
    else:
        mask = WindowMask(ops.cast(rows.inside, "float32"), ops.cast(rows.seen, "float32"))
    seasons = Seasons(framing.season, framing.longer_season, framing.season_shown, traits)
    each = [
        normalised(rows.values[..., target], mask, seasons, framing.horizon, ops)
        for target in range(rows.values.shape[2])
    ]

    def together(arrays: list[Any]) -> Any:
        return ops.stack(arrays, axis=-1)

    columns = together([one.columns for one in each])
    columns = ops.reshape(columns, (-1, framing.look_back, columns.shape[2] * columns.shape[3]))
    low, high = (
        together([bound[side] for one in each if (bound := one.bounds) is not None])
        for side in range(2)
    )
    spread = together([one.spread for one in each])
    return columns, together([one.level for one in each]), spread, (low, high)


def _level(framing: Framing, rows: ScaledRows) -> Any:
    """[samples, 1, targets] of other window levels."""
    ops = keras.ops
    if framing.level == "smoothed":
        return rows.level
    if framing.level == "last":
        return rows.values[:, -1:]
    if framing.level == "mean":
        newest = rows.values[:, -framing.level_span :]
        if rows.seen is None:
            return ops.mean(newest, axis=1, keepdims=True)
        seen = ops.cast(rows.seen[:, -framing.level_span :], "float32")[..., None]
        total = ops.sum(newest * seen, axis=1, keepdims=True)
        return total / ops.maximum(ops.sum(seen, axis=1, keepdims=True), 1.0)
    return ops.zeros_like(rows.values[:, -1:])


def smoothed_level(values: Any, observed: Any, before: Any, share: float) -> tuple[Any, Any]:
    """The smoothed level after rows, and after the first of them, [samples, 1, targets] each.

    level = (1 - share)^n before + sum over observed rows of share (1 - share)^(later ones) value

    Args:
        values: [samples, rows, targets].
        observed: [samples, rows, targets] rows without an observation leave the level unchanged.
        before: [samples, 1, targets] the level before, NaN where nothing was observed yet: it is
            then the first value.
        share: weight of the newest value.
    """
    ops = keras.ops
    seen = ops.cast(observed, "float32")
    count = ops.cumsum(seen, axis=1)
    first = seen * ops.cast(count < 1.5, "float32")  # noqa: PLR2004 (the first of them)
    begin = ops.sum(values * first, axis=1, keepdims=True)
    unknown = ops.isnan(before)
    start = ops.where(unknown, begin, before)
    later = count[:, -1:] - count
    keep = float(np.log1p(-share)) if share < 1 else -100.0
    weight = share * ops.exp(keep * later) * seen
    level = ops.exp(keep * count[:, -1:]) * start + ops.sum(weight * values, axis=1, keepdims=True)
    value, has = values[:, :1], observed[:, :1]
    moved = ops.where(unknown, value, before + share * (value - before))
    return level, ops.where(has, moved, before)
