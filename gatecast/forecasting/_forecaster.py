"""The forecaster that users hold."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import pandas as pd

from gatecast._backend import keras
from gatecast._types import Freq, InputError, Integers, Panel, check_whole
from gatecast.data import like, season_length
from gatecast.forecasting._artefact import load_model, save_model
from gatecast.forecasting._flat import flat
from gatecast.forecasting._folds import forecast_folds
from gatecast.forecasting._frames import following, panel_for, panel_of
from gatecast.forecasting._gates import gates
from gatecast.forecasting._model import Ask, Columns, Model, Way, fit_model
from gatecast.forecasting._parameters import Parameters
from gatecast.forecasting._recipe import Metric, RecipeName, check_recipe, recipe_settings
from gatecast.forecasting._sensitivity import Inspection, inspection
from gatecast.forecasting._settings import Combine, Gaps, Scope, Settings
from gatecast.forecasting._stream import Stream
from gatecast.forecasting._update import on_history, updated
from gatecast.framing import Exogenous, Framing, Level, Shape
from gatecast.network import (
    Architecture,
    Cell,
    Kind,
    Output,
    Point,
    architecture_of,
)
from gatecast.training import Training

# What a recipe leaves to the user.
_BESIDE_A_RECIPE = ("h", "recipe", "metric", "random_seed", "intervals", "verbose")
_SCALERS = {"any": ("standard",), "ratio": ("mean",), "raw": ()}


class LSTMForecaster(Parameters):
    """Forecasts many series with an ensemble of recurrent networks trained in one program.

    Args:
        h: rows forecast at once, and the default of `predict`.
        recipe: "auto" chooses everything below up to `random_seed` by itself: pre-trained
            networks, adapted to the data (see docs/accuracy.md); "fast" adapts fewer for less,
            "best" more for longer, "zero_shot" none. None takes the settings below.
        metric: of a recipe, the errors to be small: "mae" (and sMAPE, MASE) or "mape".
        look_back: rows the network looks back on; shorter series are padded and masked.
        framing: "steps", one past row per time step; "window", all as features of one step.
        strategy: "direct" forecasts all h rows at once, "recursive" one row that is fed back.
        stateful: carry memory along each series, in training and in prediction.
        network: "stack", "residual", "dilated", "bidirectional", "cnn", "encoder_decoder", or a
            Keras model of [samples, time steps, features] -> [samples, h].
        cell: "lstm", "gru", "rnn" or "dense".
        layers: stacked layers.
        units: in each layer.
        dropout: share of each layer's inputs dropped in training.
        activation: of the cells.
        linear_skip: add a linear map of the window to the output.
        output: what is forecast: `gc.Point()`, `gc.Quantiles()`, `gc.Normal()`, `gc.StudentT()`,
            `gc.NegativeBinomial()`, `gc.ZeroInflatedNegativeBinomial()`, `gc.Bernoulli()` or
            `gc.Tweedie()`.
        hist_exog: columns known up to the forecast origin.
        futr_exog: columns known over the horizon too; `predict` then needs `futr_df`.
        calendar: names from `gatecast.data.CALENDAR`, or "holiday:XX" with a country code.
        scaler: a name from `gatecast.framing.SCALERS`, or several applied in order; None takes
            the one that suits the output.
        window_level: what is taken from each window and added back: "none", "last", "mean",
            "smoothed" or "seasonal".
        level_span: rows averaged for "mean" and "smoothed"; all of look_back if None.
        gaps: "auto", "mask", "bridge" or "decay": what a step without an observation is.
        scope: "global", one model for all series; "local", one for each, trained together.
        members: networks trained from different seeds.
        combine: their forecasts by "median" or "mean".
        variants: settings of further ensembles that the forecast averages, each a dictionary of
            what differs, such as `[{"look_back": 24}, {"training": gc.Training(loss="mae")}]`.
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
        recipe: RecipeName | None = None,
        metric: Metric = "mae",
        look_back: int = 12,
        framing: Shape = "steps",
        strategy: str = "direct",
        stateful: bool = False,
        network: Kind | keras.Model = "stack",
        cell: Cell = "lstm",
        layers: int = 1,
        units: int = 32,
        dropout: float = 0.0,
        activation: str = "tanh",
        linear_skip: bool = False,
        output: Output = Point(),
        hist_exog: Sequence[str] = (),
        futr_exog: Sequence[str] = (),
        calendar: Sequence[str] = (),
        scaler: str | Sequence[str] | None = None,
        window_level: Level = "none",
        level_span: int | None = None,
        gaps: Gaps = "auto",
        scope: Scope = "global",
        members: int = 1,
        combine: Combine = "median",
        variants: Sequence[Mapping[str, Any]] = (),
        random_seed: int = 0,
        intervals: bool = True,
        training: Training = Training(),
        verbose: bool | None = None,
    ) -> None:
        self.h, self.recipe, self.metric = h, recipe, metric
        self.look_back, self.framing, self.strategy = look_back, framing, strategy
        self.stateful, self.network, self.cell = stateful, network, cell
        self.layers, self.units, self.dropout = layers, units, dropout
        self.activation, self.linear_skip, self.output = activation, linear_skip, output
        self.hist_exog, self.futr_exog, self.calendar = hist_exog, futr_exog, calendar
        self.scaler, self.window_level, self.level_span = scaler, window_level, level_span
        self.gaps, self.scope = gaps, scope
        self.members, self.combine, self.variants = members, combine, variants
        self.random_seed, self.intervals = random_seed, intervals
        self.training, self.verbose = training, verbose
        # The frame library that `fit` got.
        self._like_: Any = None
        self._check()

    @property
    def settings(self) -> Settings:
        """All settings but the variants', checked, as one record."""
        if self.strategy not in ("direct", "recursive"):
            raise InputError(f"strategy must be direct or recursive, got {self.strategy!r}")
        span = self.look_back if self.level_span is None else self.level_span
        horizon = self.h if self.strategy == "direct" else 1
        scaler = _SCALERS[self.output.units] if self.scaler is None else self.scaler
        return Settings(
            framing=Framing(self.look_back, horizon, self.framing, self.window_level, span),
            architecture=self._architecture,
            training=self.training,
            output=self.output,
            exogenous=Exogenous(tuple(self.hist_exog), tuple(self.futr_exog), tuple(self.calendar)),
            scaler=(scaler,) if isinstance(scaler, str) else tuple(scaler),
            gaps=self.gaps,
            scope=self.scope,
            stateful=self.stateful,
            members=self.members,
            combine=self.combine,
            random_seed=self.random_seed,
        )

    def parts_for(self, panel: Panel) -> list[Settings]:
        """The settings of every ensemble: its own, then each variant's; or those of the recipe."""
        if self.recipe is not None:
            return recipe_settings(self.recipe, panel, self.h, self.random_seed, self.metric)
        return [part.with_season(season_length(panel.freq)) for part in self.parts]

    @property
    def parts(self) -> list[Settings]:
        """As `parts_for`, without a recipe and before the season is known."""
        if not self.variants:
            return [self.settings]
        own = self.get_params() | {"variants": ()}
        return [self.settings, *(type(self)(**own | dict(each)).settings for each in self.variants)]

    @classmethod
    def from_settings(cls, settings: Settings, **others: Any) -> Self:
        """The forecaster of a `Settings` record; `others` are further keywords."""
        return cls(**flat(settings) | others)

    def fit(
        self,
        df: Any,
        *,
        static_df: Any = None,
        id_col: str = "unique_id",
        time_col: str = "ds",
        target_col: str | Sequence[str] = "y",
        freq: Freq | None = None,
        warm_start: bool = False,
        checkpoint: str | os.PathLike[str] | None = None,
    ) -> Self:
        """Train on a long frame.

        Args:
            df: pandas, polars or Arrow frame with one row per series and time.
            static_df: one row per series: its id, and columns that do not change in time.
            id_col: the column that names the series.
            time_col: timestamps, or integers.
            target_col: the values; several columns are forecast together.
            freq: the calendar step, inferred if None; "irregular" takes times as they are.
            warm_start: go on from the weights and scalers of the last fit. Rows that follow the
                last ones seen are joined to them; intervals stay as they were calibrated.
            checkpoint: a file that is kept up to date while training; after a kill, the same call
                goes on from it and ends with the same weights. It is removed at the end.

        Raises:
            InputError: if the data cannot be used, naming the series, time and value.
        """
        targets = (target_col,) if isinstance(target_col, str) else tuple(target_col)
        names = Columns(id_col, time_col, targets)
        way = Way(
            intervals=self.intervals,
            checkpoint=None if checkpoint is None else Path(checkpoint),
            verbose=self.verbose,
        )
        parts = [] if self.recipe else self.parts
        if warm_start:
            known = self._fitted()
            panel = following(
                known.context.panel, panel_of(df, names, static_df, known.freq, parts)
            )
            standing = on_history(known, panel)
            way = replace(way, intervals=False, start=standing.combination.parts)
            parts = self.parts_for(panel)
            if self.recipe is not None:
                parts = [part.settings for part in standing.combination.parts]
        else:
            panel = panel_of(df, names, static_df, freq, parts)
            parts = self.parts_for(panel)
        model, runs = fit_model(parts, panel, self.h, replace(way, choose=self.recipe is not None))
        if warm_start:
            model = replace(model, calibration=standing.calibration)
        self._like_ = df
        # Of a recipe's parts the last is trained, if any is.
        self.curves_ = runs[-1 if self.recipe else 0].curves
        return self._with(replace(model, columns=names, recipe=self.recipe))

    def predict(
        self,
        h: int | None = None,
        *,
        level: Sequence[float] = (),
        quantiles: Sequence[float] = (),
        df: Any = None,
        futr_df: Any = None,
        static_df: Any = None,
    ) -> Any:
        """Forecast the rows after the last one seen.

        Args:
            h: rows to forecast, the forecaster's own h if None. Beyond it, forecasts are fed back.
            level: coverage of the intervals in percent, such as [80, 95].
            quantiles: probabilities, such as [0.1, 0.5, 0.9].
            df: forecast what follows these histories instead, of known or new series.
            futr_df: the columns of `futr_exog` for every series and time to forecast.
            static_df: as in `fit`, for the series in `df`.

        Returns:
            A frame of the kind `fit` got: id, time, "target" where there are several, then
            "LSTM", "LSTM-lo-80", "LSTM-hi-80", ..., "LSTM-q-0.1", ...

        Raises:
            InputError: if not fitted, or h, a level or a quantile is out of range, or columns of
                the future are missing.
        """
        model = self._standing(df, static_df)
        return self._named(model.forecast(h, Ask(level, quantiles), futr_df), df)

    def sample_paths(
        self,
        number: int = 100,
        h: int | None = None,
        *,
        df: Any = None,
        futr_df: Any = None,
        static_df: Any = None,
        random_seed: int = 0,
    ) -> Any:
        """Ways in which the future may go, each followed over the whole horizon.

        Args:
            number: of paths per series.
            h: rows of each, the forecaster's own h if None.
            df: as in `predict`.
            futr_df: as in `predict`.
            static_df: as in `predict`.
            random_seed: the same seed draws the same paths.

        Returns:
            A frame: id, time, "path" from 1, "LSTM".

        Raises:
            InputError: as `predict`.
        """
        model = self._standing(df, static_df)
        return self._named(model.paths(number, h, futr_df, random_seed), df)

    def update(self, df: Any) -> Self:
        """See new rows: the state moves on, weights and scalers stay.

        The cost depends on the number of new rows alone.

        Args:
            df: rows that follow the last ones seen, in the columns that `fit` was given.

        Raises:
            InputError: if not fitted, or naming a series that is unknown or a row already seen.
        """
        model = self._fitted()
        self.model_ = updated(model, panel_for(model, df))
        return self

    def stream(self, h: int | None = None) -> Stream:
        """See values one by one, in microseconds; this forecaster stays where it is.

        Args:
            h: rows to forecast after each, the forecaster's own h if None.

        Raises:
            InputError: if not fitted, h is out of range, or the model needs more than values:
                exogenous columns, or irregular times.
        """
        return Stream(self._fitted(), h)

    def gates(self, unique_id: Any = None, *, df: Any = None, static_df: Any = None) -> Any:
        """What the gates of the cells do along the last window of each series.

        Args:
            unique_id: of one series; None for all.
            df: look at these histories instead.
            static_df: as in `fit`, for the series in `df`.

        Returns:
            A frame: id, time, "member", "layer", "unit", then "input", "forget" and "output" (of
            a GRU "update" and "reset"), each from 0, closed, to 1, open.

        Raises:
            InputError: if not fitted, the series is not known, or the network has no gates.
        """
        return self._named(gates(self._standing(df, static_df), unique_id=unique_id))

    def inspect(
        self, unique_id: Any = None, *, df: Any = None, static_df: Any = None
    ) -> Inspection:
        """What the forecast depends on: gates, half-lives of memory, lags, effective memory.

        Args:
            unique_id: as in `gates`.
            df: histories over whose windows sensitivities are averaged; without them the last
                window of each series alone.
            static_df: as in `fit`, for the series in `df`.
        """
        if df is None:
            return inspection(self._fitted(), unique_id=unique_id)
        model = self._standing(df, static_df)
        panel = panel_for(model, df, static_df)
        return inspection(model, panel, unique_id)

    def forecast_folds(
        self,
        panel: Panel,
        ends: Integers,
        h: int,
        level: Sequence[float] = (),
        *,
        refit: bool = True,
    ) -> pd.DataFrame:
        """All windows of a backtest at once, as `gatecast.evaluation.FoldForecaster` has it."""
        return forecast_folds(self.parts_for(panel), panel, ends, h, level, refit=refit)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the artefact: one file, safetensors and JSON with checksums.

        Raises:
            InputError: if not fitted, or the place cannot be written.
        """
        return save_model(self._fitted(), path)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """The forecaster that `save` wrote.

        Raises:
            InputError: if the file is missing, damaged or of a format that is not read.
        """
        model = load_model(path)
        if model.recipe is not None:
            forecaster = cls(
                h=model.h,
                recipe=model.recipe,
                metric="mape" if model.settings.training.loss == "mape" else "mae",
                random_seed=model.settings.random_seed,
                intervals=model.calibration is not None,
            )
            return forecaster._with(model)
        own, *others = (flat(part.settings) for part in model.combination.parts)
        variants = [
            {name: value for name, value in other.items() if value != own[name]} for other in others
        ]
        if own["h"] == 1 and model.h > 1:
            own |= {"h": model.h, "strategy": "recursive"}
        forecaster = cls(**own, variants=variants, intervals=model.calibration is not None)
        return forecaster._with(model)

    def _check(self) -> None:
        """Raise an `InputError` that names the first setting that cannot be."""
        check_whole("h", self.h, 1)
        check_recipe(self.recipe, self.metric)
        if self.recipe is None:
            _ = self.parts
            return
        check_whole("random_seed", self.random_seed, 0)
        for name in self._changed:
            if name not in _BESIDE_A_RECIPE:
                raise InputError(
                    f"recipe={self.recipe!r} chooses {name} by itself: leave it out, or set "
                    "recipe=None"
                )

    @property
    def _architecture(self) -> Architecture:
        # Asking whether it is a `keras.Model` would load Keras.
        own = not isinstance(self.network, str)
        if own:
            return architecture_of(self.network)
        return Architecture(
            self.cell,
            self.layers,
            self.units,
            self.dropout,
            self.activation,
            self.linear_skip,
            self.network,
        )

    def _standing(self, df: Any, static_df: Any) -> Model:
        """The model at the end of other histories, or where it is."""
        model = self._fitted()
        if df is None:
            return model
        return on_history(model, panel_for(model, df, static_df))

    def _named(self, frame: pd.DataFrame, df: Any = None) -> Any:
        """A frame with the user's names, in the library of `df` or else of what `fit` got."""
        names = self._fitted().columns
        own = {"unique_id": names.unique_id, "ds": names.ds}
        if any(name != usual for usual, name in own.items()):
            frame = frame.rename(columns=own)
        return like(frame, self._like_)

    def _with(self, model: Model) -> Self:
        self.model_ = model
        self.skill_ = model.calibration.skill if model.calibration else {}
        return self

    def _fitted(self) -> Model:
        if not hasattr(self, "model_"):
            raise InputError("this forecaster is not fitted: call fit(df) first")
        return self.model_
