"""Fitting the naive and statistical models on one series and rolling them forward.

The models are those of statsforecast. Its `forward(y, h, fitted=True)` would give all one-step
forecasts in one pass, but for some models they depend on values they should not know, hence
`rolling`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gatecast._lazy import lazy
from gatecast._types import Floats

statsforecast = lazy("statsforecast.models")

_LONG_SAMPLE = 150
_LONG_SEASON = 12
_VERY_LONG_SEASON = 24
# Beyond, fitting takes hours and more memory than there is.
_LONGEST_ARIMA_SEASON = 168
_THETA_START = 3


def fit(name: str, y: Floats, season_length: int) -> Any:
    """Fit the model called `name` on `y` [rows], which has no NaN.

    On a constant series every model is persistence: there is nothing to estimate.
    """
    if name == "persistence" or (name != "seasonal_naive" and np.ptp(y) == 0):
        return statsforecast.Naive().fit(y)
    if name == "auto_arima":
        return _auto_arima(len(y), season_length).fit(y)
    models = {
        "seasonal_naive": statsforecast.SeasonalNaive,
        "auto_ets": statsforecast.AutoETS,
        "auto_theta": statsforecast.AutoTheta,
        "auto_ces": statsforecast.AutoCES,
    }
    return models[name](season_length=season_length).fit(y)


def _auto_arima(rows: int, season_length: int) -> Any:
    """Order search by full likelihood on small samples, else by its approximation.

    The rule is that of R's auto.arima (Hyndman and Khandakar 2008, Journal of Statistical Software
    27). The state grows with season times seasonal order, so long seasons get order 1 at most, and
    the longest are left out.
    """
    if season_length > _LONGEST_ARIMA_SEASON:
        season_length = 1
    seasonal_order = 1 if season_length > _VERY_LONG_SEASON else 2
    return statsforecast.AutoARIMA(
        season_length=season_length,
        approximation=rows > _LONG_SAMPLE or season_length > _LONG_SEASON,
        max_P=seasonal_order,
        max_Q=seasonal_order,
    )


def in_sample(model: Any) -> Floats:
    """[rows] the one-step fits of the rows `model` was fitted on, NaN where there is none."""
    fits = np.array(model.predict_in_sample()["fitted"], dtype=np.float64)
    if isinstance(model, statsforecast.AutoARIMA):
        # ARIMA starts from unknown levels: rows used up by differencing fit themselves.
        _, _, _, _, period, d, seasonal_d = model.model_["arma"]
        fits[: d + seasonal_d * period] = np.nan
    if isinstance(model, statsforecast.AutoTheta):
        # Its arbitrary start is no forecast; statsforecast leaves out as many residuals.
        fits[:_THETA_START] = np.nan
    return fits


def rolling(model: Any, history: Floats, new: Floats, memory: int) -> Floats:
    """[new] the forecast of each new row from the rows before it, parameters fixed.

    Args:
        model: from `fit` on `history`.
        history: [rows] the rows it was fitted on.
        new: [new] the rows that follow.
        memory: how many rows AutoTheta and AutoCES, which start anew for each forecast, look back.
    """
    if isinstance(model, statsforecast.AutoARIMA):
        return _kalman_rolling(model.model_, new)
    y = np.concatenate([history, new])
    if isinstance(model, statsforecast.AutoTheta | statsforecast.AutoCES):
        # These estimate seasonal indices from all they see: show them the past only.
        ends = range(len(history), len(y))
        return np.array([_next(model, y[max(0, end - memory) : end]) for end in ends])
    fits = np.array(model.forward(y, h=1, fitted=True)["fitted"], dtype=np.float64)
    forecasts = fits[len(history) :]
    if isinstance(model, statsforecast.AutoETS):
        # With relative errors, ETS reconstructs its fit from y itself, which fails at y = 0.
        for row in np.flatnonzero(new == 0):
            forecasts[row] = _next(model, y[: len(history) + row])
    return forecasts


def _next(model: Any, y: Floats) -> float:
    return float(model.forward(y, h=1)["mean"][0])


def _kalman_rolling(arima: dict[str, Any], new: Floats) -> Floats:
    """One-step forecasts of an ARIMA model by the Kalman filter, going on where the fit ended.

    The fits that statsforecast reports are y minus the *standardised* residual, so they lean
    towards the value they forecast. Notation and start follow Durbin and Koopman 2012, "Time
    Series Analysis by State Space Methods", section 4.3.
    """
    space, coef = arima["model"], arima["coef"]
    z, transition, noise = space["Z"], space["T"], space["V"]
    state, covariance = space["a"], space["P"]
    time = len(arima["x"]) + 1 + np.arange(len(new))
    level = coef.get("intercept", 0.0) + coef.get("drift", 0.0) * time
    forecasts = np.empty(len(new))
    for row, value in enumerate(new - level):
        state = transition @ state
        covariance = transition @ covariance @ transition.T + noise
        forecasts[row] = z @ state + level[row]
        # K = P z / F with F = z' P z + h
        gain = covariance @ z / (z @ covariance @ z + space["h"])
        state = state + gain * (value - z @ state)
        covariance = covariance - np.outer(gain, z @ covariance)
    return forecasts


def ahead(model: Any, h: int, level: Sequence[float]) -> Floats:
    """[h, 1 + 2 levels] the forecast, then its lower and upper limits as `interval_names` lists."""
    forecast = model.predict(h=h, level=list(level) or None)
    return np.column_stack([forecast[key] for key in ["mean", *interval_names(level)]])


def interval_names(level: Sequence[float]) -> list[str]:
    """The interval columns in order, as "lo-95", "lo-80", "hi-80", "hi-95"."""
    ordered = sorted(level)
    return [f"lo-{x}" for x in reversed(ordered)] + [f"hi-{x}" for x in ordered]
