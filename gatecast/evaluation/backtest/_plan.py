"""What a backtest is asked to do: which columns, which windows, how models are run."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from gatecast._types import Freq, InputError, Integers, Panel, check_whole
from gatecast._warn import warn
from gatecast.data import long_frame, to_panel
from gatecast.evaluation._measure import Metric

_LEAST_ROWS = 2
_NAMED = 3


@dataclass(frozen=True)
class FrameColumns:
    """Which columns of a frame are what, and its step: the arguments of `to_panel`.

    Attributes:
        id_col: names the series; None for a single one.
        time_col: timestamps, or integers.
        target_col: the values, in one column or several.
        freq: the calendar step, inferred if None.
    """

    id_col: str | None = "unique_id"
    time_col: str = "ds"
    target_col: str | Sequence[str] = "y"
    freq: Freq | None = None

    @property
    def targets(self) -> list[str]:
        """The columns of values."""
        return [self.target_col] if isinstance(self.target_col, str) else [*self.target_col]

    def panel(self, df: Any, static_df: Any = None, read: Collection[str] = ()) -> Panel:
        """The series of a frame, with its other columns of numbers as exogenous ones.

        Args:
            df: as for `to_panel`.
            static_df: as for `to_panel`.
            read: columns that models name, which may hold text as well.

        Raises:
            InputError: as `to_panel`.
        """
        frame = long_frame(df, self.time_col, next(iter(self.targets), "y"))
        numbers = frame.select_dtypes(["number", "bool"]).columns
        exog = numbers.union(frame.columns.intersection(list(read)))
        exog = exog.difference([self.id_col, self.time_col, *self.targets])
        return to_panel(frame, **vars(self), exog=[str(name) for name in exog], static_df=static_df)


@dataclass(frozen=True)
class WindowPlan:
    """Which rows are forecast again: the last ones of every series.

    Attributes:
        h: rows of a window.
        n_windows: number of windows; the last ends with the series.
        step_size: rows from one window to the next.

    Raises:
        InputError: one of them is no positive whole number.
    """

    h: int
    n_windows: int
    step_size: int

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            check_whole(name, value, least=1)

    @classmethod
    def spaced(cls, h: int, n_windows: int, step_size: int | None) -> Self:
        """Windows side by side, unless another step is given."""
        return cls(h, n_windows, h if step_size is None else step_size)

    def __str__(self) -> str:
        return f"n_windows={self.n_windows} of h={self.h}, {self.step_size} rows apart"

    @property
    def needed(self) -> int:
        """Rows of a series that has all windows."""
        return self.h + self.step_size * (self.n_windows - 1) + _LEAST_ROWS

    def ends(self, panel: Panel) -> Integers:
        """[folds, series] leading rows known in each window.

        A series that would have fewer than two rows before a cutoff gets 0 there.
        """
        after = self.h + self.step_size * np.arange(self.n_windows)[::-1]
        ends = panel.lengths - after[:, np.newaxis]
        return np.where(ends >= _LEAST_ROWS, ends, 0)

    def refuse_short(self, name: object, rows: int) -> None:
        """Raise an `InputError` if even the longest series has not all windows."""
        if rows < self.needed:
            raise InputError(
                f"{self}, need {self.needed} rows, but the longest series, '{name}', has {rows};"
                " use fewer windows, a smaller step_size or a smaller h"
            )

    def warn_about_short(self, short: Sequence[tuple[object, int]], number: int) -> None:
        """Warn that some series have not all windows.

        Args:
            short: the first of them, with their rows.
            number: of them.
        """
        if not number:
            return
        names = [f"'{name}' ({rows} rows)" for name, rows in short[:_NAMED]]
        more = f" and {number - _NAMED:,} more" if number > _NAMED else ""
        warn(
            f"{self}, need {self.needed} rows; series that are shorter are left out of the windows"
            f" they are too short for: {', '.join(names)}{more}"
        )


@dataclass(frozen=True)
class BacktestPlan:
    """All that is asked of a backtest but the models and the rows.

    Attributes:
        windows: which rows are forecast again.
        columns: of the frame.
        level: coverage of the intervals in percent; 80.0 becomes 80.
        refit: as for `backtest`.
        season_length: rows in a season; None for that of the step.
        static_df: as for `backtest`.
        metric: which error ranks the models; None for the one that they minimise.

    Raises:
        InputError: one of them is out of its range.
    """

    windows: WindowPlan
    columns: FrameColumns = FrameColumns()
    level: tuple[float, ...] = ()
    refit: bool | int = True
    season_length: int | None = None
    static_df: Any = None
    metric: Metric | None = None

    def __post_init__(self) -> None:
        if wrong := [x for x in self.level if not 0 < x < 100]:  # noqa: PLR2004 (percent)
            raise InputError(f"level has {wrong[0]}; give percentages between 0 and 100, as 80")
        # 80.0 is written as 80 in the names of columns.
        level = tuple(int(x) if x == int(x) else x for x in sorted(set(self.level)))
        object.__setattr__(self, "level", level)
        if not isinstance(self.refit, bool):
            check_whole("refit", self.refit, least=1)
        if self.season_length is not None:
            check_whole("season_length", self.season_length, 1)

    def panel(self, df: Any, read: Collection[str] = ()) -> Panel:
        """The series of a frame, with the season that was asked for; arguments as for its columns.

        Raises:
            InputError: as `to_panel`.
        """
        found = self.columns.panel(df, self.static_df, read)
        return replace(found, season=self.season_length)
