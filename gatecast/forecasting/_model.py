"""A fitted forecaster as data: everything another machine needs to forecast and update."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gatecast._types import IRREGULAR, MOST_ROWS, Freq, InputError, Panel, check_whole
from gatecast.data import extend, tail
from gatecast.forecasting._bounds import Bounds
from gatecast.forecasting.intervals import Calibration, check_levels, numbers
from gatecast.forecasting.members import Combination, Forecast, PartState
from gatecast.framing import Verdict, first_target, last_windows, warn_about_unseen


@dataclass(frozen=True)
class Context:
    """What a forecast starts from.

    Attributes:
        panel: the last rows of each series, as many as a forecast looks back on.
        states: hidden and cell state, and level, of each part before these rows.
    """

    panel: Panel
    states: Sequence[PartState]


@dataclass(frozen=True)
class Columns:
    """The user's frames: the names of their columns, and their library.

    Attributes:
        unique_id: names the series.
        ds: times.
        y: targets.
        library: that forecasts are returned in: "pandas", "polars" or "pyarrow".
    """

    unique_id: str = "unique_id"
    ds: str = "ds"
    y: tuple[str, ...] = ("y",)
    library: str = "pandas"


@dataclass(frozen=True)
class Made:
    """The estimator that a model was fitted by, as plain values.

    Attributes:
        kind: name of its class.
        params: what its `get_params` returned, in the form that is saved.
    """

    kind: str = "LSTMForecaster"
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Origin:
    """The file that a model was loaded from.

    Attributes:
        path: with links resolved.
        checksum: of what it held.
    """

    path: Path
    checksum: str


@dataclass(frozen=True)
class ForecastOptions:
    """What a forecast should contain besides the points.

    Attributes:
        level: coverage of intervals in percent, one or several.
        quantiles: probabilities between 0 and 1, one or several.
    """

    level: float | Sequence[float] = ()
    quantiles: float | Sequence[float] = ()


@dataclass(frozen=True)
class Model:
    """A fitted forecaster.

    Attributes:
        h: the default number of rows to forecast.
        freq: of the series.
        season_length: rows per season.
        members: trained networks and their scalers.
        context: the last rows of each series and the states before them.
        calibration: of prediction intervals, None where there were too few rows.
        columns: names in the user's frames.
        made: the estimator that it was fitted by.
        bounds: that forecasts are kept within.
        verdict: on the columns whose effects are taken out; None where there are none.
        origin: where it was loaded from; None for one that was fitted anew.
        period: where the calendar has no season, and the series show one: the share of the changes
            within each cycle that the mean of the other cycles explains. None for other seasons.
    """

    h: int
    freq: Freq
    season_length: int
    members: Combination
    context: Context
    calibration: Calibration | None
    columns: Columns = field(default_factory=Columns)
    made: Made = field(default_factory=Made)
    bounds: Bounds = field(default_factory=Bounds)
    verdict: Verdict | None = None
    origin: Origin | None = None
    period: float | None = None

    @property
    def name(self) -> str:
        """The column of its forecasts: LSTM, GRU, RNN or DENSE."""
        return self.members.name

    @property
    def last_seen(self) -> pd.Series[Any]:
        """The time of the last row read of each series, by its id."""
        panel, each = self.context.panel, slice(None, None, len(self.context.panel.targets))
        return pd.Series(panel.ds[panel.offsets[1:] - 1][each], index=panel.ids[each])

    def saved_as(self, saved: Origin) -> Model:
        """The model after it was saved, which may have replaced the file that it came from."""
        replaced = self.origin is not None and self.origin.path == saved.path
        return replace(self, origin=saved) if replaced else self

    def forecast(
        self,
        h: int | None = None,
        options: ForecastOptions = ForecastOptions(),
        futr_df: Any = None,
    ) -> pd.DataFrame:
        """Forecast the rows after the last one.

        Args:
            h: rows to forecast; the default of the model if None.
            options: for intervals and quantiles.
            futr_df: the columns known over the horizon, for every series and time.

        Returns:
            `unique_id`, `ds`, `target` where there are several, the forecast, then `-lo-` and
            `-hi-` columns per level and `-q-` columns per quantile.

        Raises:
            InputError: for a horizon below 1, intervals from a model without calibration, or a
                time without what has to be known of it.
        """
        level, quantiles = check_levels(options.level), numbers(options.quantiles)
        self.require_calibration(level, quantiles)
        keys, forecast = self.ahead(h, futr_df)
        columns = {self.name: forecast.point.reshape(-1)}
        if self.calibration is not None:
            support = self.members.support(self.context.panel)
            columns |= self.calibration.columns(forecast, self.name, support, level, quantiles)
            self.calibration.warn_beyond(level, quantiles)
        bounded = {name: self.bounds.clip(values) for name, values in columns.items()}
        return pd.DataFrame(keys | bounded, copy=False)

    def paths(
        self, number: int, h: int | None = None, futr_df: Any = None, random_seed: int = 0
    ) -> pd.DataFrame:
        """Possible courses of the future: `unique_id`, `ds`, `path` (from 1) and the value.

        Args:
            number: of paths per series.
            h: rows of each.
            futr_df: as in `forecast`.
            random_seed: the same seed draws the same paths.

        Raises:
            InputError: as `forecast`.
        """
        check_whole("number", number, 1)
        calibration = self.require_calibration((), (1 / 2,))
        keys, forecast = self.ahead(h, futr_df)
        paths = calibration.paths(forecast, number, np.random.default_rng(random_seed))
        paths = self.bounds.clip(self.members.support(self.context.panel).of(paths))
        series, _, steps = paths.shape
        rows = np.arange(series * steps).reshape(series, 1, steps)
        place = np.broadcast_to(rows, paths.shape).reshape(-1)
        path = np.broadcast_to(np.arange(1, number + 1)[:, None], paths.shape).reshape(-1)
        repeated = {name: values[place] for name, values in keys.items()}
        return pd.DataFrame(repeated | {"path": path, self.name: paths.reshape(-1)})

    def ahead(
        self, h: int | None = None, futr_df: Any = None
    ) -> tuple[dict[str, NDArray[Any]], Forecast]:
        """The columns that name the rows to forecast, and the forecast [series, h].

        Arguments and errors are as in `forecast`.
        """
        h = self.h if h is None else h
        check_whole("h", h, 1, MOST_ROWS)
        if futr_df is not None and not self.members.futr_exog and self.freq != IRREGULAR:
            raise InputError(
                "futr_df is given, but this model reads no columns of the future: leave it out, or "
                "fit with futr_exog"
            )
        known = self.context.panel
        panel = extend(
            known,
            h,
            futr_df,
            futr_exog=self.members.futr_exog,
            id_col=self.columns.unique_id,
            time_col=self.columns.ds,
            step=self.members.parts[0].view.step,
        )
        ends = known.lengths[:: len(panel.targets)]
        windows = last_windows(first_target(panel), ends)
        forecast = self.members.forecast(panel, windows, h, self.context.states)
        rows = panel.position >= known.lengths[panel.series_of_row]
        warn_about_unseen(panel, self.members.exog_categories, rows)
        series = panel.series_of_row[rows]
        keys = {"unique_id": panel.ids[series], "ds": panel.ds[rows]}
        if len(panel.targets) > 1:
            keys["target"] = np.asarray(panel.targets, object)[series % len(panel.targets)]
        return keys, forecast

    def require_calibration(
        self, level: Sequence[float], quantiles: Sequence[float] = ()
    ) -> Calibration:
        """The calibration, if any of these are wanted.

        Raises:
            InputError: if there is none.
        """
        if (level or quantiles) and self.calibration is None:
            raise InputError(
                "no intervals were calibrated: forecast without level, or fit with intervals=True "
                "on enough rows to hold some back"
            )
        return self.calibration  # type: ignore[return-value]


def context_of(members: Combination, panel: Panel) -> Context:
    """The context of a forecaster at the end of a panel, with the static columns that it uses."""
    static = {name: column for name, column in panel.static.items() if name in members.static}
    panel = replace(panel, static=static)
    last = tail(panel, members.kept_rows)
    return Context(last, members.states(panel, last))
