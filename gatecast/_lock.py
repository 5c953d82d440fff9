"""Letting one process at a time do something with a file."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from gatecast._types import InputError

if sys.platform != "win32":
    import fcntl

_POLL_SECONDS = 0.05


@contextmanager
def locked(
    path: Path, ending: str, *, wait_seconds: float, waiting: Callable[[], object] = lambda: None
) -> Iterator[None]:
    """Hold the lock of a file.

    The lock is a file beside it, `.NAME.ENDING`, gone at the end. The lock of a process that was
    killed does not count. On Windows there is no lock.

    Args:
        path: the file; it need not exist.
        ending: of the lock's name. Whoever uses the same one waits.
        wait_seconds: how long another process is waited for.
        waiting: called once if one is waited for.

    Raises:
        InputError: if another process holds the lock for longer, or there can be none.
    """
    if sys.platform == "win32":
        yield
        return
    target = Path(os.path.realpath(path))
    lock = target.with_name(f".{target.name}.{ending}")
    held = _hold(lock, path, time.monotonic() + wait_seconds, waiting)
    try:
        yield
    finally:
        # Removed while it is held: whoever waits for it finds that it is gone, and makes another.
        lock.unlink(missing_ok=True)
        os.close(held)


def _hold(lock: Path, path: Path, until: float, waiting: Callable[[], object]) -> int:
    """The open lock file, held by this process alone."""
    told = False
    while True:
        try:
            held = os.open(lock, os.O_RDWR | os.O_CREAT, 0o666)
        except OSError as error:
            raise InputError(f"{path}: cannot be written: {error.strerror}") from None
        if _taken(held, lock):
            return held
        os.close(held)
        if not told:
            waiting()
            told = True
        if time.monotonic() > until:
            raise InputError(
                f"{path}: another process is still changing it: wait until it ends, or stop it"
            )
        time.sleep(_POLL_SECONDS)


def _taken(held: int, lock: Path) -> bool:
    """Whether this process has the lock now, and the lock is still there."""
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return os.path.samestat(os.fstat(held), lock.stat())
    except (BlockingIOError, FileNotFoundError):
        return False
