"""What is seen of a run while it goes on, and how it is stopped by hand."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

# Nothing is shown of a run that is over sooner, unless asked for.
_QUIET_SECONDS = 2.0


class Stop:
    """Whether Ctrl-C was pressed."""

    pressed = False


@contextmanager
def ctrl_c() -> Iterator[Stop]:
    """Turn a first Ctrl-C into a request to stop after the running chunk; a second one kills."""
    stop = Stop()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    before = signal.getsignal(signal.SIGINT)

    def pressed(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 (a signal handler)
        stop.pressed = True
        signal.signal(signal.SIGINT, before)

    signal.signal(signal.SIGINT, pressed)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)


class Meter:
    """A progress bar on standard error.

    Args:
        epochs: the full length of the bar.
        verbose: True shows it, False does not; None shows it on a terminal once the run has
            taken two seconds.
    """

    def __init__(self, epochs: int, *, verbose: bool | None) -> None:
        self._allowed = sys.stderr.isatty() if verbose is None else verbose
        self._show_from = time.monotonic() + (_QUIET_SECONDS if verbose is None else 0)
        self._epochs = epochs
        self._bar: Progress | None = None

    def __enter__(self) -> Self:
        return self

    def show(self, epoch: int, loss: float) -> None:
        """Move the bar to `epoch`."""
        if not self._allowed or time.monotonic() < self._show_from:
            return
        if self._bar is None:
            self._bar = Progress(
                TextColumn("training"),
                BarColumn(),
                TextColumn("epoch {task.completed:.0f}/{task.total:.0f}"),
                TextColumn("loss {task.fields[loss]:.4g}"),
                TimeRemainingColumn(),
                console=Console(stderr=True),
            )
            self._bar.start()
            self._bar.add_task("training", total=self._epochs, loss=loss)
        self._bar.update(self._bar.task_ids[0], completed=epoch, loss=loss)

    def __exit__(self, *exception: object) -> None:
        if self._bar is not None:
            self._bar.stop()
