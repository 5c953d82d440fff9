"""Processes on a Ray cluster that work on one thing at the same time.

Ray Train's trainer for JAX is not used: it connects processes on GPUs and TPUs alone, and its
controller and result folders are more than a group of actors that starts, fails and starts again as
a whole.
"""

from __future__ import annotations

import socket
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from gatecast._lazy import lazy
from gatecast._progress import Meter, Progress, follow
from gatecast._types import InputError
from gatecast.scaleout.together._work import Place, Work

ray = lazy("ray")
_exceptions = lazy("ray.exceptions")
_groups = lazy("ray.util.placement_group")
_strategies = lazy("ray.util.scheduling_strategies")

# All processes are started again so many times when one of them dies.
_STARTS = 5
# Within this time a cluster that is large enough has room.
_ROOM_SECONDS = 120.0
# The progress is asked for so often.
_LOOK_SECONDS = 1.0
# One core a process: as many threads, whatever the machine has. XLA reads NPROC.
_THREADS = ("NPROC", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


class _Process:
    """One process of the group; Ray keeps it on its own core."""

    def __init__(self) -> None:
        self._progress: Progress | None = None

    def progress(self) -> Progress | None:
        """How far its training is; None before the first epochs."""
        return self._progress

    def address(self) -> str:
        """A free port of this machine, at which the others find it."""
        host = ray.util.get_node_ip_address()
        with socket.create_server((host, 0)) as server:
            return f"{host}:{server.getsockname()[1]}"

    def run(self, work: Work, place: Place) -> bytes:
        """Do the work; meanwhile it can be asked for its progress."""

        def note(progress: Progress) -> None:
            self._progress = progress

        with follow(note):
            return work(place)


class _Shown:
    """The training of another process, shown as if it were in this one."""

    def __init__(self, *, verbose: bool | None) -> None:
        self._verbose = verbose
        self._last: Progress | None = None
        self._meter: Meter | None = None

    def show(self, progress: Progress | None) -> None:
        """Move the bar; each training has its own."""
        if progress is None or progress == self._last:
            return
        last, self._last = self._last, progress
        if self._meter is None or last is None or progress.done < last.done:
            self.end()
            self._meter = Meter("training", "epoch", progress.total, verbose=self._verbose)
            self._meter.__enter__()
        self._meter.show_loss(progress.done, progress.loss or float("nan"))

    def end(self) -> None:
        """Close the bar."""
        if self._meter is not None:
            self._meter.__exit__()


def run_together(work: Work, size: int) -> bytes:
    """What the first of so many processes returns, all of which do the work together.

    Raises:
        InputError: what one of them raised; if there is no room for all.
        RuntimeError: if they die, or fail otherwise, again and again.
    """
    for _ in range(_STARTS):
        try:
            return _once(work, size)
        except _DiedError as error:
            died = error
    raise RuntimeError(
        f"one of {size} processes that fit together dies again and again: {died}"
    ) from died.__cause__


class _DiedError(Exception):
    """A process is gone, or the connection to it."""


def _once(work: Work, size: int) -> bytes:
    with _room_for(size) as room:
        processes, shown = _started(room, size), _Shown(verbose=work.forecaster.verbose)
        try:
            address = ray.get(processes[0].address.remote())
            shared = ray.put(work)
            running = [
                process.run.remote(shared, Place(rank, size, address))
                for rank, process in enumerate(processes)
            ]
            first, waiting = running[0], running
            while waiting:
                # Whichever fails first says why: the others only miss it.
                ready, waiting = ray.wait(waiting, num_returns=1, timeout=_LOOK_SECONDS)
                _ = ray.get(ready)
                shown.show(ray.get(processes[0].progress.remote()))
            artefact: bytes = ray.get(first)
        except _exceptions.RayTaskError as error:
            if isinstance(error.cause, InputError):
                raise error.cause from error
            raise _DiedError(" ".join(str(error.cause).split())) from error
        except _exceptions.RayError as error:
            raise _DiedError(" ".join(str(error).split())) from error
        else:
            return artefact
        finally:
            shown.end()
            for process in processes:
                ray.kill(process)


def _started(room: Any, size: int) -> list[Any]:
    gpus = 1 if ray.cluster_resources().get("GPU", 0) else 0
    # A name of its own: a process that has used JAX before cannot join a group.
    environment = dict.fromkeys(_THREADS, "1") | {"GATECAST_GROUP": uuid.uuid4().hex}
    remote = ray.remote(
        num_cpus=1,
        num_gpus=gpus,
        max_restarts=0,
        # It works, and is asked how far it is.
        max_concurrency=2,
        runtime_env={"env_vars": environment},
        scheduling_strategy=_strategies.PlacementGroupSchedulingStrategy(room),
    )(_Process)
    return [remote.remote() for _ in range(size)]


@contextmanager
def _room_for(size: int) -> Iterator[Any]:
    """Cores for all processes, on as many machines as there are: all of them or none."""
    gpus = {"GPU": 1.0} if ray.cluster_resources().get("GPU", 0) else {}
    room = _groups.placement_group([{"CPU": 1.0, **gpus}] * size, strategy="SPREAD")
    try:
        if not room.wait(_ROOM_SECONDS):
            raise InputError(
                f"the cluster has no room for {size} processes at a time after "
                f"{_ROOM_SECONDS:g} s: take fewer workers, or add machines"
            )
        yield room
    finally:
        _groups.remove_placement_group(room)
