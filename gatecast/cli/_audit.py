"""What `demo` and `run` share: the experiment from a frame to files."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

import gatecast
from gatecast.cli import options
from gatecast.cli._files import refuse_unwritable_folder
from gatecast.cli._show import note, progress

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
        quick: whether the LSTM is taken as it is pre-trained, which is much faster.
        freq: calendar step, None to infer it.
        level: coverage of the intervals, in percent.
        talk: what is printed.
    """

    out: Path
    label: str = "y"
    horizon: int | None = None
    seeds: int = 10
    quick: bool = False
    freq: str | None = None
    level: tuple[float, ...] = (80, 95)
    talk: options.Talk = field(default_factory=options.Talk)


def audit(frame: pd.DataFrame, wanted: Wanted) -> None:
    """Run the experiment, write all files and print the summary.

    Raises:
        InputError: for data or settings that cannot be used; nothing is written then.
        KeyboardInterrupt: at Ctrl-C, after what was found until then is written.
    """
    refuse_unwritable_folder(wanted.out)
    with progress(quiet=wanted.talk.quiet) as tell:
        tell("loading Keras and JAX")
        began = time.perf_counter()
        gatecast.use_compilation_cache()
        forecaster = gatecast.AutoLSTM(quality="zero_shot" if wanted.quick else "auto")
        plan = gatecast.Plan(
            h=wanted.horizon,
            seeds=wanted.seeds,
            level=wanted.level,
            forecaster=forecaster,
            tell=tell,
        )
        import_seconds = time.perf_counter() - began
        panel = gatecast.data.to_panel(frame, freq=options.freq(wanted.freq))
        try:
            found, fitted = gatecast.experiment(panel, plan)
            stopped, save = None, fitted.save
        except gatecast.evaluation.ExperimentStopped as stop:
            found, stopped, save = stop.found, stop, None
        seconds = {"import": import_seconds, **found.seconds}
        found = replace(found, seconds=seconds)
        tell("drawing the report")
        gatecast.reporting.write(found, wanted.out, save_model=save, label=wanted.label)
    if wanted.talk.as_json:
        sys.stdout.write(json.dumps(gatecast.reporting.to_results(found)) + "\n")
    elif not wanted.talk.quiet:
        console = Console()
        gatecast.reporting.print_summary(found, console)
        console.print(
            f"\n{wanted.out / 'report.html'} has the pictures; all took "
            f"{seconds['import'] + seconds['total']:.0f} s",
            highlight=False,
        )
    if stopped:
        note(f"{wanted.out} has what was found until it was stopped", quiet=wanted.talk.quiet)
        raise KeyboardInterrupt
