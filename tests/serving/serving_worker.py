"""Processes that serve one database: begun from a fork that has imported all, but run no JAX."""

from __future__ import annotations

import multiprocessing
from collections.abc import Sequence
from multiprocessing.connection import Connection
from typing import Any

import numpy as np

from gatecast.serving.engine import Engine, Models, NewRow
from gatecast.serving.store import Database

_FORKS = multiprocessing.get_context("forkserver")
# The server of forks finds no module of the tests. Keras comes after what chooses its backend.
_FORKS.set_forkserver_preload(["gatecast.serving.engine", "keras"])
IN_FLIGHT = 3
"""Requests that wait for an answer at the same time."""


class Worker:
    """A process that sends the rows it is given, request by request, to an engine of its own.

    Args:
        url: of the database, with the model in it.
        model: its name.
        requests: in order; the next one is sent while up to `IN_FLIGHT` are unanswered.
    """

    def __init__(self, url: str, model: str, requests: Sequence[Sequence[NewRow]]) -> None:
        self._answers, theirs = _FORKS.Pipe(duplex=False)
        self.process = _FORKS.Process(
            target=_work, args=(url, model, requests, theirs), daemon=True
        )
        self.process.start()
        theirs.close()

    def answers(self, most: int | None = None) -> list[int]:
        """Numbers of the requests that were acknowledged, until the process ends, or so many."""
        found: list[int] = []
        while most is None or len(found) < most:
            try:
                answer = self._answers.recv()
            except (EOFError, ConnectionResetError):
                break
            assert isinstance(answer, int), answer
            found.append(answer)
        return found

    def kill(self) -> None:
        self.process.kill()
        self.process.join()


def _work(url: str, model: str, requests: Sequence[Sequence[NewRow]], answers: Connection) -> None:
    engine = Engine(Database(url), Models())
    engine.start()
    waiting: list[tuple[int, Any]] = []
    try:
        for number, rows in enumerate(requests):
            waiting.append((number, engine.observe(model, rows)))
            while len(waiting) >= IN_FLIGHT or (waiting and number == len(requests) - 1):
                answered, future = waiting.pop(0)
                future.result()
                answers.send(answered)
    except Exception as error:  # noqa: BLE001 (the test shows it)
        answers.send(f"{type(error).__name__}: {error}")
    finally:
        engine.close()


def load(unique_id: str, begin: int, rows: int, seed: int = 0) -> list[NewRow]:
    """Rows of a series of integer times, the same for everyone who asks."""
    values = 60 + np.random.default_rng([seed, *map(ord, unique_id)]).normal(size=rows).cumsum()
    return [NewRow(unique_id, begin + step, float(y)) for step, y in enumerate(values)]
