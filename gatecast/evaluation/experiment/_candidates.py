"""The models of an experiment: each learns from the training rows and forecasts the others."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

from gatecast._types import Floats, Panel
from gatecast._wording import count
from gatecast.data import head
from gatecast.evaluation.baselines import Baselines
from gatecast.evaluation.experiment._plan import Plan
from gatecast.evaluation.experiment._schedule import Schedule
from gatecast.evaluation.experiment._split import Split
from gatecast.forecasting import Estimator, FitOptions, LSTMForecaster, fit_model
from gatecast.forecasting.fitting import PartOptions, train
from gatecast.forecasting.members import ahead as members_ahead
from gatecast.forecasting.members import one_step as members_one_step
from gatecast.training import Trained

# Batch size 1 is the tutorial's; beyond so many samples batches grow instead of the time taken.
_TUTORIAL_SAMPLES = 2000

Kind = Literal["framing", "lstm", "baseline"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True)
class Candidate:
    """What one model forecasts, for the same rows as all others.

    Attributes:
        model: its name.
        kind: a framing of the tutorial, the LSTM, or a baseline.
        seeds: networks of each kind that are behind it; 1 for a baseline.
        one_step: [seeds, rows] every row forecast from the rows before it, NaN without a forecast.
        ahead: [seeds, series, steps] the rows that follow the training rows.
        seconds: wall time.
        runs: that trained it.
    """

    model: str
    kind: Kind
    seeds: int
    one_step: Floats
    ahead: Floats
    seconds: float
    runs: tuple[Trained, ...] = ()


def candidates(split: Split, plan: Plan, steps: Schedule) -> Iterator[Candidate]:
    """The baselines, the framings and the LSTM, one after the other: what takes longest last."""
    steps.start(0, "fitting the baselines")
    yield from _baselines(split, plan)
    for place, (name, keywords) in enumerate(plan.framings.items(), 1):
        steps.start(place, f"training the {name} network from {count(plan.seeds, 'seed')}")
        yield _framing(name, keywords, split, plan)
    steps.start(len(plan.framings) + 1, "fitting the LSTM to the training rows")
    yield _lstm(split, plan)


def fitted(panel: Panel, h: int, plan: Plan) -> tuple[Estimator, tuple[Trained, ...]]:
    """The LSTM of the plan, fitted on all rows of a panel."""
    settings = plan.forecaster.get_params() | {"h": h, "verbose": False}
    forecaster = type(plan.forecaster)(**settings)
    options = FitOptions(
        intervals=forecaster.intervals,
        choose=forecaster.chooses,
        verbose=False,
        trainer=plan.trainer,
        bounds=forecaster.bounds,
    )
    model, runs = fit_model(forecaster.parts_for, panel, h, options)
    return forecaster.standing_at(model), runs


def _framing(name: str, keywords: Mapping[str, Any], split: Split, plan: Plan) -> Candidate:
    batch_size = max(1, -(-int(split.train.sum()) // _TUTORIAL_SAMPLES))
    training = replace(keywords["training"], batch_size=batch_size)
    settings = {**keywords, "members": plan.seeds, "training": training}
    (part,) = LSTMForecaster(**settings).parts_for(split.panel)
    began = time.perf_counter()
    how = PartOptions(split.season, verbose=False, trainer=plan.trainer)
    (members,), run = train(part, split.panel, [split.train], how)
    found, seconds = members_one_step(members, split.panel), time.perf_counter() - began
    further = members_ahead(members, split.panel, split.steps, split.train)
    return Candidate(
        name, "framing", plan.seeds, found, further, seconds, (run,) if run is not None else ()
    )


def _lstm(split: Split, plan: Plan) -> Candidate:
    began = time.perf_counter()
    forecaster, runs = fitted(head(split.panel, split.train), split.steps, plan)
    members, clip = forecaster.model_.members, forecaster.bounds.clip
    found = clip(members.one_step(split.panel, split.newest))
    seconds = time.perf_counter() - began
    further = clip(members.ahead(split.panel, split.steps, split.train))
    seeds = members.parts[0].number
    return Candidate("LSTM", "lstm", seeds, found[None], further[None], seconds, runs[-1:])


def _baselines(split: Split, plan: Plan) -> Iterator[Candidate]:
    panel, names = split.panel, plan.baselines
    known = Baselines(panel, split.train, names, split.season)
    rolling, further = known.one_step(), known.multi_step(split.steps)
    for name in names:
        yield Candidate(
            name,
            "baseline",
            1,
            rolling.forecasts[name].to_numpy()[None],
            further.forecasts[name].to_numpy().reshape(1, len(panel.ids), split.steps),
            rolling.seconds[name] + further.seconds[name],
        )
