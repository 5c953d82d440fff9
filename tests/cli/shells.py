"""What runs commands of the shell, and what they leave behind."""

from collections.abc import Callable
from typing import NamedTuple


class Ended(NamedTuple):
    """What a command left behind."""

    code: int
    out: str
    err: str


Shell = Callable[..., Ended]
"""Runs the command of some arguments."""
