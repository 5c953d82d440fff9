"""Tasks on the workers of a Ray cluster."""

from __future__ import annotations

import logging
import os
import socket
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from functools import cache, partial
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Generic, TypeVar
from urllib.parse import urlsplit

from gatecast._lazy import lazy
from gatecast._types import InputError
from gatecast.scaleout.executors._executor import Outcome, Shared

ray = lazy("ray")
_exceptions = lazy("ray.exceptions")
_services = lazy("ray._private.services")
_training = lazy("gatecast.training")

Task = TypeVar("Task")
Result = TypeVar("Result")
Value = TypeVar("Value")

# A task is run again so many times when its worker or its machine dies.
_RETRIES = 3
# Tasks under way for each worker: one runs, and one waits so that the worker never does.
_UNDER_WAY = 2
_ANSWER_SECONDS = 5.0
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
# One core a worker: as many threads, whatever the machine has. XLA reads NPROC.
_THREADS = ("NPROC", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
# What a driver of ours tells Ray: nothing is reported to its makers. (The last one is Ray's own
# advice against a warning about processes without a GPU.)
_ENVIRONMENT = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
}


@dataclass(frozen=True)
class _There(Generic[Value]):
    reference: Any

    def get(self) -> Value:
        found: Value = ray.get(self.reference)
        return found


@dataclass(frozen=True)
class RayExecutor:
    """The workers of the cluster to which this process is connected, of one core each.

    Attributes:
        limit: tasks that run at a time, at most; None for as many as there are cores.
    """

    limit: int | None = None

    @property
    def workers(self) -> int:
        """Tasks that run at a time; it changes as machines come and go."""
        cores, gpus = _resources()
        found = max(1, min(cores, gpus) if gpus else cores)
        return found if self.limit is None else min(found, self.limit)

    def share(self, value: Value) -> Shared[Value]:
        """Lay it into Ray's object store; see `Executor`."""
        return _There(ray.put(value))

    def map(
        self, work: Callable[[Task], Result], tasks: Iterable[Task]
    ) -> Iterator[Outcome[Task, Result]]:
        """As `Executor` has it."""
        submit = partial(self._remote().remote, ray.put(work))
        waiting, under_way = iter(tasks), dict[Any, Task]()
        try:
            while True:
                room = self._room - len(under_way)
                for _, task in zip(range(room), waiting, strict=False):
                    under_way[submit(task)] = task
                if not under_way:
                    return
                for ready in ray.wait(list(under_way), num_returns=1)[0]:
                    yield _outcome(under_way.pop(ready), ready)
        finally:
            for reference in under_way:
                ray.cancel(reference)

    @property
    def _room(self) -> int:
        """Tasks to be under way; where workers are limited, none waits beside those that run."""
        return self.workers if self.limit is not None else self.workers * _UNDER_WAY

    def _remote(self) -> Any:
        _, gpus = _resources()
        return ray.remote(
            num_cpus=1,
            num_gpus=1 if gpus else 0,
            max_retries=_RETRIES,
            runtime_env={"env_vars": dict.fromkeys(_THREADS, "1")},
        )(_run)


@contextmanager
def connected(address: str, workers: int | None = None) -> Iterator[None]:
    """Be connected to a cluster, or to one that is started on this machine and stopped after.

    Args:
        address: as in `executor_of`.
        workers: cores that a cluster of this machine offers; None for all.

    Raises:
        InputError: if Ray is not installed, or nobody answers at the address.
    """
    if find_spec("ray") is None:
        raise InputError(
            f"address={address!r} needs Ray: pip install 'gatecast[scale]', or leave it out to "
            "work in one process"
        )
    if address not in ("local", "auto"):
        _answering(address)
    with _environment():
        if ray.is_initialized():
            yield
            return
        _connect(address, workers)
        try:
            yield
        finally:
            ray.shutdown()


