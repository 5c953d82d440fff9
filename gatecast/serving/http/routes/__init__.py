"""What can be asked of the service, by theme; `_answers` is what its document tells of that."""

from gatecast.serving.http.routes._routers import ROUTERS

__all__ = ["ROUTERS"]
