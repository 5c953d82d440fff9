"""Changing a saved model while other commands may want to change it too."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

from gatecast._lock import locked
from gatecast.cli.shared._show import note


def changing(
    path: Path, *, quiet: bool, wait_seconds: float = 600.0
) -> AbstractContextManager[None]:
    """Let one command at a time read a file, change what it read, and write the file.

    What does not know of this lock may still change the file; saving notices.

    Args:
        path: the file; it need not exist.
        quiet: do not tell that another command is waited for.
        wait_seconds: how long it is waited for.

    Raises:
        InputError: if another command holds the lock for longer, or there can be none.
    """
    told = f"waiting for another command that is changing {path} ..."
    return locked(path, "lock", wait_seconds=wait_seconds, waiting=lambda: note(told, quiet=quiet))
