"""Metrics over long frames: `unique_id`, `ds`, `y` and one column per model.

Rows without `y` (gaps) or without a prediction do not count. The per-series functions return one
row per series (and per `cutoff`, where that column is present) and one column per model.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from gatecast._lazy import lazy

losses = lazy("utilsforecast.losses")

_REFERENCES = ("persistence", "seasonal_naive")


def rmse(frame: pd.DataFrame, models: Sequence[str]) -> pd.DataFrame:
    """Root mean squared error of each series, in the units of `y`."""
    return pd.DataFrame(losses.rmse(_observed(frame), list(models)))


def mae(frame: pd.DataFrame, models: Sequence[str]) -> pd.DataFrame:
    """Mean absolute error of each series, in the units of `y`."""
    return pd.DataFrame(losses.mae(_observed(frame), list(models)))


def mape(frame: pd.DataFrame, models: Sequence[str]) -> pd.DataFrame:
    """Mean absolute percentage error of each series, in percent; rows with `y` = 0 do not count."""
    return _scaled(losses.mape(_observed(frame), list(models)), models, 100)


def smape(frame: pd.DataFrame, models: Sequence[str]) -> pd.DataFrame:
    """Symmetric MAPE of each series, in percent from 0 to 200.

    The mean of 200 |y - f| / (|y| + |f|), as in the M3 and M4 competitions (Makridakis and Hibon
    2000, "The M3-Competition", International Journal of Forecasting 16).
    """
    return _scaled(losses.smape(_observed(frame), list(models)), models, 200)


def mase(
    frame: pd.DataFrame, models: Sequence[str], train: pd.DataFrame, season_length: int
) -> pd.DataFrame:
    """Mean absolute scaled error of each series: MAE over that of seasonal naive in training.

    Source: Hyndman and Koehler 2006, "Another look at measures of forecast accuracy",
    International Journal of Forecasting 22.

    Args:
        frame: the rows to score.
        models: the columns to score.
        train: the training rows: `unique_id`, `ds`, `y`, one row per calendar step, in order.
        season_length: calendar steps in a season; 1 scales by persistence.
    """
    return pd.DataFrame(losses.mase(_observed(frame), list(models), season_length, train))


def rmsse(
    frame: pd.DataFrame, models: Sequence[str], train: pd.DataFrame, season_length: int
) -> pd.DataFrame:
    """Root mean squared scaled error of each series: RMSE over that of seasonal naive in training.

    Source: Hyndman and Koehler 2006, as for MASE; the measure of the M5 competition (Makridakis,
    Spiliotis and Assimakopoulos 2022, "M5 accuracy competition: Results, findings, and
    conclusions", International Journal of Forecasting 38), which scales by persistence.

    Args:
        frame: the rows to score.
        models: the columns to score.
        train: as for `mase`.
        season_length: calendar steps in a season; 1 scales by persistence.
    """
    return pd.DataFrame(losses.rmsse(_observed(frame), list(models), season_length, train))


def coverage(frame: pd.DataFrame, models: Sequence[str], level: float) -> pd.DataFrame:
    """Share of each series' rows, 0 to 1, inside `{model}-lo-{level}` to `{model}-hi-{level}`."""
    bounds = {model: [f"{model}-lo-{level}", f"{model}-hi-{level}"] for model in models}
    keys = [key for key in ("cutoff", "unique_id") if key in frame]
    shares = [
        losses.coverage(frame.dropna(subset=["y", *bounds[model]]), [model], level).set_index(keys)
        for model in models
    ]
    return pd.DataFrame(pd.concat(shares, axis="columns").reset_index())


def pinball(frame: pd.DataFrame, columns: Mapping[str, str], quantile: float) -> pd.DataFrame:
    """Mean pinball loss of each series, in the units of `y`: how good a forecast of a quantile is.

    Source: Koenker and Bassett 1978, "Regression quantiles", Econometrica 46.

    Args:
        frame: the rows to score.
        columns: model -> the column with its forecast of the quantile.
        quantile: from 0 to 1; at 0.5 the loss is half the absolute error.
    """
    return pd.DataFrame(losses.quantile_loss(_observed(frame), dict(columns), quantile))


def crps(frame: pd.DataFrame, models: Sequence[str], level: Sequence[float] = ()) -> pd.DataFrame:
    """Continuous ranked probability score of each series, in the units of `y`; 0 at best.

    The integral of twice the pinball loss over all quantiles, from those that are known: the ends
    of the intervals, and the forecast itself as the median, each weighed by the share of quantiles
    nearest to it. Without intervals this is the MAE, as it should be: the CRPS of a point forecast
    is its absolute error.

    Source: Gneiting and Raftery 2007, "Strictly proper scoring rules, prediction, and estimation",
    Journal of the American Statistical Association 102; the approximation by quantiles: Laio and
    Tamea 2007, "Verification tools for probabilistic forecasts of continuous hydrological
    variables", Hydrology and Earth System Sciences 11.

    Args:
        frame: the rows to score.
        models: the columns to score.
        level: coverage of the intervals in percent, whose columns are `{model}-lo-{level}` and
            `{model}-hi-{level}`.
    """
    keys = [key for key in ("cutoff", "unique_id") if key in frame]
    scores = []
    for model in models:
        ends = {0.5: model}
        for x in level:
            ends |= {(1 - x / 100) / 2: f"{model}-lo-{x}", (1 + x / 100) / 2: f"{model}-hi-{x}"}
        rows = frame.dropna(subset=["y", *ends.values()])
        values = crps_of_rows(rows["y"], {q: rows[column] for q, column in ends.items()})
        scores.append(values.groupby([rows[key] for key in keys]).mean().rename(model))
    return pd.DataFrame(pd.concat(scores, axis="columns").reset_index())


def crps_of_rows(
    y: pd.Series[float], quantiles: Mapping[float, pd.Series[float]]
) -> pd.Series[float]:
    """The `crps` of each row from forecasts of its quantiles; NaN where one is missing.

    Args:
        y: [rows] observed.
        quantiles: quantile from 0 to 1 -> [rows] its forecast.
    """
    known = sorted(quantiles)
    weights = np.diff([0, *(np.add(known[1:], known[:-1]) / 2), 1])
    total = pd.Series(0.0, index=y.index)
    for q, weight in zip(known, weights, strict=True):
        error = y - quantiles[q]
        # pinball loss: q e above the forecast, (q - 1) e below it
        total += 2 * weight * (q * error).where(error >= 0, (q - 1) * error)
    return total


def skill_score(score: float, reference: float) -> float:
    """The share of a reference's error that a forecast removes: 1 - score / reference.

    1 is perfect, 0 no better than the reference, negative worse. Against a perfect reference it
    is 0 for a forecast as perfect, else minus infinity.

    Source: Murphy 1988, "Skill scores based on the mean square error and their relationships to
    the correlation coefficient", Monthly Weather Review 116.

    Args:
        score: the error of the forecast, 0 at best (here the RMSE).
        reference: the same error of the reference forecast on the same rows.
    """
    if reference == 0:
        return 0.0 if score == 0 else -math.inf
    return 1 - score / reference


def score(
    frame: pd.DataFrame, models: Sequence[str], references: Sequence[str] = _REFERENCES
) -> pd.DataFrame:
    """Score each model over all rows of all series together.

    A model is compared with a reference on the rows that both predict, so a model that misses
    some series or rows is not favoured by it; `rows` tells how many rows it was scored on.

    Args:
        frame: `unique_id`, `ds`, `y` and one column per model.
        models: the columns to score.
        references: columns to measure RMSE skill against; those absent from `frame` are left out.

    Returns:
        One row per model: `model`, `rows`, `rmse`, `mae`, `mape`, `smape` and
        `skill_vs_{reference}`. NaN where a model has no row to score.
    """
    present = [reference for reference in references if reference in frame]
    return pd.DataFrame([_model_score(frame, model, present) for model in models])


_POOLED = (rmse, mae, mape, smape)


def _model_score(
    frame: pd.DataFrame, model: str, references: Sequence[str]
) -> dict[str, str | int | float]:
    rows = _pooled(frame, [model])
    metrics = {metric.__name__: _single(metric(rows, [model])) for metric in _POOLED}
    skills = {
        f"skill_vs_{reference}": skill_on_common_rows(frame, model, reference)
        for reference in references
    }
    return {"model": model, "rows": len(rows), **metrics, **skills}


def skill_on_common_rows(frame: pd.DataFrame, model: str, reference: str) -> float:
    """The RMSE skill of a model against a reference over the rows that both predict."""
    rows = _pooled(frame, [model, reference])
    return skill_score(_single(rmse(rows, [model])), _single(rmse(rows, [reference])))


def _pooled(frame: pd.DataFrame, models: Sequence[str]) -> pd.DataFrame:
    """The rows with `y` and every model, as if they were one series."""
    columns = list(dict.fromkeys(["y", *models]))
    return frame[columns].dropna().assign(unique_id="all")


def _single(table: pd.DataFrame) -> float:
    return float(table.iloc[:, -1].mean())


def _observed(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.dropna(subset=["y"])


def _scaled(table: pd.DataFrame, models: Sequence[str], factor: float) -> pd.DataFrame:
    return pd.DataFrame(table.assign(**{model: table[model] * factor for model in models}))
