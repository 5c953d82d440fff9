"""What an executor does, whoever does the work."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")
Value = TypeVar("Value")
Value_co = TypeVar("Value_co", covariant=True)


@dataclass(frozen=True)
class Outcome(Generic[Task, Result]):
    """What became of a task.

    Attributes:
        task: as it was given.
        result: what the work returned; None if the task was lost.
        lost: why its worker died, again and again; None if it did not.
    """

    task: Task
    result: Result | None
    lost: str | None = None

    @property
    def value(self) -> Result:
        """The result of a task that was not lost.

        Raises:
            RuntimeError: saying why its worker died.
        """
        if self.lost is not None:
            raise RuntimeError(self.lost)
        return self.result  # type: ignore[return-value]


class Shared(Protocol[Value_co]):
    """A large value that travels once to each machine, not with every task."""

    def get(self) -> Value_co:
        """The value, on any machine."""


class Executor(Protocol):
    """Runs the same work on many tasks."""

    @property
    def workers(self) -> int:
        """Tasks that run at a time."""

    def share(self, value: Value) -> Shared[Value]:
        """Lay a large value where every task can read it.

        Args:
            value: plain data or arrays.
        """

    def map(
        self, work: Callable[[Task], Result], tasks: Iterable[Task]
    ) -> Iterator[Outcome[Task, Result]]:
        """Run some work on each task; outcomes come as they are ready, in any order.

        A task whose worker or machine dies is run again, a few times. So the work must do no harm
        when it is done twice. Few tasks are under way at a time, however many there are.

        Args:
            work: a function of a module, or a frozen record that can be called. It holds plain
                data, and returns little: paths and counts. Data go through storage.
            tasks: plain data each.

        Raises:
            Exception: what the work raised, as it was; tasks under way are given up.
        """
