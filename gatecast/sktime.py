# ruff: noqa: N803 (sktime passes exogenous columns as X)
"""The forecaster as sktime knows forecasters: for its pipelines, tuning, backtests and metrics.

Needs the extra `gatecast[sktime]`; nothing else in the library imports this module.
"""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import pandas as pd
from pandas.api.types import is_integer_dtype
from sklearn.base import clone
from sktime.datatypes import update_data
from sktime.forecasting.base import BaseForecaster, ForecastingHorizon

from gatecast._types import IRREGULAR, Floats
from gatecast.data import steps_between, to_panel
from gatecast.forecasting import LSTMForecaster
from gatecast.training import Training

_KEYS = ["unique_id", "ds"]


class GatecastForecaster(BaseForecaster):  # type: ignore[misc]  # sktime is not typed
    """An `LSTMForecaster` in sktime.

    A panel or a hierarchy of series trains one global model. Several columns of y are forecast
    together. Columns of X are known over the horizon, so `predict` needs each step of them up to
    the last one of fh; those that the forecaster names in `hist_exog` are known up to the cutoff.

    Steps after the cutoff are forecast from the rows up to it. Steps in the sample are forecast
    one ahead, each from the rows before it, and are NaN in the first `look_back` rows. Times in a
    zone are taken by the clock on the wall.

    `update` with `update_params=False` moves the state on and leaves the weights; otherwise
    training goes on from the present weights, on all rows seen.

    Args:
        forecaster: its settings; it is cloned and stays as it is. The clone's h is the last step
            of the fh that `fit` is given, if it is. None takes the defaults.

    Attributes:
        forecaster_: the fitted clone.

    Raises:
        InputError: in `fit`, `update` and `predict`, naming what cannot be used.

    Example:
        >>> import gatecast
        >>> from gatecast.sktime import GatecastForecaster
        >>> from sktime.datasets import load_airline
        >>> model = GatecastForecaster(gatecast.LSTMForecaster(look_back=24, members=4))
        >>> model = model.fit(load_airline(), fh=[1, 2, 3])
        >>> model.predict_interval(coverage=0.8).shape
        (3, 2)
    """

    _tags = {  # noqa: RUF012 (as sktime declares them)
        "authors": "gatecast developers",
        "maintainers": "gatecast developers",
        "y_inner_mtype": ["pd.DataFrame", "pd-multiindex", "pd_multiindex_hier"],
        "X_inner_mtype": ["pd.DataFrame", "pd-multiindex", "pd_multiindex_hier"],
        "requires-fh-in-fit": False,
        "capability:multivariate": True,
        "capability:exogenous": True,
        "capability:categorical_in_X": False,
        "capability:non_contiguous_X": False,
        "capability:missing_values": True,
        "capability:insample": True,
        "capability:pred_int": True,
        "capability:pred_int:insample": False,
        "capability:update": True,
        "property:randomness": "deterministic",
    }
    # What is seen is kept here, as `_cur_y` and `_cur_X`.
    _config = {"remember_data": False}  # noqa: RUF012 (as sktime declares it)

    def __init__(self, forecaster: LSTMForecaster | None = None) -> None:
        self.forecaster = forecaster
        super().__init__()
        # sktime fills these if `remember_data` is set later.
        self._y = self._X = None

    @classmethod
    def get_test_params(
        cls,
        parameter_set: str = "default",  # noqa: ARG003 (sktime passes it)
    ) -> list[dict[str, Any]]:
        """Small settings for sktime's own checks; both share their compiled programs."""
        small: dict[str, Any] = {
            "look_back": 2,
            "framing": "window",
            "units": 2,
            "training": Training(epochs=1),
            "verbose": False,
        }
        return [
            {"forecaster": LSTMForecaster(**small)},
            {"forecaster": LSTMForecaster(**small, scaler="robust")},
        ]

    def _fit(self, y: pd.DataFrame, X: pd.DataFrame | None, fh: ForecastingHorizon | None) -> Self:
        self._cur_y, self._cur_X = y, X
        forecaster = clone(LSTMForecaster() if self.forecaster is None else self.forecaster)
        ahead = 0 if fh is None else int(max(fh.to_relative(self.cutoff)))
        hist = forecaster.hist_exog
        known = [*forecaster.futr_exog, *(() if X is None else X.columns)]
        forecaster.set_params(
            h=ahead if ahead > 0 else forecaster.h,
            hist_exog=_named("X", hist),
            futr_exog=_named("X", dict.fromkeys(name for name in known if name not in hist)),
        )
        self.forecaster_ = forecaster.fit(
            _long(y, X), target_col=_named("y", y.columns), freq=_freq(y.index)
        )
        return self

    def _update(
        self, y: pd.DataFrame, X: pd.DataFrame | None = None, *, update_params: bool = True
    ) -> Self:
        rows, ends = _long(y, X), _ends(_long(self._cur_y))
        self._cur_y, self._cur_X = update_data(self._cur_y, y), update_data(self._cur_X, X)
        if update_params:
            seen = _long(self._cur_y, self._cur_X)
            self.forecaster_.fit(seen, target_col=self._targets, warm_start=True)
            return self
        # A series not seen before has no end: its rows go on, to be refused by name.
        new = rows[~(rows["ds"] <= rows["unique_id"].map(ends))]
        if new[self._targets].notna().any(axis=None):
            self.forecaster_.update(new)
        return self

    def _predict(self, fh: ForecastingHorizon, X: pd.DataFrame | None) -> pd.DataFrame:
        found = self._forecast(fh, X, [])
        return found.set_axis(self._get_varnames(), axis=1)

    def _predict_quantiles(
        self, fh: ForecastingHorizon, X: pd.DataFrame | None, alpha: list[float]
    ) -> pd.DataFrame:
        name: str = self.forecaster_.model_.name
        found = self._forecast(fh, X, alpha).drop(columns=name, level=1)
        return found.set_axis(pd.MultiIndex.from_product([self._get_varnames(), alpha]), axis=1)

    @property
    def _targets(self) -> list[str]:
        return list(self.forecaster_.model_.columns.y)

    def _forecast(
        self, fh: ForecastingHorizon, X: pd.DataFrame | None, alpha: list[float]
    ) -> pd.DataFrame:
        """Columns (target, point or quantile) at the times of fh; NaN without a forecast."""
        index = fh.get_expected_pred_idx(self._cur_y, self.cutoff)
        index.names = self._cur_y.index.names
        wanted = pd.MultiIndex.from_frame(_keys(index))
        parts = []
        if not fh.is_all_in_sample(self.cutoff):
            parts.append(self._after_cutoff(wanted, X, alpha))
        if not fh.is_all_out_of_sample(self.cutoff):
            parts.append(self._in_sample())
        found = pd.concat(parts).set_index(["target", *_KEYS])
        # Of a time that both have, the forecast from the cutoff.
        found = found[~found.index.duplicated()]
        columns = {name: found.loc[name].reindex(wanted) for name in self._targets}
        return pd.concat(columns, axis=1).set_axis(index)

    def _after_cutoff(
        self, wanted: pd.MultiIndex, X: pd.DataFrame | None, alpha: list[float]
    ) -> pd.DataFrame:
        """Forecasts from the rows up to the cutoff, which may have been moved back."""
        seen = _long(self._cur_y, self._cur_X)
        past = seen["ds"] <= _keys(self.cutoff)["ds"].iloc[0]
        ends = _ends(seen[past])
        last = np.full(len(ends), wanted.get_level_values("ds").max(), ends.to_numpy().dtype)
        ahead, model = update_data(self._cur_X, X), self.forecaster_.model_
        reads_ahead = model.members.futr_exog or model.freq == IRREGULAR
        found: pd.DataFrame = self.forecaster_.predict(
            int(steps_between(ends.to_numpy(), last, model.freq).max()),
            quantiles=alpha,
            df=None if past.all() else seen[past],
            futr_df=None if ahead is None or not reads_ahead else _long(X=ahead),
        )
        return found if "target" in found else found.assign(target=self._targets[0])

    def _in_sample(self) -> pd.DataFrame:
        """Every row seen, forecast one step ahead."""
        model = self.forecaster_.model_
        panel = to_panel(
            _long(self._cur_y, self._cur_X),
            target_col=self._targets,
            freq=model.freq,
            exog=list(model.context.panel.exog),
            categorical=model.context.panel.categories,
        )
        point: Floats = model.members.one_step(panel)
        target = np.asarray(panel.targets)[panel.series_of_row % len(panel.targets)]
        ids = panel.ids[panel.series_of_row]
        return pd.DataFrame({"unique_id": ids, "ds": panel.ds, "target": target, model.name: point})


