"""A Keras model that the user has trained, as a forecaster."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Self

import numpy as np

from gatecast._backend import keras, quiet_keras
from gatecast._lazy import lazy
from gatecast._types import InputError
from gatecast.forecasting._lstm import LSTMForecaster
from gatecast.forecasting._model import Model
from gatecast.network import Network, architecture_of, load_keras_model

if TYPE_CHECKING:
    from gatecast.forecasting.fitting import FitOptions
    from gatecast.training import Trained

# Loaded late: a process that only forecasts does not need it.
_training = lazy("gatecast.training")


@dataclass(kw_only=True, eq=False, repr=False)
class KerasForecaster(LSTMForecaster):
    """Forecasts with the weights of a Keras model that is trained already; see `from_keras`.

    `fit` trains nothing: it learns the series, calibrates intervals and measures skill.
    """

    kind: ClassVar[str] = "KerasForecaster"

    def standing_at(self, model: Model) -> Self:
        """This forecaster, fitted; its network gets the weights of the model."""
        (part,) = model.members.parts
        trainable, others = part.weights
        kept: Any = self.network
        for variables, values in (
            (kept.trainable_variables, trainable),
            (kept.non_trainable_variables, others),
        ):
            for variable, value in zip(variables, values, strict=True):
                variable.assign(value[0, 0])
        return super().standing_at(model)

    def _options(self, checkpoint: Any = None) -> FitOptions:
        return replace(super()._options(checkpoint), trainer=self._kept)

    def _kept(self, network: Network, *_: Any, seeds: Sequence[int], **__: Any) -> Trained:
        """Instead of training: the weights of the user's model, once for each seed."""
        kept: Any = self.network
        trainable, others = (
            [np.repeat(np.asarray(each.value)[None], len(seeds), axis=0) for each in variables]
            for variables in (kept.trainable_variables, kept.non_trainable_variables)
        )
        run: Trained = _training.Trained(
            _training.NetworkVariables(trainable, others, [], [], 0.0, 0),
            curves={},
            interrupted=False,
            compile_seconds=0.0,
            train_seconds=0.0,
        )
        return run


def from_keras(
    model: keras.Model,
    scaler: Any = None,
    *,
    look_back: int | None = None,
    season_length: int | None = None,
    minimum: float | None = None,
    maximum: float | None = None,
    intervals: bool = True,
    verbose: bool | None = None,
) -> KerasForecaster:
    """A forecaster of a Keras model that is trained already.

    `fit(df)` keeps the weights: it learns where the series end and calibrates intervals on the
    newest rows. If the model was trained on these rows, the intervals are too narrow and the skill
    too high: give rows that it has not seen. All else is as with any forecaster: many series,
    `backtest`, `update`, `stream`, `save`, the service, exports.

    Args:
        model: reads [samples, look_back, 1] or, all past values as features of one time step,
            [samples, 1, look_back]; returns [samples, h]. A copy of it is kept.
        scaler: the fitted `MinMaxScaler` or `StandardScaler` of scikit-learn that its values were
            scaled by; None for none. It becomes part of the model, and is the same for all series.
        look_back: where the model takes windows of any length.
        season_length: as in `LSTMForecaster`.
        minimum: as in `LSTMForecaster`.
        maximum: as in `LSTMForecaster`.
        intervals: as in `LSTMForecaster`.
        verbose: as in `LSTMForecaster`.

    Raises:
        InputError: naming what about the model or the scaler cannot be used.
    """
    if not isinstance(model, keras.Model):
        raise InputError(f"model must be a keras.Model, got {type(model).__name__}")
    _refuse_carried_state(model)
    shape = _shape(model, look_back)
    return KerasForecaster(
        network=_with_scaling(model, _scaling(scaler)),
        h=shape.h,
        look_back=shape.look_back,
        framing="window" if shape.flat else "steps",
        scaler=(),
        gaps="bridge",
        season_length=season_length,
        minimum=minimum,
        maximum=maximum,
        intervals=intervals,
        verbose=verbose,
    )


