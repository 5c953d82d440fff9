"""What the terms of a table mean, one line each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gatecast.reporting._facts import of_kind, record_of

if TYPE_CHECKING:
    from gatecast.evaluation import Experiment

_METRICS = {
    "mae": "MAE, RMSE: mean absolute, root mean squared error; smaller is better",
    "mase": "MASE, RMSSE: MAE, RMSE over each series' usual change; smaller is better",
}


def terms(experiment: Experiment) -> str:
    """The terms that the scores of an experiment need, in the order of the table."""
    lines = []
    if of_kind(experiment, "framing"):
        first, last = (of_kind(experiment, "framing")[place]["model"] for place in (0, -1))
        lines.append(f"{first} to {last}: framings, the networks of the tutorial")
    if record_of(experiment, "persistence"):
        lines.append("persistence: repeats the last value")
    if record_of(experiment, "seasonal_naive"):
        lines.append("seasonal naive: repeats the last season")
    scaled = experiment.ranked_by in {"mase", "rmsse"}
    lines.append(_METRICS["mase" if scaled else "mae"])
    lines.append("skill: the share of their error that a model removes")
    if any(r["mimics_persistence"] for r in experiment.one_step if r["model"] != "persistence"):
        lines.append("* not shown to be better than repeating the last value")
    return "\n".join(lines)
