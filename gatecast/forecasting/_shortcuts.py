"""What later rooms do with a forecaster, as methods, since people look for them there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from gatecast._door import door
from gatecast._types import Freq, InputError, check_whole
from gatecast.data import like, to_pandas


class Shortcuts:
    """Methods that say in another way what functions of `gatecast` do with a forecaster."""

    h: int
    verbose: bool | None

    def cross_validation(  # noqa: PLR0913 (as Nixtla's libraries have it)
        self,
        df: Any,
        static_df: Any = None,
        n_windows: int | None = 1,
        step_size: int = 1,
        *,
        val_size: int | None = 0,
        test_size: int | None = None,
        verbose: bool | None = None,
        refit: bool | int = False,
        id_col: str | None = "unique_id",
        time_col: str = "ds",
        target_col: str | Sequence[str] = "y",
        level: Sequence[float] | None = None,
        h: int | None = None,
        freq: Freq | None = None,
    ) -> Any:
        """Forecast past windows, as `cross_validation` of Nixtla's libraries does.

        It is `gatecast.backtest` without scores; this forecaster stays as it is, fitted or not.

        Args:
            df: as in `fit`; the last window ends with each series.
            static_df: as in `fit`.
            n_windows: number of windows.
            step_size: rows from one window to the next.
            val_size: 0 alone: how many rows are held out is up to the forecaster.
            test_size: rows after the first cutoff, instead of `n_windows`, which is None then.
            verbose: shows progress; as the forecaster does if None.
            refit: True trains before each window, 3 before every third, False once.
            id_col: as in `fit`.
            time_col: as in `fit`.
            target_col: as in `fit`.
            level: coverage of the intervals in percent.
            h: rows of each window, the forecaster's h if None.
            freq: as in `fit`.

        Returns:
            A frame of the kind of `df`, in order of id, cutoff and time: id, time, "cutoff" (the
            last time known), target, "LSTM", "LSTM-lo-80", "LSTM-hi-80", ...
        """
        windows = _Windows(self.h if h is None else h, n_windows, step_size, test_size, val_size)
        names = {"id_col": id_col, "time_col": time_col, "target_col": target_col}
        options = {"static_df": static_df, "freq": freq, "refit": refit, "level": level or ()}
        shown = self.verbose if verbose is None else verbose
        options |= {"baselines": (), "verbose": shown}
        found = door.backtest(self, df, **windows.keywords, **names, **options)
        return _nixtla_frame(found.forecasts, names)

    def _repr_html_(self) -> str:
        """The settings and, once fitted, what it forecasts and how well, for a notebook."""
        html: str = door.reporting.notebook(self)
        return html


@dataclass(frozen=True)
class _Windows:
    """Which windows are asked for, as `cross_validation` has them."""

    h: int
    n_windows: int | None
    step_size: int
    test_size: int | None
    val_size: int | None

    @property
    def keywords(self) -> dict[str, int]:
        """As `backtest` has them.

        Raises:
            InputError: if their number is not said, is said twice, or does not come out even.
        """
        if self.val_size:
            raise InputError(
                f"val_size is {self.val_size}: leave it out; a forecaster holds out rows by itself"
            )
        return {"h": self.h, "step_size": self.step_size, "n_windows": self._number()}

    def _number(self) -> int:
        if (self.test_size is None) == (self.n_windows is None):
            raise InputError("say either n_windows or test_size; the other is None")
        if self.n_windows is not None:
            return self.n_windows
        check_whole("step_size", self.step_size, 1)
        check_whole("test_size", self.test_size, self.h)
        steps, rest = divmod(int(self.test_size or 0) - self.h, self.step_size)
        if rest:
            raise InputError(
                f"test_size - h has to be a multiple of step_size={self.step_size}, "
                f"got {self.test_size} - {self.h}"
            )
        return steps + 1


def _nixtla_frame(forecasts: Any, names: dict[str, Any]) -> Any:
    """The forecasts of a backtest under the user's names, in Nixtla's order."""
    id_col, time_col, target_col = names.values()
    own = {"unique_id": id_col or "unique_id", "ds": time_col}
    if isinstance(target_col, str):
        own["y"] = target_col
    frame = to_pandas(forecasts).drop(columns="horizon").rename(columns=own)
    frame = frame.sort_values([own["unique_id"], "cutoff", time_col], ignore_index=True)
    return like(frame, forecasts)
