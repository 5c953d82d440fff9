"""The audited experiment in plain words."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from gatecast._wording import count, listed, number
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
    return " ".join([verdict(near), *_repeating(framings), *_seeds(framings), verdict(far)])


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


def _seeds(framings: Sequence[_Record]) -> Iterator[str]:
    """How far the errors of the tutorial's networks depend on the seed."""
    if not framings:
        return
    repeated = [record for record in framings if record["seeds"] > 1]
    if not repeated:
        subject = "Each of them" if len(framings) > 1 else "It"
        yield f"{subject} was trained with a single seed, which means little."
        return
    widest = max(repeated, key=lambda r: r["test_rmse"]["max"] - r["test_rmse"]["min"])
    low, high = (number(widest["test_rmse"][end]) for end in ("min", "max"))
    if low != high:
        yield (
            f"A single seed means little: over {count(widest['seeds'], 'seed')}, the RMSE of the"
            f" {widest['model']} network runs from {low} to {high}."
        )
