"""Compiled programs kept on disk between processes."""

import os
from pathlib import Path

import jax


def use_compilation_cache(folder: str | os.PathLike[str] | None = None) -> Path:
    """Let JAX keep compiled programs in a folder and find them there next time.

    A program is found again only by the same version of JAX on the same kind of machine. Python
    users have to ask for it by calling this; the commands of the shell do so themselves.

    Args:
        folder: by default `gatecast/programs` in the user's cache folder: `$XDG_CACHE_HOME`, or
            `~/.cache`. Deleting it is safe.

    Returns:
        The folder.
    """
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    chosen = Path(folder) if folder else home / "gatecast" / "programs"
    jax.config.update("jax_compilation_cache_dir", str(chosen))
    # Most of our programs compile in less than JAX's default threshold of a second.
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)
    return chosen
