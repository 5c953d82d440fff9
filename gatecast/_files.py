"""Files that are replaced whole or not at all, and locks on them."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from gatecast._types import InputError

if sys.platform != "win32":
    import fcntl

_SECONDS = 60.0
_PAUSE = 0.05


def replace_file(path: str | os.PathLike[str], write: Callable[[Path], object]) -> None:
    """Let a function write a file beside the old one, which it then replaces.

    The file is on the disk before it gets its name. Permissions of the old file are kept, and a
    symbolic link goes on naming the file that it names. What killed processes left is removed.

    Raises:
        InputError: if the place cannot be written.
    """
    target = Path(os.path.realpath(path))
    staged = target.with_name(f".{target.name}.{os.getpid()}.partial")
    try:
        _remove_abandoned(target)
        write(staged)
        with suppress(FileNotFoundError):
            staged.chmod(target.stat().st_mode & 0o7777)
        _flush(staged)
        staged.replace(target)
        _flush(target.parent)
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror or error}") from None
    finally:
        with suppress(OSError):
            staged.unlink()


@contextmanager
def locked(path: Path, seconds: float = _SECONDS) -> Iterator[Callable[[], None]]:
    """Keep other processes that lock a file waiting; without locks of the system, do nothing.

    Args:
        path: of a file; where there is none, nothing is locked.
        seconds: to wait for another process.

    Yields:
        A function that raises an `InputError` if the file has been replaced since.

    Raises:
        InputError: if another process holds the lock for longer.
    """
    if sys.platform == "win32":
        yield lambda: None
        return
    try:
        file = _lock(path, time.monotonic() + seconds)
    except (FileNotFoundError, IsADirectoryError, PermissionError):
        yield lambda: None
        return
    read = os.fstat(file)

    def check() -> None:
        now = path.stat() if path.exists() else None
        if now is None or (now.st_ino, now.st_mtime_ns) != (read.st_ino, read.st_mtime_ns):
            raise InputError(f"{path}: was changed by another process meanwhile: try again")

    try:
        yield check
    finally:
        os.close(file)


def _lock(path: Path, until: float) -> int:
    """An open file that is locked, and that the path still names."""
    while True:
        file = os.open(path, os.O_RDONLY)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Whoever held the lock may have replaced the file.
            if os.path.samestat(os.fstat(file), path.stat()):
                return file
        except BlockingIOError:
            if time.monotonic() > until:
                os.close(file)
                raise InputError(
                    f"{path}: another process is updating it: try again when it has finished"
                ) from None
            time.sleep(_PAUSE)
        os.close(file)


def _remove_abandoned(target: Path) -> None:
    """Remove what processes that no longer run had begun to write."""
    for left in target.parent.glob(f".{_escaped(target.name)}.*.partial"):
        number = left.name.split(".")[-2]
        if number.isdigit() and not _runs(int(number)):
            with suppress(OSError):
                left.unlink()


def _escaped(name: str) -> str:
    return "".join(f"[{each}]" if each in "*?[" else each for each in name)


def _runs(process: int) -> bool:
    if os.name != "posix":
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True


def _flush(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk."""
    try:
        file = os.open(path, os.O_RDONLY)
    except PermissionError:
        return
    try:
        os.fsync(file)
    except OSError:
        # Not every file system can flush a folder.
        if not path.is_dir():
            raise
    finally:
        os.close(file)
