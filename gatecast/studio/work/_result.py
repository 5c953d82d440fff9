"""What a run found, as the pages show it."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gatecast.data import show_time
from gatecast.studio.views import step_word
from gatecast.studio.work._forecaster import columns_of_file
from gatecast.studio.work._lines import python_lines, shell_lines
from gatecast.studio.work._memory import Memory
from gatecast.studio.work._plan import Plan
from gatecast.studio.work._rows import Future, Rows
from gatecast.studio.work._series import MOST_PICTURES, Shown, Tested, tested_series, values
from gatecast.studio.work._words import simple_name, untested, verdict_of

if TYPE_CHECKING:
    from gatecast.evaluation import Backtest
    from gatecast.forecasting import Estimator

_SCORES = ("mae", "rmse", "mase", "smape")


@dataclass(frozen=True)
class Found:
    """What a run found.

    Attributes:
        plan: settled: it leaves nothing open.
        rows: that were read.
        forecaster: fitted.
        forecast: as `predict` returned it.
        memory: what the forecast depends on.
        test: None where there was none.
        future: what is known of the rows to forecast; None where nothing is read.
        untested: why there was no test.
    """

    plan: Plan
    rows: Rows
    forecaster: Estimator
    forecast: pd.DataFrame
    memory: Memory
    test: Backtest | None = None
    future: Future | None = None
    untested: str = ""

    @property
    def tested(self) -> list[Tested]:
        """Every series of the test, the one that fails worst first."""
        return [] if self.test is None else tested_series(self.test)

    def pictures(self) -> dict[str, Any]:
        """What is drawn of each series."""
        shown = Shown(
            self.rows.panel,
            self.rows.names,
            self.forecast,
            self.forecaster.model_.name,
            self.plan.levels,
            self.test,
        )
        courses = shown.courses([row.series for row in self.tested])
        return {series: asdict(course) for series, course in courses.items()}


def result_of(found: Found, notes: list[str], folder: Path) -> dict[str, Any]:
    """All that the page of a run shows, as JSON.

    Args:
        found: what the run found.
        notes: what the data made it warn of.
        folder: with the files that it has written.
    """
    panel, test = found.rows.panel, found.test
    freq, label = panel.freq, found.rows.names.target_col
    verdict = untested(found.untested) if test is None else verdict_of(test, label, freq)
    return {
        "verdict": asdict(verdict),
        "columns": _columns(found.forecaster),
        "data": {
            "source": found.plan.source,
            "label": label,
            "step": step_word(freq),
            "series": len(panel.ids),
            "rows": panel.rows,
            "since": show_time(panel.ds.min()),
            "until": show_time(panel.ds.max()),
            "names": asdict(found.rows.names),
        },
        "plan": {
            "kind": found.plan.kind,
            "horizon": found.plan.horizon,
            "levels": list(found.plan.levels),
            "windows": found.plan.windows,
            "call": repr(found.forecaster),
        },
        "scores": _scores(test),
        "ranked_by": None if test is None else test.ranked_by,
        "by_horizon": _by_horizon(test),
        "series": [asdict(row) | {"best_name": simple_name(row.best)} for row in found.tested]
        or [{"series": str(name)} for name in panel.ids],
        "drawn": MOST_PICTURES,
        "memory": asdict(found.memory),
        "curves": _curves(found.forecaster),
        "known_ahead": _known_ahead(found),
        "notes": notes,
        "python": python_lines(found.plan),
        "shell": shell_lines(found.plan),
        "files": sorted(each.name for each in folder.iterdir() if each.name not in _INNER),
    }


_INNER = ("result.json", "pictures.json")


def _columns(forecaster: Estimator) -> list[str]:
    """What each column brought on held-back rows, a sentence each; none where networks read it."""
    verdict = forecaster.model_.verdict
    return [] if verdict is None else verdict.words


def _scores(test: Backtest | None) -> list[dict[str, Any]]:
    """The errors of the forecast and of the simple ones, best first."""
    if test is None:
        return []
    return [
        {
            "model": str(row["model"]),
            "name": "this forecast" if row["kind"] == "model" else simple_name(str(row["model"])),
            "kind": str(row["kind"]),
            "error": _finite(row[test.ranked_by]),
            **{name: _finite(row[name]) for name in _SCORES},
            "held": {
                f"{level:g}": _finite(row.get(f"coverage_{level}", math.nan))
                for level in test.level
            },
        }
        for _, row in test.scores.iterrows()
    ]


def _by_horizon(test: Backtest | None) -> dict[str, list[float | None]]:
    """Model -> its error at each step ahead, of this forecast and the best simple one."""
    if test is None:
        return {}
    shown = test.scores.groupby("kind", sort=False)["model"].first()
    table = test.by_horizon
    error = test.ranked_by
    return {
        str(kind): values(table.loc[table["model"] == model].sort_values("horizon")[error])
        for kind, model in shown.items()
    }


def _curves(forecaster: Estimator) -> dict[str, list[float | None]]:
    """The median over members of each loss, epoch by epoch."""
    with np.errstate(all="ignore"):
        return {
            name: values(pd.DataFrame(np.atleast_2d(curve)).median())
            for name, curve in forecaster.curves_.items()
        }


def _known_ahead(found: Found) -> list[dict[str, Any]]:
    """The columns that a visitor may change over the rows to forecast."""
    if found.future is None:
        return []
    return [
        _changeable(name, found.rows.frame[name], found.future)
        for name in columns_of_file(found.plan)
        if name in found.future.frame
    ]


def _changeable(name: str, column: pd.Series[Any], future: Future) -> dict[str, Any]:
    """What a column was, and is planned to be."""
    about: dict[str, Any] = {"column": name, "carried": name in future.carried}
    planned = future.frame[name]
    if not pd.api.types.is_numeric_dtype(column):
        choices = sorted(map(str, column.dropna().unique()))
        return about | {"choices": choices, "planned": str(planned.iloc[0])}
    number = column.astype(float)
    whole = bool((number.dropna() == number.dropna().round()).all())
    least, most = float(number.min()), float(number.max())
    return about | {
        "least": least,
        "most": most,
        "step": 1 if whole else _round_step(most - least),
        "planned": float(planned.astype(float).mean()),
    }


def _round_step(width: float) -> float:
    """A hundredth of a range, as a power of ten."""
    return 10.0 ** math.floor(math.log10(width / 100)) if width > 0 else 1.0


def _finite(value: Any) -> float | None:
    number = float(value)
    return number if math.isfinite(number) else None
