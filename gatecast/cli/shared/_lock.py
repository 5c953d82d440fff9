"""Changing a saved model while other commands may want to change it too."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from gatecast._types import InputError
from gatecast.cli.shared._show import note

_POLL_SECONDS = 0.05


@contextmanager
def changing(
    path: Path, *, quiet: bool, wait_seconds: float = 600.0
) -> Iterator[Callable[[], None]]:
    """Let one command at a time read a file, change what it read, and write the file.

    The lock is a file beside it, `.NAME.lock`, gone at the end. The lock of a process that was
    killed does not count.

    Args:
        path: the file; it need not exist.
        quiet: do not tell that another command is waited for.
        wait_seconds: how long it is waited for.

    Yields:
        A check to call before writing: it raises an `InputError` if something that does not know
        of the lock has changed the file.

    Raises:
        InputError: if another command holds the lock for longer, or there can be none.
    """
    target = Path(os.path.realpath(path))
    lock = target.with_name(f".{target.name}.lock")
    try:
        held = _hold(lock, path, quiet=quiet, until=time.monotonic() + wait_seconds)
    except OSError as error:
        raise InputError(f"{path}: cannot be locked: {error.strerror}") from None
    try:
        before = _version(target)

        def check() -> None:
            if _version(target) != before:
                raise InputError(
                    f"{path} was changed by something else in the meantime, and is left as it is "
                    "now: run the command again"
                )

        yield check
    finally:
        # Removed while it is held: whoever waits for it finds that it is gone, and makes another.
        lock.unlink(missing_ok=True)
        os.close(held)


def _hold(lock: Path, path: Path, *, quiet: bool, until: float) -> int:
    """The open lock file, held by this process alone."""
    told = False
    while True:
        held = os.open(lock, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _same_file(held, lock):
                return held
        except BlockingIOError:
            if not told:
                note(f"waiting for another command that is changing {path} ...", quiet=quiet)
                told = True
            if time.monotonic() > until:
                os.close(held)
                raise InputError(
                    f"{path}: another command is still changing it: wait until it ends, or stop it"
                ) from None
            time.sleep(_POLL_SECONDS)
        except BaseException:
            os.close(held)
            raise
        os.close(held)


def _same_file(opened: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(opened), path.stat())
    except FileNotFoundError:
        return False


def _version(path: Path) -> tuple[int, ...] | None:
    """Differs once a file was replaced or written."""
    try:
        about = path.stat()
    except FileNotFoundError:
        return None
    return about.st_dev, about.st_ino, about.st_size, about.st_mtime_ns
