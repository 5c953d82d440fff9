"""`gatecast tune`."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import gatecast
from gatecast._types import InputError
from gatecast._wording import METRIC_NAMES, number, skill
from gatecast.cli import options
from gatecast.cli.options import Chosen
from gatecast.cli.shared import (
    emit,
    new_forecaster,
    note,
    read,
    read_static,
    say,
    warm_up,
)

if TYPE_CHECKING:
    from gatecast.tuning import Tuning

_TRAINING = "training."
_MOST_SHOWN = 20


def tune(
    data: options.Data,
    *,
    search: options.Search,
    columns: options.FitColumns,
    chosen: Chosen,
    cluster: options.Cluster,
    talk: options.Talk,
) -> None:
    """Find the settings with the smallest error on past windows.

    Every combination forecasts the last windows beside seasonal naive, as `gatecast backtest` does.
    With a budget, Optuna proposes combinations (pip install 'gatecast[tune]'); without --space, of
    the settings that matter most.

    For example:

      gatecast tune sales.csv

      gatecast tune sales.csv --budget 1h --storage sqlite:///trials.db

      gatecast tune sales.csv --space look_back=12,24 --space units=8,16

      gatecast tune sales.csv --space learning_rate=0.001,0.01 --trials 8 --ray local
    """
    cluster.refuse(budget=search.budget, storage=search.storage)
    space = search.space or []
    if not space and cluster.ray is not None:
        raise InputError("--ray needs --space: give the values to try, or leave --ray out")
    source = read(data, columns, chosen.exog, quiet=talk.quiet)
    warm_up(quiet=talk.quiet)
    freq, static = options.freq(columns.freq), read_static(columns.static, source.id_col)
    values = _space(space)
    # The first of the values say whose settings they are.
    first = _with_first(chosen, space)
    # AutoLSTM, which chooses by itself, is searched where its settings are named.
    auto = bool(space) or not {"quality", "metric"}.isdisjoint(chosen.keywords())
    model = new_forecaster(first, source, freq, auto=auto)
    note("trying settings ...", quiet=talk.quiet)
    began = time.perf_counter()
    how: dict[str, Any] = {"n_windows": search.windows, "trials": search.trials}
    how |= {"static_df": static, "freq": freq, "verbose": talk.verbose, **source.names}
    if not space or search.budget or search.storage:
        how |= {"budget": search.budget, "storage": search.storage}
        found = gatecast.tune(model, source.frame, space=values or None, **how)
    else:
        how |= {"address": cluster.ray, "workers": cluster.workers}
        found = gatecast.scaleout.tune(model, source.frame, space=values, **how)
    if talk.as_json:
        emit(_facts(found) | {"seconds": round(time.perf_counter() - began, 3)})
    elif not talk.quiet:
        say(*_table(found), "", found.verdict)


def _pair(text: str) -> tuple[str, list[str]]:
    """A setting, and the texts of the values to try."""
    name, _, values = text.partition("=")
    found = options.names(values)
    if not found:
        raise InputError(
            f"--space {text}: write it as NAME=VALUE,VALUE, such as --space look_back=12,24"
        )
    return name.strip().removeprefix(_TRAINING).replace("-", "_"), found


def _space(texts: list[str]) -> dict[str, list[Any]]:
    """Name of a setting, as `gatecast.tune` has it -> the values to try."""
    space: dict[str, list[Any]] = {}
    for name, values in map(_pair, texts):
        read = [Chosen(more=[f"{name}={value}"]).keywords() for value in values]
        within = name not in read[0]
        space[f"{_TRAINING}{name}" if within else name] = [
            getattr(each["training"], name) if within else each[name] for each in read
        ]
    return space


def _with_first(chosen: Chosen, texts: list[str]) -> Chosen:
    """The settings that were chosen, and the first of the values of each that is searched."""
    first = [f"{name}={values[0]}" for name, values in map(_pair, texts)]
    return replace(chosen, more=[*(chosen.more or ()), *first])


def _facts(found: Tuning) -> dict[str, Any]:
    return {
        "ranked_by": found.ranked_by,
        "score": found.score,
        "settings": dict(found.settings),
        "bar": gatecast.data.to_records(found.bar),
        "mattered": gatecast.data.to_records(found.mattered),
        "trials": gatecast.data.to_records(found.trials),
        "verdict": found.verdict,
    }


def _table(found: Tuning) -> list[str]:
    """The best of the settings that were tried, best first."""
    shown = found.trials.sort_values("score", kind="stable").head(_MOST_SHOWN)
    measured = shown.columns.intersection(["early_score", "score", "seconds"])
    shown = shown.assign(
        **{name: shown[name].map(number) for name in measured},
        skill_vs_seasonal_naive=shown["skill_vs_seasonal_naive"].map(skill),
        error=shown["error"].fillna(""),
    )
    error = METRIC_NAMES[found.ranked_by]
    heads = {
        "early_score": f"early {error}",
        "score": error,
        "skill_vs_seasonal_naive": "skill vs seasonal naive",
    }
    lines = str(shown.rename(columns=heads).to_string(index=False)).split("\n")
    more = len(found.trials) - len(shown)
    return [*lines, f"({more:,} more: --json has all)"] if more else lines
