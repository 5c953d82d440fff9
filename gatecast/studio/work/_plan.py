"""What a run is asked to do, as plain values that are stored."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, Self, TypeAlias, get_args

from gatecast._types import Freq, InputError

Kind: TypeAlias = Literal["auto", "regression", "window", "time steps", "stateful", "stacked"]
"""`AutoLSTM`, or one of the tutorial's networks."""

KINDS: tuple[Kind, ...] = get_args(Kind)

COLUMN_SETTINGS = ("hist_exog", "futr_exog")
"""Settings that list columns of the file: known only afterwards, or ahead."""


@dataclass(frozen=True)
class Names:
    """The columns of the rows that are forecast: those that `gatecast.read` returns by default."""

    id_col: str = "unique_id"
    time_col: str = "ds"
    target_col: str = "y"

    @property
    def renamed(self) -> dict[str, str]:
        """What `gatecast.read` calls a column -> its name, where they differ."""
        pairs = zip(asdict(UNNAMED).values(), asdict(self).values(), strict=True)
        return {old: new for old, new in pairs if old != new}

    @property
    def keywords(self) -> dict[str, Any]:
        """The keywords of `fit` that name columns, where they are not the usual ones."""
        usual = asdict(UNNAMED)
        return {key: name for key, name in asdict(self).items() if name != usual[key]}


UNNAMED = Names()


@dataclass(frozen=True)
class Reading:
    """How a file is read.

    Attributes:
        id_col: tells the series apart; found if None.
        time_col: holds the times; found if None.
        target_col: is forecast; found if None.
        wide: whether each column, or each row, is a series.
        freq: the calendar step; found if None.
        remedies: further keywords of `gatecast.read`, each of which mends what is wrong in the
            file.
    """

    id_col: str | None = None
    time_col: str | None = None
    target_col: str | None = None
    wide: bool = False
    freq: Freq | None = None
    remedies: Mapping[str, Any] = field(default_factory=dict)

    @property
    def keywords(self) -> dict[str, Any]:
        """The keywords of `gatecast.read` that differ from the usual ones."""
        named = {name: getattr(self, name) for name in ("id_col", "time_col", "target_col")}
        given = {name: value for name, value in named.items() if value is not None}
        return given | ({"wide": True} if self.wide else {}) | dict(self.remedies)

    @property
    def names(self) -> Names:
        """How the rows are named where they are forecast: as in the file, as far as that goes."""
        return Names(
            UNNAMED.id_col if self.wide or self.id_col is None else self.id_col,
            self.time_col or UNNAMED.time_col,
            UNNAMED.target_col if self.wide or self.target_col is None else self.target_col,
        )


@dataclass(frozen=True)
class Plan:
    """What a run does.

    Attributes:
        source: the name of the file, as its owner knows it; the lines that repeat the run name it.
        reading: how it is read.
        kind: "auto" for `AutoLSTM`, or the network of the tutorial. Where settings of a network are
            named, "auto" is an `LSTMForecaster` with these.
        settings: keywords of the forecaster that differ from those of the kind, such as
            `futr_exog`, `epochs`, `look_back` or `quality`; those of `Training` stand beside them.
        horizon: rows to forecast; one season if None.
        levels: coverage of the intervals in percent.
        windows: past windows to test the forecast on, at most; 0 for no test.
        baselines: simple forecasts to test beside it; those that take a reasonable time if None.

    Raises:
        InputError: naming what is out of range.
    """

    source: str
    reading: Reading = Reading()
    kind: Kind = "auto"
    settings: Mapping[str, Any] = field(default_factory=dict)
    horizon: int | None = None
    levels: tuple[float, ...] = (80, 95)
    windows: int = 4
    baselines: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise InputError(f"kind must be one of {', '.join(KINDS)}, got {self.kind!r}")
        if self.horizon is not None and self.horizon < 1:
            raise InputError(f"the horizon must be at least 1 row, got {self.horizon}")
        if self.windows < 0:
            raise InputError(f"windows must be at least 0, got {self.windows}")
        for level in self.levels:
            if not 1 <= level < 100:  # noqa: PLR2004 (percent)
                raise InputError(f"levels are percentages from 1 to below 100, got {level:g}")

    def to_json(self) -> str:
        """As text, to be stored."""
        return json.dumps(asdict(self), ensure_ascii=False, allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The plan of a text.

        Raises:
            InputError: if it is no plan.
        """
        try:
            values = json.loads(text)
            reading = Reading(**values.pop("reading", {}))
            lists = ("levels", "baselines")
            values |= {name: tuple(values[name]) for name in lists if values.get(name) is not None}
            return cls(**values, reading=reading)
        except (TypeError, ValueError, AttributeError) as error:
            raise InputError(f"this is no plan of a run: {error}") from None
