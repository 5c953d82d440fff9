"""What scores are made of: sums over rows and series, which add up over disjoint series.

So the scores of a data set are those of its parts, put together: no more rows need be held than one
part has. A frame has `unique_id`, `ds`, `y`, the columns of `scales`, and one column per model.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import Any

import numpy as np
import pandas as pd

from gatecast.evaluation._measure import ABSOLUTE, MEASURES, SQUARED, Measure, Metric
from gatecast.metrics import crps_of_rows

_PAIR = ["measure", "model", "beside"]
# Table -> the columns that tell its rows apart.
_KEYS: dict[str, list[str]] = {
    "size": [],
    "whole": ["model"],
    "by_horizon": ["model", "horizon"],
    "errors": _PAIR,
    "steps": [*_PAIR, "ds"],
}


@dataclass(frozen=True)
class Pairs:
    """Every model beside every other, on the rows that both forecast.

    Attributes:
        errors: `measure`, `model`, `beside`, then `total` and `count` of the error of `model`.
        steps: `measure`, `model`, `beside`, `ds`, then `total` and `count` of the loss of `model`
            less that of `beside` at that time; each two models stand there in one order only.
    """

    errors: pd.DataFrame
    steps: pd.DataFrame


@dataclass(frozen=True)
class Sums:
    """What the scores of a comparison are made of.

    Attributes:
        whole: `model`, then the sums of `error_sums` over all rows.
        by_horizon: `model`, `horizon`, then those of each step ahead.
        pairs: of the error that ranks, in units and scaled.
        series: number of series.
        scaled: number of them with a scale at some cutoff.
    """

    whole: pd.DataFrame
    by_horizon: pd.DataFrame
    pairs: Pairs
    series: int
    scaled: int

    def ranked_by(self, metric: Metric) -> Measure:
        """As `measure` of all rows."""
        return Measure(metric, scaled=self.series > 1 and self.scaled > 0)

    def to_frame(self) -> pd.DataFrame:
        """All in one table, whose column `table` says what a row is; `together` reads it."""
        size = pd.DataFrame({"series": [self.series], "scaled": [self.scaled]})
        tables = (size, self.whole, self.by_horizon, self.pairs.errors, self.pairs.steps)
        named = [
            table.assign(table=name)
            for name, table in zip(_KEYS, tables, strict=True)
            if len(table)
        ]
        return pd.concat(named, ignore_index=True)


def sums(frame: pd.DataFrame, names: Sequence[str], level: Sequence[float], metric: Metric) -> Sums:
    """The sums of the forecasts of all windows.

    Args:
        frame: as above, with `horizon` and the interval columns of the models.
        names: the models.
        level: coverage of the intervals in percent.
        metric: which error ranks the models.
    """
    return Sums(
        error_sums(frame, names, level),
        error_sums(frame, names, level, "horizon"),
        pairs(frame, names, [Measure(metric), Measure(metric, scaled=True)]),
        frame["unique_id"].nunique(),
        frame.loc[frame[ABSOLUTE].notna(), "unique_id"].nunique(),
    )


def together(parts: Sequence[pd.DataFrame], names: Sequence[str]) -> Sums:
    """The sums of several parts; no series may be in two of them.

    Args:
        parts: each from `Sums.to_frame`.
        names: the models, in the order in which they are to stand.
    """
    rows = pd.concat(parts, ignore_index=True)
    size, whole, by_horizon, errors, steps = (
        _added(rows[rows["table"] == name], keys) for name, keys in _KEYS.items()
    )
    place = {name: number for number, name in enumerate(names)}
    by_horizon = by_horizon.sort_values(
        ["model", "horizon"],
        key=lambda values: values.map(place) if values.name == "model" else values,
        ignore_index=True,
    )
    series, scaled = (int(size[name].item()) for name in ("series", "scaled"))
    return Sums(whole, by_horizon, Pairs(errors, steps), series, scaled)


def _added(rows: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    """The sums of equal keys added; what a part has no column for adds nothing."""
    used = rows.drop(columns="table").dropna(axis="columns", how="all")
    if not keys:
        return used.sum().to_frame().T
    found: pd.DataFrame = used.groupby([*keys], sort=False).sum().reset_index()
    return found


def error_sums(
    frame: pd.DataFrame, names: Sequence[str], level: Sequence[float] = (), by: str | None = None
) -> pd.DataFrame:
    """The sums of each model over the rows of each value of a column.

    Returns:
        `model`, `by` if given, `rows`, `series`; for each score its sum and, in `{score} of`, the
        number of terms; what R squared is made of, in units and scaled. The CRPS stands under the
        name of the levels it is made of. A model without forecasts has no row.
    """
    groups = frame[by] if by else pd.Series(0, index=frame.index)
    tables = []
    for name in names:
        known = frame["y"].notna() & frame[name].notna()
        if known.any():
            table = _error_sums(frame[known], name, level, groups[known])
            tables.append(table.rename_axis(by or "all").reset_index().assign(model=name))
    if not tables:
        return pd.DataFrame({"model": pd.Series(dtype=object), by or "all": pd.Series(dtype=float)})
    found = pd.concat(tables, ignore_index=True)
    found.insert(0, "model", found.pop("model"))
    return found if by else found.drop(columns="all")


def crps_name(level: Sequence[float]) -> str:
    """The column of the CRPS that is made of these levels and the median."""
    return " ".join(["crps", *map(str, level)])


def pairs(frame: pd.DataFrame, names: Sequence[str], measures: Sequence[Measure]) -> Pairs:
    """The sums of each two models, on the rows that both forecast, for each measure."""
    known = {name: (frame["y"].notna() & frame[name].notna()).to_numpy() for name in names}
    errors: list[tuple[str, str, str, float, int]] = []
    steps: list[pd.DataFrame] = []
    for measure in measures:
        losses = measure.errors(frame, names).abs() ** measure.power
        errors += _pair_errors(frame, losses, known, measure)
        for model, beside in combinations(names, 2):
            # d[t] = |a[t]|^power - |b[t]|^power
            less = (losses[model] - losses[beside]).groupby(frame["ds"])
            table = pd.DataFrame({"total": less.sum(), "count": less.count()}).reset_index()
            steps.append(table.assign(measure=measure.name, model=model, beside=beside))
    return Pairs(
        pd.DataFrame(errors, columns=[*_PAIR, "total", "count"]),
        pd.concat(steps)[[*_PAIR, "ds", "total", "count"]]
        if steps
        else pd.DataFrame(columns=[*_PAIR, "ds", "total", "count"]),
    )


def _pair_errors(
    frame: pd.DataFrame, losses: pd.DataFrame, known: dict[str, np.ndarray], measure: Measure
) -> Iterator[tuple[str, str, str, float, int]]:
    series, alone = frame["unique_id"].to_numpy(), np.zeros(len(frame))
    own = {name: measure.sums(losses[name], series, alone) for name in known}
    for model, beside in product(known, known):
        both = known[model] & known[beside]
        table = own[model]
        if (both != known[model]).any():
            table = measure.sums(losses.loc[both, model], series[both], alone[both])
        for total, count in table.to_numpy():
            yield measure.name, model, beside, total, count


def _error_sums(
    rows: pd.DataFrame, name: str, level: Sequence[float], groups: pd.Series[int]
) -> pd.DataFrame:
    """[groups] the sums of one model, which forecasts all rows."""
    found: dict[str, pd.Series[Any]] = {"rows": rows.groupby(groups).size()}
    found["series"] = rows["unique_id"].groupby(groups).nunique()
    for measure in MEASURES:
        losses = measure.errors(rows, [name])[name].abs() ** measure.power
        part = measure.sums(losses, rows["unique_id"], groups)
        found |= {measure.name: part["total"], f"{measure.name} of": part["count"]}
    for key, values in _of_rows(rows, name, level).items():
        grouped = values.groupby(groups)
        found |= {key: grouped.sum(), f"{key} of": grouped.count()}
    mean = rows.groupby([groups, rows["unique_id"]])["y"].transform("mean")
    for key, values in {"error": rows["y"] - rows[name], "spread": rows["y"] - mean}.items():
        found[key] = (values**2).groupby(groups).sum()
        found[f"scaled {key}"] = ((values / rows[SQUARED]) ** 2).groupby(groups).sum()
    return pd.DataFrame(found)


def _of_rows(rows: pd.DataFrame, name: str, level: Sequence[float]) -> dict[str, pd.Series[float]]:
    """Score -> its value for each row, NaN where the row does not count."""
    y, forecast = rows["y"], rows[name]
    size = y.abs() + forecast.abs()
    # 200 |y - f| / (|y| + |f|), 0 where both are 0
    found = {"smape": (200 * (y - forecast).abs() / size).where(size != 0, 0.0)}
    ends, known = {0.5: forecast}, []
    for x in level:
        bounds = [f"{name}-lo-{x}", f"{name}-hi-{x}"]
        if all(bound in rows and rows[bound].notna().any() for bound in bounds):
            low, high = (rows[bound] for bound in bounds)
            known.append(x)
            ends |= {(1 - x / 100) / 2: low, (1 + x / 100) / 2: high}
            inside = y.between(low, high).astype(float)
            found[f"coverage_{x}"] = inside.where(low.notna() & high.notna())
    return found | {crps_name(known): crps_of_rows(y, ends)}
