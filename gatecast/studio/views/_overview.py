"""All series of a panel as a table: searched, sorted, and cut into pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

import numpy as np
import pandas as pd

from gatecast._types import InputError
from gatecast._wording import number, percent
from gatecast.reporting.charts import thinned
from gatecast.studio.views._words import moment

if TYPE_CHECKING:
    from gatecast._types import Floats, Panel

Column: TypeAlias = Literal[
    "name", "rows", "first", "last", "mean", "lowest", "highest", "varies", "zeros", "missing"
]
COLUMNS: tuple[Column, ...] = get_args(Column)

SIZE = 25
"""Series on a page."""
_MOST_OF_MEAN = 10
_POINTS, _WIDTH, _HEIGHT = 48, 120, 28


@dataclass(frozen=True)
class Wanted:
    """Which part of the table is looked at.

    Attributes:
        search: text in the names of the series; case does not matter.
        sort: the column to sort by.
        descending: the largest first.
        page: from 1.

    Raises:
        InputError: naming what is not known.
    """

    search: str = ""
    sort: Column = "name"
    descending: bool = False
    page: int = 1

    def __post_init__(self) -> None:
        if self.sort not in COLUMNS:
            raise InputError(f"sort must be one of {', '.join(COLUMNS)}, got {self.sort!r}")


@dataclass(frozen=True)
class Listed:
    """One series of the table.

    Attributes:
        number: of the series in the panel.
        cells: column -> its text.
        course: points of a small picture of it, 120 by 28, for a polyline of SVG.
    """

    number: int
    cells: dict[Column, str]
    course: str


@dataclass(frozen=True)
class Overview:
    """One page of the table.

    Attributes:
        lines: of the page.
        found: series that the search leaves.
        total: all series.
        page: from 1; the last one where fewer pages are left.
        pages: at least 1.
    """

    lines: tuple[Listed, ...]
    found: int
    total: int
    page: int
    pages: int


def overview(panel: Panel, wanted: Wanted = Wanted()) -> Overview:
    """The series that are wanted, a page at a time.

    Args:
        panel: the series.
        wanted: search, order and page.
    """
    table = _table(panel)
    if wanted.search:
        holds = table["name"].str.contains(wanted.search, case=False, regex=False)
        table = table[holds]
    table = table.sort_values(wanted.sort, ascending=not wanted.descending, kind="stable")
    pages = max(-(-len(table) // SIZE), 1)
    page = min(max(wanted.page, 1), pages)
    shown = table.iloc[(page - 1) * SIZE : page * SIZE]
    lines = tuple(_line(panel, record) for _, record in shown.iterrows())
    return Overview(lines, len(table), len(panel.ids), page, pages)


def _table(panel: Panel) -> pd.DataFrame:
    """One row per series, with numbers to sort by."""
    starts, ends = panel.offsets[:-1], panel.offsets[1:] - 1
    known = ~np.isnan(panel.y)
    values = np.where(known, panel.y, 0.0)
    counts = np.add.reduceat(known, starts, dtype=int)
    some = np.maximum(counts, 1)
    mean = np.add.reduceat(values, starts) / some
    off = np.where(known, panel.y - mean[panel.series_of_row], 0.0)
    deviation = np.sqrt(np.add.reduceat(off**2, starts) / some)
    return pd.DataFrame(
        {
            "number": np.arange(len(panel.ids)),
            "name": panel.ids.astype(str),
            "rows": panel.lengths,
            "first": panel.ds[starts],
            "last": panel.ds[ends],
            "mean": np.where(counts, mean, np.nan),
            "lowest": np.fmin.reduceat(panel.y, starts),
            "highest": np.fmax.reduceat(panel.y, starts),
            "varies": _share(deviation, np.abs(mean)),
            "zeros": np.add.reduceat(known & (panel.y == 0), starts, dtype=int) / some,
            "missing": panel.lengths - counts,
        }
    )


def _share(deviation: Floats, mean: Floats) -> Floats:
    """Standard deviation / |mean|, to compare large and small series; NaN of a mean about 0."""
    large = mean > deviation / _MOST_OF_MEAN
    found: Floats = np.full(len(mean), np.nan)
    return np.divide(deviation, mean, out=found, where=large & (mean > 0))


def _line(panel: Panel, record: pd.Series) -> Listed:
    own = int(record["number"])
    cells: dict[Column, str] = {
        "name": str(record["name"]),
        "rows": f"{record['rows']:,}",
        "first": moment(record["first"], panel.freq),
        "last": moment(record["last"], panel.freq),
        "mean": number(record["mean"]),
        "lowest": number(record["lowest"]),
        "highest": number(record["highest"]),
        "varies": percent(record["varies"]),
        "zeros": percent(record["zeros"]),
        "missing": f"{record['missing']:,}",
    }
    return Listed(own, cells, _course(panel.y[panel.offsets[own] : panel.offsets[own + 1]]))


def _course(y: Floats) -> str:
    rows = thinned(pd.DataFrame({"y": y}), _POINTS).dropna()
    if rows.empty:
        return ""
    low, high = rows["y"].min(), rows["y"].max()
    across = rows.index.to_numpy() / max(len(y) - 1, 1) * _WIDTH
    up = (rows["y"] - low) / (high - low) if high > low else rows["y"] * 0 + 1 / 2
    down = 1 + (_HEIGHT - 2) * (1 - up)
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in zip(across, down, strict=True))
