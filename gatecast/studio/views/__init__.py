"""Pictures of data, and of what a network sees of them.

A panel comes in, or one of its series; out go `Picture`s, whose titles say what they show, a
`glance` in words, and the table of all series. Nothing here knows of pages or databases.
"""

from gatecast.studio.views._autocorrelation import autocorrelation
from gatecast.studio.views._course import course
from gatecast.studio.views._gaps import gaps
from gatecast.studio.views._glance import Fact, Glance, glance
from gatecast.studio.views._outliers import outliers
from gatecast.studio.views._overview import COLUMNS, Column, Line, Overview, Wanted, overview
from gatecast.studio.views._picture import Picture
from gatecast.studio.views._seasons import seasons
from gatecast.studio.views._series import Series, one_series

__all__ = [
    "COLUMNS",
    "Column",
    "Fact",
    "Glance",
    "Line",
    "Overview",
    "Picture",
    "Series",
    "Wanted",
    "autocorrelation",
    "course",
    "gaps",
    "glance",
    "one_series",
    "outliers",
    "overview",
    "seasons",
]
