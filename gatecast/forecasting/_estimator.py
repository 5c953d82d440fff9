"""What both estimators do: fit a frame, forecast, read new rows, save."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

import pandas as pd

from gatecast._group import ALONE, Group
from gatecast._lazy import lazy
from gatecast._progress import showing
from gatecast._types import MOST_ROWS, Freq, InputError, Integers, Panel, check_whole
from gatecast._warn import warn
from gatecast.data import (
    Grown,
    grown,
    in_library,
    library_of,
    unchanged,
    warn_about_longer_season,
)
from gatecast.forecasting._bounds import Bounds
from gatecast.forecasting._exports import Exports
from gatecast.forecasting._frames import columns_of, following, is_empty, panel_for, panel_of
from gatecast.forecasting._model import Columns, ForecastOptions, Made, Model
from gatecast.forecasting._params import Params
from gatecast.forecasting._part import Part
from gatecast.forecasting._shortcuts import Shortcuts
from gatecast.forecasting.inspection import Inspection, gates, inspect_model
from gatecast.forecasting.members import Members
from gatecast.forecasting.online import Stream, on_history, updated
from gatecast.forecasting.saving import save_model

if TYPE_CHECKING:
    from gatecast.forecasting import fitting
else:
    # Loaded late: a process that only forecasts does not need it.
    fitting = lazy("gatecast.forecasting.fitting")

# Beyond so many times the rows that a model forecasts at once, and looks back on, it is told.
_FAR = 10


class Estimator(Shortcuts, Exports, Params, ABC):
    """A forecaster of long frames, before and after it is fitted.

    Attributes:
        model_: the fitted `Model`: weights, scalers, calibration, the last rows of each series.
        curves_: name -> [members, epochs] losses of the final training run; empty without one.
        skill_: RMSE skill against persistence and seasonal naive on held-out windows, or empty.
        grown_: of the last `update`: how many rows were new, repeated, or older than all that are
            kept.
    """

    h: int
    season_length: int | None
    minimum: float | None
    maximum: float | None
    intervals: bool
    verbose: bool | None

    kind: ClassVar[str]
    """Its name in a saved model; a subclass is saved under the name of its base estimator."""

    # Of several training runs, the one whose losses are shown.
    _shown_run: ClassVar[int] = 0

    model_: Model
    curves_: dict[str, Any]
    skill_: dict[str, float]
    grown_: Grown

    @abstractmethod
    def parts_for(self, panel: Panel) -> list[Part]:
        """The parts to fit to a panel; they depend on its calendar and its lengths only."""

    @property
    @abstractmethod
    def chooses(self) -> bool:
        """Whether forecasts of held-out rows decide which parts stay."""

    @property
    def exog(self) -> Sequence[str]:
        """The exogenous columns that are read."""
        return ()

    @property
    def calendar_names(self) -> Sequence[str]:
        """The calendar features that are read."""
        return ()

    @abstractmethod
    def seasons(self, panel: Panel) -> tuple[int, ...]:
        """Rows of each cycle that the networks can see in a panel."""

    def fit(
        self,
        df: Any,
        *,
        static_df: Any = None,
        id_col: str | None = "unique_id",
        time_col: str = "ds",
        target_col: str | Sequence[str] = "y",
        freq: Freq | None = None,
        warm_start: bool = False,
        checkpoint: str | os.PathLike[str] | None = None,
    ) -> Self:
        """Train on a long frame.

        Args:
            df: pandas, polars or Arrow frame with one row per series and time; or a pandas Series
                with times as index, whose name becomes that of the target.
            static_df: one row per series: its id, and columns that do not change in time.
            id_col: the column that names the series; None, or a frame without `unique_id`, for a
                single series.
            time_col: timestamps, or integers.
            target_col: the values; several columns are forecast together.
            freq: the calendar step, inferred if None; "irregular" keeps the times unchanged.
            warm_start: train further from the weights and scalers of the last fit. Rows that
                follow the last ones seen are appended to them; the calibration is kept.
            checkpoint: a file that is kept up to date while training; after a kill, the same call
                resumes from it and ends with the same weights. It is removed at the end.

        Raises:
            InputError: if the data cannot be used, naming the series, time and value.
        """
        columns = columns_of(df, id_col, time_col, target_col)
        options = self._options(None if checkpoint is None else Path(checkpoint))
        if warm_start:
            known = self._fitted()
            categorical = known.context.panel.categories
            panel = panel_of(df, columns, static_df, known.freq, self.exog, categorical)
            panel = self._checked(panel)
            with showing(verbose=self.verbose):
                return self._go_on(following(known.context.panel, panel), columns, options)
        panel = self._checked(panel_of(df, columns, static_df, freq, self.exog))
        longest = panel.lengths.max()
        _tell_if_far(self.h, longest, f"the {longest} rows of the longest series")
        warn_about_longer_season(panel, self.seasons(panel), self.calendar_names)
        with showing(verbose=self.verbose):
            return self._fit_on(panel, columns, options)

    def fit_together(
        self,
        panel: Panel,
        columns: Columns,
        trainer: fitting.Trainer,
        group: Group = ALONE,
        checkpoint: Path | None = None,
    ) -> Self:
        """Fit with other processes, each of which calls this with series of its own.

        Weights, kept parts and calibration are the same in all of them; scalers and context are
        those of the own series.

        Args:
            panel: the series of this process.
            columns: names in the user's frames.
            trainer: of the networks, such as `gatecast.training.DataParallel`.
            group: the processes.
            checkpoint: as in `fit`, where all processes can read it.

        Raises:
            InputError: as `fit`, in the process whose series it is about.
        """
        options = replace(self._options(checkpoint), trainer=trainer, group=group)
        return self._fit_on(self._checked(panel), columns, options)

    def predict(
        self,
        h: int | None = None,
        *,
        level: float | Sequence[float] = (),
        quantiles: float | Sequence[float] = (),
        df: Any = None,
        futr_df: Any = None,
        static_df: Any = None,
    ) -> Any:
        """Forecast the rows after the last one seen.

        Args:
            h: rows to forecast, the forecaster's h if None. Beyond it, forecasts are fed back, and
                the last value of a column stands for those that are not known ahead.
            level: coverage of the intervals in percent, such as [80, 95]. An `InputWarning` tells
                where one is wider than any error on the held-back windows.
            quantiles: probabilities, such as [0.1, 0.5, 0.9].
            df: forecast what follows these histories instead, of known or new series.
            futr_df: the columns of `futr_exog` for every series and time to forecast.
            static_df: as in `fit`, for the series in `df`.

        Returns:
            A frame of the kind of `df`, or else of what `fit` got: id, time, "target" where there
            are several, then "LSTM", "LSTM-lo-80", "LSTM-hi-80", ..., "LSTM-q-0.1", ...

        Raises:
            InputError: if not fitted, or h, a level or a quantile is out of range, or columns of
                the future are missing.

        Warns:
            InputWarning: for an h far beyond what the model was made for.
        """
        model = self._standing(df, static_df)
        seen = max(model.h, model.members.kept_rows)
        _tell_if_far(
            model.h if h is None else h,
            _FAR * seen,
            f"{_FAR} times the rows that the model forecasts at once or looks back on ({seen})",
        )
        return self._named(model.forecast(h, ForecastOptions(level, quantiles), futr_df), df)

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
        """Possible courses of the future, each over the whole horizon.

        Args:
            number: of paths per series.
            h: rows of each, the forecaster's h if None.
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
        """Read new rows: hidden and cell state move on, weights and scalers stay.

        The cost depends on the number of rows given alone. Rows that were read before are passed
        over; `grown_` counts them.

        Args:
            df: rows that follow the last ones seen, in the columns that `fit` was given; or the
                whole table, which has grown. There may be none.

        Raises:
            InputError: if not fitted, or naming a series that is unknown or a row already seen
                whose value is another one now.
        """
        model = self._fitted()
        known = model.context.panel
        panel = None if is_empty(model, df) else panel_for(model, df)
        found = unchanged(known) if panel is None else grown(known, panel)
        if found.rows:
            self.bounds.check(found.new)
            self.model_ = updated(model, found.new)
        self.grown_ = found
        return self

    @property
    def last_seen_(self) -> pd.Series[Any]:
        """The time of the last row read of each series, by its id: what `read(after=)` takes."""
        return self._fitted().last_seen

    def stream(self, h: int | None = None) -> Stream:
        """Read values one by one, in microseconds; this forecaster does not change.

        Args:
            h: rows to forecast after each, the forecaster's h if None.

        Raises:
            InputError: if not fitted, h is out of range, or the model needs more than values:
                exogenous columns, or irregular times.
        """
        return Stream(self._fitted(), h)

    def gates(self, unique_id: Any = None, *, df: Any = None, static_df: Any = None) -> Any:
        """How far the gates of the cells are open along the last window of each series.

        Args:
            unique_id: of one series; None for all.
            df: the last windows of these histories instead.
            static_df: as in `fit`, for the series in `df`.

        Returns:
            A frame: id, time, "member", "layer", "unit", then "input", "forget" and "output" (of
            a GRU "update" and "reset"), each from 0, closed, to 1, open.

        Raises:
            InputError: if not fitted, the series is not known, or the network has no gates.
        """
        model = self._standing(df, static_df)
        return self._named(gates(model, unique_id=unique_id), df)

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
        model = self._fitted()
        panel = None if df is None else panel_for(model, df, static_df)
        return inspect_model(model, panel, unique_id)

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
        options = replace(self._options(), verbose=False)
        # Rows are held out only if intervals are wanted or parts have to be chosen.
        wanted = self.intervals and (bool(level) or self.chooses)
        options = replace(options, intervals=wanted)
        return fitting.forecast_folds(
            self.parts_for, self._with_season(panel), ends, h, level, refit=refit, options=options
        )

    def save(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
        """Write the artefact: one file, safetensors and JSON with checksums.

        A file that is there is replaced.

        Args:
            path: of the file.
            overwrite: replace the file that this model was loaded from even if it has changed.

        Raises:
            InputError: if not fitted, the place cannot be written, or what something else has
                written into the file since this model was loaded from it would be lost.
        """
        model = replace(self._fitted(), made=Made(self.kind, self.to_json()))
        self.model_ = self.model_.saved_as(save_model(model, path, overwrite=overwrite))
        return Path(path)

    def on_history(self, df: Any, static_df: Any = None) -> Self:
        """This forecaster at the end of other histories, whose forecasts are those of `predict`.

        Args:
            df: as in `predict`.
            static_df: as in `fit`, for the series in `df`.

        Raises:
            InputError: if not fitted, or a history cannot be read, naming it.
        """
        return copy(self).standing_at(self._standing(df, static_df))

    def in_columns(self, columns: Columns) -> Self:
        """This forecaster, reading columns of other names and returning forecasts with them."""
        return copy(self).standing_at(replace(self._fitted(), columns=columns))

    def in_blocks(self, samples: int) -> Self:
        """This forecaster, making as many forecasts in each call of its programs.

        The forecast of a series is then the same, bit for bit, whichever others it is made with;
        without carried state, which runs along all series side by side.

        Args:
            samples: series of a call; the last call is filled up.
        """
        model = self._fitted()
        return copy(self).standing_at(replace(model, members=model.members.in_blocks(samples)))

    def standing_at(self, model: Model) -> Self:
        """This forecaster, fitted: with a model that exists already."""
        return self._with(model, model.columns)

    def _fit_on(self, panel: Panel, columns: Columns, options: fitting.FitOptions) -> Self:
        """Fit a panel whose values and season were checked."""
        model, runs = fitting.fit_model(self.parts_for, panel, self.h, options)
        return self._with(model, columns, runs)

    def _go_on(self, panel: Panel, columns: Columns, options: fitting.FitOptions) -> Self:
        """Train the fitted networks further, on a panel."""
        standing = on_history(self._fitted(), panel)
        start = standing.members.parts
        options = replace(options, intervals=False, start=start)
        model, runs = fitting.fit_model(
            lambda panel: self._parts_from(start, panel), panel, self.h, options
        )
        model = replace(
            model,
            calibration=standing.calibration,
            verdict=standing.verdict,
            period=standing.period,
            origin=standing.origin,
        )
        return self._with(model, columns, runs)

    def _parts_from(self, start: Sequence[Members], panel: Panel) -> Sequence[Part]:
        """The parts to train further from some members: by default those of the members."""
        return [members.part for members in start]

    @property
    def bounds(self) -> Bounds:
        """The smallest and the largest value there can be."""
        return Bounds(self.minimum, self.maximum)

    def _check_shared(self) -> None:
        """Raise an `InputError` for a setting of both estimators that cannot be.

        A lone name of a column becomes a list of one.
        """
        check_whole("h", self.h, 1, MOST_ROWS)
        for name in ("hist_exog", "futr_exog", "calendar"):
            given = getattr(self, name)
            if isinstance(given, str):
                setattr(self, name, [given])
            elif not (isinstance(given, Iterable) and all(isinstance(each, str) for each in given)):
                raise InputError(f"{name} must be a list of names, got {given!r}; [] for none")
        _ = self.bounds
        if self.season_length is not None:
            check_whole("season_length", self.season_length, 1)

    def _checked(self, panel: Panel) -> Panel:
        """A panel to fit, within the bounds and with the season that were chosen."""
        self.bounds.check(panel)
        return self._with_season(panel)

    def _with_season(self, panel: Panel) -> Panel:
        """The panel with the season that was chosen, if one was."""
        return panel if self.season_length is None else replace(panel, season=self.season_length)

    def _options(self, checkpoint: Path | None = None) -> fitting.FitOptions:
        """How it is fitted; a subclass may bring another trainer."""
        return fitting.FitOptions(
            intervals=self.intervals,
            choose=self.chooses,
            checkpoint=checkpoint,
            verbose=self.verbose,
            bounds=self.bounds,
        )

    def _standing(self, df: Any, static_df: Any) -> Model:
        """The model at the end of other histories, or unchanged if `df` is None."""
        model = self._fitted()
        if df is None:
            return model
        panel = panel_for(model, df, static_df)
        self.bounds.check(panel)
        return on_history(model, panel)

    def _named(self, frame: pd.DataFrame, df: Any = None) -> Any:
        """A frame with the user's names, in the library of `df` or else of what `fit` got."""
        columns = self._fitted().columns
        own = {"unique_id": columns.unique_id, "ds": columns.ds}
        if any(name != usual for usual, name in own.items()):
            frame = frame.rename(columns=own)
        return in_library(frame, columns.library if df is None else library_of(df))

    def _with(self, model: Model, columns: Columns, runs: Sequence[Any] = ()) -> Self:
        self.model_ = replace(model, columns=columns, bounds=self.bounds)
        self.curves_ = runs[self._shown_run].curves if runs else {}
        self.skill_ = model.calibration.skill if model.calibration else {}
        return self

    def _fitted(self) -> Model:
        if not hasattr(self, "model_"):
            raise InputError("this forecaster is not fitted: call fit(df) first")
        return self.model_


def _tell_if_far(h: int, most: int, what: str) -> None:
    """Warn of a horizon beyond what the data say anything about."""
    if h > most:
        warn(f"h={h} is more than {what}; forecasts so far ahead say little")
