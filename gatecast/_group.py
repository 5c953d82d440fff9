"""Processes that fit one model together, each on series of its own, and what they agree on."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Exchange: TypeAlias = Callable[[bytes], list[bytes]]
"""What this process says -> what each process says, in the order of their ranks."""


@dataclass(frozen=True)
class Group:
    """Processes that run the same program on different series; by default this one alone.

    Every process calls the same methods in the same order, and gets the same answers. Alone, a
    process gets back what it gave, unchanged.

    Attributes:
        rank: of this process, from 0.
        size: how many there are.
        exchange: how they tell each other; not called by a process that is alone.
    """

    rank: int = 0
    size: int = 1
    exchange: Exchange = lambda content: [content]

    @property
    def alone(self) -> bool:
        """Whether there is no other process."""
        return self.size == 1

    def gather(self, value: Any) -> list[Any]:
        """Numbers, texts, truth values, lists and dictionaries of them, as each process has it."""
        if self.alone:
            return [value]
        return [json.loads(each) for each in self.exchange(json.dumps(value).encode())]

    def first(self, value: Any) -> Any:
        """That of the first process."""
        return self.gather(value)[0]

    def any(self, value: object) -> bool:
        """Whether it is true of any process."""
        return any(self.gather(bool(value)))

    def all(self, value: object) -> bool:
        """Whether it is true of all processes."""
        return all(self.gather(bool(value)))

    def most(self, value: int) -> int:
        """The largest."""
        return int(max(self.gather(int(value))))

    def total(self, value: int) -> int:
        """The sum."""
        return int(sum(self.gather(int(value))))

    def joined(self, array: NDArray[Any]) -> NDArray[Any]:
        """The arrays of all processes, of numbers, one after another along the first axis."""
        return array if self.alone else np.concatenate([*self.arrays(array)])

    def arrays(self, array: NDArray[Any]) -> Iterator[NDArray[Any]]:
        """The array of each process, of numbers; their shapes may differ."""
        if self.alone:
            yield array
            return
        written = io.BytesIO()
        np.save(written, array, allow_pickle=False)
        for content in self.exchange(written.getvalue()):
            yield np.load(io.BytesIO(content), allow_pickle=False)


ALONE = Group()
"""A process without others."""
