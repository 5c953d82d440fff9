"""Forecasters that differ in little, trained as one compiled program."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import pandas as pd

from gatecast._types import Integers, Panel
from gatecast.forecasting._estimator import Estimator
from gatecast.forecasting._lstm import LSTMForecaster
from gatecast.forecasting.fitting import FitOptions, Variation, forecast_variations
from gatecast.training import Training, train_network


def alike(model: Estimator) -> str | None:
    """A text that is the same for all forecasters that can be trained with this one.

    They differ in `random_seed`, `members`, a constant `learning_rate` and `epochs`, no more. None
    for one that is trained alone.
    """
    if not isinstance(model, LSTMForecaster) or model.variants or model.scope == "local":
        return None
    if not model.training.constant_rate:
        return None
    same = replace(model.training, learning_rate=Training.learning_rate, epochs=Training.epochs)
    own = model.get_params() | {"random_seed": 0, "members": 1, "training": same}
    return json.dumps(type(model)(**own).to_json(), sort_keys=True)


def forecast_together(
    models: Sequence[LSTMForecaster],
    panel: Panel,
    ends: Integers,
    h: int,
    *,
    epochs: Sequence[int] | None = None,
) -> list[pd.DataFrame]:
    """The forecasts of all windows by each of several forecasters that are `alike`.

    Args:
        models: forecasters, all trained once, on the rows before the first cutoff.
        panel: the series.
        ends: [folds, series] leading rows known at each cutoff; 0 leaves a series out.
        h: rows to forecast.
        epochs: of training after which each forecasts, at most all of its own; None for all. The
            program is the same for any number.

    Returns:
        For each, what its `forecast_folds` returns with refit=False, but for rounding; NaN where
        its training diverges.

    Raises:
        InputError: as `fit`.
    """
    first = models[0]
    if first.season_length is not None:
        panel = replace(panel, season=first.season_length)
    until = epochs or [model.training.epochs for model in models]
    most = max(model.training.epochs for model in models)
    longest = replace(first.training, epochs=most)
    parts_of = type(first)(**first.get_params() | {"training": longest}).parts_for
    options = FitOptions(intervals=False, verbose=False, bounds=first.bounds)
    found: dict[int, pd.DataFrame] = {}
    for each in dict.fromkeys(until):
        own = [place for place, number in enumerate(until) if number == each]
        variations = [
            Variation(models[place].training.learning_rate, tuple(models[place].settings.seeds))
            for place in own
        ]
        how = replace(options, trainer=partial(train_network, until=each))
        frames = forecast_variations(parts_of, panel, ends, h, variations, how)
        found |= dict(zip(own, frames, strict=True))
    return [found[place] for place in range(len(models))]
