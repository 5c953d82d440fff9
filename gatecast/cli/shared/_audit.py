"""What `demo` and `run` share: the experiment from a frame to files."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import gatecast
from gatecast.cli import options
from gatecast.cli.shared._show import Screen, compile_lstm, emit, note, progress
from gatecast.cli.shared._writable import refuse_unwritable_folder

if TYPE_CHECKING:
    import pandas as pd


_QUICK_SEEDS = 3


@dataclass(frozen=True)
class Asked:
    """What the experiment is asked for."""

    horizon: Annotated[
        int | None,
        typer.Option("--horizon", min=1, help="Rows to forecast; one season if not given."),
    ] = None
    season_length: options.Season = None
    level: options.Level = "80,95"
    seeds: options.Seeds = 10
    quick: Annotated[
        bool,
        typer.Option("--quick", help="At most 3 seeds, and the LSTM as it is pre-trained."),
    ] = False

    def plan(self, tell: Callable[[str], None]) -> gatecast.Plan:
        """The plan of the experiment.

        Args:
            tell: called with a few words at the start of each step.

        Raises:
            InputError: naming what is no percentage.
        """
        return gatecast.Plan(
            h=self.horizon,
            season_length=self.season_length,
            seeds=min(self.seeds, _QUICK_SEEDS) if self.quick else self.seeds,
            level=tuple(options.levels(self.level)),
            forecaster=gatecast.AutoLSTM(quality="zero_shot" if self.quick else "auto"),
            tell=tell,
        )


def audit(
    frame: pd.DataFrame,
    asked: Asked,
    talk: options.Talk,
    *,
    out: Path,
    label: str,
    freq: str | None = None,
) -> None:
    """Run the experiment, write all files and print the summary.

    Args:
        frame: the rows: `unique_id`, `ds`, `y`.
        asked: what for.
        talk: what is printed.
        out: folder for the files.
        label: name of the target, for the axes.
        freq: calendar step, None to infer it.

    Raises:
        InputError: for data or settings that cannot be used; nothing is written then.
        KeyboardInterrupt: at Ctrl-C, after what was found until then is written.
    """
    refuse_unwritable_folder(out)
    compile_lstm(quiet=talk.quiet)
    with progress(quiet=talk.quiet) as tell:
        tell("loading Keras and JAX")
        began = time.perf_counter()
        gatecast.use_compilation_cache()
        plan = asked.plan(tell)
        import_seconds = time.perf_counter() - began
        panel = gatecast.data.to_panel(frame, freq=options.freq(freq))
        try:
            found, fitted = gatecast.experiment(panel, plan)
            stopped, save = None, fitted.save
        except gatecast.evaluation.ExperimentStopped as stop:
            found, stopped, save = stop.found, stop, None
        seconds = {"import": import_seconds, **found.seconds}
        found = replace(found, seconds=seconds)
        tell("drawing the report")
        gatecast.reporting.write(found, out, save_model=save, label=label)
    if talk.as_json:
        emit(gatecast.reporting.to_results(found))
    elif not talk.quiet:
        console = Screen()
        gatecast.reporting.print_summary(found, console)
        console.print(
            f"\n{out / 'report.html'} has the pictures; all took "
            f"{seconds['import'] + seconds['total']:.0f} s",
            highlight=False,
        )
    if stopped:
        note(f"{out} has what was found until it was stopped", quiet=talk.quiet)
        raise KeyboardInterrupt
