"""Pictures of what a run or a service found: the forecast, its test, its memory, what came."""

from gatecast.studio.views.results._forecast import forecast_picture, what_if_picture
from gatecast.studio.views.results._live import Ahead, Arrived, live_picture
from gatecast.studio.views.results._memory import gates_picture, kept_picture, looked_picture
from gatecast.studio.views.results._test import ahead_picture, past_picture, scores_picture
from gatecast.studio.views.results._values import Band, Course, Line, Subject, Window

__all__ = [
    "Ahead",
    "Arrived",
    "Band",
    "Course",
    "Line",
    "Subject",
    "Window",
    "ahead_picture",
    "forecast_picture",
    "gates_picture",
    "kept_picture",
    "live_picture",
    "looked_picture",
    "past_picture",
    "scores_picture",
    "what_if_picture",
]
