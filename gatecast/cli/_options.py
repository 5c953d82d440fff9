"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gatecast._types import InputError

Data = Annotated[
    str,
    typer.Argument(
        metavar="DATA",
        help="A CSV, TSV, Parquet or JSON-lines file, a glob, or a DuckDB query.",
    ),
]
Time = Annotated[str | None, typer.Option("--time", help="Column of times; found if not given.")]
Target = Annotated[
    str | None, typer.Option("--target", help="Column to forecast; found if not given.")
]
Identifier = Annotated[
    str | None, typer.Option("--id", help="Column that tells series apart; found if not given.")
]
Freq = Annotated[
    str | None,
    typer.Option("--freq", help="Calendar step, such as MS, D or h; found if not given."),
]
Out = Annotated[Path, typer.Option("--out", help="Folder for the report and all other files.")]
Seeds = Annotated[int, typer.Option("--seeds", min=1, help="Trainings of each framing.")]
Level = Annotated[
    str, typer.Option("--level", help="Coverage of the intervals in percent, with commas.")
]
Json = Annotated[
    bool, typer.Option("--json", help="Print the result as JSON on standard output, nothing else.")
]
Quiet = Annotated[bool, typer.Option("--quiet", help="Print neither progress nor a summary.")]


def levels(text: str) -> list[float]:
    """Read "80,95".

    Raises:
        InputError: naming what is not a percentage.
    """
    found = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        try:
            level = float(part)
        except ValueError:
            level = 0.0
        if not 0 < level < 100:  # noqa: PLR2004 (percent)
            raise InputError(f"--level {text!r}: {part!r} is not a percentage between 0 and 100")
        found.append(level)
    return found
