"""Finding the part of a task of which a worker dies."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol, Self, TypeVar

from gatecast.scaleout.executors._executor import Executor, Outcome


class Divisible(Protocol):
    """A task that can be done in pieces."""

    def halves(self) -> Sequence[Self]:
        """Two tasks, or none if this one is as small as can be."""


Piece = TypeVar("Piece", bound=Divisible)


def deadly(
    executor: Executor, work: Callable[[Piece], object], lost: Outcome[Piece, Any]
) -> list[Outcome[Piece, Any]]:
    """Find the smallest pieces of a task of which a worker dies, by halves.

    One series of a thousand is found by twenty tasks.

    Args:
        executor: whose workers try.
        work: on a piece; what it returns is of no use.
        lost: the task of which a worker has died.

    Returns:
        The pieces with what they were lost of; none if the halves do no harm.
    """
    found, waiting = [], [lost]
    while waiting:
        pieces: list[Piece] = []
        for each in waiting:
            halves = each.task.halves()
            pieces += halves
            if not halves:
                found.append(each)
        waiting = [each for each in executor.map(work, pieces) if each.lost is not None]
    return found
