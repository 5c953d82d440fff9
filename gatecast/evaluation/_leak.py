"""Does anything a pipeline says about the past depend on the future?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gatecast._types import Freq, InputError, Integers, Panel, check_whole
from gatecast.data import like, season_of, to_pandas
from gatecast.evaluation.backtest import (
    Folds,
    FrameColumns,
    Rules,
    fold_forecasts,
    frame_of,
    takes,
)
from gatecast.evaluation.baselines import (
    Entry,
    Forecaster,
    Model,
    StatsforecastModel,
    columns_read,
    entries,
)

Pipeline: TypeAlias = Callable[[Any], Any]

_PAST = 2 / 3
_LEAST_ROWS = 2
_TOLERANCE = 1e-6
_KEYS = ["unique_id", "ds", "cutoff"]


@dataclass(frozen=True)
class LeakReport:
    """What `leak_check` found.

    Attributes:
        leaks: the forecasts that changed with the future: `unique_id`, `ds`, `cutoff` (where it is
            known), `model`, `before` and `after`; a frame of the library of the data.
        checked: number of forecasts compared.
    """

    leaks: Any
    checked: int

    @property
    def ok(self) -> bool:
        """Whether no forecast changed."""
        return len(self.leaks) == 0

    def raise_if_leaky(self) -> None:
        """Raise an `InputError` that names the first forecast that changed, if any did."""
        if self.ok:
            return
        first = to_pandas(self.leaks).iloc[0]
        raise InputError(
            f"{len(self.leaks):,} of {self.checked:,} forecasts depend on rows after them, such as"
            f" '{first['model']}' of series '{first['unique_id']}' at {first['ds']}:"
            f" {first['before']:.6g} became {first['after']:.6g} when only later rows changed"
        )


def leak_check(
    model: Model | Pipeline,
    df: Any,
    *,
    h: int = 1,
    futr_exog: Sequence[str] = (),
    id_col: str = "unique_id",
    time_col: str = "ds",
    target_col: str = "y",
    freq: Freq | None = None,
) -> LeakReport:
    """Change the last third of every series drastically and see what changes before it.

    The target of those rows is multiplied and shifted, and so are all columns of numbers that are
    not known beforehand; nothing that was forecast from the first two thirds may notice.

    Args:
        model: a function that takes the whole frame and returns `unique_id`, `ds` (or the names
            they have in `df`) and columns of forecasts; or whatever `backtest` takes, which is run
            on windows before and after the change, and also asked to forecast from a longer history
            in between if its `predict` takes `df`.
        df: pandas, polars or Arrow frame with one row per series and time.
        h: how many steps ahead a function's forecasts are made: those up to `h` steps beyond the
            last unchanged row must stay the same. 0 for values that may use the row itself, such as
            features. If the function returns a column `cutoff`, that tells which must stay. For a
            model, the rows of a window (at least 1).
        futr_exog: columns that are known beforehand, and stay; for a model, its own `futr_exog`.
        id_col: the column that names the series.
        time_col: timestamps, or integers.
        target_col: the values.
        freq: the calendar step, inferred if None.

    Raises:
        InputError: no series is long enough, nothing was forecast for the unchanged rows, or two
            runs on the same rows give different forecasts, which hides any leak.
    """
    if not isinstance(target_col, str):
        raise InputError(f"target_col is {target_col!r}; name one column of the targets")
    read = list(futr_exog)
    if isinstance(model, str | StatsforecastModel | Forecaster):
        listed = entries(model)
        read += columns_read(listed)
        least, forecasts = 1, partial(_of_model, listed[0], df)
    elif callable(model):
        names = {"unique_id": id_col, "ds": time_col, "y": target_col}
        least, forecasts = 0, partial(_of_pipeline, model, names, df)
    else:
        raise InputError(f"{model!r} is neither a function of a frame nor can it be backtested")
    check_whole("h", h, least)
    panel = FrameColumns(id_col, time_col, target_col, freq).panel(df, read=read)
    known = _known(panel, h)
    changed = _changed(panel, known, [*futr_exog, *(getattr(model, "futr_exog", None) or ())])
    return _compared(partial(forecasts, known, h), panel, changed, df)


def _known(panel: Panel, h: int) -> Integers:
    """[series] leading rows that stay as they are; 0 for a series that is too short."""
    known = np.minimum((panel.lengths * _PAST).astype(int), panel.lengths - max(h, 1))
    if (known < _LEAST_ROWS).all():
        longest = int(panel.lengths.argmax())
        raise InputError(
            f"the longest series, '{panel.ids[longest]}', has {panel.lengths[longest]} rows;"
            f" a check of h={h} needs {max(h, 1) + _LEAST_ROWS}"
        )
    return np.where(known < _LEAST_ROWS, 0, known)


def _changed(panel: Panel, known: Integers, stay: Sequence[str]) -> Panel:
    """The panel with other values after the known rows."""
    later = panel.position >= known[panel.series_of_row]

    def change(values: NDArray[Any]) -> NDArray[Any]:
        # Far outside of anything seen, and of the same sign, which a logarithm may need.
        shift = 10 * (np.nanmax(np.abs(values), initial=0) + 1)
        return np.where(later, 10 * values + np.copysign(shift, values), values)

    def exchange(name: str) -> NDArray[Any]:
        values = panel.exog[name]
        if name not in panel.categories:
            return change(values)
        return np.where(later, (values + 1) % max(len(panel.categories[name]), 1), values)

    exog = {name: v if name in stay else exchange(name) for name, v in panel.exog.items()}
    return replace(panel, y=change(panel.y), exog=exog)


def _of_model(entry: Entry, original: Any, known: Integers, h: int, panel: Panel) -> pd.DataFrame:
    """The forecasts of a model that start from the known rows."""
    later = np.where(known > 0, panel.lengths - h, 0)
    rules = Rules(season_length=season_of(panel), original=original)
    runs = [(Folds(panel, np.stack([known, later]), h), rules)]
    predict = getattr(entry.model, "predict", None)
    if predict is not None and takes(predict, "df"):
        # Fitted once, before the first: what it has seen meanwhile must not stay with it.
        ends = np.stack([known, later, known])
        runs.append((Folds(panel, ends, h), replace(rules, refit=len(ends))))
    parts = []
    for folds, run in runs:
        columns = fold_forecasts(entry, folds, run, lambda _: None)
        window = folds.window()
        last = panel.ds[panel.offsets[:-1] + known - 1][known > 0]
        cutoff = window["unique_id"].map(dict(zip(panel.ids[known > 0], last, strict=True)))
        forecasts = pd.concat([window[["unique_id", "ds", "cutoff"]], columns], axis="columns")
        parts.append(_long(forecasts[window["cutoff"] == cutoff]))
    return pd.concat(parts, ignore_index=True)


def _of_pipeline(
    pipeline: Pipeline,
    names: Mapping[str, str],
    original: Any,
    known: Integers,
    h: int,
    panel: Panel,
) -> pd.DataFrame:
    """The forecasts of a function that may not depend on the rows after the known ones."""
    frame = frame_of(panel, list(panel.exog)).dropna(subset=["y", *panel.exog], how="all")
    found = to_pandas(pipeline(like(frame.rename(columns=names), original)))
    found = found.rename(columns={own: key for key, own in names.items()})
    if absent := [key for key in ("unique_id", "ds") if key not in found]:
        raise InputError(f"the function returns no column '{names[absent[0]]}'")
    found = found.astype({"unique_id": frame["unique_id"].dtype, "ds": frame["ds"].dtype})
    used = known > 0
    time, ahead = ("cutoff", 0) if "cutoff" in found else ("ds", h)
    last = panel.ds[panel.offsets[:-1] + known - 1 + ahead][used]
    limit = found["unique_id"].map(dict(zip(panel.ids[used], last, strict=True)))
    return _long(found[found[time].astype(panel.ds.dtype) <= limit])


def _long(forecasts: pd.DataFrame) -> pd.DataFrame:
    """One row per forecast: the key columns there are, then `model` and `value`."""
    keys = [key for key in _KEYS if key in forecasts]
    numbers = forecasts.drop(columns=[*keys, "y", "horizon"], errors="ignore").select_dtypes(
        "number"
    )
    return forecasts[keys].join(numbers).melt(keys, var_name="model", value_name="value")


def _compared(
    forecasts: Callable[[Panel], pd.DataFrame], panel: Panel, changed: Panel, original: Any
) -> LeakReport:
    """Forecasts from a panel and from the changed one, and where they differ."""
    before, after = forecasts(panel), forecasts(changed)
    if before["value"].notna().sum() == 0:
        raise InputError("there is nothing to check: no forecast was made from the unchanged rows")
    leaks = _differences(before, after)
    if len(leaks) and len(_differences(before, forecasts(panel))):
        raise InputError(
            "two runs on the same rows give different forecasts; give the model a fixed seed"
        )
    return LeakReport(like(leaks, original), checked=len(before))


def _differences(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """The forecasts that differ, are missing or are new."""
    keys = [key for key in [*_KEYS, "model"] if key in before]
    # The same forecast may be made more than once, in the same order each time.
    numbered = [
        part.assign(run=part.groupby(keys).cumcount()).rename(columns={"value": name})
        for part, name in ((before, "before"), (after, "after"))
    ]
    both = numbered[0].merge(numbered[1], on=[*keys, "run"], how="outer").drop(columns="run")
    scale = np.nanmax(np.abs(before["value"].to_numpy()), initial=0)
    same = np.isclose(
        both["before"], both["after"], rtol=_TOLERANCE, atol=_TOLERANCE * scale, equal_nan=True
    )
    return both[~same].reset_index(drop=True)
