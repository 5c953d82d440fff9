"""The progress bar that every room shows."""

from __future__ import annotations

import sys
import time
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

# Nothing is shown of what is over sooner, unless asked for.
_QUIET_SECONDS = 2.0


class Meter:
    """A progress bar on standard error.

    Args:
        what: is going on, in a word.
        unit: of its steps, in a word.
        total: the full length of the bar.
        verbose: True shows it, False does not; None shows it on a terminal once two seconds have
            gone by.
    """

    def __init__(self, what: str, unit: str, total: int, *, verbose: bool | None) -> None:
        self._allowed = sys.stderr.isatty() if verbose is None else verbose
        self._show_from = time.monotonic() + (_QUIET_SECONDS if verbose is None else 0)
        self._what, self._unit, self._total = what, unit, total
        self._bar: Progress | None = None

    def __enter__(self) -> Self:
        return self

    def show(self, done: int, note: str) -> None:
        """Move the bar to `done`, with a note beside it."""
        if not self._allowed or time.monotonic() < self._show_from:
            return
        if self._bar is None:
            self._bar = Progress(
                TextColumn(self._what),
                BarColumn(),
                TextColumn(self._unit + " {task.completed:.0f}/{task.total:.0f}"),
                TextColumn("{task.fields[note]}", markup=False),
                TimeRemainingColumn(),
                console=Console(stderr=True),
            )
            self._bar.start()
            self._bar.add_task(self._what, total=self._total, note=note)
        self._bar.update(self._bar.task_ids[0], completed=done, note=note)

    def __exit__(self, *exception: object) -> None:
        if self._bar is not None:
            self._bar.stop()
