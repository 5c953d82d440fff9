"""`gatecast forecast`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import gatecast
from gatecast._types import InputError
from gatecast.cli import options
from gatecast.cli.shared import (
    Forecast,
    count,
    emit,
    read_for,
    read_future,
    read_static,
    refuse_other_endings,
    refuse_unwritable_file,
    say,
    tell_done,
    warm_up,
    write_forecast,
)

if TYPE_CHECKING:
    from gatecast.forecasting import Estimator


@dataclass(frozen=True)
class Ask(options.Ahead):
    """What to forecast."""

    def keywords(self, *, calibrated: bool) -> dict[str, Any]:
        """The keywords of `predict`; intervals unless something else is asked for.

        Raises:
            InputError: naming what is no percentage or probability.
        """
        level = options.levels(self.level) if self.level is not None else []
        quantiles = options.quantiles(self.quantiles) if self.quantiles is not None else []
        if self.level is None and self.quantiles is None and calibrated:
            level = [80, 95]
        return {"h": self.h, "level": level, "quantiles": quantiles}


@dataclass(frozen=True)
class Given:
    """What the forecast is made from besides the model."""

    data: Annotated[
        str | None,
        typer.Option("--data", help="Forecast what follows these histories instead."),
    ] = None
    sql: Annotated[
        bool,
        typer.Option(
            "--sql",
            help="--data is a query: of --database, or of DuckDB, which reads the files it names.",
        ),
    ] = False
    database: options.Database = None
    wide: Annotated[
        bool, typer.Option("--wide", help="Each column, or each row, of --data is a series.")
    ] = False
    static: options.Static = None
    future: Annotated[
        str | None,
        typer.Option("--future", help="The --futr-exog columns of the rows to forecast."),
    ] = None

    def keywords(self, forecaster: Estimator) -> dict[str, Any]:
        """The keywords of `predict`, read from files.

        Raises:
            InputError: if it is said how histories are read, but none are given.
        """
        if self.data is None and (self.sql or self.wide or self.database):
            raise InputError("--sql and --wide say how --data is read: give --data, or neither")
        history = None
        if self.data is not None:
            data = options.Data(self.data, self.sql, self.wide, database=self.database)
            history = read_for(forecaster, data).frame
        return {
            "df": history,
            "static_df": read_static(self.static, forecaster.model_.columns.unique_id),
            "futr_df": None if self.future is None else read_future(forecaster, self.future),
        }


@dataclass(frozen=True)
class Into:
    """Where the forecast goes, besides the terminal."""

    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "--out",
            "-o",
            help="Write a .csv, .parquet, .json or .xlsx file, or draw a .png or .svg one; with "
            "--ray, a folder.",
        ),
    ] = None
    to: Annotated[
        str | None,
        typer.Option(
            "--to",
            metavar="TABLE",
            help="Put the rows into a table, in place of those of the same series and times: "
            "postgresql://user@host/name?table=forecasts, forecasts.db, a .csv or .parquet file, "
            "or a folder of Parquet files, named with a slash at the end.",
        ),
    ] = None
    name: Annotated[
        str | None,
        typer.Option(
            "--as",
            metavar="NAME",
            help="With --to: the name of the model, in a column 'model', so that several models "
            "share a table.",
        ),
    ] = None

    @property
    def file(self) -> Path | None:
        """The file of a forecast that is made in one piece."""
        return None if self.output is None else Path(self.output)

    def check(self, *, in_parts: bool) -> None:
        """Raise an `InputError` if nothing could be written there."""
        if self.to is None and self.name is not None:
            raise InputError("--as names the model in the table of --to: give --to, or neither")
        if in_parts:
            if self.to is not None:
                raise InputError("--ray writes parts of the forecast into --out: leave out --to")
            return
        refuse_unwritable_file(self.file, "--output")
        refuse_other_endings(self.file)
        if self.to is not None:
            gatecast.data.check_target(self.to)

    def put(self, forecaster: Estimator, found: Any, history: Any) -> str | None:
        """Write a forecast there; the name of the table, or None where there is none."""
        if self.file is not None:
            write_forecast(Forecast(forecaster.model_, found, history), self.file)
        if self.to is None:
            return None
        names = forecaster.model_.columns
        return gatecast.write(
            found, self.to, model=self.name, id_col=names.unique_id, time_col=names.ds
        )


@dataclass(frozen=True)
class Asked:
    """A forecast of any number of series: what to forecast, from what, and where."""

    model: Path
    ask: Ask
    given: Given
    into: Into
    cluster: options.Cluster

    def check(self) -> None:
        """Raise for options that do not go together, before anything is loaded.

        Raises:
            InputError: naming them.
        """
        given = self.given
        self.cluster.refuse(sql=given.sql, wide=given.wide)
        if self.cluster.ray is not None and (given.data is None or self.into.output is None):
            raise InputError(
                "--ray forecasts any number of series: give --data, a folder, a glob or a URL of "
                "Parquet, and --out, a folder for the forecasts"
            )

    def run(self, talk: options.Talk) -> None:
        """Forecast in parts, and tell what was done."""
        warm_up(quiet=talk.quiet)
        example = gatecast.scaleout.example_of(self.model)
        calibrated = example.model_.calibration is not None
        done = gatecast.scaleout.predict(
            self.model,
            self.given.data,
            out=self.into.output,
            futr=self.given.future,
            static=read_static(self.given.static, example.model_.columns.unique_id),
            address=self.cluster.ray,
            workers=self.cluster.workers,
            verbose=talk.verbose,
            **self.ask.keywords(calibrated=calibrated),
        )
        tell_done(done, talk, "forecast")


def forecast(
    model: options.Model,
    *,
    ask: Ask,
    given: Given,
    into: Into,
    cluster: options.Cluster,
    talk: options.Talk,
) -> None:
    """Forecast beyond the last row with a saved model.

    For example:

      gatecast forecast demo-report/model.gatecast

      gatecast forecast model.gatecast --h 24 --level 90 -o forecast.csv

      gatecast forecast model.gatecast -o forecast.png

      gatecast forecast model.gatecast --future prices.csv --quantiles 0.1,0.9

      gatecast forecast model.gatecast --data other-shops.csv --json

      gatecast forecast model.gatecast --data 's/*.parquet' --out f --ray auto

      gatecast forecast model.gatecast --to 'postgresql://user@host/shop?table=forecasts'
    """
    # What is wrong with the options is told before anything is loaded.
    ask.keywords(calibrated=False)
    many = Asked(model, ask, given, into, cluster)
    many.check()
    into.check(in_parts=cluster.ray is not None)
    if cluster.ray is not None:
        many.run(talk)
        return
    warm_up(quiet=talk.quiet)
    forecaster = gatecast.forecasting.load(model)
    calibrated = forecaster.model_.calibration is not None
    known = given.keywords(forecaster)
    found = forecaster.predict(**ask.keywords(calibrated=calibrated), **known)
    table = into.put(forecaster, found, known["df"])
    if talk.as_json:
        emit(gatecast.data.to_records(found))
    elif not talk.quiet and table:
        say(f"{count(len(found), 'row')} in {table}")
    elif not talk.quiet and not into.output:
        say(*found.to_string(index=False, float_format="{:,.6g}".format).split("\n"))
