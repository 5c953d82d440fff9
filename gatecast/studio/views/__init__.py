"""From panels and results to pictures: no pages, no database.

Of data, a `glance` in words, the table of all series, and pictures of one series, whose titles say
what they show; what a network sees of one, as a `lesson`; of a result, its forecast, its test and
its memory; of a served series, what came and what comes next.
"""

from gatecast.studio.views._autocorrelation import autocorrelation_picture
from gatecast.studio.views._course import course_picture
from gatecast.studio.views._gaps import gaps_picture
from gatecast.studio.views._glance import Fact, Glance, glance
from gatecast.studio.views._lesson import Cell, Lesson, Row, Seen, lesson, single
from gatecast.studio.views._outliers import outliers_picture
from gatecast.studio.views._overview import COLUMNS, Column, Listed, Overview, Wanted, overview
from gatecast.studio.views._picture import Picture
from gatecast.studio.views._seasons import seasons_picture
from gatecast.studio.views._series import Series, one_series
from gatecast.studio.views._stage import Stage, stage
from gatecast.studio.views._statistics import load_statistics
from gatecast.studio.views._ways import WAYS, Way
from gatecast.studio.views._words import step_word
from gatecast.studio.views.results import (
    Ahead,
    Arrived,
    Band,
    Course,
    Line,
    Subject,
    Window,
    ahead_picture,
    forecast_picture,
    gates_picture,
    kept_picture,
    live_picture,
    looked_picture,
    past_picture,
    scores_picture,
    what_if_picture,
)

__all__ = [
    "COLUMNS",
    "WAYS",
    "Ahead",
    "Arrived",
    "Band",
    "Cell",
    "Column",
    "Course",
    "Fact",
    "Glance",
    "Lesson",
    "Line",
    "Listed",
    "Overview",
    "Picture",
    "Row",
    "Seen",
    "Series",
    "Stage",
    "Subject",
    "Wanted",
    "Way",
    "Window",
    "ahead_picture",
    "autocorrelation_picture",
    "course_picture",
    "forecast_picture",
    "gaps_picture",
    "gates_picture",
    "glance",
    "kept_picture",
    "lesson",
    "live_picture",
    "load_statistics",
    "looked_picture",
    "one_series",
    "outliers_picture",
    "overview",
    "past_picture",
    "scores_picture",
    "seasons_picture",
    "single",
    "stage",
    "step_word",
    "what_if_picture",
]
