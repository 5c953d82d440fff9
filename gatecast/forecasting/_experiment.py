"""The audited experiment: framings, a tuned LSTM and baselines on the same rows, judged alike."""

from __future__ import annotations

import time
import warnings
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from gatecast._types import Experiment, InputWarning, Panel
from gatecast.evaluation import multi_step, one_step
from gatecast.forecasting import framings
from gatecast.forecasting._audit import Audit, Plan
from gatecast.forecasting._combination import fit_combination
from gatecast.forecasting._fitting import fit_ensemble
from gatecast.forecasting._forecaster import LSTMForecaster
from gatecast.forecasting._model import Ask, Model, Way, fit_model
from gatecast.forecasting._samples import Fit
from gatecast.forecasting._settings import Settings
from gatecast.forecasting._tuned import candidates, choose

# Batch size 1 is the tutorial's; beyond so many samples batches grow instead of the time taken.
_TUTORIAL_SAMPLES = 2000


def experiment(panel: Panel, plan: Plan = Plan()) -> tuple[Experiment, Model]:
    """Run the whole audited experiment on a panel.

    Every model sees the same training rows: the leading share of each series. Scalers, settings
    and statistical parameters are learnt from them alone; then each row is forecast one step ahead
    from the rows before it, and the test rows from the end of the training rows. The future
    forecast comes from the tuned LSTM, trained on all rows.

    Args:
        panel: the series.
        plan: how it is run.

    Returns:
        What was found, and the model of the future forecast.

    Raises:
        InputError: if a series is too short.
    """
    began = time.perf_counter()
    audit = Audit(panel, plan)
    # First of all, since it refuses series that are too short.
    options = candidates(panel, audit.train, audit.season, plan.seeds)
    for name, keywords in framings.ALL.items():
        plan.tell(f"training {plan.seeds} x {name}")
        _run_framing(audit, name, keywords)
    plan.tell("choosing and training the LSTM")
    future = _run_tuned(audit, options)
    plan.tell("fitting the baselines")
    _run_baselines(audit)
    plan.tell("forecasting the future")
    model, forecast = _run_future(audit, future)
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


def _run_tuned(audit: Audit, options: Mapping[str, Settings]) -> tuple[Settings, ...]:
    """Judge the chosen LSTM; return the settings chosen for the future forecast."""
    panel, train, season = audit.panel, audit.train, audit.season
    began = time.perf_counter()
    choice = choose(options, panel, train, season, audit.h)
    audit.runs += choice.runs
    how = Fit(season, room=train, verbose=False)
    one, runs = fit_combination(choice.one_step, panel, train, [how] * len(choice.one_step))
    many, _ = fit_combination(choice.multi_step, panel, train, [how] * len(choice.multi_step))
    audit.add("LSTM", "lstm", one.one_step(panel)[None], time.perf_counter() - began)
    audit.records[-1]["seeds"] = audit.plan.seeds
    audit.add_multi("LSTM", "lstm", many.ahead(panel, audit.steps, train)[None])
    audit.add_run("LSTM", runs[0])
    return choice.future


def _run_baselines(audit: Audit) -> None:
    panel, train, names, season = audit.panel, audit.train, audit.plan.baselines, audit.season
    rolling = one_step(panel, train, names, season)
    ahead = multi_step(panel, train, audit.steps, names, season)
    for name in names:
        seconds = rolling.seconds[name] + ahead.seconds[name]
        audit.add(name, "baseline", rolling.forecasts[name].to_numpy()[None], seconds)
        audit.add_multi(name, "baseline", ahead.forecasts[name].to_numpy()[None])


def _run_future(audit: Audit, settings: tuple[Settings, ...]) -> tuple[Model, pd.DataFrame]:
    """Train on all rows and forecast beyond the last one, with intervals if they can be had."""
    model, runs = fit_model(settings, audit.panel, audit.h, Way(verbose=False))
    audit.runs += runs
    if audit.plan.level and not model.calibration:
        warnings.warn(
            "the series are too short to hold back windows: the forecast has no intervals",
            InputWarning,
            stacklevel=3,
        )
    return model, model.forecast(audit.h, Ask(audit.plan.level if model.calibration else ()))
