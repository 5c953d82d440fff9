"""The audited experiment: framings, a tuned LSTM and baselines on the same rows, judged alike."""

from __future__ import annotations

import time
import warnings
from dataclasses import replace
from typing import Any

import pandas as pd

from gatecast._types import InputWarning, Panel
from gatecast.data import head, require_rows
from gatecast.evaluation.baselines import multi_step, one_step
from gatecast.evaluation.experiment import framings
from gatecast.evaluation.experiment._audit import Audit, Plan
from gatecast.evaluation.experiment._found import Experiment
from gatecast.forecasting import (
    Ask,
    Fit,
    LSTMForecaster,
    Model,
    RecipeName,
    Way,
    fit_ensemble,
    fit_model,
    recipe_settings,
)
from gatecast.training import Trained

# Batch size 1 is the tutorial's; beyond so many samples batches grow instead of the time taken.
_TUTORIAL_SAMPLES = 2000
# Five to train on, with a look-back of three, and three to judge.
_FEWEST_ROWS = 8
_RECIPE: RecipeName = "auto"


def experiment(panel: Panel, plan: Plan = Plan()) -> tuple[Experiment, Model]:
    """Run the whole audited experiment on a panel.

    Every model sees the same training rows: the leading share of each series. Scalers, settings
    and statistical parameters are learnt from them alone; then each row is forecast one step ahead
    from the rows before it, and the test rows from the end of the training rows. The future
    forecast comes from the recipe's LSTM, fitted on all rows.

    Args:
        panel: the series.
        plan: how it is run.

    Returns:
        What was found, and the model of the future forecast.

    Raises:
        InputError: if a series is too short.
    """
    began = time.perf_counter()
    require_rows(panel, _FEWEST_ROWS, "the framings and their test rows")
    audit = Audit(panel, plan)
    for name, keywords in framings.ALL.items():
        plan.tell(f"training {plan.seeds} x {name}")
        _run_framing(audit, name, keywords)
    plan.tell("adapting the LSTM")
    _run_recipe(audit)
    plan.tell("fitting the baselines")
    _run_baselines(audit)
    plan.tell("forecasting the future")
    model, forecast = _run_future(audit)
    return audit.found(forecast, time.perf_counter() - began), model


def _run_framing(audit: Audit, name: str, keywords: Any) -> None:
    settings = LSTMForecaster(**keywords, members=audit.plan.seeds).settings
    batch_size = max(1, -(-int(audit.train.sum()) // _TUTORIAL_SAMPLES))
    training = replace(settings.training, batch_size=batch_size)
    began = time.perf_counter()
    ensemble, run = fit_ensemble(
        replace(settings, training=training),
        audit.panel,
        audit.train,
        Fit(audit.season, verbose=False),
    )
    audit.add(name, "framing", ensemble.one_step(audit.panel), time.perf_counter() - began)
    audit.add_multi(name, "framing", ensemble.ahead(audit.panel, audit.steps, audit.train))
    audit.add_run(name, run)


def _run_recipe(audit: Audit) -> None:
    """Judge the recipe's LSTM, fitted on the training rows."""
    began = time.perf_counter()
    model, runs = _fitted(head(audit.panel, audit.train), audit.steps)
    one_step = model.combination.one_step(audit.panel)
    audit.add("LSTM", "lstm", one_step[None], time.perf_counter() - began)
    audit.records[-1]["seeds"] = model.settings.members
    ahead = model.combination.ahead(audit.panel, audit.steps, audit.train)
    audit.add_multi("LSTM", "lstm", ahead[None])
    audit.add_run("LSTM", runs[-1])


def _fitted(panel: Panel, h: int) -> tuple[Model, list[Trained]]:
    settings = recipe_settings(_RECIPE, panel, h)
    model, runs = fit_model(settings, panel, h, Way(choose=True, verbose=False))
    return replace(model, recipe=_RECIPE), runs


def _run_baselines(audit: Audit) -> None:
    panel, train, names, season = audit.panel, audit.train, audit.plan.baselines, audit.season
    rolling = one_step(panel, train, names, season)
    ahead = multi_step(panel, train, audit.steps, names, season)
    for name in names:
        seconds = rolling.seconds[name] + ahead.seconds[name]
        audit.add(name, "baseline", rolling.forecasts[name].to_numpy()[None], seconds)
        audit.add_multi(name, "baseline", ahead.forecasts[name].to_numpy()[None])


def _run_future(audit: Audit) -> tuple[Model, pd.DataFrame]:
    """Train on all rows and forecast beyond the last one, with intervals if they can be had."""
    model, runs = _fitted(audit.panel, audit.h)
    audit.runs += runs
    if audit.plan.level and not model.calibration:
        warnings.warn(
            "the series are too short to hold back windows: the forecast has no intervals",
            InputWarning,
            stacklevel=3,
        )
    return model, model.forecast(audit.h, Ask(audit.plan.level if model.calibration else ()))
