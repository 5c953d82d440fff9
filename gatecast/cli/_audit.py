"""What `demo` and `run` share: the experiment from a frame to files."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import gatecast
from gatecast.cli import options
from gatecast.cli._files import refuse_unwritable_folder
from gatecast.cli._show import Screen, emit, progress

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Wanted:
    """What the user asked for.

    Attributes:
        out: folder for the files.
        label: name of the target, for the axes.
        horizon: rows to forecast beyond the last one; None for a season.
        seeds: trainings of each framing.
        freq: calendar step, None to infer it.
        level: coverage of the intervals, in percent.
        talk: what is printed.
    """

    out: Path
    label: str = "y"
    horizon: int | None = None
    seeds: int = 10
    freq: str | None = None
    level: tuple[float, ...] = (80, 95)
    talk: options.Talk = field(default_factory=options.Talk)


def audit(frame: pd.DataFrame, wanted: Wanted) -> None:
    """Run the experiment, write all files and print the summary.

    Raises:
        InputError: for data or settings that cannot be used; nothing is written then.
    """
    refuse_unwritable_folder(wanted.out)
    with progress(quiet=wanted.talk.quiet) as tell:
        tell("loading Keras and JAX")
        began = time.perf_counter()
        gatecast.use_compilation_cache()
        plan = gatecast.Plan(h=wanted.horizon, seeds=wanted.seeds, level=wanted.level, tell=tell)
        import_seconds = time.perf_counter() - began
        panel = gatecast.data.to_panel(frame, freq=options.freq(wanted.freq))
        found, forecaster = gatecast.experiment(panel, plan)
        seconds = {"import": import_seconds, **found.seconds}
        found = replace(found, seconds=seconds)
        tell("drawing the report")
        gatecast.reporting.write(
            found,
            wanted.out,
            save_model=forecaster.save,
            label=wanted.label,
        )
    if wanted.talk.as_json:
        emit(gatecast.reporting.to_results(found))
    elif not wanted.talk.quiet:
        console = Screen()
        gatecast.reporting.print_summary(found, console)
        console.print(
            f"\n{wanted.out / 'report.html'} has the pictures; all took "
            f"{seconds['import'] + seconds['total']:.0f} s",
            highlight=False,
        )
