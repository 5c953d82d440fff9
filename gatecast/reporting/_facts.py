"""What an experiment says about itself: its leading model, the ranking, the forecast's levels."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

from gatecast._wording import METRIC_NAMES

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from gatecast.evaluation import Experiment

KEYS = {"unique_id", "ds", "y", "split", "cutoff"}
_BOUND = re.compile(r"(?P<model>.+)-lo-(?P<level>\d+(?:\.\d+)?)")
_BESIDE = {"mae": "rmse", "rmse": "mae", "mase": "rmsse", "rmsse": "mase"}


def metric_name(experiment: Experiment) -> str:
    """How the error that ranks the models is written."""
    return METRIC_NAMES[experiment.ranked_by]


def beside(ranked_by: str) -> str:
    """The error that is shown beside the one that ranks."""
    return _BESIDE[ranked_by]


def in_units(ranked_by: str) -> str:
    """The error in units of the data that belongs to the one that ranks: of one series."""
    return ranked_by.replace("mase", "mae").replace("rmsse", "rmse")


def unit(experiment: Experiment, label: str) -> str:
    """The unit of the error that ranks, for an axis: that of the data, or none if scaled."""
    name = metric_name(experiment)
    scaled = in_units(experiment.ranked_by) != experiment.ranked_by
    return f"{name}, over all series" if scaled else f"{name}, {label}"


def error(experiment: Experiment, record: Mapping[str, Any]) -> float:
    """The error that ranks a model, the median of its seeds; NaN without one."""
    found = record[f"test_{experiment.ranked_by}"]
    value = found["median"] if isinstance(found, dict) else found
    return math.nan if value is None else float(value)


def spread(experiment: Experiment, record: Mapping[str, Any]) -> dict[str, float]:
    """The `median`, `min` and `max` over seeds of the error that ranks a model."""
    found: dict[str, float] = record[f"test_{experiment.ranked_by}"]
    return found


def error_of_series(experiment: Experiment, model: str, unique_id: Any) -> float:
    """How far a model misses one series, one step ahead, in units of the data; NaN if unknown."""
    table, name = experiment.by_series, in_units(experiment.ranked_by)
    found = table.loc[(table["model"] == model) & (table["unique_id"] == unique_id), name]
    return float(found.iloc[0]) if len(found) else math.nan


def ranked(experiment: Experiment) -> list[dict[str, Any]]:
    """The one-step records that have an error, best first."""
    return _ranked(experiment, experiment.one_step)


def ranked_multi_step(experiment: Experiment) -> list[dict[str, Any]]:
    """The multi-step records that have an error, best first."""
    return _ranked(experiment, experiment.multi_step)


def _ranked(experiment: Experiment, records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Without a season, seasonal naive is persistence under another name, and is left out."""
    scored = [record for record in records if math.isfinite(error(experiment, record))]
    errors = {record["model"]: error(experiment, record) for record in scored}
    if errors.get("seasonal_naive", math.nan) == errors.get("persistence"):
        scored = [record for record in scored if record["model"] != "seasonal_naive"]
    return sorted(scored, key=lambda record: error(experiment, record))


def of_kind(experiment: Experiment, kind: str) -> list[dict[str, Any]]:
    """The one-step records of one kind ("framing", "lstm", "baseline"), in their order."""
    known = [record["model"] for record in ranked(experiment)]
    return [r for r in experiment.one_step if r["kind"] == kind and r["model"] in known]


def leading(experiment: Experiment) -> dict[str, Any] | None:
    """The record the report follows: the LSTM, else the best framing, else nothing."""
    for kind in ("lstm", "framing"):
        for record in ranked(experiment):
            if record["kind"] == kind:
                return record
    return None


def best_baseline(experiment: Experiment) -> dict[str, Any] | None:
    """The baseline with the smallest one-step error."""
    return next((r for r in ranked(experiment) if r["kind"] == "baseline"), None)


def record_of(experiment: Experiment, model: str) -> dict[str, Any] | None:
    """The one-step record of one model."""
    return next((r for r in ranked(experiment) if r["model"] == model), None)


def compared(experiment: Experiment) -> list[str]:
    """The models of a table by series: the leading one, the best baseline, and persistence."""
    chosen = [leading(experiment), best_baseline(experiment), record_of(experiment, "persistence")]
    return list(dict.fromkeys(str(record["model"]) for record in chosen if record))


def by_series(experiment: Experiment) -> pd.DataFrame:
    """`unique_id`, `rows` and the error of each of the compared models in units of the data."""
    names, table = compared(experiment), experiment.by_series
    own = table[table["model"].isin(names)]
    wide = own.pivot_table(
        index="unique_id",
        columns="model",
        values=in_units(experiment.ranked_by),
        sort=False,
    )
    rows = own.groupby("unique_id", sort=False)["rows"].max()
    return wide[names].assign(rows=rows).reset_index()[["unique_id", "rows", *names]]


def models(frame: pd.DataFrame) -> list[str]:
    """The columns that hold point forecasts."""
    return [
        str(name)
        for name in frame
        if name not in KEYS and not re.search(r"-(lo|hi)-\d+(\.\d+)?$", str(name))
    ]


def levels(forecast: pd.DataFrame, model: str) -> list[str]:
    """The interval levels of a model, narrow first, as they stand in the columns: "80", "95"."""
    found = [match for name in forecast if (match := _BOUND.fullmatch(str(name)))]
    return sorted((m["level"] for m in found if m["model"] == model), key=float)
