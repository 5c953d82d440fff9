"""`gatecast fit`."""

from __future__ import annotations

import time
from contextlib import nullcontext
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import gatecast
from gatecast._types import InputError
from gatecast._warn import warn
from gatecast.cli import options
from gatecast.cli.options import Chosen, differences, forecaster_of
from gatecast.cli.shared import (
    Source,
    changing,
    count,
    emit,
    moment,
    new_forecaster,
    note,
    percent,
    read,
    read_for,
    read_static,
    refuse_unwritable_file,
    say,
    tell_done,
    warm_up,
)

if TYPE_CHECKING:
    from gatecast.forecasting import Estimator


_Out = Annotated[
    str,
    typer.Option(
        "--out",
        "-o",
        metavar="MODEL",
        help="The .gatecast file to write; with --ray and --scope local, a folder.",
    ),
]


def fit(
    data: options.Data,
    *,
    out: _Out,
    columns: options.FitColumns,
    chosen: Chosen,
    warm_start: Annotated[
        Path | None,
        typer.Option("--warm-start", metavar="MODEL", help="Go on from the weights of a model."),
    ] = None,
    checkpoint: Annotated[
        Path | None,
        typer.Option("--checkpoint", help="File from which the same command goes on after a kill."),
    ] = None,
    cluster: options.Cluster,
    talk: options.Talk,
) -> None:
    """Fit a forecaster and save it.

    For example:

      gatecast fit sales.csv -o sales.gatecast --horizon 28

      gatecast fit sales.csv -o s.gatecast --horizon 14 --futr-exog price

      gatecast fit sales.csv -o s.gatecast --output normal --set dropout=0.1

      gatecast fit more.csv -o s.gatecast --warm-start s.gatecast --epochs 9

      gatecast fit 's/*.parquet' -o s.gatecast --h 12 --quality zero_shot --ray auto
    """
    cluster.refuse(warm_start=warm_start, checkpoint=checkpoint, static=columns.static)
    cluster.refuse(sql=data.sql, wide=data.wide, **data.mends)
    if cluster.ray is not None:
        _fit_in_parts(data, out, columns, chosen, cluster, talk)
        return
    file = Path(out)
    refuse_unwritable_file(file, "--out")
    refuse_unwritable_file(checkpoint, "--checkpoint")
    freq = options.freq(columns.freq)
    # A model that is trained further must not lose what another command adds to it meanwhile.
    with changing(file, quiet=talk.quiet) if warm_start else nullcontext():
        forecaster, source = _begun(data, chosen, columns, warm_start, quiet=talk.quiet)
        forecaster.set_params(verbose=talk.verbose)
        static = read_static(columns.static, source.id_col)
        note("training ...", quiet=talk.quiet)
        began = time.perf_counter()
        forecaster.fit(
            source.frame,
            static_df=static,
            freq=freq,
            warm_start=warm_start is not None,
            checkpoint=checkpoint,
            **source.names,
        )
        facts = _facts(forecaster, source) | {"seconds": round(time.perf_counter() - began, 3)}
        # What is fitted anew replaces whatever is there, but not in the middle of an update.
        with nullcontext() if warm_start else changing(file, quiet=talk.quiet):
            facts["model"] = str(forecaster.save(file))
    _tell(facts, forecaster, talk)


def _tell(facts: dict[str, Any], forecaster: Estimator, talk: options.Talk) -> None:
    """Print what was fitted."""
    _warn_without_skill(forecaster)
    if talk.as_json:
        emit(facts)
    elif not talk.quiet:
        say(*_summary(facts, forecaster))


