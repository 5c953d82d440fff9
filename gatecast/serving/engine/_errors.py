"""What a request can ask for in vain."""

from __future__ import annotations

from gatecast._types import InputError


class NotFoundError(InputError):
    """There is no model or series of that name."""


class TooFewRowsError(InputError):
    """A series is too young to be forecast."""


class RowError(InputError):
    """A row of a request cannot be taken.

    Attributes:
        row: its number in the request, from 0.
    """

    def __init__(self, row: int, problem: str) -> None:
        super().__init__(problem)
        self.row = row


class PreparingError(InputError):
    """Another version of the model is being prepared."""
