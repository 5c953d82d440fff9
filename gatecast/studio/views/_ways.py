"""The tutorial's networks in everyday words: what each does, when it helps, what is misread."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from gatecast.evaluation import framings


@dataclass(frozen=True)
class Way:
    """One way to lay out past values as the input of a network.

    Attributes:
        kind: its name.
        title: what it is, in a few words.
        does: what the network sees.
        helps: when it is the right choice.
        misread: what is often misunderstood.
        keywords: of `LSTMForecaster`.
    """

    kind: str
    title: str
    does: str
    helps: str
    misread: str
    keywords: Mapping[str, Any] = field(repr=False)

    @property
    def look_back(self) -> int:
        """Past rows that the network sees, if nothing else is asked for."""
        return int(self.keywords["look_back"])

    @property
    def epochs(self) -> int:
        """Passes over the data, if nothing else is asked for."""
        return int(self.keywords["training"].epochs)

    @property
    def units(self) -> int:
        """Cells of each layer, if nothing else is asked for."""
        return int(self.keywords["units"])

    @property
    def shuffled(self) -> bool:
        """Whether samples come in random order in training."""
        return bool(self.keywords["training"].shuffle)

    @property
    def layers(self) -> int:
        """LSTM layers."""
        return int(self.keywords.get("layers", 1))


_ALL = (
    Way(
        "regression",
        "One value in, the next one out",
        "The network sees the newest value alone, and has to say the next one.",
        "As a first try: nothing is simpler. Compare everything else with it.",
        "In a plot its forecasts look right, but they come one step late: who knows only the last "
        "value can do little better than repeat it.",
        framings.REGRESSION,
    ),
    Way(
        "window",
        "Several past values side by side",
        "The newest values come in all at once, as features of a single time step.",
        "When each value before has its own weight: the last one, the one before, and so on.",
        "There is only one time step, so the memory has nothing to do. A larger window is not "
        "always better: every value more is another weight to learn.",
        framings.WINDOW,
    ),
    Way(
        "time steps",
        "Several past values one after another",
        "The same values come in one at a time; the network remembers what it has read so far.",
        "For what an LSTM is made for: the order counts, and the window may be long.",
        "Time steps are not samples: all time steps of a window are one sample. Before the next "
        "sample the memory is emptied.",
        framings.TIME_STEPS,
    ),
    Way(
        "stateful",
        "Memory that goes on from window to window",
        "As with time steps, but the memory is not emptied between samples: it goes on along the "
        "series, and starts anew with each pass over the data.",
        "When what matters lies further back than the window, and rows keep coming in order, as "
        "from a sensor.",
        "Stateful does not mean that more is learned; it means where the memory starts. Samples "
        "must stay in order, so they are not shuffled. And windows overlap: with 3 past rows each "
        "value is read 3 times. With 1 past row each is read once.",
        framings.STATEFUL,
    ),
    Way(
        "stacked",
        "Two layers, with memory",
        "Two LSTMs, one on top of the other: the first hands on what it makes of each time step, "
        "the second makes the forecast of that. The memory of both goes on.",
        "With many rows, and patterns within patterns.",
        "Deeper is not better: the second layer has to be learned too, and a short series does not "
        "hold enough to learn it from.",
        framings.STACKED_STATEFUL,
    ),
)

WAYS: Mapping[str, Way] = MappingProxyType({way.kind: way for way in _ALL})
"""The ways by name, in the order of the tutorial."""
