"""Sizes, times and kinds in everyday words."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from gatecast.studio.store import Run
from gatecast.studio.work import Plan

_KIB, _MIB = 1 << 10, 1 << 20
_MINUTE, _HOUR = 60, 3600
_KINDS = {
    "auto": "settings chosen by itself",
    "regression": "one value in",
    "window": "a window of values",
    "time steps": "values step by step",
    "stateful": "with a memory that is kept",
    "stacked": "two layers with a memory",
}


def size_words(size: int) -> str:
    """Bytes in words."""
    if size < _KIB:
        return f"{size} bytes"
    if size < _MIB:
        return f"{size / _KIB:.0f} KB"
    return f"{size / _MIB:,.0f} MB"


def time_words(seconds: float) -> str:
    """A moment in words, in the time of the service."""
    moment = datetime.fromtimestamp(seconds, UTC).astimezone()
    today = datetime.fromtimestamp(time.time(), UTC).astimezone().date()
    return f"today, {moment:%H:%M}" if moment.date() == today else f"{moment:%d %b %Y, %H:%M}"


def duration_words(seconds: float) -> str:
    """A duration in words."""
    if seconds < _MINUTE:
        return f"{seconds:.0f} s"
    if seconds < _HOUR:
        return f"{seconds // _MINUTE:.0f} min {seconds % _MINUTE:.0f} s"
    return f"{seconds // _HOUR:.0f} h {seconds % _HOUR // _MINUTE:.0f} min"


def kind_words(run: Run) -> str:
    """How a run forecasts."""
    kind = Plan.from_json(run.plan).kind
    return _KINDS.get(kind, kind)
