"""The lines of Python and of the shell that repeat a run exactly."""

from __future__ import annotations

from gatecast.studio.work._plan import Plan


def python_lines(plan: Plan) -> str:
    """A program that writes `forecast.csv` as the run did."""
    raise NotImplementedError


def shell_lines(plan: Plan) -> str:
    """The same for a shell."""
    raise NotImplementedError