def _connect(address: str, workers: int | None) -> None:
    quiet = {"logging_level": logging.ERROR, "log_to_driver": False}
    try:
        if address == "local":
            with _on_loopback(), warnings.catch_warnings():
                # JAX says so of every process that is started; Ray's do not go on with its threads.
                warnings.filterwarnings("ignore", r"os\.fork\(\) was called", RuntimeWarning)
                ray.init(
                    address="local",
                    num_cpus=workers,
                    include_dashboard=False,
                    _node_ip_address="127.0.0.1",
                    **quiet,
                )
            return
        if address == "auto":
            with _on_loopback():
                address = _services.canonicalize_bootstrap_address("auto")
        with _on_loopback() if _answering(address) in _LOOPBACK else nullcontext():
            ray.init(address=address, **quiet)
    except InputError:
        raise
    except Exception as error:  # noqa: BLE001 (Ray raises nothing narrower where it does not start)
        reason = " ".join(str(error).split())
        if address == "local":
            raise InputError(
                f"address='local': Ray did not start on this machine ({reason}): its processes have"
                " some seconds each to come up, so call again when the machine is less busy, or"
                " leave address out to work in one process"
            ) from None
        raise InputError(
            f"address={address!r}: Ray cannot be used there ({reason}): start a cluster by "
            "ray start --head, or give 'local'"
        ) from None


def _answering(address: str) -> str:
    """The host of an address where somebody is; Ray would try for minutes, and end the process.

    Raises:
        InputError: if nobody answers.
    """
    host, port = _place(address)
    try:
        socket.create_connection((host, port), timeout=_ANSWER_SECONDS).close()
    except OSError as error:
        raise InputError(
            f"address={address!r}: nobody answers there ({error.strerror or error}): start a "
            "cluster by ray start --head, or give 'local'"
        ) from None
    return host


def _place(address: str) -> tuple[str, int]:
    """Host and port.

    Raises:
        InputError: if it is no address.
    """
    parts = urlsplit(address if "//" in address else f"//{address}")
    try:
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if parts.scheme not in ("", "ray") or not host or not port:
        raise InputError(
            f"address must be 'local', 'auto', 'host:port' or 'ray://host:port', got {address!r}"
        )
    return host, port


@contextmanager
def _environment() -> Iterator[None]:
    """The environment that Ray reads, as it was before at the end."""
    before = dict(os.environ)
    for name, value in _ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    try:
        yield
    finally:
        # Ray adds its own.
        for name in os.environ.keys() - before.keys():
            if name.startswith("RAY_"):
                del os.environ[name]


@contextmanager
def _on_loopback() -> Iterator[None]:
    """Let Ray listen to this machine alone, as it does on macOS and Windows.

    Elsewhere it puts an address that others can reach in the place of 127.0.0.1.
    """
    constants: Any = import_module("ray._private.ray_constants")
    usual = constants.ENABLE_RAY_CLUSTER
    constants.ENABLE_RAY_CLUSTER = False
    try:
        yield
    finally:
        constants.ENABLE_RAY_CLUSTER = usual


def _resources() -> tuple[int, int]:
    """Cores and GPUs of the cluster."""
    found = ray.cluster_resources()
    return int(found.get("CPU", 0)), int(found.get("GPU", 0))


def _outcome(task: Task, reference: Any) -> Outcome[Task, Any]:
    try:
        return Outcome(task, ray.get(reference))
    except _exceptions.RayTaskError as error:
        cause = error.cause
        raise cause from error
    except (
        _exceptions.WorkerCrashedError,
        _exceptions.NodeDiedError,
        _exceptions.OutOfMemoryError,
        _exceptions.ObjectLostError,
        _exceptions.LocalRayletDiedError,
    ) as error:
        return Outcome(task, None, lost=" ".join(str(error).split()))


def _run(work: Callable[[Task], Result], task: Task) -> Result:
    """What a worker does."""
    _prepare()
    return work(task)


@cache
def _prepare() -> None:
    """Once in each worker: programs that another worker of the machine compiled are found."""
    with suppress(OSError):
        _training.use_compilation_cache(os.environ.get("JAX_COMPILATION_CACHE_DIR"))
