"""What a backtest found: its forecasts, scored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from gatecast._door import door
from gatecast._types import InputError
from gatecast.data import like, to_frame
from gatecast.evaluation._measure import MEASURES, measure, scales
from gatecast.evaluation._scores import overall, score_table, scored, significance
from gatecast.evaluation._sums import Sums, sums
from gatecast.evaluation.backtest._backtest_verdict import backtest_verdict
from gatecast.evaluation.backtest._fold_forecasts import Rules
from gatecast.evaluation.backtest._folds import Folds
from gatecast.evaluation.baselines import model_columns


@dataclass(frozen=True)
class Backtest:
    """What a backtest found; the frames are of the library of the data it was given.

    Of several targets, `forecasts`, `by_series` and `observed` have a column `target` as well.

    Attributes:
        forecasts: `unique_id`, `ds`, `cutoff` (the last time known), `horizon` (the step after
            it, from 1), `y`, then one column per model and its `{model}-lo-{level}`,
            `{model}-hi-{level}`; one row per calendar step of every window.
        scores: over all rows, the best first: `model`, `kind` ("model" or "baseline"), `rows`,
            `rmse`, `mae`, `mase`, `rmsse`, `smape` (percent), `r2`, `crps`, `coverage_{level}`
            (0 to 1), `skill_vs_persistence`, `skill_vs_seasonal_naive` (of the error that ranks;
            NaN where that baseline was not run) and `seconds` (wall time of fitting and
            forecasting). Of several series, `mase` and `rmsse` are means over the series.
        by_series: `model`, `unique_id`, then the scores of each series.
        by_horizon: `model`, `horizon`, then the scores of each step ahead.
        significance: each model against the best: `model`, `against`, `skill` (of the error that
            ranks, on the rows that both forecast), the `statistic` (positive where the model is
            worse) and `p_value` of the Diebold-Mariano test, and `p_holm`, which pays for the
            number of models compared.
        ranked_by: the error that ranks the models: "mae" or, if all that are judged minimise the
            squared error, "rmse"; "mase" or "rmsse" of several series.
        verdict: plain words.
        observed: the data on its calendar: `unique_id`, `ds`, `y`.
        h: rows of a window.
        n_windows: number of windows.
        level: coverage of the intervals in percent.
    """

    forecasts: Any
    scores: Any
    by_series: Any
    by_horizon: Any
    significance: Any
    ranked_by: str
    verdict: str
    observed: Any
    h: int
    n_windows: int
    level: tuple[float, ...]

    def plot(self, kind: str = "windows", **options: Any) -> Any:
        """A picture of it: `gatecast.plot(found, kind=...)`.

        Args:
            kind: "windows", "scores", "by_horizon", "residuals" or "coverage".
            options: `ids`, of the series to draw, and `target_col`, their name for the axis.

        Returns:
            A `Figure`, which a notebook shows; `save("backtest.png")` writes it.
        """
        return door.plot(self, kind=kind, **options)

    def _repr_html_(self) -> str:
        """The verdict and the scores, for a notebook."""
        html: str = door.reporting.notebook(self)
        return html


@dataclass(frozen=True)
class Run:
    """What one model did.

    Attributes:
        columns: its columns, on the rows of all windows.
        is_baseline: whether it is one of the baselines that the package brings.
        seconds: wall time of fitting and forecasting.
    """

    columns: pd.DataFrame
    is_baseline: bool
    seconds: float


@dataclass(frozen=True)
class Judgement:
    """What the forecasts of all windows come to: as the attributes of `Backtest`.

    Attributes:
        scores: of each model.
        by_horizon: of each step ahead.
        significance: each model against the best.
        ranked_by: the error that ranks the models.
        verdict: plain words.
    """

    scores: pd.DataFrame
    by_horizon: pd.DataFrame
    significance: pd.DataFrame
    ranked_by: str
    verdict: str


def judged(runs: Sequence[Run], folds: Folds, rules: Rules) -> Backtest:
    """The forecasts of all models, scored."""
    forecasts, scaled = put_together(runs, folds, rules)
    facts = model_facts(runs)
    names = [*facts["model"]]
    judgement = judgement_of(
        sums(scaled, names, rules.level, rules.metric), facts, (len(folds), folds.h), rules
    )
    frames = {
        "forecasts": forecasts,
        "by_series": score_table(scaled, names, rules.level, "unique_id"),
        "observed": to_frame(folds.panel),
    }
    frames = {name: _with_targets(frame, folds, rules) for name, frame in frames.items()}
    tables = ("scores", "by_horizon", "significance")
    frames |= {name: getattr(judgement, name) for name in tables}
    return Backtest(
        **{name: like(frame, rules.original) for name, frame in frames.items()},
        ranked_by=judgement.ranked_by,
        verdict=judgement.verdict,
        h=folds.h,
        n_windows=len(folds),
        level=rules.level,
    )


def errors_of(
    runs: Sequence[Run], folds: Folds, rules: Rules
) -> tuple[dict[str, dict[str, float]], str]:
    """The errors of many models alone, without the tests of each two of them.

    Returns:
        Model -> its "rmse", "mae", "mase" and "rmsse", as in the `scores` of a `Backtest`; and
        which of these ranks them there.
    """
    _, scaled = put_together(runs, folds, rules)
    names = [*model_facts(runs)["model"]]
    # As everywhere, rows without an observation do not count.
    known = scaled[scaled["y"].notna()]
    found = {each.name: each.of(known, names) for each in MEASURES}
    errors = {
        model: {name: float(values[model]) for name, values in found.items()} for model in names
    }
    return errors, measure(rules.metric, scaled).name


def put_together(
    runs: Sequence[Run], folds: Folds, rules: Rules
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The forecasts of all models side by side; and the same with the scales of each series."""
    columns = [run.columns for run in runs]
    _refuse_repeated([name for part in columns for name in model_columns(part)])
    forecasts = pd.concat([folds.window(), *columns], axis="columns")
    scale = pd.concat(
        scales(fold.panel, fold.known, rules.season_length).assign(cutoff=fold.cutoffs)
        for fold in folds
    )
    return forecasts, forecasts.merge(scale, on=["unique_id", "cutoff"], how="left")


