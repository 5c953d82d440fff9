"""`gatecast backtest`."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import gatecast
from gatecast._types import Freq, InputError
from gatecast._wording import METRIC_NAMES, model_name, number, percent, skill
from gatecast.cli import options
from gatecast.cli.options import Chosen, forecaster_of
from gatecast.cli.shared import (
    Source,
    emit,
    facts_of,
    new_forecaster,
    note,
    read,
    read_for,
    read_static,
    refuse_unwritable_file,
    say,
    tell_done,
    warm_up,
)

if TYPE_CHECKING:
    import pandas as pd

    from gatecast.evaluation import Backtest
    from gatecast.forecasting import Estimator
    from gatecast.scaleout import ScaledBacktest

_SHOWN = ("mae", "rmse", "mase", "rmsse", "smape", "r2", "crps")
_HEADS = {
    **METRIC_NAMES,
    "smape": "sMAPE",
    "r2": "R2",
    "crps": "CRPS",
    "skill_vs_persistence": "skill vs persistence",
    "skill_vs_seasonal_naive": "vs seasonal naive",
}
_TERMS = (
    "persistence repeats the last value, seasonal naive the last season; MASE, RMSSE: MAE, RMSE"
    " over the usual change of a series; in 80 %: share of the values inside that interval; skill:"
    " share of the error of persistence, or of seasonal naive, that a model removes"
)


@dataclass(frozen=True)
class Windows:
    """What is forecast again."""

    windows: Annotated[int, typer.Option("--windows", min=1, help="Windows to forecast.")] = 4
    step: Annotated[
        int | None,
        typer.Option("--step", min=1, help="Rows between windows; the horizon if not given."),
    ] = None
    refit: Annotated[
        bool, typer.Option("--refit/--no-refit", help="Train before each window, or once.")
    ] = True
    level: options.Level = "80,95"
    baselines: Annotated[
        str,
        typer.Option(
            "--baselines",
            help="persistence, seasonal_naive, auto_ets, auto_arima, ..., with commas.",
        ),
    ] = "persistence,seasonal_naive"

    @property
    def keywords(self) -> dict[str, Any]:
        """The keywords of `backtest`.

        Raises:
            InputError: naming what is no percentage or baseline.
        """
        baselines = options.names(self.baselines)
        for name in baselines:
            if name not in gatecast.evaluation.BASELINES:
                known = ", ".join(gatecast.evaluation.BASELINES)
                raise InputError(f"--baselines: {name!r} is not known; choose from {known}")
        return {
            "n_windows": self.windows,
            "step_size": self.step,
            "refit": self.refit,
            "level": options.levels(self.level),
            "baselines": baselines,
        }


def backtest(
    data: options.Data,
    *,
    model: Annotated[
        Path | None,
        typer.Option("--model", help="Take the settings of a saved model; its weights stay out."),
    ] = None,
    windows: Windows,
    out: Annotated[
        str | None,
        typer.Option("--out", "-o", help="Write an HTML report here; with --ray, a folder."),
    ] = None,
    columns: options.FitColumns,
    chosen: Chosen,
    cluster: options.Cluster,
    talk: options.Talk,
) -> None:
    """Forecast past windows and score them beside baselines.

    Each window is forecast as if it were still to come, knowing only the rows before it.

    For example:

      gatecast backtest sales.csv --horizon 14 --windows 6 -o report.html

      gatecast backtest sales.csv --model sales.gatecast --no-refit

      gatecast backtest sales.csv --baselines seasonal_naive,auto_ets --json

      gatecast backtest 's/*.parquet' --h 12 --quality zero_shot --ray auto -o f
    """
    cluster.refuse(static=columns.static, model=model, sql=data.sql, wide=data.wide, **data.mends)
    if cluster.ray is not None:
        scaled = _in_parts(data, windows, columns, chosen, out=out, cluster=cluster, talk=talk)
        _tell(scaled, talk, facts_of(scaled.done))
        if not talk.as_json:
            tell_done(scaled.done, talk, "backtested")
        return
    _at_once(data, model, windows, columns, chosen, out=Path(out) if out else None, talk=talk)


def _at_once(
    data: options.Data,
    model: Path | None,
    windows: Windows,
    columns: options.FitColumns,
    chosen: Chosen,
    *,
    out: Path | None,
    talk: options.Talk,
) -> None:
    """The backtest of what fits into this process, with a report."""
    refuse_unwritable_file(out, "--out")
    asked = windows.keywords
    warm_up(quiet=talk.quiet)
    # The data have the season, for the baselines too.
    season, chosen = chosen.season_length, replace(chosen, season_length=None)
    forecaster, source, freq = _candidate(data, model, columns, chosen, quiet=talk.quiet)
    forecaster.set_params(verbose=False)
    static = read_static(columns.static, source.id_col)
    note("forecasting past windows ...", quiet=talk.quiet)
    began = time.perf_counter()
    found = gatecast.backtest(
        forecaster,
        source.frame,
        h=forecaster.h,
        static_df=static,
        freq=freq,
        season_length=season,
        verbose=talk.verbose,
        **asked,
        **source.names,
    )
    seconds = time.perf_counter() - began
    if out:
        gatecast.report(found, out, label=" and ".join(source.targets))
    by_series = {"by_series": gatecast.data.to_records(found.by_series)}
    _tell(found, talk, by_series | {"report": out and str(out), "seconds": round(seconds, 3)})
    if out and not (talk.as_json or talk.quiet):
        say(f"{out} has the pictures")


def _tell(found: Backtest | ScaledBacktest, talk: options.Talk, more: dict[str, Any]) -> None:
    """Print what was found."""
    if talk.as_json:
        emit(_facts(found) | more)
    elif not talk.quiet:
        say(*_table(found.scores), "", _TERMS, "", found.verdict)


def _in_parts(
    data: options.Data,
    windows: Windows,
    columns: options.FitColumns,
    chosen: Chosen,
    *,
    out: str | None,
    cluster: options.Cluster,
    talk: options.Talk,
) -> ScaledBacktest:
    """The backtest of a source of any size, on a cluster."""
    season, keywords = chosen.season_length, replace(chosen, season_length=None).keywords()
    if "h" not in keywords or out is None:
        raise InputError(
            "--ray needs --horizon, the rows to forecast, such as --horizon 12, and --out, a folder"
            " for the forecasts"
        )
    warm_up(quiet=talk.quiet)
    named: dict[str, Any] = {
        "id_col": columns.identifier,
        "time_col": columns.time,
        "target_col": columns.target,
        "freq": options.freq(columns.freq),
    }
    return gatecast.scaleout.backtest(
        forecaster_of(keywords, auto=True),
        data.data,
        h=keywords["h"],
        out=out,
        address=cluster.ray,
        workers=cluster.workers,
        season_length=season,
        verbose=talk.verbose,
        **windows.keywords,
        **{name: value for name, value in named.items() if value is not None},
    )


def _candidate(
    data: options.Data,
    model: Path | None,
    columns: options.FitColumns,
    chosen: Chosen,
    *,
    quiet: bool,
) -> tuple[Estimator, Source, Freq | None]:
    """The forecaster to judge, the data and its calendar step."""
    freq = options.freq(columns.freq)
    if model is None:
        source = read(data, columns, chosen.exog, quiet=quiet)
        return new_forecaster(chosen, source, freq), source, freq
    forecaster = gatecast.forecasting.load(model)
    own = replace(columns, freq=None, static=None) == options.FitColumns()
    source = read_for(forecaster, data) if own else read(data, columns, (), quiet=quiet)
    forecaster.set_params(**chosen.keywords(forecaster))
    return forecaster, source, freq or forecaster.model_.freq


def _facts(found: Backtest | ScaledBacktest) -> dict[str, Any]:
    return {
        "h": found.h,
        "windows": found.n_windows,
        "level": found.level,
        "ranked_by": found.ranked_by,
        "scores": gatecast.data.to_records(found.scores),
        "by_horizon": gatecast.data.to_records(found.by_horizon),
        "significance": gatecast.data.to_records(found.significance),
        "verdict": found.verdict,
    }


def _table(scores: pd.DataFrame) -> list[str]:
    """The scores that fit on a terminal, best first."""
    shares = [name for name in map(str, scores) if name.startswith("coverage_")]
    skills = [f"skill_vs_{name}" for name in gatecast.evaluation.REFERENCES]
    columns: dict[str, Callable[[float], str]] = {
        **dict.fromkeys(_SHOWN, number),
        **dict.fromkeys(shares, percent),
        **dict.fromkeys(skills, skill),
        "seconds": number,
    }
    text = scores[["model"]].assign(model=scores["model"].map(model_name))
    for name, write in columns.items():
        text[_head(name)] = [write(value) for value in scores[name]]
    return str(text.to_string(index=False)).split("\n")


def _head(name: str) -> str:
    """The heading of a column of scores."""
    if name.startswith("coverage_"):
        return f"in {name.removeprefix('coverage_')} %"
    return _HEADS.get(name, name)
