"""The formulas of scalers as operations of a Keras model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gatecast._backend import keras
from gatecast.forecasting.exporting._series import SeriesTables
from gatecast.framing import Affine, Asinh, Chain, Difference, Log, Power, Scaler, Year

_POWER = 1 / 3


class ChainOperations:
    """Scales rows of raw values and brings forecasts back, as `gatecast.framing.Chain` does.

    Args:
        chain: fitted.
        tables: where what was learnt of each series is looked up.
    """

    def __init__(self, chain: Chain, tables: SeriesTables) -> None:
        self._stages = [
            (stage, {name: tables.of_targets(each) for name, each in stage.arrays().items()})
            for stage in chain.stages
            # Where no series has a season of the year, there is nothing to take out.
            if not isinstance(stage, Year)
        ]

    def scaled(self, values: Any) -> Any:
        """[samples, rows - lag, targets] of [samples, rows, targets]."""
        for stage, learnt in self._stages:
            values = _FORWARD[type(stage)](stage, values, learnt)
        return values

    def in_units(self, scaled: Any, values: Any) -> Any:
        """Scaled forecasts in the user's units.

        Args:
            scaled: [samples, h, targets, any number of them].
            values: [samples, rows, targets] raw, right before the forecasts.
        """
        histories = [values]
        for stage, learnt in self._stages[:-1]:
            histories.append(_FORWARD[type(stage)](stage, histories[-1], learnt))
        for (stage, learnt), before in zip(
            reversed(self._stages), reversed(histories), strict=False
        ):
            each = {name: table[..., None] for name, table in learnt.items()}
            scaled = _INVERSE[type(stage)](stage, scaled, each, before[..., None])
        return scaled


def _affine(_: Scaler, y: Any, learnt: Any) -> Any:
    return (y - learnt["shift"]) / learnt["scale"]


def _from_affine(_: Scaler, z: Any, learnt: Any, __: Any) -> Any:
    return z * learnt["scale"] + learnt["shift"]


def _log(_: Scaler, y: Any, learnt: Any) -> Any:
    return keras.ops.log(keras.ops.maximum(y, learnt["floor"]))


def _from_log(_: Scaler, z: Any, __: Any, ___: Any) -> Any:
    return keras.ops.exp(z)


def _asinh(_: Scaler, y: Any, learnt: Any) -> Any:
    return keras.ops.arcsinh(y / learnt["scale"])


def _from_asinh(_: Scaler, z: Any, learnt: Any, __: Any) -> Any:
    return keras.ops.sinh(z) * learnt["scale"]


def _power(_: Scaler, y: Any, learnt: Any) -> Any:
    size = (1 + keras.ops.abs(y) / learnt["scale"]) ** _POWER - 1
    return keras.ops.sign(y) * size / _POWER / learnt["unit"]


def _from_power(_: Scaler, z: Any, learnt: Any, __: Any) -> Any:
    size = keras.ops.abs(z) * learnt["unit"] * _POWER + 1
    return keras.ops.sign(z) * (size ** (1 / _POWER) - 1) * learnt["scale"]


def _difference(stage: Scaler, y: Any, _: Any) -> Any:
    return y[:, stage.lag :] - y[:, : -stage.lag]


def _from_difference(stage: Scaler, z: Any, _: Any, history: Any) -> Any:
    # As `Difference` has it: each place in the season adds up on its own.
    known = history[:, -stage.lag :]
    rows = []
    for first in range(0, z.shape[1], stage.lag):
        known = known[:, : z.shape[1] - first] + z[:, first : first + stage.lag]
        rows.append(known)
    return keras.ops.concatenate(rows, axis=1) if len(rows) > 1 else rows[0]


_FORWARD: dict[type[Scaler], Callable[..., Any]] = {
    Affine: _affine,
    Log: _log,
    Asinh: _asinh,
    Power: _power,
    Difference: _difference,
}
_INVERSE: dict[type[Scaler], Callable[..., Any]] = {
    Affine: _from_affine,
    Log: _from_log,
    Asinh: _from_asinh,
    Power: _from_power,
    Difference: _from_difference,
}
