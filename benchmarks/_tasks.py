"""Tasks of a benchmark of foundation models, their published figures, and how fev scores forecasts.

The benchmark is "chronos zero-shot" of fev (https://github.com/autogluon/fev, its folder
`benchmarks/chronos_zeroshot`): the last rows of each series of the Monash archive (Godahewa et al.
2021) are forecast once, by models that have not seen the data (Ansari et al. 2024, "Chronos:
Learning the Language of Time Series").
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import pandas as pd

import gatecast

QUANTILES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


class Setting(NamedTuple):
    """What is asked of a data set.

    Attributes:
        h: rows ahead.
        season: rows in the season by which MASE scales; 1 scales by the error of the last value.
        seasons: rows in the seasons of the calendar step.
    """

    h: int
    season: int
    seasons: tuple[int, ...] = ()


class Figures(NamedTuple):
    """What was published for one task."""

    mase: float
    wql: float


# By the word for the step in a file: the horizon where the file names none, and the season by which
# fev scales such data.
USUAL: Mapping[str, Setting] = MappingProxyType(
    {
        "4_seconds": Setting(60, 1),
        "minutely": Setting(60, 1440, (1440, 10080)),
        "10_minutes": Setting(144, 144, (144, 1008)),
        "half_hourly": Setting(48, 48, (48, 336)),
        "hourly": Setting(24, 24, (24, 168)),
        "daily": Setting(30, 1, (7, 365)),
        "weekly": Setting(8, 1, (52,)),
        "monthly": Setting(12, 12, (12,)),
        "quarterly": Setting(8, 4, (4,)),
        "yearly": Setting(6, 1),
    }
)
NINE: Mapping[str, Setting] = MappingProxyType(
    {
        f"{source}_{step}": USUAL[step]._replace(h=h)
        for source, horizons in {"m1": (6, 8, 18), "m3": (6, 8, 18), "tourism": (4, 8, 24)}.items()
        for step, h in zip(("yearly", "quarterly", "monthly"), horizons, strict=True)
    }
)
# Read on 2026-11-28. AutoETS, AutoTheta and AutoARIMA are statsforecast's; Chronos-Bolt has 205
# million parameters, TiRex 35. In the order of the tasks: MASE, then WQL.
_MASE = {
    "seasonal_naive": (4.8943, 2.0775, 1.3145, 3.1717, 1.4253, 1.1462, 3.5520, 1.6990, 1.6309),
    "AutoETS": (3.9572, 1.6609, 1.0890, 2.6953, 1.1436, 0.8634, 3.1832, 1.5989, 1.5310),
    "AutoTheta": (3.6589, 1.6671, 1.0917, 2.6099, 1.1186, 0.8547, 2.9916, 1.6481, 1.6655),
    "AutoARIMA": (3.4858, 1.6885, 1.1137, 2.8896, 1.1917, 0.8755, 3.3464, 1.5969, 1.4829),
    "Bolt-base": (4.4044, 1.7733, 1.0999, 2.9061, 1.2888, 0.8511, 3.6925, 1.7560, 1.5282),
    "TiRex": (3.7032, 1.6740, 1.0604, 2.7099, 1.1542, 0.8308, 3.5264, 1.6060, 1.4488),
}
_WQL = {
    "seasonal_naive": (0.2093, 0.1495, 0.1915, 0.1665, 0.1013, 0.1485, 0.2092, 0.1194, 0.1042),
    "AutoETS": (0.1393, 0.0847, 0.1653, 0.1294, 0.0703, 0.0931, 0.1570, 0.0706, 0.1002),
    "AutoTheta": (0.1373, 0.0820, 0.1590, 0.1277, 0.0702, 0.0947, 0.1760, 0.0612, 0.0910),
    "AutoARIMA": (0.1328, 0.0883, 0.1544, 0.1558, 0.0765, 0.0981, 0.1289, 0.0997, 0.0909),
    "Bolt-base": (0.1505, 0.1007, 0.1392, 0.1293, 0.0761, 0.0927, 0.1656, 0.0645, 0.0903),
    "TiRex": (0.1312, 0.0996, 0.1323, 0.1264, 0.0699, 0.0899, 0.1561, 0.0592, 0.0749),
}
# model -> task -> figures
PUBLISHED: Mapping[str, Mapping[str, Figures]] = MappingProxyType(
    {
        model: dict(zip(NINE, map(Figures, _MASE[model], _WQL[model]), strict=True))
        for model in _MASE
    }
)


def read_task(name: str, folder: Path) -> tuple[pd.DataFrame, Setting]:
    """All rows of a task, and what is asked.

    Args:
        name: one of the nine, or of another file.
        folder: holds `NAME.tsf`, or `NAME_dataset.tsf` as the archive has it.

    Raises:
        InputError: if there is no such file, or it cannot be read.
    """
    paths = [folder / f"{name}{end}.tsf" for end in ("", "_dataset")]
    found = next((path for path in paths if path.exists()), None)
    if found is None:
        known = ", ".join(sorted(path.stem for path in folder.glob("*.tsf"))) or "none"
        raise gatecast.InputError(f"no {name}.tsf in {folder}; files there: {known}")
    rows = gatecast.read(found)[["unique_id", "ds", "y"]]
    return rows, NINE.get(name) or _setting(found)


def _setting(path: Path) -> Setting:
    """The horizon and the calendar step that a file names."""
    named: dict[str, str] = {}
    with path.open(encoding="utf-8", errors="replace") as file:
        for line in file:
            word, _, value = line.strip().partition(" ")
            if word == "@data":
                break
            named[word] = value.strip()
    setting = USUAL.get(named.get("@frequency", ""), Setting(1, 1))
    return setting._replace(h=int(named.get("@horizon", setting.h)))


def newest_apart(rows: pd.DataFrame, h: int, fewest: int = 1) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The rows before the last `h` of each series, and those.

    Series with less than `fewest` rows before are left out.
    """
    length = rows.groupby("unique_id")["y"].transform("size")
    rows = rows[length >= h + fewest]
    ahead = rows.groupby("unique_id").cumcount(ascending=False) < h
    return rows[~ahead].reset_index(drop=True), rows[ahead].reset_index(drop=True)


