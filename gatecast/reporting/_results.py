"""The content of `results.json`."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from gatecast.data import to_records

if TYPE_CHECKING:
    from gatecast.evaluation import Experiment


def to_results(experiment: Experiment) -> dict[str, Any]:
    """What an experiment found, as plain JSON values.

    Returns:
        `data`, `ranked_by`, `one_step`, `multi_step`, `forecast` (one record per row), `verdict`,
        `versions` and `seconds`. NaN and infinities are null; dates are "1961-01-01" if all are at
        midnight, else "1961-01-01T06:00:00".
    """
    found = {
        "data": experiment.data,
        "ranked_by": experiment.ranked_by,
        "one_step": experiment.one_step,
        "multi_step": experiment.multi_step,
        "forecast": to_records(experiment.forecast),
        "verdict": experiment.verdict,
        "versions": experiment.versions,
        "seconds": experiment.seconds,
    }
    return {key: _plain(value) for key, value in found.items()}


def _plain(value: Any) -> Any:
    """The nearest JSON value."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [_plain(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value
