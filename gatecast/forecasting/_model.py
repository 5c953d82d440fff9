"""A fitted forecaster as data: everything another machine needs to go on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gatecast._types import Floats, Freq, InputError, Panel, check_whole
from gatecast.data import extend, require_rows, season_length, tail
from gatecast.forecasting._calibrate import calibrate, held_back_rows
from gatecast.forecasting._calibration import Calibration, check_levels
from gatecast.forecasting._choose import chosen_parts
from gatecast.forecasting._combination import Combination, Start, fit_combination
from gatecast.forecasting._ensemble import Ensemble, Forecast
from gatecast.forecasting._recipe import RecipeName
from gatecast.forecasting._samples import Fit
from gatecast.forecasting._settings import Settings
from gatecast.framing import last_windows, leads
from gatecast.training import Checkpoint, Trained


@dataclass(frozen=True)
class Context:
    """Where each series stands: what a forecast goes on from.

    Attributes:
        panel: the last rows of each series, as many as a forecast looks back on.
        start: what each part carries into them.
    """

    panel: Panel
    start: Sequence[Start]


@dataclass(frozen=True)
class Columns:
    """What the frame that a model was fitted on calls its columns."""

    unique_id: str = "unique_id"
    ds: str = "ds"
    y: tuple[str, ...] = ("y",)


@dataclass(frozen=True)
class Ask:
    """What a forecast should hold besides its points.

    Attributes:
        level: coverage of intervals in percent.
        quantiles: probabilities between 0 and 1.
    """

    level: Sequence[float] = ()
    quantiles: Sequence[float] = ()


@dataclass(frozen=True)
class Model:
    """A fitted forecaster.

    Attributes:
        h: the default number of rows to forecast.
        freq: of the series.
        season_length: rows per season.
        combination: trained members and their scalers.
        context: where each series stands.
        calibration: of prediction intervals, None where there were too few rows.
        columns: names in the user's frames.
        recipe: that chose the settings, or None.
    """

    h: int
    freq: Freq
    season_length: int
    combination: Combination
    context: Context
    calibration: Calibration | None
    columns: Columns = field(default_factory=Columns)
    recipe: RecipeName | None = None

    @property
    def settings(self) -> Settings:
        """Those of the first part."""
        return self.combination.parts[0].settings

    @property
    def name(self) -> str:
        """The column of its forecasts: LSTM, GRU, RNN or DENSE."""
        return self.settings.architecture.cell.upper()

    @property
    def futr_exog(self) -> tuple[str, ...]:
        """The columns that have to be known over the horizon."""
        named = [name for part in self.combination.parts for name in part.settings.exogenous.futr]
        return tuple(dict.fromkeys(named))

    def forecast(self, h: int | None = None, ask: Ask = Ask(), futr_df: Any = None) -> pd.DataFrame:
        """Forecast the rows after the last one.

        Args:
            h: rows to forecast; the default of the model if None.
            ask: for intervals and quantiles.
            futr_df: the columns known over the horizon, for every series and time.

        Returns:
            `unique_id`, `ds`, `target` where there are several, the forecast, then `-lo-` and
            `-hi-` columns per level and `-q-` columns per quantile.

        Raises:
            InputError: for a horizon below 1, intervals from a model without calibration, or a
                time without what has to be known of it.
        """
        self._require_calibration(check_levels(ask.level), ask.quantiles)
        keys, forecast = self._forecast(h, futr_df)
        columns = keys | {self.name: forecast.point.reshape(-1)}
        if self.calibration is not None:
            floor = np.repeat(self._floor, forecast.point.shape[1])
            found = self.calibration.columns(forecast, self.name, ask.level, ask.quantiles)
            columns |= {name: np.maximum(values, floor) for name, values in found.items()}
        return pd.DataFrame(columns, copy=False)

    def paths(
        self, number: int, h: int | None = None, futr_df: Any = None, random_seed: int = 0
    ) -> pd.DataFrame:
        """Ways in which the future may go: `unique_id`, `ds`, `path` (from 1) and the value.

        Args:
            number: of paths per series.
            h: rows of each.
            futr_df: as in `forecast`.
            random_seed: the same seed draws the same paths.

        Raises:
            InputError: as `forecast`.
        """
        check_whole("number", number, 1)
        calibration = self._require_calibration((), (1 / 2,))
        keys, forecast = self._forecast(h, futr_df)
        paths = calibration.paths(forecast, number, np.random.default_rng(random_seed))
        paths = np.maximum(paths, self._floor[:, None, None])
        series, _, steps = paths.shape
        rows = np.arange(series * steps).reshape(series, 1, steps)
        place = np.broadcast_to(rows, paths.shape).reshape(-1)
        path = np.broadcast_to(np.arange(1, number + 1)[:, None], paths.shape).reshape(-1)
        repeated = {name: values[place] for name, values in keys.items()}
        return pd.DataFrame(repeated | {"path": path, self.name: paths.reshape(-1)})

    @property
    def _floor(self) -> Floats:
        """[series] what intervals do not fall below: zero where a window bounds its forecast so."""
        known = self.context.panel
        floor = np.full(len(known.ids), -np.inf)
        if self.settings.framing.level == "seasonal":
            floor[np.fmin.reduceat(known.y, known.offsets[:-1]) >= 0] = 0
        return floor

    def _forecast(self, h: int | None, futr_df: Any) -> tuple[dict[str, NDArray[Any]], Forecast]:
        """The columns that name the rows to forecast, and the forecast [series, h]."""
        h = self.h if h is None else h
        check_whole("h", h, 1)
        known = self.context.panel
        panel = extend(
            known,
            h,
            futr_df,
            futr_exog=self.futr_exog,
            id_col=self.columns.unique_id,
            time_col=self.columns.ds,
            step=self.combination.parts[0].view.step,
        )
        ends = known.lengths[:: len(panel.targets)]
        windows = last_windows(leads(panel), ends)
        forecast = self.combination.forecast(panel, windows, h, self.context.start)
        rows = panel.position >= known.lengths[panel.series_of_row]
        series = panel.series_of_row[rows]
        keys = {"unique_id": panel.ids[series], "ds": panel.ds[rows]}
        if len(panel.targets) > 1:
            keys["target"] = np.asarray(panel.targets, object)[series % len(panel.targets)]
        return keys, forecast

    def _require_calibration(
        self, level: Sequence[float], quantiles: Sequence[float]
    ) -> Calibration:
        if (level or quantiles) and self.calibration is None:
            raise InputError(
                "no intervals were calibrated: forecast without level, or fit with intervals=True "
                "on enough rows to hold some back"
            )
        return self.calibration  # type: ignore[return-value]


@dataclass(frozen=True)
class Way:
    """How a model is fitted, apart from its settings.

    Attributes:
        intervals: whether to hold back rows for calibration, then train on all of them.
        start: go on from these ensembles, one per settings record.
        checkpoint: a file from which a killed fit goes on.
        choose: leave out the parts that the rows held back speak against.
        verbose: progress, as in `gatecast.training.Watch`.
    """

    intervals: bool = True
    start: Sequence[Ensemble] | None = None
    checkpoint: Path | None = None
    choose: bool = False
    verbose: bool | None = None

    def fits(self, season: int, panel: Panel, parts: int, name: str) -> list[Fit]:
        """One for each part."""
        return [
            Fit(
                season_length=season,
                room=panel.lengths,
                start=self.start[part] if self.start else None,
                checkpoint=self._checkpoint(f"{name}{part}"),
                verbose=self.verbose,
            )
            for part in range(parts)
        ]

    def _checkpoint(self, name: str) -> Checkpoint | None:
        if self.checkpoint is None:
            return None
        return Checkpoint(self.checkpoint.with_name(f"{self.checkpoint.name}.{name}"))


def fit_model(
    settings: Sequence[Settings], panel: Panel, h: int, way: Way = Way()
) -> tuple[Model, list[Trained]]:
    """Fit a forecaster on all rows of a panel.

    Intervals come from a first fit without the newest rows, which are then forecast; the members
    that stay are trained on all rows.

    Args:
        settings: of the ensembles that are combined; usually one.
        panel: the series.
        h: the default horizon, and the one intervals are calibrated for.
        way: the rest.

    Returns:
        The model, and the runs on all rows, one per settings record.

    Raises:
        InputError: if a series is too short, naming it.
    """
    season = season_length(panel.freq)
    lag = max(_lag(each, season) for each in settings)
    require_rows(panel, lag + 1, f"the {lag} rows that the scaler looks back on, and one more")
    calibration = None
    train = panel.lengths - held_back_rows(panel, h, season)
    if way.intervals and (train >= lag + 2).any():
        how = way.fits(season, panel, len(settings), "early")
        early, _ = fit_combination(settings, panel, train, how)
        if way.choose:
            kept = chosen_parts(early, panel, train, h)
            early = Combination(tuple(early.parts[part] for part in kept))
            settings = [settings[part] for part in kept]
        calibration = calibrate(early, panel, train, season, h)
    how = way.fits(season, panel, len(settings), "part")
    combination, runs = fit_combination(settings, panel, panel.lengths, how)
    context = context_of(combination, panel)
    return Model(h, panel.freq, season, combination, context, calibration), runs


def context_of(combination: Combination, panel: Panel) -> Context:
    """Where each series of a panel stands for a forecaster."""
    last = tail(panel, combination.kept_rows)
    return Context(last, combination.start(panel, last))


def _lag(settings: Settings, season_length: int) -> int:
    lags = {"difference": 1, "seasonal_difference": season_length}
    return sum(lags.get(name, 0) for name in settings.scaler)
