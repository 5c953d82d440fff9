"""The service over HTTP: FastAPI, with problems, keys, limits, metrics and logs around it."""

from gatecast.serving.http._app import create_app
from gatecast.serving.http._logs import show_logs
from gatecast.serving.http._problems import ProblemError
from gatecast.serving.http._security import Gate
from gatecast.serving.http._service import Service, service_of, shown_ds
from gatecast.serving.http._settings import Limits, ServeSettings
from gatecast.serving.http.routes import IdRoute, forecast_events

__all__ = [
    "Gate",
    "IdRoute",
    "Limits",
    "ProblemError",
    "ServeSettings",
    "Service",
    "create_app",
    "forecast_events",
    "service_of",
    "show_logs",
    "shown_ds",
]
