"""Options that several commands share."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

import gatecast
from gatecast._types import Freq as Step
from gatecast._types import InputError

Model = Annotated[Path, typer.Argument(metavar="MODEL", help="A .gatecast file.")]
Static = Annotated[
    str | None,
    typer.Option(
        "--static", help="File or table with one row per series: what does not change in time."
    ),
]
Season = Annotated[
    int | None,
    typer.Option(
        "--season",
        min=1,
        help="Rows in a season. If not given: quarters 4, months 12, weeks 52, days 7 (business "
        "days 5), hours 24, quarter-hours 96, minutes 60, seconds 60; AutoLSTM also reads the week "
        "of hours and shorter steps, the day of minutes, and a period that integer steps show.",
    ),
]
Out = Annotated[
    Path, typer.Option("--out", "-o", help="Folder for the report and all other files.")
]
Seeds = Annotated[
    int, typer.Option("--seeds", min=1, help="Trainings of each of the tutorial's networks.")
]
Level = Annotated[
    str, typer.Option("--level", help="Coverage of the intervals in percent, with commas.")
]
Json = Annotated[
    bool, typer.Option("--json", help="Print the result as JSON on standard output, nothing else.")
]
State = Annotated[
    str,
    typer.Option(
        "--state",
        metavar="URL",
        help="The service's database: sqlite:///state.db or postgresql://user@host/name.",
    ),
]
Database = Annotated[
    str | None,
    typer.Option("--database", metavar="URL", help="The database that the query of --sql asks."),
]
STATE = "sqlite:///gatecast.db"
"""The database of a service, where none is named."""

Quiet = Annotated[bool, typer.Option("--quiet", help="Print neither progress nor a summary.")]


@dataclass(frozen=True)
class Data:
    """What is read, and how."""

    data: Annotated[
        str,
        typer.Argument(
            metavar="DATA",
            help="A CSV, TSV, Excel, .ods, Parquet, JSON-lines or .tsf file, a glob, a folder of "
            "Parquet, or a table: postgresql://user@host/name?table=sales, sales.db?table=sales.",
        ),
    ]
    sql: Annotated[
        bool,
        typer.Option(
            "--sql",
            help="DATA is a query: of --database, or of DuckDB, which reads the files it names.",
        ),
    ] = False
    wide: Annotated[
        bool,
        typer.Option(
            "--wide", help="Each column is a series; or each row, with times as column names."
        ),
    ] = False

    date_order: Annotated[
        str | None,
        typer.Option(help="dmy or mdy: whether day or month comes first in 03/04/2024."),
    ] = None
    decimal: Annotated[
        str | None, typer.Option(help="Decimal mark, where 1,234 may be read in two ways.")
    ] = None
    invalid: Annotated[
        str | None,
        typer.Option(
            help="missing: values that are no number are missing, rows without a time left out."
        ),
    ] = None
    repeated: Annotated[
        str | None,
        typer.Option(help="Of rows with the same series and time: first, last, mean or sum."),
    ] = None
    first_year: Annotated[
        int | None, typer.Option(help="Of the first row, where months stand without a year.")
    ] = None
    database: Database = None

    @property
    def is_table(self) -> bool:
        """Whether a database is asked, which can leave out rows."""
        return self.database is not None or (not self.sql and gatecast.data.is_table(self.data))

    @property
    def mends(self) -> dict[str, Any]:
        """How tables that can be read in several ways are read, where it is said."""
        names = ("date_order", "decimal", "invalid", "repeated", "first_year")
        every = {name: getattr(self, name) for name in names}
        return {name: value for name, value in every.items() if value is not None}

    @property
    def keywords(self) -> dict[str, Any]:
        """The keywords of `read`.

        Raises:
            InputError: if a database is named, but no query of it.
        """
        if self.database is not None and not self.sql:
            raise InputError(
                "--database is asked by a query: add --sql, or give its address as DATA"
            )
        source = {"source": self.database, "sql": self.data} if self.sql else {"source": self.data}
        return {**source, "wide": self.wide, **self.mends}


@dataclass(frozen=True)
class NewData(Data):
    """New rows for a model, and how they are read."""

    data: Annotated[
        str,
        typer.Argument(
            metavar="NEW",
            help="The rows that follow, or the whole table, in the same columns; of the table of a "
            "database, only the rows later than those that the model has seen are read.",
        ),
    ]


@dataclass(frozen=True)
class Columns:
    """Which columns of DATA are what."""

    time: Annotated[
        str | None, typer.Option("--time", help="Column of times; found if not given.")
    ] = None
    target: Annotated[
        str | None, typer.Option("--target", help="Column to forecast; found if not given.")
    ] = None
    identifier: Annotated[
        str | None, typer.Option("--id", help="Column that tells series apart; found if not given.")
    ] = None
    freq: Annotated[
        str | None,
        typer.Option("--freq", help="Calendar step, such as MS, D or h; found if not given."),
    ] = None

    @property
    def all_named(self) -> bool:
        """Whether none has to be found."""
        return None not in (self.time, self.target, self.identifier)


@dataclass(frozen=True)
class FitColumns(Columns):
    """Which columns of DATA are what, for a forecaster of one's own settings."""

    target: Annotated[
        str | None,
        typer.Option(
            "--target", help="Column to forecast, or several with commas; found if not given."
        ),
    ] = None
    freq: Annotated[
        str | None,
        typer.Option(
            "--freq", help="Calendar step, such as MS, D or h, or irregular; found if not given."
        ),
    ] = None
    static: Static = None


