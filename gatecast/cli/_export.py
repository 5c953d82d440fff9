"""`gatecast export`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import gatecast
from gatecast.cli import options
from gatecast.cli.shared import busy, emit, refuse_unwritable_file, say, warm_up

if TYPE_CHECKING:
    from gatecast.forecasting.exporting import Exported


class Kind(StrEnum):
    """Who reads the file."""

    KERAS = "keras"
    ONNX = "onnx"
    STABLEHLO = "stablehlo"


@dataclass(frozen=True)
class Ask(options.Ahead):
    """What the file should forecast."""

    level: Annotated[
        str | None,
        typer.Option(
            "--level",
            help="Coverage of the intervals in percent; 50,80,90,95,99 if the model has them.",
        ),
    ] = None
    stream: Annotated[
        bool,
        typer.Option("--stream", help="Read one row at a time; the window goes in and comes out."),
    ] = False

    def keywords(self) -> dict[str, Any]:
        """The keywords of `to_keras`.

        Raises:
            InputError: naming what is no percentage or probability.
        """
        return {
            "h": self.h,
            "level": None if self.level is None else options.levels(self.level),
            "quantiles": [] if self.quantiles is None else options.quantiles(self.quantiles),
            "stream": self.stream,
        }


def export(
    model: options.Model,
    *,
    to: Annotated[Kind, typer.Option("--to", help="Who reads the file.")],
    ask: Ask,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "--out", "-o", help="The file; beside MODEL, under its name, if not given."
        ),
    ] = None,
    talk: options.Talk,
) -> None:
    """Write a saved model as a file that forecasts without gatecast.

    For example:

      gatecast export sales.gatecast --to keras

      gatecast export sales.gatecast --to onnx --level 80,95 -o sales.onnx

      gatecast export sales.gatecast --to onnx --stream -o stream.onnx

      gatecast export sales.gatecast --to stablehlo --json | jq .inputs
    """
    wanted = ask.keywords()
    file = model.with_suffix(f".{to}") if output is None else output
    refuse_unwritable_file(file, "--output")
    warm_up(quiet=talk.quiet)
    forecaster = gatecast.forecasting.load(model)
    write = {
        Kind.KERAS: forecaster.to_keras,
        Kind.ONNX: forecaster.to_onnx,
        Kind.STABLEHLO: forecaster.to_stablehlo,
    }[to]
    with busy("laying out the forecast as a graph", quiet=talk.quiet):
        about = write(file, **wanted)
    if talk.as_json:
        emit({"file": str(file), **about.to_json()})
    elif not talk.quiet:
        say(*_lines(file, about))


def _lines(file: Path, about: Exported) -> list[str]:
    """What the file reads and returns, for people."""
    series = "one series" if len(about.ids) == 1 else f"{len(about.ids):,} series by their number"
    return [
        f"{file}: forecasts {about.h} rows from {about.rows}, of {series}",
        *(f"  reads   {name:<12} {_shape(shape)}" for name, shape in about.inputs.items()),
        *(f"  returns {name:<12} {_shape(shape)}" for name, shape in about.outputs.items()),
    ]


def _shape(shape: tuple[int | None, ...]) -> str:
    return f"[{', '.join('samples' if each is None else str(each) for each in shape)}]"
