"""Fitting one global model in this process, or in many at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gatecast._lazy import lazy
from gatecast.scaleout.executors import executor_of

if TYPE_CHECKING:
    from gatecast.scaleout.together import _processes, _work
    from gatecast.scaleout.together._work import Work
else:
    # Loaded late: what stays on one machine does without it.
    _processes = lazy("gatecast.scaleout.together._processes")
    _work = lazy("gatecast.scaleout.together._work")


def fit_together(work: Work, address: str | None = None, workers: int | None = None) -> bytes:
    """Fit one global model to series of which no process holds all.

    The weights are those of one process with the same batch, to rounding. If a process or its
    machine dies, all begin again at the newest checkpoint and end with the same weights; rows that
    they hold in memory are read again.

    Args:
        work: what is fitted, and to what.
        address: as in `executor_of`; None fits in this process, on all its devices.
        workers: processes, at most as many as there are buckets; None for one per core or GPU.

    Returns:
        The artefact of the fitted forecaster.

    Raises:
        InputError: as `Estimator.fit`; if Ray is missing or the cluster is too small.
    """
    with executor_of(address, workers) as executor:
        if address is None:
            return work(_work.Place())
        size = min(workers or executor.workers, work.series.number)
        return _processes.run_together(work, size)
