"""A fitted estimator of whole sequences as data."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from numpy.typing import NDArray

from gatecast.forecasting import Origin
from gatecast.sequences.networks import Networks


@dataclass(frozen=True)
class Frames:
    """The names of columns in the user's frames.

    Attributes:
        unique_id: names the sequences.
        ds: puts rows in order.
        label: of predictions.
    """

    unique_id: str
    ds: str
    label: str


@dataclass(frozen=True)
class SequenceModel:
    """Everything that another machine needs to predict.

    Attributes:
        networks: trained.
        columns: that they read, in order.
        frames: the names of columns.
        classes: [classes] in sorted order; None where labels are numbers.
        verdict: on networks like these, in plain words.
        origin: the file that it was loaded from, or None.
    """

    networks: Networks
    columns: tuple[str, ...]
    frames: Frames
    classes: NDArray[Any] | None
    verdict: str
    origin: Origin | None = None

    def saved_as(self, saved: Origin) -> SequenceModel:
        """The model after it was saved, which may have replaced the file that it came from."""
        replaced = self.origin is not None and self.origin.path == saved.path
        return replace(self, origin=saved) if replaced else self
