"""Trying settings one after the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gatecast._types import Freq
from gatecast.forecasting import Estimator
from gatecast.tuning._study import Tuning, study


def tune(  # noqa: PLR0913 (the columns of the data stand flat, as in `fit`)
    model: Estimator,
    df: Any,
    *,
    space: Mapping[str, Sequence[Any]],
    h: int | None = None,
    n_windows: int = 3,
    step_size: int | None = None,
    refit: bool | int = False,
    trials: int | None = None,
    random_seed: int = 0,
    static_df: Any = None,
    id_col: str | None = "unique_id",
    time_col: str = "ds",
    target_col: str | Sequence[str] = "y",
    freq: Freq | None = None,
    season_length: int | None = None,
    verbose: bool | None = None,
) -> Tuning:
    """Find the settings with the smallest error on past windows.

    Every setting forecasts the last windows of the frame as in a `backtest`, beside seasonal naive.
    Give only rows to choose by: later ones then show what the chosen setting is worth.

    Args:
        model: an `AutoLSTM` or `LSTMForecaster`; it stays as it is.
        df: as for `backtest`.
        space: name of a setting, as `get_params` has it, or such as "training.learning_rate" ->
            the values to try.
        h: rows to forecast in each window; the forecaster's h if None.
        n_windows: as for `backtest`.
        step_size: as for `backtest`.
        refit: as for `backtest`; False trains each setting once, before the first window.
        trials: combinations to draw at random, all different; None tries all, of at most 1,000.
        random_seed: of the draw.
        static_df: as for `backtest`.
        id_col: as for `backtest`.
        time_col: as for `backtest`.
        target_col: as for `backtest`.
        freq: as for `backtest`.
        season_length: as for `backtest`.
        verbose: as for `backtest`.

    Raises:
        InputError: the space or a setting of the search cannot be used, or no setting works. One
            that does not work is listed with its error, and the others go on.
    """
    columns = {"id_col": id_col, "time_col": time_col, "target_col": target_col, "freq": freq}
    windows = {"n_windows": n_windows, "step_size": step_size, "refit": refit}
    how = columns | windows | {"static_df": static_df, "season_length": season_length}
    search = study(model, space, h=h, trials=trials, random_seed=random_seed, **how)
    trials_made = (search.trial(number, df) for number in search.numbers)
    return search.found(trials_made, verbose=verbose)
