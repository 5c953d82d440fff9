"""The audited experiment in plain words."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from gatecast._wording import METRIC_NAMES, count, listed, number
from gatecast.evaluation._verdict import Contest, verdict

_Record: TypeAlias = Mapping[str, Any]


def experiment_verdict(near: Contest, far: Contest, one_step: Sequence[_Record]) -> str:
    """Tell an analyst in a few short sentences what the experiment found.

    Args:
        near: the models one step ahead.
        far: the models many steps ahead.
        one_step: as in `Experiment`.
    """
    framings = [
        record
        for record in one_step
        if record["kind"] == "framing" and math.isfinite(record["test_rmse"]["median"])
    ]
    return " ".join(
        [
            verdict(near),
            *_repeating(framings),
            *_seeds(framings, near.metric),
            verdict(far, explained=True),
        ]
    )


def _repeating(framings: Sequence[_Record]) -> Iterator[str]:
    """Which of the tutorial's networks are no better than repeating the last value."""
    if not framings:
        return
    idle = [str(record["model"]) for record in framings if record["mimics_persistence"]]
    worth = "better than repeating the last value"
    total = len(framings)
    if total == 1:
        name = framings[0]["model"]
        yield f"The tutorial's {name} network is {'no ' if idle else ''}{worth}."
    elif not idle:
        yield f"Each of the tutorial's {total} networks is {worth}."
    elif len(idle) == total:
        yield f"None of the tutorial's {total} networks is {worth}."
    else:
        verb = "is" if len(idle) == 1 else "are"
        yield f"Of the tutorial's {total} networks, {listed(idle)} {verb} no {worth}."


def _seeds(framings: Sequence[_Record], metric: str) -> Iterator[str]:
    """How far the errors of the tutorial's networks depend on the seed."""
    if not framings:
        return
    repeated = [record for record in framings if record["seeds"] > 1]
    if not repeated:
        subject = "Each of them" if len(framings) > 1 else "It"
        yield f"{subject} was trained with a single seed, which means little."
        return
    errors = [record[f"test_{metric}"] for record in repeated]
    width, place = max((e["max"] - e["min"], place) for place, e in enumerate(errors))
    low, high = (number(errors[place][end]) for end in ("min", "max"))
    if width:
        seeds, name = count(repeated[place]["seeds"], "seed"), repeated[place]["model"]
        yield (
            f"A single seed means little: over {seeds}, the {METRIC_NAMES[metric]} of the {name}"
            f" network runs from {low} to {high}."
        )
