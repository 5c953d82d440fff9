"""From panels and results to pictures: no pages, no database."""

from gatecast.studio.views._picture import Picture
from gatecast.studio.views._result_forecast import forecast_picture, what_if_picture
from gatecast.studio.views._result_memory import gates_picture, kept_picture, looked_picture
from gatecast.studio.views._result_test import ahead_picture, past_picture, scores_picture
from gatecast.studio.views._result_values import Band, Course, Line, Subject, Window

__all__ = [
    "Band",
    "Course",
    "Line",
    "Picture",
    "Subject",
    "Window",
    "ahead_picture",
    "forecast_picture",
    "gates_picture",
    "kept_picture",
    "looked_picture",
    "past_picture",
    "scores_picture",
    "what_if_picture",
]