def model_facts(runs: Sequence[Run]) -> pd.DataFrame:
    """`model`, `kind` and `seconds` of each column of forecasts."""
    facts = [
        (name, "baseline" if run.is_baseline else "model", run.seconds)
        for run in runs
        for name in model_columns(run.columns)
    ]
    return pd.DataFrame(facts, columns=["model", "kind", "seconds"])


def judgement_of(
    found: Sums, facts: pd.DataFrame, windows: tuple[int, int], rules: Rules
) -> Judgement:
    """The scores that sums come to.

    Args:
        found: of all rows.
        facts: as `model_facts` gives them.
        windows: number of windows, and rows of each.
        rules: of the backtest.
    """
    names, ranked_by = [*facts["model"]], found.ranked_by(rules.metric)
    scores = overall(found, names, rules.level, ranked_by).merge(facts, on="model")
    scores.insert(1, "kind", scores.pop("kind"))
    best = scores.loc[scores[ranked_by.name].notna(), "model"]
    against = best.iloc[0] if len(best) else None
    tests = significance(found.pairs, names, against, windows[1], ranked_by)
    return Judgement(
        scores,
        scored(found.by_horizon, rules.level, "horizon"),
        tests,
        ranked_by.name,
        backtest_verdict(scores, tests, windows, ranked_by),
    )


def _with_targets(frame: pd.DataFrame, folds: Folds, rules: Rules) -> pd.DataFrame:
    """The frame with a column `target` behind the keys, where there are several."""
    panel = rules.panel
    if panel is None or len(panel.targets) == 1:
        return frame
    own = frame["unique_id"]
    ids = dict(zip(folds.panel.ids, panel.ids, strict=True))
    targets = dict(zip(folds.panel.ids, np.resize(panel.targets, len(panel.ids)), strict=True))
    found = frame.assign(unique_id=own.map(ids))
    keys = [name for name in ("unique_id", "ds") if name in found]
    found.insert(list(found).index(keys[-1]) + 1, "target", own.map(targets))
    return found


def _refuse_repeated(names: list[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise InputError(
                f"two models call their forecasts '{name}'; give the models as a dict from a name"
                " of your choice to each"
            )
