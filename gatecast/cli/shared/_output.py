"""Standard output that tells what is wrong with it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

from gatecast._types import InputError


class NobodyReadsError(Exception):
    """Whoever read the output, such as `head`, has left."""


class Output:
    """A stream whose troubles are the user's, not a fault of the program.

    Args:
        stream: what is written to; all but writing is left to it.

    Raises:
        NobodyReadsError: by `write` and `flush`, if it is a pipe that was closed.
        InputError: by `write` and `flush`, if it cannot be written otherwise.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._trouble: Exception | None = None

    def write(self, text: str) -> int:
        """Write a text, or keep it until the next flush."""
        with self._told():
            return self._stream.write(text)

    def flush(self) -> None:
        """Write what was kept."""
        with self._told():
            self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    @contextmanager
    def _told(self) -> Iterator[None]:
        # Once is not enough: a library that probes the stream may swallow the first error.
        if self._trouble:
            raise self._trouble
        try:
            yield
        except OSError as error:
            # Python writes what is left when it ends, and would complain once more.
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self._stream.fileno())
            os.close(nowhere)
            self._trouble = (
                NobodyReadsError()
                if isinstance(error, BrokenPipeError)
                else InputError(f"standard output cannot be written: {error.strerror}")
            )
            raise self._trouble from None
