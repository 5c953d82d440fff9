"""The one way in which files are written, whole or not at all; where those that may go are kept."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import socket
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from gatecast._types import InputError

_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


def write_file(path: str | os.PathLike[str], write: Callable[[Path], object]) -> Path:
    """Let a function write a file; the file appears whole or not at all.

    A file that is replaced keeps its mode; a symbolic link stays, and the file to which it leads
    is written. What is no file on a disk, such as a pipe, is written directly.

    Args:
        path: the file.
        write: writes the path that it is given.

    Returns:
        The path of the file.

    Raises:
        InputError: if it cannot be written, with the reason of the operating system.
    """
    target = Path(path)
    try:
        if target.exists() and not (target.is_file() or target.is_dir()):
            write(target)
        else:
            _replace(target, write)
    except OSError as error:
        raise InputError(f"{target}: cannot be written: {error.strerror or error}") from None
    return target


@contextmanager
def staging(target: Path) -> Iterator[Path]:
    """A free path beside a target, to write before it takes the target's place.

    What is there at the end is removed, and so is what a killed process left of the same target.
    """
    prefix = _prefix(target)
    for left in target.parent.glob(f"{prefix}*"):
        if not _alive(left.name.removeprefix(prefix).partition("-")[0]):
            _remove(left)
    staged = target.with_name(f"{prefix}{os.getpid()}-{secrets.token_hex(4)}")
    try:
        yield staged
    finally:
        _remove(staged)


def put_in_place(staged: Path, target: Path) -> None:
    """Move a written file over another, in one step that a crash of the machine does not undo."""
    target = _behind_links(target)
    with suppress(FileNotFoundError):
        staged.chmod(target.stat().st_mode & 0o7777)
    _sync(staged)
    staged.replace(target)
    # Not every file system can do this for a folder.
    with suppress(OSError):
        _sync(target.parent)


def cache_folder() -> Path | None:
    """Where this user keeps what of gatecast may be deleted; None for a user without a home.

    That is `$XDG_CACHE_HOME` or ~/.cache (XDG Base Directory Specification), ~/Library/Caches on
    macOS and %LOCALAPPDATA% on Windows, in a folder `gatecast`.
    """
    home = Path(os.path.expanduser("~"))  # noqa: PTH111 (`Path.home` raises where there is none)
    usual = {"darwin": home / "Library" / "Caches", "win32": home / "AppData" / "Local"}
    named = os.environ.get("LOCALAPPDATA" if sys.platform == "win32" else "XDG_CACHE_HOME", "")
    # A path that depends on where a command is started is to be ignored, says the specification.
    place = Path(named) if Path(named).is_absolute() else usual.get(sys.platform, home / ".cache")
    return place / "gatecast" if place.is_absolute() else None


def is_safe(path: Path, *, folder: bool) -> bool:
    """Whether what is there may run: it is no link, and this user or root alone can write it."""
    try:
        about = path.lstat()
    except OSError:
        return False
    if not (stat.S_ISDIR if folder else stat.S_ISREG)(about.st_mode):
        return False
    if sys.platform == "win32":
        return True
    return about.st_uid in {0, os.getuid()} and not about.st_mode & _OTHERS_WRITE


def _replace(target: Path, write: Callable[[Path], object]) -> None:
    target = _behind_links(target)
    with staging(target) as staged:
        if target.exists():
            # Until it has the mode of the file it replaces, nobody else may read it.
            staged.touch(mode=0o600)
        write(staged)
        put_in_place(staged, target)


def _behind_links(path: Path) -> Path:
    return Path(os.path.realpath(path))


def _prefix(target: Path) -> str:
    """How the staged files of a target on this machine are named.

    Other machines may write into the same folder; of their processes nothing is known here.
    """
    about = f"{socket.gethostname()}\0{target.name}"
    digest = hashlib.sha256(about.encode(errors="surrogateescape")).hexdigest()
    return f".gatecast-{digest[:12]}-"


def _alive(process: str) -> bool:
    """Whether there is a process of a number; what is no number is left alone."""
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return False
    except (ValueError, OverflowError, PermissionError):
        pass
    return True


def _remove(path: Path) -> None:
    with suppress(OSError):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


def _sync(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk."""
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
