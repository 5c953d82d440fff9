"""A fitted model as one Keras model: raw rows in, forecasts in the user's units out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from gatecast._backend import keras
from gatecast._types import Floats
from gatecast.data import calendar_features
from gatecast.forecasting._model import Model
from gatecast.forecasting.exporting._description import Exported
from gatecast.forecasting.exporting._options import Checked, ExportOptions, checked
from gatecast.forecasting.exporting._part import Forecasts, PartOperations
from gatecast.forecasting.exporting._series import SeriesTables
from gatecast.forecasting.exporting._windows import RawRows
from gatecast.forecasting.intervals import Calibration
from gatecast.forecasting.members import PROBABILITIES
from gatecast.framing import first_target

# As `Calibration` has it: no interval reaches further from a forecast, in logarithms.
_LARGEST = 100


@dataclass(frozen=True)
class Graph:
    """A model as operations.

    Attributes:
        model: of Keras's own layers and operations.
        about: what it reads and returns.
    """

    model: keras.Model
    about: Exported


def graph_of(model: Model, options: ExportOptions) -> Graph:
    """The forecast of a model as a Keras model that needs nothing of gatecast.

    Raises:
        InputError: naming what cannot be exported.
    """
    how = checked(model, options)
    return _Builder(model, how).graph()


class _Builder:
    def __init__(self, model: Model, how: Checked) -> None:
        self._model, self._how = model, how
        self._panel = model.context.panel
        self._ids = first_target(self._panel).ids
        exogenous = [part.settings.exogenous for part in model.members.parts]
        calendar = dict.fromkeys(name for each in exogenous for name in each.calendar)
        self._calendar = tuple(calendar)
        self._features = tuple(calendar_features(self._panel.ds[:1], self._calendar))
        self._futr = model.members.futr_exog
        self._hist = tuple(name for name in model.members.exog if name not in self._futr)
        # One more than is looked back on: what a gap in the next row is filled with.
        self._rows = model.members.look_back + 1

    def graph(self) -> Graph:
        given = self._inputs()
        window, states, after = given["y"], {}, {}
        if self._how.stream:
            window = _moved_on(given["window"], given["y"])
            states, after = {"window": given["window"].shape[1:]}, {"new_window": window}
        targets = len(self._panel.targets)
        if targets == 1:
            window = window[..., None]
        raw = RawRows.of(window)
        zeros = keras.ops.zeros_like(raw.values[:, 0, :1])
        tables = SeriesTables(given.get("series"), zeros, len(self._ids), targets)
        parts = [
            PartOperations(part, place, tables, self._panel, self._how.h)
            for place, part in enumerate(self._model.members.parts)
        ]
        memories = {name: shape for part in parts for name, shape in part.states.items()}
        given |= {name: keras.Input(shape, name=name) for name, shape in memories.items()}
        found = [part(raw, given) for part in parts]
        outputs = self._outputs(found, raw, tables) | after
        outputs |= {f"new_{name}": value for each in found for name, value in each.state.items()}
        model = keras.Model(given, outputs, name="forecaster")
        return Graph(model, self._about(model, states | memories))

    def _inputs(self) -> dict[str, Any]:
        rows, targets = self._rows, len(self._panel.targets)
        shape = (rows,) if targets == 1 else (rows, targets)
        inputs = {}
        if self._how.stream:
            inputs["window"] = keras.Input(shape, name="window")
            shape = (targets,)
        inputs["y"] = keras.Input(shape, name="y")
        if len(self._ids) > 1:
            inputs["series"] = keras.Input((1,), dtype="int32", name="series")
        for name in self._hist:
            inputs[f"exog_{name}"] = keras.Input((rows,), name=f"exog_{name}")
        for name in (*self._futr, *self._features):
            inputs[f"exog_{name}"] = keras.Input((rows + self._how.h,), name=f"exog_{name}")
        return inputs

    def _outputs(
        self, found: list[Forecasts], raw: RawRows, tables: SeriesTables
    ) -> dict[str, Any]:
        """Points, ends of intervals and quantiles, within the bounds."""
        ops, how = keras.ops, self._how
        forecast = _mean_of(found)
        outputs = {"forecast": forecast.point}
        calibration = self._model.calibration
        if calibration is not None:
            floor = self._floor(raw)
            scores = _scores(calibration, how)
            for name, each in scores.items():
                values = self._at(calibration, forecast, each, tables)
                outputs[name] = values if floor is None else ops.maximum(values, floor)
        bounds = self._model.bounds
        for name, values in outputs.items():
            if bounds.minimum is not None:
                values = ops.maximum(values, float(bounds.minimum))  # noqa: PLW2901
            if bounds.maximum is not None:
                values = ops.minimum(values, float(bounds.maximum))  # noqa: PLW2901
            # One target has no axis of its own.
            outputs[name] = values[:, :, 0] if len(self._panel.targets) == 1 else values
        return outputs

    def _at(
        self, calibration: Calibration, forecast: Forecasts, scores: Floats, tables: SeriesTables
    ) -> Any:
        """[samples, h, targets, columns] as `Calibration.at`, of scores [h, columns]."""
        point = forecast.point[..., None]
        if calibration.kind == "relative":
            factor = np.exp(np.clip(scores, -_LARGEST, _LARGEST))
            return point * factor[:, None].astype(np.float32)
        if calibration.kind == "absolute" or forecast.quantiles is None:
            scale = tables.of_targets(calibration.scale)[..., None]
            return point + scale * scores[:, None].astype(np.float32)
        return forecast.quantiles @ _between(np.clip(scores + 1 / 2, 0, 1))

    def _floor(self, raw: RawRows) -> Any:
        """[samples, 1, targets, 1] what no end of an interval falls below, or None."""
        ops = keras.ops
        if self._model.members.parts[0].settings.framing.level != "seasonal":
            return None
        raw = raw.last(self._model.members.look_back)
        known = ops.where(raw.inside[..., None], raw.values, np.inf)
        smallest = ops.min(known, axis=1, keepdims=True)
        return ops.where(smallest >= 0, 0.0, -np.inf)[..., None]

    def _about(self, model: keras.Model, states: dict[str, tuple[int, ...]]) -> Exported:
        columns = self._model.columns
        return Exported(
            name=self._model.name,
            h=self._how.h,
            rows=self._rows,
            freq=self._model.freq,
            ids=tuple(str(each) for each in self._ids),
            targets=self._panel.targets,
            level=self._how.level,
            quantiles=self._how.quantiles,
            hist=self._hist,
            futr=self._futr,
            calendar=self._calendar,
            states=states,
            inputs={name: tuple(each.shape) for name, each in model.input.items()},
            outputs={name: tuple(each.shape) for name, each in model.output.items()},
            columns=(columns.unique_id, columns.ds),
            integer_ds=bool(np.issubdtype(self._panel.ds.dtype, np.integer)),
            stream=self._how.stream,
        )


def _moved_on(window: Any, y: Any) -> Any:
    """The window that ends with a new row.

    Its first row is what a gap in the next one is filled with: the last value before it.

    Args:
        window: [samples, rows] or [samples, rows, targets] before.
        y: [samples, targets] the new row.
    """
    ops = keras.ops
    first = ops.where(ops.isnan(window[:, 1:2]), window[:, :1], window[:, 1:2])
    newest = y if len(window.shape) == 2 else ops.expand_dims(y, 1)  # noqa: PLR2004 (no targets)
    return ops.concatenate([first, window[:, 2:], newest], axis=1)


def _mean_of(found: list[Forecasts]) -> Forecasts:
    """The mean over parts; quantiles where all parts have them."""
    point = _mean([each.point for each in found])
    quantiles = [each.quantiles for each in found]
    if any(each is None for each in quantiles):
        return Forecasts(point, None, {})
    return Forecasts(point, _mean(quantiles), {})


def _mean(values: list[Any]) -> Any:
    return values[0] if len(values) == 1 else sum(values[1:], values[0]) / len(values)


def _scores(calibration: Calibration, how: Checked) -> dict[str, Floats]:
    """Name of an output -> [h, columns] the scores that it is at."""

    def width(coverage: float) -> Floats:
        return calibration.width(coverage, how.h) if coverage else np.zeros(how.h)

    found: dict[str, Floats] = {}
    if how.level:
        widths = np.stack([width(level / 100) for level in how.level], axis=1)
        found |= {"lower": -widths, "upper": widths}
    if how.quantiles:
        found["quantiles"] = np.stack(
            [np.sign(each - 1 / 2) * width(abs(2 * each - 1)) for each in how.quantiles], axis=1
        )
    return found


def _between(probability: Floats) -> Floats:
    """[h, probabilities, columns] weights of the quantiles at `PROBABILITIES`, as `value_at`."""
    right = np.clip(np.searchsorted(PROBABILITIES, probability), 1, len(PROBABILITIES) - 1)
    apart = PROBABILITIES[right] - PROBABILITIES[right - 1]
    share = np.clip((probability - PROBABILITIES[right - 1]) / apart, 0, 1)
    weights = np.zeros((len(probability), len(PROBABILITIES), probability.shape[1]), np.float32)
    step, column = np.indices(probability.shape)
    weights[step, right - 1, column] = 1 - share
    weights[step, right, column] += share.astype(np.float32)
    return weights
