"""What the audited experiment found."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pandas as pd


@dataclass(frozen=True)
class Experiment:
    """What the audited experiment found: the content of `results.json` and of the report.

    Attributes:
        data: `series`, `rows`, `freq`, `train`, `test` (rows, summed over series).
        ranked_by: the error that ranks the models: "mae" or "rmse", whichever the LSTM minimises;
            "mase" or "rmsse" of several series, whose errors are then scaled.
        one_step: one record per model, as in `results.json`: `model`, `kind` ("framing", "lstm"
            or "baseline"), `seeds`, `train_rmse`, `test_rmse`, `test_mae`, `test_mase` and
            `test_rmsse` (each with `median`, `min`, `max`), `skill_vs_persistence` and
            `skill_vs_seasonal_naive` (of the error that ranks, NaN without that baseline),
            `mimics_persistence`, `seconds`.
        multi_step: one record per model: `model`, `kind`, `h`, `test_rmse`, `test_mae`,
            `test_mase`, `test_rmsse` and the two skills.
        by_series: the one-step scores of each series on its test rows: `model`, `unique_id`,
            `rows`, `rmse`, `mae`, `mase`, `rmsse`, `smape`, `r2`.
        multi_step_by_series: the same of the multi-step forecasts.
        significance: the one-step Diebold-Mariano test of each model against the best, as in
            `Backtest`.
        one_step_forecasts: `unique_id`, `ds`, `y`, `split` ("train" or "test"), then one column
            per model with its one-step-ahead forecast of that row (NaN where it has none).
        multi_step_forecasts: `unique_id`, `ds`, `cutoff`, `y`, then one column per model.
        curves: `model`, `seed`, `epoch` (from 1), `loss`; scaled units.
        forecast: beyond the last row: `unique_id`, `ds`, `LSTM`, `LSTM-lo-80`, `LSTM-hi-80`, ...
        verdict: plain words.
        versions: package -> version.
        seconds: phase -> wall seconds.
    """

    data: dict[str, Any]
    ranked_by: str
    one_step: list[dict[str, Any]]
    multi_step: list[dict[str, Any]]
    by_series: pd.DataFrame
    multi_step_by_series: pd.DataFrame
    significance: pd.DataFrame
    one_step_forecasts: pd.DataFrame
    multi_step_forecasts: pd.DataFrame
    curves: pd.DataFrame
    forecast: pd.DataFrame
    verdict: str
    versions: dict[str, str] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)


class ExperimentStopped(KeyboardInterrupt):
    """Ctrl-C in an experiment.

    Attributes:
        found: of the models that were ready, without a forecast of the future.
    """

    def __init__(self, found: Experiment) -> None:
        super().__init__()
        self.found = found
