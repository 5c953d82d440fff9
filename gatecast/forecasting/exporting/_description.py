"""What an exported forecaster reads and returns, in words that another machine understands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Exported:
    """The inputs and outputs of an exported forecaster.

    Attributes:
        name: of the forecasts: LSTM, GRU, RNN or DENSE.
        h: rows that it forecasts.
        rows: of history that it reads.
        freq: of the series.
        ids: of the series; `series` is the number of one of them, from 0.
        targets: columns that are forecast.
        level: coverages in percent of `lower` and `upper`, in the order of their last axis.
        quantiles: probabilities of `quantiles`, in the order of its last axis.
        hist: exogenous columns that are known up to the last row.
        futr: those that are known over the horizon, too.
        calendar: calendar features, known over the horizon.
        states: name of a state -> the shape of that of one sample; it comes out as `new_` + name.
        inputs: name of an input -> its shape; None stands for any number of samples.
        outputs: name of an output -> its shape.
        columns: names of the id and the time in the user's frames.
        integer_ds: whether times are whole numbers.
        stream: whether it reads one row at a time, and the window is a state.
    """

    name: str
    h: int
    rows: int
    freq: str | int
    ids: tuple[str, ...]
    targets: tuple[str, ...]
    level: tuple[float, ...]
    quantiles: tuple[float, ...]
    hist: tuple[str, ...]
    futr: tuple[str, ...]
    calendar: tuple[str, ...]
    states: Mapping[str, tuple[int, ...]]
    inputs: Mapping[str, tuple[int | None, ...]]
    outputs: Mapping[str, tuple[int | None, ...]]
    columns: tuple[str, str]
    integer_ds: bool
    stream: bool

    def to_json(self) -> dict[str, Any]:
        """Plain dictionaries, lists, numbers and strings."""
        return asdict(self)
