"""What a run is, and what it does.

A `Plan` says which file is read how, what is fitted and how far is forecast. `carry_out` calls the
public API and fills a folder; `python_lines` and `shell_lines` say the same calls in words. The
service runs `python -m gatecast.studio.work FOLDER`, a process of its own that tells its `Progress`
in lines of JSON. What is named here is loaded when it is first used.
"""

from typing import TYPE_CHECKING

from gatecast._lazy import lazy_names

if TYPE_CHECKING:
    from gatecast.studio.work._carry_out import carry_out
    from gatecast.studio.work._lines import python_lines, shell_lines
    from gatecast.studio.work._plan import COLUMN_SETTINGS, KINDS, Kind, Plan, Reading
    from gatecast.studio.work._rows import Rows, read_rows, usual_horizon
    from gatecast.studio.work._told import Progress
    from gatecast.studio.work._what_if import WhatIf

__getattr__ = lazy_names(
    __name__,
    {
        "COLUMN_SETTINGS": "_plan",
        "KINDS": "_plan",
        "Kind": "_plan",
        "Plan": "_plan",
        "Progress": "_told",
        "Reading": "_plan",
        "Rows": "_rows",
        "WhatIf": "_what_if",
        "carry_out": "_carry_out",
        "python_lines": "_lines",
        "read_rows": "_rows",
        "shell_lines": "_lines",
        "usual_horizon": "_rows",
    },
)

__all__ = [
    "COLUMN_SETTINGS",
    "KINDS",
    "Kind",
    "Plan",
    "Progress",
    "Reading",
    "Rows",
    "WhatIf",
    "carry_out",
    "python_lines",
    "read_rows",
    "shell_lines",
    "usual_horizon",
]
