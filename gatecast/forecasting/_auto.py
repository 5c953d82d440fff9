"""The forecaster that needs no settings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Self

from gatecast._types import InputError, Panel, check_whole
from gatecast.forecasting._estimator import Estimator
from gatecast.forecasting._model import Columns
from gatecast.forecasting._part import Metric, Part
from gatecast.forecasting.recipe import (
    LONGEST_SEASON,
    Quality,
    check_recipe,
    recipe_parts,
    seasons,
    with_period,
)
from gatecast.framing import DAYS_OF_YEAR, Exogenous, daily_or_shorter

if TYPE_CHECKING:
    from gatecast.forecasting import fitting


@dataclass(kw_only=True, eq=False, repr=False)
class AutoLSTM(Estimator):
    """Forecasts many series with networks trained on synthetic series, adapted to the data.

    Several targets are forecast each as a series of its own. Counts, many zeros, and yes and no are
    told by the values of the training rows; docs/accuracy.md says how they are forecast, what all
    is made of and what it scored. Static columns, given to `fit`, tell in which series the other
    columns have like effects; they are used where errors of held-back series fall.

    Args:
        h: rows forecast at once, and the default of `predict`.
        quality: "auto" adapts pre-trained networks, lightly and, where there is data enough,
            strongly, and trains others from scratch; "fast" adapts fewer for less time; "best"
            trains more of them from scratch; "zero_shot" trains nothing.
        metric: the errors that should be small: "mae" (also sMAPE, MASE) and "mape" forecast
            medians, "rmse" means; of many zeros a median is often 0, and a mean never.
        season_length: rows in a season, at most 2016; None for the usual number of the calendar
            step: months 12, weeks 52, days 7, hours 24, quarter-hours 96, five minutes 288 (and a
            week of days), minutes 1440 where the series hold three days, else 60. Where the
            calendar gives none, a period that most series show is looked for; 1 for none.
        futr_exog: columns known over the horizon too, of numbers, truth values or text, such as
            prices; `predict` then needs `futr_df`. Their effects are estimated for each series and
            the panel, and used where errors of held-back rows fall.
        calendar: names from `gatecast.data.CALENDAR`, or "holiday:XX" with a country code; used
            likewise.
        hist_exog: columns that are not known ahead, such as orders; their values show in the
            series h rows later or more, and are used likewise. Of rows beyond h, the last known
            value stands for those that are not known.
        minimum: the smallest value there can be, such as 0; forecasts and intervals keep to it.
        maximum: the largest.
        random_seed: of the order of samples.
        intervals: hold the newest rows out of a first fit, to calibrate prediction intervals and
            to choose between parts; then train on all rows.
        verbose: True shows progress, False does not, None on a terminal after two seconds.

    Attributes:
        model_: the fitted `Model`: weights, scalers, calibration, the last rows of each series.
        curves_: name -> [members, epochs] losses of the last training run; empty without one.
        skill_: RMSE skill against persistence and seasonal naive on held-out windows, or empty.

    Raises:
        InputError: naming the setting and its value.
    """

    kind: ClassVar[str] = "AutoLSTM"
    # Parts that are trained longer come later.
    _shown_run: ClassVar[int] = -1

    h: int = 1
    quality: Quality = "auto"
    metric: Metric = "mae"
    season_length: int | None = None
    futr_exog: Sequence[str] = ()
    calendar: Sequence[str] = ()
    hist_exog: Sequence[str] = ()
    minimum: float | None = None
    maximum: float | None = None
    random_seed: int = 0
    intervals: bool = True
    verbose: bool | None = None

    def __post_init__(self) -> None:
        self._check_shared()
        check_recipe(self.quality, self.metric)
        check_whole("random_seed", self.random_seed, 0)
        _ = self._exogenous
        if self.season_length is not None and self.season_length > LONGEST_SEASON:
            raise InputError(
                f"AutoLSTM reads seasons of at most {LONGEST_SEASON:,} rows, got "
                f"season_length={self.season_length}; leave it out, or take LSTMForecaster"
            )

    @property
    def exog(self) -> Sequence[str]:
        """The columns whose effects are looked at."""
        return [*self.hist_exog, *self.futr_exog]

    @property
    def calendar_names(self) -> Sequence[str]:
        """The calendar features whose effects are looked at."""
        return [*self.calendar]

    @property
    def _exogenous(self) -> Exogenous:
        return Exogenous(tuple(self.hist_exog), tuple(self.futr_exog), tuple(self.calendar))

    @property
    def chooses(self) -> bool:
        """Held-out windows decide which of its parts stay, if it has more than one."""
        return self.quality != "zero_shot"

    def seasons(self, panel: Panel) -> tuple[int, ...]:
        """Rows in the season, in the week around a day, and in the year around days."""
        return (*seasons(panel), *([DAYS_OF_YEAR] if daily_or_shorter(panel) else []))

    def parts_for(self, panel: Panel) -> list[Part]:
        """Pre-trained networks without adaptation, adapted ones, and some from scratch."""
        panel, _ = with_period(panel)
        return recipe_parts(
            self.quality, panel, self.h, self.random_seed, self.metric, self._exogenous
        )

    def _fit_on(self, panel: Panel, columns: Columns, options: fitting.FitOptions) -> Self:
        """As all estimators do, with the period that the series show, if the calendar has none."""
        panel, period = with_period(panel, options.group)
        fitted = super()._fit_on(panel, columns, options)
        if period.rows > 1:
            fitted.model_ = replace(fitted.model_, period=period.share)
        return fitted
