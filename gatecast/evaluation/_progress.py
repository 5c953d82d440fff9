"""What is seen of a backtest while it goes on."""

from __future__ import annotations

import sys
import time
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

# Nothing is shown of a backtest that is over sooner, unless asked for.
_QUIET_SECONDS = 2.0


class Meter:
    """A progress bar on standard error, one step per model and window.

    Args:
        steps: the full length of the bar.
        verbose: True shows it, False does not; None shows it on a terminal once the backtest has
            taken two seconds.
    """

    def __init__(self, steps: int, *, verbose: bool | None) -> None:
        self._allowed = sys.stderr.isatty() if verbose is None else verbose
        self._show_from = time.monotonic() + (_QUIET_SECONDS if verbose is None else 0)
        self._steps = steps
        self._done = 0
        self._bar: Progress | None = None

    def __enter__(self) -> Self:
        return self

    def show(self, model: str, done: int = 0) -> None:
        """Say which model is running, `done` steps further on."""
        self._done += done
        if not self._allowed or time.monotonic() < self._show_from:
            return
        if self._bar is None:
            self._bar = Progress(
                TextColumn("backtest"),
                BarColumn(),
                TextColumn("{task.completed:.0f}/{task.total:.0f}"),
                TextColumn("{task.fields[model]}", markup=False),
                TimeElapsedColumn(),
                console=Console(stderr=True),
            )
            self._bar.start()
            self._bar.add_task("backtest", total=self._steps, model=model)
        self._bar.update(self._bar.task_ids[0], completed=self._done, model=model)

    def __exit__(self, *exception: object) -> None:
        if self._bar is not None:
            self._bar.stop()
