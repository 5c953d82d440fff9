"""What samples are gathered from: arrays over the rows of a panel, in scaled units."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import partial
from typing import Any, Self

import jax
import jax.numpy as jnp


@dataclass(frozen=True)
class Named:
    """A record of arrays, of which some may be absent."""

    def named(self) -> dict[str, Any]:
        """The arrays there are, by name, as a Keras model takes them."""
        every = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: array for name, array in every.items() if array is not None}


@partial(jax.tree_util.register_dataclass)
@dataclass(frozen=True)
class Rows:
    """The rows of many series end to end; a pytree of arrays, on the host or the device.

    Each id has one series here; several targets are columns side by side. Values are in scaled
    units. Arrays that a model does not need are None.

    Attributes:
        values: [rows, targets] gaps filled with the last value before them.
        targets: [rows, targets] the same, NaN where nothing was observed or where training must not
            know the value; None where nothing is trained on or scored.
        past: [rows, columns] exogenous and calendar columns.
        future: [rows, columns] those of them that are known over the horizon.
        observed: [rows] whether anything was observed; None, like `position` and `remaining`,
            where no time step can be empty.
        position: [rows] rows with a scaled value before this one in its series; negative where
            a difference has consumed the row.
        remaining: [rows] rows after this one in its series that may be targets.
        elapsed: [rows] steps since the last observation before; None where state does not decay.
        time: [rows] steps since the first row of the series; None on a calendar.
        level: [rows, targets] smoothed level after the row; None for other window levels.
        series: [rows] number of the series; None where nothing is kept of a whole series.
        static: [series, columns] numbers that do not change in time.
        category: [series, columns] numbers of categories, from 1; 0 is an unknown one.
        scale: [series, targets] user's units per scaled unit, for outputs that need it.
        traits: [series, TRAITS] what suits each series; None for what suits most.
    """

    values: Any
    targets: Any = None
    past: Any = None
    future: Any = None
    observed: Any = None
    position: Any = None
    remaining: Any = None
    elapsed: Any = None
    time: Any = None
    level: Any = None
    series: Any = None
    static: Any = None
    category: Any = None
    scale: Any = None
    traits: Any = None

    @property
    def masked(self) -> bool:
        """Whether time steps can be empty."""
        return self.position is not None

    def with_values(self, place: Any, values: Any) -> Rows:
        """The rows with other values at some places: forecasts that are fed back."""
        return replace(self, values=self.values.at[place].set(values))


@partial(jax.tree_util.register_dataclass)
@dataclass(frozen=True)
class SampleRows(Named):
    """A copy of the rows around each forecast origin, so that forecasts can be written into it.

    The first `look_back` rows of a sample are the past, the others are those to forecast. Fields
    are those of `Rows`, with samples in front: [samples, rows, ...], or [samples, ...] for fields
    with one value per series. Further axes, such as groups of models, may come before these.
    """

    values: Any
    past: Any = None
    future: Any = None
    observed: Any = None
    position: Any = None
    elapsed: Any = None
    time: Any = None
    level: Any = None
    static: Any = None
    category: Any = None
    scale: Any = None
    traits: Any = None

    def end_to_end(self) -> Rows:
        """[samples, rows, ...] as the rows of so many series."""
        samples, length = self.values.shape[:2]
        by_sample = {
            field.name: _flat(getattr(self, field.name))
            for field in fields(self)
            if field.name not in _OF_SERIES
        }
        return Rows(
            **by_sample,
            series=jnp.repeat(jnp.arange(samples), length),
            static=self.static,
            category=self.category,
            scale=self.scale,
            traits=self.traits,
        )

    def chosen(self, place: Any, axis: int) -> Self:
        """The samples at some places along an axis."""
        found: Self = jax.tree.map(lambda array: array.take(place, axis), self)
        return found


_OF_SERIES = ("static", "category", "scale", "traits")


def _flat(array: Any) -> Any:
    return None if array is None else array.reshape(-1, *array.shape[2:])
