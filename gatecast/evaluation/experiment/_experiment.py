"""The audited experiment: framings, the LSTM and baselines on the same rows, judged alike."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from gatecast._types import Panel
from gatecast._warn import warn
from gatecast.data import require_rows, warn_about_longer_season
from gatecast.evaluation._minimised import minimised
from gatecast.evaluation.experiment._candidates import KINDS, Candidate, candidates, fitted
from gatecast.evaluation.experiment._found import Experiment, ExperimentStopped
from gatecast.evaluation.experiment._judge import judged
from gatecast.evaluation.experiment._plan import Plan
from gatecast.evaluation.experiment._schedule import schedule
from gatecast.evaluation.experiment._split import Split, split
from gatecast.forecasting import Estimator, ForecastOptions
from gatecast.training import Trained

# Five to train on, with a look-back of three, and three to judge.
_FEWEST_ROWS = 8


def experiment(panel: Panel, plan: Plan | None = None) -> tuple[Experiment, Estimator]:
    """Run the whole audited experiment on a panel.

    Every model sees the same training rows: the leading share of each series. Scalers, settings
    and statistical parameters are learnt from them alone; then each row (of the training rows of
    long series the newest) is forecast one step ahead from the rows before it, and the test rows
    from the end of the training rows. The future forecast comes from the LSTM, fitted on all rows.

    Args:
        panel: the series.
        plan: how it is run; `Plan()` if None.

    Returns:
        What was found, and the fitted forecaster of the future forecast.

    Raises:
        InputError: if a series is too short, or has a value beyond the bounds of the forecaster.
        ExperimentStopped: at Ctrl-C, with what was found until then.
    """
    began = time.perf_counter()
    plan = Plan() if plan is None else plan
    require_rows(panel, _FEWEST_ROWS, "the framings and their test rows")
    plan.forecaster.bounds.check(panel)
    if plan.season_length is not None:
        panel = replace(panel, season=plan.season_length)
    warn_about_longer_season(panel, plan.forecaster.seasons(panel), plan.forecaster.calendar_names)
    rows, steps = split(panel, plan), schedule(panel, plan)
    models: list[Candidate] = []
    try:
        for each in candidates(rows, plan, steps):
            models.append(each)  # noqa: PERF402 (what there is stays when the loop is stopped)
        steps.start(len(steps.costs) - 1, "fitting the LSTM to all rows, for the future")
        forecaster, runs = fitted(panel, rows.h, plan)
    except KeyboardInterrupt:
        if not models:
            raise
        nothing = pd.DataFrame({"unique_id": [], "ds": []})
        raise ExperimentStopped(_found(models, rows, nothing, plan, (), began)) from None
    model = forecaster.model_
    if plan.level and plan.forecaster.intervals and not model.calibration:
        warn("the series are too short to measure errors on: the forecast has no intervals")
    options = ForecastOptions(plan.level if model.calibration else ())
    forecast = model.forecast(rows.h, options)
    return _found(models, rows, forecast, plan, runs, began), forecaster


def _found(
    models: Sequence[Candidate],
    rows: Split,
    forecast: pd.DataFrame,
    plan: Plan,
    runs: Sequence[Trained],
    began: float,
) -> Experiment:
    """What the models are worth, and the time that it took."""
    in_order = sorted(models, key=lambda model: KINDS.index(model.kind))
    found = judged(in_order, rows, forecast, minimised([plan.forecaster]))
    every = [*(run for each in models for run in each.runs), *runs]
    seconds = {
        "compile": sum(run.compile_seconds for run in every),
        "train": sum(run.train_seconds for run in every),
        "total": time.perf_counter() - began,
    }
    return replace(found, seconds=seconds)
