"""Tasks one after the other in this process: what every other executor has to equal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from gatecast.scaleout.executors._executor import Outcome, Shared

Task = TypeVar("Task")
Result = TypeVar("Result")
Value = TypeVar("Value")


@dataclass(frozen=True)
class _Here(Generic[Value]):
    value: Value

    def get(self) -> Value:
        return self.value


@dataclass(frozen=True)
class LocalExecutor:
    """This process; its threads are not limited, so it has one worker."""

    workers: int = 1

    def share(self, value: Value) -> Shared[Value]:
        """The value itself; see `Executor`."""
        return _Here(value)

    def map(
        self, work: Callable[[Task], Result], tasks: Iterable[Task]
    ) -> Iterator[Outcome[Task, Result]]:
        """As `Executor` has it; nothing is lost but with this process."""
        for task in tasks:
            yield Outcome(task, work(task))