def _fit_in_parts(
    data: options.Data,
    out: str,
    columns: options.FitColumns,
    chosen: Chosen,
    cluster: options.Cluster,
    talk: options.Talk,
) -> None:
    """Fit on a cluster, to a source of any size."""
    keywords = chosen.keywords()
    if "h" not in keywords:
        raise InputError("--ray needs --horizon: the rows to forecast, such as --horizon 12")
    local = keywords.get("scope") == "local"
    if not local:
        refuse_unwritable_file(Path(out), "--out")
    warm_up(quiet=talk.quiet)
    named: dict[str, Any] = {
        "id_col": columns.identifier,
        "time_col": columns.time,
        "target_col": options.names(columns.target) if columns.target else None,
        "freq": options.freq(columns.freq),
    }
    began = time.perf_counter()
    fitted = gatecast.scaleout.fit(
        forecaster_of(keywords, auto=True),
        data.data,
        out=out,
        address=cluster.ray,
        workers=cluster.workers,
        verbose=talk.verbose,
        **{name: value for name, value in named.items() if value is not None},
    )
    if isinstance(fitted, gatecast.scaleout.Done):
        tell_done(fitted, talk, "fitted")
        return
    model = fitted.model_
    facts: dict[str, Any] = {
        "series": len(set(model.context.panel.ids)),
        "freq": model.freq,
        "h": fitted.h,
        "skill": fitted.skill_,
        "seconds": round(time.perf_counter() - began, 3),
        "model": out,
    }
    if talk.as_json:
        emit(facts)
    elif not talk.quiet:
        series = count(facts["series"], "series", "series")
        say(
            f"fitted {model.name} in {facts['seconds']:.1f} s: {differences(fitted)}",
            f"it holds the last rows of {series}",
            f"saved as {out}",
        )


def _begun(
    data: options.Data,
    chosen: Chosen,
    columns: options.FitColumns,
    warm_start: Path | None,
    *,
    quiet: bool,
) -> tuple[Estimator, Source]:
    """The forecaster to fit, new or from a file, and its data."""
    if warm_start is not None:
        warm_up(quiet=quiet)
        forecaster = _going_on(warm_start, chosen, columns)
        return forecaster, read_for(forecaster, data)
    source = read(data, columns, chosen.exog, quiet=quiet)
    warm_up(quiet=quiet)
    return new_forecaster(chosen, source, options.freq(columns.freq)), source


def _going_on(model: Path, chosen: Chosen, columns: options.FitColumns) -> Estimator:
    """A saved forecaster whose training may change, but not what it is made of."""
    forecaster = gatecast.forecasting.load(model)
    keywords = chosen.keywords(forecaster)
    if fixed := [name for name in keywords if name != "training"]:
        raise InputError(
            f"--warm-start keeps what {model} is made of: leave out {', '.join(fixed)}, or fit anew"
        )
    if replace(columns, static=None) != options.FitColumns():
        raise InputError(
            f"--warm-start takes the columns and the step of {model}: leave out --time, --target, "
            "--id and --freq"
        )
    return forecaster.set_params(**keywords)


def _warn_without_skill(forecaster: Estimator) -> None:
    beaten = [name.replace("_", " ") for name, skill in forecaster.skill_.items() if not skill > 0]
    if beaten:
        warn(
            f"this model is no better than {' and '.join(beaten)} on windows it had not seen: "
            "forecast with that instead, or give it more rows, epochs, look-back or columns"
        )


def _facts(forecaster: Estimator, source: Source) -> dict[str, Any]:
    model = forecaster.model_
    told = {} if model.verdict is None else {"exogenous": asdict(model.verdict)}
    return {
        "series": len(set(model.context.panel.ids)),
        "rows": len(source.seen),
        "until": moment(model.context.panel.ds.max()),
        "freq": model.freq,
        "h": forecaster.h,
        "look_back": model.members.parts[0].settings.framing.look_back,
        "members": model.members.parts[0].settings.members,
        "skill": forecaster.skill_,
    } | told


def _summary(facts: dict[str, Any], forecaster: Estimator) -> list[str]:
    skills = [
        f"{percent(skill)} against {name.replace('_', ' ')}"
        for name, skill in forecaster.skill_.items()
    ]
    skill = f"{', '.join(skills)} (RMSE on held-back windows)" if skills else "not known"
    data = f"{count(facts['series'], 'series', 'series')}, {count(facts['rows'], 'row')}"
    return [
        f"fitted {forecaster.model_.name}: {differences(forecaster)}",
        f"on {data} up to {facts['until']}, in {facts['seconds']:.1f} s",
        f"skill: {skill}",
        *(forecaster.model_.verdict.words if forecaster.model_.verdict else []),
        f"saved as {facts['model']}",
    ]