class _Shape(NamedTuple):
    """What a model reads, and how many rows it forecasts."""

    look_back: int
    flat: bool
    h: int


class _Scaling(NamedTuple):
    """scaled = factor * value + offset."""

    factor: float
    offset: float


def _shape(model: keras.Model, look_back: int | None) -> _Shape:
    if len(model.inputs) != 1 or len(model.outputs) != 1:
        raise InputError(
            f"the model must have one input and one output, got {len(model.inputs)} and "
            f"{len(model.outputs)}"
        )
    read, found = tuple(model.inputs[0].shape), tuple(model.outputs[0].shape)
    if len(found) != 2 or found[1] is None:  # noqa: PLR2004 (samples, h)
        raise InputError(
            f"the model must return [samples, h], got {list(found)}: end it with Dense(h), and "
            "return_sequences=False in the layer before"
        )
    if len(read) == 3 and read[2] == 1:  # noqa: PLR2004 (samples, rows, one column)
        if read[1] is None and look_back is None:
            raise InputError("the model takes windows of any length: say which by look_back=...")
        if None not in (read[1], look_back) and read[1] != look_back:
            raise InputError(f"look_back={look_back}, but the model reads {read[1]} rows")
        return _Shape(read[1] or look_back or 1, flat=False, h=found[1])
    if len(read) == 3 and read[1] == 1 and read[2] is not None:  # noqa: PLR2004
        return _Shape(read[2], flat=True, h=found[1])
    raise InputError(
        f"the model must read [samples, look_back, 1] or [samples, 1, look_back], got {list(read)}"
    )


def _refuse_carried_state(model: keras.Model) -> None:
    carried = [layer.name for layer in _layers(model) if getattr(layer, "stateful", False)]
    if carried:
        raise InputError(
            f"layer {carried[0]!r} has stateful=True, which Keras ignores on JAX: build the model "
            "without it and copy the weights, or fit an LSTMForecaster(stateful=True)"
        )


def _layers(model: Any) -> Iterator[Any]:
    """The layers of a model, and those of models within it."""
    for layer in model.layers:
        yield layer
        if isinstance(layer, keras.Model):
            yield from _layers(layer)


def _scaling(scaler: Any) -> _Scaling | None:
    if scaler is None:
        return None
    name = type(scaler).__name__
    if name not in ("MinMaxScaler", "StandardScaler"):
        raise InputError(
            f"scaler must be None, or a MinMaxScaler or StandardScaler of scikit-learn, got {name}"
        )
    if not hasattr(scaler, "n_features_in_"):
        raise InputError(f"the {name} is not fitted: give the one that the model was trained with")
    if scaler.n_features_in_ != 1:
        raise InputError(
            f"the {name} was fitted on {scaler.n_features_in_} columns: give that of the target"
        )
    if name == "MinMaxScaler":
        if scaler.clip:
            raise InputError("a MinMaxScaler with clip=True cannot be undone: fit it with False")
        return _Scaling(float(scaler.scale_[0]), float(scaler.min_[0]))
    factor = 1 / float(scaler.scale_[0]) if scaler.with_std else 1.0
    mean = float(scaler.mean_[0]) if scaler.with_mean else 0.0
    return _Scaling(factor, -mean * factor)


def _with_scaling(model: keras.Model, scaling: _Scaling | None) -> keras.Model:
    """A copy of a model, with its weights, that reads and returns unscaled values."""
    copy = load_keras_model(architecture_of(model).keras_model)
    with quiet_keras():
        copy.set_weights(model.get_weights())
    if scaling is None:
        return copy
    factor, offset = scaling
    values = keras.Input(model.inputs[0].shape[1:])
    scaled = keras.layers.Rescaling(factor, offset)(values)
    # The inverse: value = scaled / factor - offset / factor.
    in_units = keras.layers.Rescaling(1 / factor, -offset / factor)(copy(scaled))
    return keras.Model(values, in_units)