def mase(rows: pd.DataFrame, train: pd.DataFrame, season: int) -> float:
    """Mean absolute scaled error as fev takes it: over all points of all series.

    Points without "y", and series whose scale is 0 or unknown (no more rows than a season, or gaps
    alone), do not count. Source of MASE: Hyndman and Koehler 2006.

    Args:
        rows: "unique_id", "y" and the forecast "y_hat".
        train: what was known, in order, a row for each calendar step.
        season: rows in a season.
    """
    # |y[t] - y[t - season]|, averaged
    scale = train.groupby("unique_id")["y"].agg(lambda y: y.diff(season).abs().mean())
    scaled = (rows["y"] - rows["y_hat"]).abs() / rows["unique_id"].map(scale)
    return float(scaled[np.isfinite(scaled)].mean())


def wql(rows: pd.DataFrame) -> float:
    """Weighted quantile loss of the quantiles .1 to .9; NaN where they are not forecast.

    Points without "y" do not count. Source: Ansari et al. 2024.

    Args:
        rows: "y" and the quantiles "y_hat-q-0.1" and so on.
    """
    rows = rows.dropna(subset=["y"])
    losses = []
    for q in QUANTILES:
        if f"y_hat-q-{q:g}" not in rows:
            return float("nan")
        error = rows["y"] - rows[f"y_hat-q-{q:g}"]
        # pinball loss: q e above the forecast, (q - 1) e below it
        losses.append(2 * np.maximum(q * error, (q - 1) * error).mean())
    return float(np.mean(losses) / rows["y"].abs().mean())
