"""Finding the executor of an address."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from gatecast._lazy import lazy
from gatecast._types import InputError, check_whole
from gatecast.scaleout.executors._executor import Executor
from gatecast.scaleout.executors._local import LocalExecutor

if TYPE_CHECKING:
    from gatecast.scaleout.executors import _ray
else:
    # Loaded late: what stays on one machine does without it.
    _ray = lazy("gatecast.scaleout.executors._ray")


@contextmanager
def executor_of(address: str | None, workers: int | None = None) -> Iterator[Executor]:
    """The executor of an address; Ray is left as it was found.

    Args:
        address: None for this process; "local" starts Ray on this machine and stops it at the end;
            "auto", "host:port" or "ray://host:port" connects to a cluster. Where this process is
            connected to Ray already, that connection is used and stays.
        workers: tasks that run at a time, at most; None for one per core of the cluster.

    Raises:
        InputError: if Ray is not installed, or nobody answers at the address.
    """
    if workers is not None:
        check_whole("workers", workers, 1)
    if address is None:
        if workers is not None and workers > 1:
            raise InputError(
                f"workers={workers} needs a cluster to run on: give address='local' for Ray on "
                "this machine"
            )
        yield LocalExecutor()
        return
    with _ray.connected(address, workers):
        yield _ray.RayExecutor(workers)
