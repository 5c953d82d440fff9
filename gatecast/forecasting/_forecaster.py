"""The forecaster that users hold."""

from __future__ import annotations

import inspect
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

from gatecast._types import Freq, InputError, Panel
from gatecast.data import like, to_panel
from gatecast.forecasting._artefact import load_model, save_model
from gatecast.forecasting._model import Model, fit_model
from gatecast.forecasting._settings import Settings
from gatecast.forecasting._update import on_history, updated
from gatecast.framing import Framing, Level, Shape
from gatecast.network import Architecture, Cell
from gatecast.training import Training


class LSTMForecaster:
    """Forecasts many series with an ensemble of recurrent networks trained in one program.

    Args:
        h: rows forecast at once, and the default of `predict`.
        look_back: rows the network looks back on.
        framing: "steps", one past value per time step; "window", all as features of one step.
        stateful: carry memory along each series, in training and in prediction.
        cell: "lstm", "gru", "rnn" or "dense".
        layers: stacked layers.
        units: in each layer.
        dropout: share of each layer's inputs dropped in training.
        activation: of the cells.
        linear_skip: add a linear map of the window to the output.
        scaler: a name from `gatecast.framing.SCALERS`, or several applied in order.
        window_level: what is taken from each window and added back: "none", "last" or "mean".
        level_span: rows averaged for "mean"; all of look_back if None.
        members: networks trained from different seeds, combined by the median.
        random_seed: of the first member.
        intervals: hold back windows to calibrate prediction intervals, then train on all rows.
        training: epochs, batches, optimiser, loss, early stopping.
        verbose: True shows progress, False does not, None on a terminal after two seconds.

    Attributes:
        model_: the fitted `Model`: weights, scaler, calibration, where each series stands.
        curves_: name -> [members, epochs] losses of the final training run.
        skill_: RMSE skill against persistence and seasonal naive on held-back windows, or empty.

    Raises:
        InputError: naming the setting and its value.
    """

    def __init__(  # noqa: PLR0913 (the settings everybody touches are flat keywords)
        self,
        *,
        h: int = 1,
        look_back: int = 12,
        framing: Shape = "steps",
        stateful: bool = False,
        cell: Cell = "lstm",
        layers: int = 1,
        units: int = 32,
        dropout: float = 0.0,
        activation: str = "tanh",
        linear_skip: bool = False,
        scaler: str | Sequence[str] = "standard",
        window_level: Level = "none",
        level_span: int | None = None,
        members: int = 1,
        random_seed: int = 0,
        intervals: bool = True,
        training: Training = Training(),
        verbose: bool | None = None,
    ) -> None:
        self.h = h
        self.look_back = look_back
        self.framing = framing
        self.stateful = stateful
        self.cell = cell
        self.layers = layers
        self.units = units
        self.dropout = dropout
        self.activation = activation
        self.linear_skip = linear_skip
        self.scaler = scaler
        self.window_level = window_level
        self.level_span = level_span
        self.members = members
        self.random_seed = random_seed
        self.intervals = intervals
        self.training = training
        self.verbose = verbose
        # What a forecast looks like: the column names and the frame library that `fit` got.
        self._columns_ = {"unique_id": "unique_id", "ds": "ds", "y": "y"}
        self._like_: Any = None
        _ = self.settings

    @property
    def settings(self) -> Settings:
        """All settings, checked, as one record."""
        span = self.look_back if self.level_span is None else self.level_span
        return Settings(
            framing=Framing(self.look_back, self.h, self.framing, self.window_level, span),
            architecture=Architecture(
                self.cell,
                self.layers,
                self.units,
                self.dropout,
                self.activation,
                self.linear_skip,
            ),
            training=self.training,
            scaler=(self.scaler,) if isinstance(self.scaler, str) else tuple(self.scaler),
            stateful=self.stateful,
            members=self.members,
            random_seed=self.random_seed,
        )

    @classmethod
    def from_settings(cls, settings: Settings, **others: Any) -> Self:
        """The forecaster of a `Settings` record; `others` are further keywords."""
        framing, architecture = settings.framing, settings.architecture
        return cls(
            h=framing.horizon,
            look_back=framing.look_back,
            framing=framing.shape,
            window_level=framing.level,
            level_span=framing.level_span,
            stateful=settings.stateful,
            scaler=settings.scaler,
            members=settings.members,
            random_seed=settings.random_seed,
            training=settings.training,
            **vars(architecture),
            **others,
        )

    def fit(
        self,
        df: Any,
        *,
        id_col: str = "unique_id",
        time_col: str = "ds",
        target_col: str = "y",
        freq: Freq | None = None,
    ) -> Self:
        """Train on a long frame.

        Args:
            df: pandas, polars or Arrow frame with one row per series and time.
            id_col: the column that names the series.
            time_col: timestamps, or integers.
            target_col: the values.
            freq: the calendar step, inferred if None.

        Raises:
            InputError: if the data cannot be used, naming the series, time and value.
        """
        panel = to_panel(df, id_col=id_col, time_col=time_col, target_col=target_col, freq=freq)
        model, (run,) = fit_model(
            [self.settings], panel, self.h, intervals=self.intervals, verbose=self.verbose
        )
        self._like_ = df
        self._columns_ = {"unique_id": id_col, "ds": time_col, "y": target_col}
        self.curves_ = run.curves
        return self._with(model)

    def predict(self, h: int | None = None, *, level: Sequence[float] = (), df: Any = None) -> Any:
        """Forecast the rows after the last one seen.

        Args:
            h: rows to forecast, the forecaster's own h if None. Beyond it, forecasts are fed back.
            level: coverage of the intervals in percent, such as [80, 95].
            df: forecast what follows these histories instead, of known or new series.

        Returns:
            A frame of the kind `fit` got: id, time, "LSTM", "LSTM-lo-80", "LSTM-hi-80", ...

        Raises:
            InputError: if not fitted, or h or a level is out of range, or a history too short.
        """
        model = self._fitted()
        if df is not None:
            model = on_history(model, self._panel(df))
        return like(model.forecast(h, level).rename(columns=self._columns_), self._like_)

    def update(self, df: Any) -> Self:
        """See new rows: the state moves on, weights and scalers stay.

        The cost depends on the number of new rows alone.

        Args:
            df: rows that follow the last ones seen, in the columns that `fit` was given.

        Raises:
            InputError: if not fitted, or naming a series that is unknown or a row already seen.
        """
        self.model_ = updated(self._fitted(), self._panel(df))
        return self

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the artefact: one file, safetensors and JSON with checksums.

        Raises:
            InputError: if not fitted, or the place cannot be written.
        """
        return save_model(self._fitted(), path)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """The forecaster that `save` wrote.

        A model of several combined networks forecasts as it was saved; fitting it again trains
        the first of them alone.

        Raises:
            InputError: if the file is missing, damaged or of a newer format.
        """
        model = load_model(path)
        forecaster = cls.from_settings(
            model.combination.parts[0].settings, intervals=model.calibration is not None
        )
        return forecaster._with(model)  # noqa: SLF001 (its own class)

    def get_params(self, deep: bool = True) -> dict[str, Any]:  # noqa: FBT001, FBT002 (scikit-learn)
        """The constructor's keywords and their values."""
        return {name: getattr(self, name) for name in inspect.signature(type(self)).parameters}

    def set_params(self, **params: Any) -> Self:
        """Change settings; as in scikit-learn.

        Raises:
            InputError: for an unknown name or a value out of range.
        """
        for name, value in params.items():
            if name not in self.get_params():
                raise InputError(
                    f"{name!r} is not a setting; known: {', '.join(self.get_params())}"
                )
            setattr(self, name, value)
        _ = self.settings
        return self

    def __repr__(self) -> str:
        defaults = inspect.signature(type(self)).parameters
        changed = {
            name: value
            for name, value in self.get_params().items()
            if value != defaults[name].default
        }
        return (
            f"LSTMForecaster({', '.join(f'{name}={value!r}' for name, value in changed.items())})"
        )

    def _panel(self, df: Any) -> Panel:
        id_col, time_col, target_col = self._columns_.values()
        return to_panel(
            df,
            id_col=id_col,
            time_col=time_col,
            target_col=target_col,
            freq=self._fitted().freq,
        )

    def _with(self, model: Model) -> Self:
        self.model_ = model
        self.skill_ = model.calibration.skill if model.calibration else {}
        return self

    def _fitted(self) -> Model:
        if not hasattr(self, "model_"):
            raise InputError("this forecaster is not fitted: call fit(df) first")
        return self.model_
