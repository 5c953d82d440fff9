"""Which columns of a source are read."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Names:
    """The columns that are read.

    Attributes:
        id_col: names the series.
        time_col: times.
        target_cols: the values to forecast; none where only columns of the future are read.
        beside: exogenous columns.
    """

    id_col: str = "unique_id"
    time_col: str = "ds"
    target_cols: tuple[str, ...] = ("y",)
    beside: tuple[str, ...] = ()

    @property
    def plain(self) -> dict[str, Any]:
        """As plain values, for a plan."""
        return {name: list(v) if isinstance(v, tuple) else v for name, v in asdict(self).items()}

    @property
    def all(self) -> tuple[str, ...]:
        """Every column, each once."""
        return tuple(dict.fromkeys((self.id_col, self.time_col, *self.target_cols, *self.beside)))
