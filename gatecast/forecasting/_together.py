"""Forecasters that differ in little, trained as one compiled program."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from gatecast._types import Integers, Panel
from gatecast.forecasting._estimator import Estimator
from gatecast.forecasting._lstm import LSTMForecaster
from gatecast.forecasting.fitting import FitOptions, Variation, forecast_variations
from gatecast.training import Training


def alike(model: Estimator) -> str | None:
    """A text that is the same for all forecasters that can be trained with this one.

    They differ in `random_seed` and in a constant `learning_rate`, no more. None for one that is
    trained alone.
    """
    if not isinstance(model, LSTMForecaster) or model.variants or model.scope == "local":
        return None
    if not model.training.constant_rate:
        return None
    same = replace(model.training, learning_rate=Training.learning_rate)
    content = type(model)(**model.get_params() | {"random_seed": 0, "training": same}).to_json()
    return json.dumps(content, sort_keys=True)


def forecast_together(
    models: Sequence[LSTMForecaster], panel: Panel, ends: Integers, h: int
) -> list[pd.DataFrame]:
    """The forecasts of all windows by each of several forecasters that are `alike`.

    Args:
        models: forecasters, all trained once, on the rows before the first cutoff.
        panel: the series.
        ends: [folds, series] leading rows known at each cutoff; 0 leaves a series out.
        h: rows to forecast.

    Returns:
        For each, what its `forecast_folds` returns with refit=False, but for rounding.

    Raises:
        InputError: as `fit`; also where the training of one of them diverges.
    """
    first = models[0]
    if first.season_length is not None:
        panel = replace(panel, season=first.season_length)
    variations = [
        Variation(model.training.learning_rate, tuple(model.settings.seeds)) for model in models
    ]
    options = FitOptions(intervals=False, verbose=False, bounds=first.bounds)
    return forecast_variations(first.parts_for, panel, ends, h, variations, options)
