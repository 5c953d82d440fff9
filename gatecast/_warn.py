"""Warnings that point to the user's line, however deep in the package they are given."""

from __future__ import annotations

import inspect
import warnings

from gatecast._types import InputWarning

_PACKAGE = __name__.partition(".")[0]


def warn(message: str) -> None:
    """Give an `InputWarning` that names the line by which this package was called."""
    frame, level = inspect.currentframe(), 1
    while frame is not None and frame.f_globals.get("__name__", "").partition(".")[0] == _PACKAGE:
        frame, level = frame.f_back, level + 1
    warnings.warn(message, InputWarning, stacklevel=level)
