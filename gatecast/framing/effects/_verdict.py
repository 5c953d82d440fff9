"""What columns brought, as numbers and in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

# Forecasts of the newest rows may be so much worse by chance.
_WORSE = 1.05


@dataclass(frozen=True)
class ColumnVerdict:
    """What a column brought.

    Attributes:
        name: of the column or calendar feature.
        used: whether its effect is taken out of the series and added to forecasts.
        with_it: error of held-back rows, one row ahead; the root of the mean square in scaled
            units, which are shares of the values, times 100: about percent; 0 where too few rows,
            or none that change, say anything.
        without: the same without the column, and with the other columns that are used.
        lags: of a column that is used and not known ahead: after how many rows its values show.
        static: whether it is a static column, which tells how the effects of other columns differ
            between series; the errors are then those of series that were held back as a whole.
    """

    name: str
    used: bool
    with_it: float
    without: float
    lags: tuple[int, ...] = ()
    static: bool = False


@dataclass(frozen=True)
class Verdict:
    """What all columns brought.

    Attributes:
        columns: each of them.
        with_them: error of the newest rows, held back and forecast by the pre-trained networks with
            the columns that are useful one row ahead; the mean in scaled units, times 100; None
            where there are no such columns, or too few rows.
        without: the same without any column.
    """

    columns: tuple[ColumnVerdict, ...]
    with_them: float | None = None
    without: float | None = None

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Verdict:
        """The record that `dataclasses.asdict` made plain."""
        columns = tuple(
            ColumnVerdict(**{**each, "lags": tuple(each["lags"])}) for each in content["columns"]
        )
        return cls(**{**content, "columns": columns})

    @property
    def used(self) -> tuple[str, ...]:
        """The columns that are used, but for static ones."""
        return tuple(each.name for each in self.columns if each.used and not each.static)

    @property
    def used_static(self) -> tuple[str, ...]:
        """The static columns that are used."""
        return tuple(each.name for each in self.columns if each.used and each.static)

    @property
    def words(self) -> list[str]:
        """The same in words, a line for each column and one for all together."""
        others = [each for each in self.columns if not each.static]
        none = "" if self.used else "none is used" if others else "there are none"
        lines = [
            _words_of_static(each, none) if each.static else _words_of(each)
            for each in self.columns
        ]
        if self.with_them is not None:
            lines.append(
                f"forecasts of the newest rows miss by {self.with_them:.3g} % with these columns, "
                f"by {self.without:.3g} % without" + ("" if self.used else ", so none is used")
            )
        return lines

    def on_newest_rows(self, with_them: float, without: float) -> Verdict:
        """With the errors of the newest rows, by which no column is used if they clearly grow."""
        use = with_them <= _WORSE * without
        columns = tuple(replace(each, used=each.used and use) for each in self.columns)
        return Verdict(columns, with_them, without)


def _words_of(column: ColumnVerdict) -> str:
    if column.without == 0:
        return f"{column.name}: not used; too few rows that change tell its effect"
    before, after = f"{column.without:.3g}", f"{column.with_it:.3g}"
    if column.used:
        lags = f" {', '.join(map(str, column.lags))} rows later" if column.lags else ""
        return (
            f"{column.name}: used{lags}; errors of held-back rows fall from {before} to {after} %"
        )
    return (
        f"{column.name}: not used; errors of held-back rows are {after} % with it, "
        f"{before} % without"
    )


def _words_of_static(column: ColumnVerdict, none: str) -> str:
    said = f"{column.name}: {'used' if column.used else 'not used'}"
    if none:
        return f"{said}; it tells how effects of other columns differ, and {none}"
    if column.without == 0:
        return f"{said}; too few series tell how the effects of other columns differ"
    before, after = f"{column.without:.3g}", f"{column.with_it:.3g}"
    if column.used:
        return f"{said}; errors of series that are held back fall from {before} to {after} %"
    return f"{said}; errors of series that are held back are {after} % with it, {before} % without"
