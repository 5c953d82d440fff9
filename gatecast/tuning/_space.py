"""The settings that may be tried, and those that are."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

from gatecast._types import InputError, check_whole
from gatecast.forecasting import Estimator

# A grid that nobody meant: without a number of trials, no more are made.
_MOST_TRIALS = 1_000


@dataclass(frozen=True)
class Space:
    """Every combination of some values.

    Attributes:
        values: name of a setting, as `get_params` has it, or "training.epochs" for one within it ->
            the values to try.
    """

    values: Mapping[str, tuple[Any, ...]]

    def __len__(self) -> int:
        """Number of combinations."""
        return math.prod(len(values) for values in self.values.values())

    def settings(self, number: int) -> dict[str, Any]:
        """The combination of a number; the last name changes first, as in nested loops."""
        found: dict[str, Any] = {}
        for name in reversed([*self.values]):
            number, place = divmod(number, len(self.values[name]))
            found[name] = self.values[name][place]
        return {name: found[name] for name in self.values}

    def number(self, places: Sequence[int]) -> int:
        """The number of the combination of the values at these places, one of each name."""
        found = 0
        for place, values in zip(places, self.values.values(), strict=True):
            found = found * len(values) + place
        return found

    def drawn(self, trials: int | None, random_seed: int) -> tuple[int, ...]:
        """The numbers of the combinations to try, in order: all, or different ones at random.

        Args:
            trials: how many, at most; None for all.
            random_seed: the same seed draws the same.

        Raises:
            InputError: there are too many to try them all.
        """
        if trials is None and len(self) > _MOST_TRIALS:
            raise InputError(
                f"the space has {len(self):,} combinations; say how many to draw, as trials=50"
            )
        if trials is None or trials >= len(self):
            return tuple(range(len(self)))
        check_whole("trials", trials, 1)
        return tuple(sorted(random.Random(random_seed).sample(range(len(self)), trials)))  # noqa: S311


def space_of(model: Estimator, space: Mapping[str, Sequence[Any]]) -> Space:
    """The space of a forecaster.

    Raises:
        InputError: naming what is no setting, or has no list of values.
    """
    if not space:
        raise InputError("space is empty; give lists of values, as {'look_back': [12, 24]}")
    for name, values in space.items():
        _check_name(model, name)
        if isinstance(values, str) or not isinstance(values, Sequence) or not len(values):
            raise InputError(
                f"space: {name!r} is {values!r}; give a list of the values to try, as [12, 24]"
            )
    return Space({name: tuple(values) for name, values in space.items()})


def changed(model: Estimator, settings: Mapping[str, Any]) -> Estimator:
    """An unfitted forecaster like another but for some settings.

    Raises:
        InputError: a value cannot be.
    """
    params = model.get_params()
    for name, value in settings.items():
        outer, _, inner = name.partition(".")
        params[outer] = replace(params[outer], **{inner: value}) if inner else value
    return type(model)(**params)


def _check_name(model: Estimator, name: str) -> None:
    params = model.get_params()
    outer, dot, _ = name.partition(".")
    known = [*params]
    if dot and outer in params and is_dataclass(params[outer]):
        known = [f"{outer}.{field.name}" for field in fields(params[outer])]
    if name not in known:
        within = [each for each in params if is_dataclass(params[each])]
        more = f"; within {within[-1]}: {within[-1]}.NAME" if within and not dot else ""
        raise InputError(f"space: {name!r} is not a setting; known: {', '.join(known)}{more}")