@dataclass(frozen=True)
class Listen:
    """Where a service listens, and what it prints."""

    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1"
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 for a free one.")] = 8000
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No line for each request.")] = False


@dataclass(frozen=True)
class Ahead:
    """What a forecast contains."""

    h: Annotated[
        int | None,
        typer.Option(
            "--h", "--horizon", min=1, help="Rows to forecast; the model's own if not given."
        ),
    ] = None
    level: Annotated[
        str | None,
        typer.Option(
            "--level", help="Coverage of the intervals in percent; 80,95 if the model has them."
        ),
    ] = None
    quantiles: Annotated[
        str | None, typer.Option("--quantiles", help="Probabilities, such as 0.1,0.5,0.9.")
    ] = None


@dataclass(frozen=True)
class Cluster:
    """Where the work is done, if not in this process."""

    ray: Annotated[
        str | None,
        typer.Option(
            "--ray",
            metavar="ADDRESS",
            help="Work on Ray, in parts: local, auto, host:port or ray://host:port. Data are a "
            "folder, a glob or a URL of Parquet then.",
        ),
    ] = None
    workers: Annotated[
        int | None,
        typer.Option("--workers", min=1, help="With --ray, tasks at a time; one per core."),
    ] = None

    def refuse(self, **given: object) -> None:
        """Raise if options are given that do not go with `--ray`, or some that need it.

        Args:
            given: name of an option -> its value; what is not given is None or False.

        Raises:
            InputError: naming them.
        """
        if self.ray is None:
            if self.workers is not None:
                raise InputError("--workers says how many tasks run on a cluster: give --ray too")
            return
        wrong = [
            f"--{name.replace('_', '-')}"
            for name, value in given.items()
            if value not in (None, False)
        ]
        if wrong:
            raise InputError(f"--ray does not go with {', '.join(wrong)}: leave one of them out")


@dataclass(frozen=True)
class Search:
    """What `gatecast tune` tries, and how long."""

    space: Annotated[
        list[str] | None,
        typer.Option(
            "--space",
            metavar="NAME=VALUE,VALUE",
            help="A setting and the values to try; may be repeated. Without it, the settings that "
            "matter most.",
        ),
    ] = None
    trials: Annotated[
        int | None, typer.Option(min=1, help="Combinations to draw at random; all if not given.")
    ] = None
    budget: Annotated[
        str | None,
        typer.Option(
            help="Let Optuna propose combinations: so many, or for such a time, as 90s, 10min or "
            "2h. Without --space, 10min."
        ),
    ] = None
    storage: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="Keep the trials, as in sqlite:///trials.db; the same command then goes on.",
        ),
    ] = None
    windows: Annotated[int, typer.Option("--windows", min=1, help="Windows to forecast.")] = 3


@dataclass(frozen=True)
class Talk:
    """What is printed."""

    as_json: Json = False
    quiet: Quiet = False

    @property
    def verbose(self) -> bool | None:
        """Progress as the forecaster knows it: on a terminal after two seconds, or never."""
        return False if self.quiet else None


def names(text: str) -> list[str]:
    """Read "price,promotion"."""
    return [part for part in (part.strip() for part in text.split(",")) if part]


def levels(text: str) -> list[float]:
    """Read "80,95".

    Raises:
        InputError: naming what is not a percentage.
    """
    found = _numbers("--level", text, 100, "a percentage between 0 and 100")
    for level in found:
        if level < 1:
            raise InputError(f"--level is in percent, got {level:g}: write {100 * level:g}")
    return found


def quantiles(text: str) -> list[float]:
    """Read "0.1,0.9".

    Raises:
        InputError: naming what is not a probability.
    """
    return _numbers("--quantiles", text, 1, "a probability between 0 and 1")


def freq(text: str | None) -> Step | None:
    """Read a calendar step: an alias of pandas, or the step of integer times."""
    return int(text) if text is not None and text.isdecimal() else text


def _numbers(option: str, text: str, most: float, what: str) -> list[float]:
    """Numbers between 0 and `most`, both excluded."""
    found = []
    for part in names(text):
        try:
            number = float(part)
        except ValueError:
            number = 0.0
        if not 0 < number < most:
            raise InputError(f"{option} {text!r}: {part!r} is not {what}")
        found.append(number)
    return found
