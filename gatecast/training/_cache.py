"""Compiled programs kept on disk between processes."""

import os
from contextlib import suppress
from pathlib import Path

import jax

from gatecast._files import cache_folder

_GIBIBYTE = 2**30


def use_compilation_cache(
    folder: str | os.PathLike[str] | None = None, max_bytes: int = _GIBIBYTE
) -> Path | None:
    """Let JAX keep compiled programs in a folder and find them there next time.

    A program is found again only by the same version of JAX on the same kind of machine. Several
    processes may share a folder. An entry that cannot be read or written is compiled again, at
    worst with a warning. `gatecast.load` keeps the forecasts of saved models there too, in
    `forecasts`, if nobody else may write to that folder. In Python the cache is used only after a
    call of this function; the shell commands call it themselves.

    Args:
        folder: by default `gatecast/programs` in the user's cache folder: `$XDG_CACHE_HOME` or
            `~/.cache`, on macOS `~/Library/Caches`, on Windows `%LOCALAPPDATA%`. Deleting it is
            safe.
        max_bytes: what the folder may hold when a process begins to use it. Programs that were
            used longest ago are removed.

    Returns:
        The folder; None for a user without a home, for whom nothing is kept.
    """
    home = cache_folder()
    if folder:
        chosen = Path(folder)
    elif home:
        chosen = home / "programs"
    else:
        return None
    # JAX says so if the folder cannot be used.
    with suppress(OSError):
        chosen.parent.mkdir(parents=True, exist_ok=True)
        # What is in it runs: nobody else may write there.
        chosen.mkdir(mode=0o700, exist_ok=True)
        (chosen / "forecasts").mkdir(mode=0o700, exist_ok=True)
    for each in (chosen, chosen / "forecasts"):
        _prune(each, max_bytes)
    jax.config.update("jax_compilation_cache_dir", str(chosen))
    # Most of our programs compile in less than JAX's default threshold of a second.
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)
    return chosen


def _prune(folder: Path, max_bytes: int) -> None:
    """Remove the files used longest ago; JAX's limit would need a lock around every read."""
    found = []
    # The folder may not be there, and another process may be removing the same files.
    with suppress(OSError):
        for entry in os.scandir(folder):
            with suppress(OSError):
                about = entry.stat()
                if entry.is_dir():
                    continue
                found.append((max(about.st_atime, about.st_mtime), about.st_size, entry.path))
    total = sum(size for _, size, _ in found)
    for _, size, path in sorted(found):
        if total <= max_bytes:
            return
        with suppress(OSError):
            Path(path).unlink()
            total -= size
