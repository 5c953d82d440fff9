"""How a stretch of a series becomes one sample."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, get_args

import jax
import jax.numpy as jnp

from gatecast._types import InputError, check_whole
from gatecast.framing._seasonal import COLUMNS, Seasons, Seen, normalised
from gatecast.framing._windows import rows_before, rows_from

Shape = Literal["steps", "window"]
SHAPES: tuple[Shape, ...] = get_args(Shape)

Level = Literal["none", "last", "mean", "smoothed", "seasonal"]
LEVELS: tuple[Level, ...] = get_args(Level)


class Sample(NamedTuple):
    """What a network gets for a batch of forecast origins, and what it should say.

    Attributes:
        inputs: `x` [batch, time steps, features]; where they exist, `mask` [batch, time steps]
            (False: nothing was observed), `elapsed` [batch, time steps, 1] (calendar steps since
            the observation before), `future` [batch, horizon, columns], `static` [batch, columns]
            and `category` [batch, columns] (whole numbers).
        targets: [batch, horizon, targets] scaled values, NaN where nothing was observed; None
            where they are not given.
        level: [batch, 1 or horizon, targets] what was taken from the window, to be added to the
            forecast.
        scale: [batch, 1, targets] user's units per scaled unit.
        spread: [batch, 1, targets] what the window was divided by, to multiply the forecast by
            before its level is added; 1 where nothing was.
        bounds: [batch, horizon, targets] what a forecast, with its level, may not fall below and
            may not exceed; None where there are no bounds.
    """

    inputs: dict[str, Any]
    targets: Any
    level: Any
    scale: Any
    spread: Any = 1.0
    bounds: tuple[Any, Any] | None = None

    def center(self, forecast: Any) -> Any:
        """[batch, horizon, targets] point forecasts of the network in scaled units."""
        center = forecast * self.spread + self.level
        return center if self.bounds is None else jnp.clip(center, *self.bounds)

    @property
    def wanted(self) -> Any:
        """[batch, horizon, targets] what the network should say."""
        return (self.targets - self.level) / self.spread


class Taken(NamedTuple):
    """What was taken from windows, and what is left; fields as in `Sample` and `Normal`."""

    level: Any
    columns: Any = None
    spread: Any = 1.0
    bounds: tuple[Any, Any] | None = None


@dataclass(frozen=True)
class Framing:
    """What a network sees of a series, and what it is asked for.

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
            "seasonal" takes the season and the spread as well, as the window alone shows them
            (see `_seasonal.normalised`), and bounds the forecast by what the window makes
            plausible.
        level_span: rows averaged; one season is usual.
        season: rows per season, for "seasonal".
        longer_season: rows per season of those, such as the hours of a week on top of a day's; a
            multiple of `season`, or 1 for none.
        season_shown: whether the network is told the season that was taken, or forecasts what is
            left as if there had never been one; a mean of both kinds is better than either.
        read: the newest rows that the network reads, all of `look_back` if None; the level, season
            and spread are those of all.

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

    def __post_init__(self) -> None:
        check_whole("look_back", self.look_back, 1)
        check_whole("h", self.horizon, 1)
        check_whole("level_span", self.level_span, 1)
        check_whole("season", self.season, 1)
        check_whole("longer_season", self.longer_season, 1)
        if self.longer_season > 1 and self.longer_season % self.season:
            raise InputError(
                f"longer_season must be a multiple of season = {self.season}: {self.longer_season}"
            )
        if self.read is not None and not 1 <= self.read <= self.look_back:
            raise InputError(f"read must lie in 1 ... look_back = {self.look_back}: {self.read}")
        if self.shape not in SHAPES:
            raise InputError(f"framing must be one of {', '.join(SHAPES)}, got {self.shape!r}")
        if self.level not in LEVELS:
            raise InputError(f"window_level must be one of {', '.join(LEVELS)}, got {self.level!r}")

    @property
    def steps(self) -> int:
        """Rows that the network reads."""
        return self.look_back if self.read is None else self.read

    @property
    def fewest(self) -> int:
        """Rows of history that a sample to train on needs at least."""
        # Where a window is brought to units of its own, one and a half seasons show them.
        return max(4, 3 * self.season // 2) if self.level == "seasonal" else 1

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

    def __call__(self, data: Any, origin: Any) -> Sample:
        """The samples at the given origins.

        Args:
            data: what samples are gathered from, see `gatecast.framing.Rows`.
            origin: [samples] rows of the first targets.
        """
        values = rows_before(data["values"], origin, self.look_back)
        inside, mask = self._mask(data, origin)
        taken = Taken(self._level(data, origin, values, mask))
        if self.level == "seasonal":
            taken = self._taken(values, inside, mask)
        columns = [values - taken.level if taken.columns is None else taken.columns]
        inputs = {}
        if "past" in data:
            columns.append(rows_before(data["past"], origin, self.look_back))
        if "elapsed" in data:
            elapsed = rows_before(data["elapsed"], origin, self.look_back)
            inputs["elapsed"] = elapsed[:, -self.steps :, None]
        if mask is not None:
            columns = [jnp.where(mask[..., None], column, 0) for column in columns]
            inputs["mask"] = mask[:, -self.steps :]
        future = self._future(data, origin)
        if future:
            inputs["future"] = jnp.concatenate(future, -1)
        if "static" in data or "category" in data:
            series = data["series"][origin - 1]
            inputs |= {name: data[name][series] for name in ("static", "category") if name in data}
        x = jnp.concatenate(columns, -1) if len(columns) > 1 else columns[0]
        inputs["x"] = x[:, -self.steps :]
        if self.shape == "window":
            inputs = self._flat(inputs)
        targets = self._targets(data, origin) if "targets" in data else None
        scale = self._scale(data, origin, taken.level)
        return Sample(inputs, targets, taken.level, scale, taken.spread, taken.bounds)

    def _mask(self, data: Any, origin: Any) -> tuple[Any, Any]:
        """[samples, look_back] whether a row lies inside the series, and was observed; or None."""
        if "position" not in data:
            return None, None
        known = data["position"][origin - 1][:, None] >= jnp.arange(self.look_back)[::-1]
        return known, known & rows_before(data["observed"], origin, self.look_back)

    def _taken(self, values: Any, inside: Any, mask: Any) -> Taken:
        """What a seasonal level takes, target by target."""
        every = jnp.ones(values.shape[:2])
        seen = Seen(every, every)
        if mask is not None:
            seen = Seen(inside.astype(values.dtype), mask.astype(values.dtype))
        seasons = Seasons(self.season, self.longer_season, self.season_shown)
        found = jax.vmap(
            lambda one: normalised(one, seen, seasons, self.horizon), in_axes=2, out_axes=-1
        )(values)
        columns = found.columns.reshape(*found.columns.shape[:2], -1)
        return Taken(found.level, columns, found.spread, (found.low, found.high))

    def _level(self, data: Any, origin: Any, values: Any, mask: Any) -> Any:
        """[samples, 1, targets]."""
        if self.level == "smoothed":
            return data["level"][origin - 1][:, None]
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

    def _future(self, data: Any, origin: Any) -> list[Any]:
        """[samples, horizon, columns] each."""
        future = [rows_from(data["future"], origin, self.horizon)] if "future" in data else []
        if "time" in data:
            # How far each target lies ahead, compared with regular steps.
            ahead = (
                rows_from(data["time"], origin, self.horizon) - data["time"][origin - 1][:, None]
            )
            future.append((ahead / jnp.arange(1, self.horizon + 1))[..., None])
        return future

    def _targets(self, data: Any, origin: Any) -> Any:
        targets = rows_from(data["targets"], origin, self.horizon)
        if "position" not in data:
            return targets
        # Rows after the end belong to another series.
        inside = jnp.arange(self.horizon) < data["remaining"][origin - 1][:, None]
        return jnp.where(inside[..., None], targets, jnp.nan)

    def _scale(self, data: Any, origin: Any, level: Any) -> Any:
        if "scale" not in data:
            return jnp.ones_like(level)
        return data["scale"][data["series"][origin - 1]][:, None]

    def _flat(self, inputs: dict[str, Any]) -> dict[str, Any]:
        """All rows as the features of one time step; what was observed is one of them."""
        columns = [inputs.pop("x")]
        if "elapsed" in inputs:
            columns.append(inputs.pop("elapsed"))
        if "mask" in inputs:
            columns.append(inputs.pop("mask")[..., None])
        parts = [column.reshape(column.shape[0], 1, -1) for column in columns]
        return inputs | {"x": jnp.concatenate(parts, -1) if len(parts) > 1 else parts[0]}
