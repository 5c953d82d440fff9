"""`gatecast inspect`."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import gatecast
from gatecast._files import write_file
from gatecast._types import InputError
from gatecast.cli import options
from gatecast.cli.options import differences
from gatecast.cli.shared import (
    busy,
    count,
    emit,
    moment,
    percent,
    refuse_unwritable_file,
    say,
    warm_up,
)

if TYPE_CHECKING:
    from gatecast.forecasting import Estimator, Model

_SHOWN_SERIES = 5


def inspect(
    model: options.Model,
    *,
    memory: Annotated[
        bool, typer.Option("--memory", help="Look at what it remembers, too; this takes longer.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Draw what it remembers into this PNG file."),
    ] = None,
    talk: options.Talk,
) -> None:
    """Show what a saved model holds and needs and, if asked for, what it remembers.

    For example:

      gatecast inspect sales.gatecast

      gatecast inspect sales.gatecast --memory

      gatecast inspect sales.gatecast -o memory.png

      gatecast inspect sales.gatecast --json | jq .skill
    """
    refuse_unwritable_file(out, "--out")
    if out and out.suffix.lower() != ".png":
        raise InputError(f"{out} is no picture: give --out a file that ends in .png")
    warm_up(quiet=talk.quiet)
    forecaster = gatecast.forecasting.load(model)
    facts = {"model": str(model), **_facts(forecaster)}
    if memory or out:
        with busy("looking at what it remembers", quiet=talk.quiet):
            facts["memory"] = _memory(forecaster.model_, out)
    facts["versions"] = _versions(model)
    if talk.as_json:
        emit(facts)
    elif not talk.quiet:
        say(*_lines(facts))


def _memory(model: Model, picture: Path | None) -> dict[str, Any]:
    """What a forecast responds to, as JSON; drawn into a file if one is given."""
    memory = gatecast.forecasting.inspect_model(model)
    if picture:
        charts = gatecast.reporting.charts
        drawn = charts.png(charts.memory(memory).svg())
        write_file(picture, lambda file: file.write_bytes(drawn))
    by_lag = memory.sensitivity.groupby("lag")["sensitivity"].mean()
    return {
        "summary": memory.summary,
        "effective_memory": memory.effective_memory,
        "sensitivity_by_lag": by_lag.to_list(),
        "half_lives": memory.half_life["half_life"].to_list(),
    }


def _facts(forecaster: Estimator) -> dict[str, Any]:
    """All that the file holds, as JSON."""
    model = forecaster.model_
    panel, calibration = model.context.panel, model.calibration
    one_target = slice(None, None, len(panel.targets))
    return {
        "h": model.h,
        "freq": model.freq,
        "season_length": model.season_length,
        "series": [str(name) for name in panel.ids[one_target]],
        "until": {
            str(name): moment(panel.ds[end - 1])
            for name, end in zip(panel.ids[one_target], panel.offsets[1:][one_target], strict=True)
        },
        "rows_kept": model.members.kept_rows,
        "columns": _columns(model),
        "settings": [part.settings.to_json() for part in model.members.parts],
        "calibration": calibration
        and {
            "kind": calibration.kind,
            "windows": len(calibration.scores),
            "highest_level": calibration.highest_level,
            "summary": calibration.summary,
        },
        "skill": forecaster.skill_,
        "by_series": gatecast.forecasting.decided(model),
        "decided": gatecast.forecasting.decided_in_words(model),
        "weights": [_weights(part.weights) for part in model.members.parts],
        "summary": f"{model.name}: {differences(forecaster)}",
    }


def _columns(model: Model) -> dict[str, Any]:
    """The columns that the model reads, in its user's names."""
    known = [name for part in model.members.parts for name in part.settings.exogenous.hist]
    return {
        "id": model.columns.unique_id,
        "time": model.columns.ds,
        "target": model.columns.y,
        "hist_exog": list(dict.fromkeys(known)),
        "futr_exog": model.members.futr_exog,
        "static": list(model.context.panel.static),
    }


def _weights(weights: Any) -> dict[str, int]:
    """How many networks there are, and how many trainable numbers each has."""
    groups, members = weights[0][0].shape[:2]
    numbers = sum(values.size for values in weights[0])
    return {"networks": groups * members, "numbers": numbers // (groups * members)}


def _versions(model: Path) -> dict[str, str]:
    """The packages that wrote the file."""
    with zipfile.ZipFile(model) as archive:
        versions: dict[str, str] = json.loads(archive.read("manifest.json"))["versions"]
    return versions


def _lines(facts: Mapping[str, Any]) -> list[str]:
    """The facts for people."""
    series, columns, calibration = facts["series"], facts["columns"], facts["calibration"]
    shown = ", ".join(series[:_SHOWN_SERIES]) + ", ..." * (len(series) > _SHOWN_SERIES)
    exogenous = {
        "up to now": columns["hist_exog"],
        "over the horizon too": columns["futr_exog"],
        "static": columns["static"],
    }
    more = [f"{', '.join(names)} ({when})" for when, names in exogenous.items() if names]
    skill = [f"{percent(each)} against {name}" for name, each in facts["skill"].items()]
    entries = {
        "settings": facts["summary"],
        "forecasts": f"{count(facts['h'], 'row')}, freq {facts['freq']}, "
        f"season of {facts['season_length']}",
        "series": f"{len(series):,}: {shown}",
        "last row": ", ".join(sorted({str(each) for each in facts["until"].values()})[-2:]),
        "looks back": f"on {count(facts['rows_kept'], 'row')} of each series, kept in the file",
        "columns": ", ".join([columns["id"], columns["time"], *columns["target"], *more]),
        "intervals": calibration["summary"] if calibration else "none",
        "skill": ", ".join(skill).replace("_", " ") or "not known",
        "by series": facts["decided"],
        "weights": "; ".join(
            f"{count(part['networks'], 'network')} of {count(part['numbers'], 'number')}"
            for part in facts["weights"]
        ),
        "memory": facts["memory"]["summary"] if "memory" in facts else "see it with --memory",
        "written by": ", ".join(f"{name} {each}" for name, each in facts["versions"].items()),
    }
    return [f"{name:<11} {text}" for name, text in entries.items()]