def _named(kind: str, columns: Any) -> list[str]:
    """Names that tell the columns of y and X apart."""
    return [f"{kind}[{name}]" for name in columns]


def _long(y: pd.DataFrame | None = None, X: pd.DataFrame | None = None) -> pd.DataFrame:
    """The rows of y with the X of the same times, or those of X alone, as a long frame."""
    given = {kind: frame for kind, frame in (("y", y), ("X", X)) if frame is not None}
    index = next(iter(given.values())).index
    columns = [
        frame.reindex(index).set_axis(_named(kind, frame.columns), axis=1)
        for kind, frame in given.items()
    ]
    rows = [_keys(index), *(each.reset_index(drop=True) for each in columns)]
    return pd.concat(rows, axis=1)


def _keys(index: pd.Index) -> pd.DataFrame:
    """`unique_id` and `ds` of rows."""
    ids = index.droplevel(-1).map(str) if isinstance(index, pd.MultiIndex) else "y"
    return pd.DataFrame({"unique_id": ids, "ds": _times(index)})


def _times(index: pd.Index) -> pd.Index:
    """The times of rows: of a period its first moment, in a time zone the clock on the wall."""
    times = index.get_level_values(-1)
    if isinstance(times, pd.PeriodIndex):
        return times.to_timestamp()
    return times.tz_localize(None) if isinstance(times, pd.DatetimeIndex) else times


def _ends(rows: pd.DataFrame) -> pd.Series:
    """The time of the last value of each series."""
    values = rows.filter(regex=r"^y\[").notna().any(axis=1)
    return rows[values].groupby("unique_id")["ds"].max()


def _freq(index: pd.Index) -> str | int | None:
    """The step between rows; None where timestamps have to tell it."""
    times = _times(index)
    return 1 if is_integer_dtype(times) else getattr(times, "freqstr", None)
