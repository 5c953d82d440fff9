"""The progress of what takes long: shown as a bar, and told to whoever follows it."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Self, TypeAlias

from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar
from rich.status import Status

# Nothing is shown of what is over sooner, unless asked for.
_QUIET_SECONDS = 2.0


@dataclass(frozen=True)
class Progress:
    """How far something is.

    Attributes:
        what: goes on: "training" or "backtest".
        done: epochs of a training, windows of a backtest.
        total: of them, at most: a training may stop early.
        loss: of a training, after the last epoch: the median of the networks trained together.
        seconds_left: about so many, at the pace up to now; None before the first step.
    """

    what: str
    done: int
    total: int
    loss: float | None = None
    seconds_left: float | None = None


Told: TypeAlias = Callable[[Progress], object]

_followers: ContextVar[tuple[Told, ...]] = ContextVar("followers", default=())
_verbose: ContextVar[bool | None] = ContextVar("verbose", default=False)


@contextmanager
def follow(told: Told) -> Iterator[None]:
    """Call a function with the progress of each fit and backtest in a block of code.

        with gatecast.follow(lambda progress: print(progress.done, progress.loss)):
            model.fit(df)

    It is called in the thread that works, after every second or so of epochs and after each window,
    and must be quick. What it raises ends the work. Other threads are not followed.

    Args:
        told: gets a `Progress`.
    """
    token = _followers.set((*_followers.get(), told))
    try:
        yield
    finally:
        _followers.reset(token)


@contextmanager
def showing(*, verbose: bool | None) -> Iterator[None]:
    """Let `busy` and `tell` show something in a block of code; elsewhere they are silent.

    Args:
        verbose: True does, False does not; None does on a terminal.
    """
    token = _verbose.set(verbose)
    try:
        yield
    finally:
        _verbose.reset(token)


@contextmanager
def busy(words: str) -> Iterator[None]:
    """Show, where that is asked for, that something takes some seconds."""
    if not _shows():
        yield
        return
    console = Console(stderr=True)
    if console.is_terminal:
        with Status(f"{words} ...", console=console):
            yield
    else:
        tell(f"{words} ...")
        yield


def tell(words: str) -> bool:
    """Write a line to standard error, where that is asked for; return whether it was."""
    shows = _shows()
    if shows:
        sys.stderr.write(f"{words}\n")
    return shows


def _shows() -> bool:
    verbose = _verbose.get()
    return sys.stderr.isatty() if verbose is None else verbose


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
        self._bar: Bar | None = None
        self._began = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def show(self, done: int, note: str) -> None:
        """Move the bar to `done`, with a note beside it, and tell those who follow."""
        self._tell(done)
        self._draw(done, note)

    def show_loss(self, done: int, loss: float) -> None:
        """The same, with the loss after so many epochs."""
        self._tell(done, loss)
        self._draw(done, f"loss {loss:.4g}")

    def _draw(self, done: int, note: str) -> None:
        if not self._allowed or time.monotonic() < self._show_from:
            return
        if self._bar is None:
            self._bar = Bar(
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

    def _tell(self, done: int, loss: float | None = None) -> None:
        for told in _followers.get():
            left = None
            if done:
                left = (time.monotonic() - self._began) / done * (self._total - done)
            told(Progress(self._what, done, self._total, loss, left))

    def __exit__(self, *exception: object) -> None:
        if self._bar is not None:
            self._bar.stop()
