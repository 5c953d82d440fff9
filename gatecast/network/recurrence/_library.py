"""The native LSTM of this machine: kept in the user's cache, compiled into it on first use.

`GATECAST_NATIVE` in the environment is 0 to do without it, or the absolute path of a folder in
which to keep it instead of the cache.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from pathlib import Path

from gatecast._files import cache_folder, is_safe, staging, write_file
from gatecast._lock import locked
from gatecast._progress import busy, tell
from gatecast._types import InputError
from gatecast.network.recurrence._compile import (
    CompilerError,
    LibraryError,
    compile_library,
    find_compiler,
    library_key,
)

SWITCH = "GATECAST_NATIVE"
# While another process compiles.
_WAIT_SECONDS = 300.0


def library() -> Path | None:
    """The compiled library, compiled now if it never was; None where that cannot be, or may not.

    Why it cannot be is told if what goes on is shown. If that is the compiler, it is told once, and
    then not tried again until there is another.
    """
    try:
        folder = library_folder()
        return None if folder is None else _kept(folder) or _tried(folder)
    except LibraryError as error:
        tell(_slower(error))
        return None


def library_folder() -> Path | None:
    """Where libraries are kept; None if there shall be none.

    Raises:
        LibraryError: if there is no such place.
    """
    chosen = os.environ.get(SWITCH, "")
    if chosen == "0":
        return None
    if chosen in {"", "1"}:
        home = cache_folder()
        if home is None:
            raise LibraryError(f"this user has no home for it; name a folder in {SWITCH}")
        return home / "native"
    if not Path(chosen).is_absolute():
        raise LibraryError(f"{SWITCH}={chosen} is neither 0 nor the absolute path of a folder")
    return Path(chosen)


def make_library(folder: Path) -> Path:
    """Compile the library into a folder, unless it is there when other processes are done.

    Raises:
        CompilerError: if there is no compiler, or it fails.
        LibraryError: if the folder cannot be used, or others compile for too long.
    """
    key = library_key()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # What is in it runs: nobody else may write there.
        if not is_safe(folder, folder=True):
            raise LibraryError(f"{folder} belongs to or can be written by somebody else")
        with locked(folder / key, "lock", wait_seconds=_WAIT_SECONDS):
            return _kept(folder) or _compiled(folder, key)
    except OSError as error:
        raise LibraryError(f"{folder}: {error.strerror}") from None
    except InputError as error:
        raise LibraryError(str(error)) from None


def _kept(folder: Path) -> Path | None:
    """A library that is there, whole, and that nobody else can have written."""
    with suppress(OSError):
        if is_safe(folder, folder=True):
            for path in sorted(folder.glob(f"lstm-{library_key()}-*.so")):
                if is_safe(path, folder=False) and path.name.endswith(_ending(path)):
                    return path
    return None


def _compiled(folder: Path, key: str) -> Path:
    compiler = find_compiler()
    with staging(folder / f"lstm-{key}.so") as staged:
        with busy("compiling the LSTM for this processor, once"):
            compile_library(compiler, staged)
        staged.chmod(0o700)
        target = folder / f"lstm-{key}{_ending(staged)}"
        staged.replace(target)
    return target


def _ending(path: Path) -> str:
    """A library is known to be whole by its name: to load a truncated one ends the process."""
    return f"-{hashlib.sha256(path.read_bytes()).hexdigest()[:16]}.so"


def _tried(folder: Path) -> Path | None:
    told = folder / f"{library_key()}-{_compiler()}.told"
    if told.exists():
        return None
    try:
        return make_library(folder)
    except CompilerError as error:
        if tell(_slower(error)):
            with suppress(InputError):
                write_file(told, Path.touch)
    return None


def _compiler() -> str:
    """A name for the compiler as it is now, from its path and the time of its last change."""
    try:
        command = find_compiler()
        about = f"{command} {Path(command[0]).stat().st_mtime_ns}"
    except (CompilerError, OSError):
        about = "none"
    return hashlib.sha256(about.encode()).hexdigest()[:8]


def _slower(error: LibraryError) -> str:
    return (
        f"note: the LSTM could not be compiled, so training and forecasts are slower: {error} "
        f"({SWITCH}=0 does without)"
    )
