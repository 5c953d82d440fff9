"""The service over HTTP: FastAPI, with problems, keys, limits, metrics and logs around it."""

from gatecast.serving.http._app import create_app
from gatecast.serving.http._logs import show_logs
from gatecast.serving.http._settings import Limits, ServeSettings

__all__ = ["Limits", "ServeSettings", "create_app", "show_logs"]
