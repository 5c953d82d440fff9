"""Samples: inputs and targets of a network for some forecast origins."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from gatecast.framing._rows import Named
from gatecast.framing.seasonal import Scatter


@partial(jax.tree_util.register_dataclass)
@dataclass(frozen=True)
class SampleInputs(Named):
    """What a network reads; a pytree, None for what it does not read.

    Attributes:
        x: [batch, time steps, features].
        mask: [batch, time steps] False where nothing was observed.
        elapsed: [batch, time steps, 1] calendar steps since the observation before.
        future: [batch, horizon, columns] what is known of the rows to forecast.
        static: [batch, columns] numbers that do not change in time.
        category: [batch, columns] whole numbers that stand for categories.
    """

    x: Any
    mask: Any = None
    elapsed: Any = None
    future: Any = None
    static: Any = None
    category: Any = None


class Sample(NamedTuple):
    """Inputs and targets of a network for a batch of forecast origins.

    Attributes:
        inputs: what it reads.
        targets: [batch, horizon, targets] scaled values, NaN where nothing was observed; None
            where they are not given.
        level: [batch, 1 or horizon, targets] what was subtracted from the window, to be added to
            the forecast.
        scale: [batch, 1, targets] user's units per scaled unit.
        spread: [batch, 1, targets] what the window was divided by; the forecast is multiplied by
            it before the level is added. 1 where the window was not divided.
        bounds: [batch, horizon, targets] each, lower and upper bound of a forecast with its level;
            None where there are no bounds.
        kept: [batch, horizon, 1] what the location of the network's distribution is multiplied
            by, as the traits say; None for 1. Of blocks ahead where it reads blocks.
        scatter: of rows around the means of blocks; None where the network reads rows.
    """

    inputs: SampleInputs
    targets: Any
    level: Any
    scale: Any
    spread: Any = 1.0
    bounds: tuple[Any, Any] | None = None
    kept: Any = None
    scatter: Scatter | None = None

    def of_rows(self, raw: Any, output: Any) -> Any:
        """[batch, horizon, targets, parameters] the network's raw outputs, one for each row."""
        return raw if self.scatter is None else self.scatter.of_rows(raw, output)

    def center(self, forecast: Any) -> Any:
        """[batch, horizon, targets] point forecasts of the network in scaled units."""
        center = forecast * self.spread + self.level
        return center if self.bounds is None else jnp.clip(center, *self.bounds)

    @property
    def wanted(self) -> Any:
        """[batch, horizon, targets] the targets in the units of the network's output."""
        return (self.targets - self.level) / self.spread
