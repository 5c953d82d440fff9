"""What can be asked of the service, by theme; `_answers` is what its document tells of that."""

from gatecast.serving.http.routes._routers import ROUTERS
from gatecast.serving.http.routes._routing import IdRoute
from gatecast.serving.http.routes._series import forecast_events

__all__ = ["ROUTERS", "IdRoute", "forecast_events"]
