"""From rows to a `Panel`, and from a panel to a shorter or longer one.

Rows come in; every series goes out on its regular calendar, gaps marked. `append` continues a panel
with new rows, `extend` with the future, `head` and `tail` cut it.
"""

from gatecast.data.panel._append import append
from gatecast.data.panel._categories import in_words
from gatecast.data.panel._checks import LARGEST, refuse_tiny, require_rows
from gatecast.data.panel._extend import extend
from gatecast.data.panel._filled import filled, filled_along
from gatecast.data.panel._grown import Grown, grown, unchanged
from gatecast.data.panel._head import head
from gatecast.data.panel._panel import to_frame, to_panel
from gatecast.data.panel._period import Period, agreed, period_in, periods_of
from gatecast.data.panel._season import season_of, warn_about_longer_season
from gatecast.data.panel._tail import tail

__all__ = [
    "LARGEST",
    "Grown",
    "Period",
    "agreed",
    "append",
    "extend",
    "filled",
    "filled_along",
    "grown",
    "head",
    "in_words",
    "period_in",
    "periods_of",
    "refuse_tiny",
    "require_rows",
    "season_of",
    "tail",
    "to_frame",
    "to_panel",
    "unchanged",
    "warn_about_longer_season",
]
