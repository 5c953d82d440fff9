"""Forecasts as a service: it sees each observation once, forecasts at once, and loses nothing.

Models come in as artefacts, and observations over HTTP. These are an append-only log in a database,
the truth; the state of each series is a small record derived from it. `store` keeps both, `engine`
moves states on and forecasts from them, `upgrade` lets a new version read the whole log as a job,
`http` is what the world sees. A `Client` talks to a
service from afar.
"""

from typing import TYPE_CHECKING

from gatecast._lazy import lazy_names

if TYPE_CHECKING:
    from gatecast.serving._client import Client, ServiceError, Taken
    from gatecast.serving._run import Address, app_of_environment, check, run
    from gatecast.serving.http import Limits, ServeSettings, create_app
    from gatecast.serving.upgrade import Replayed, replay_state

__getattr__ = lazy_names(
    __name__,
    {
        "Address": "_run",
        "Client": "_client",
        "Limits": "http",
        "Replayed": "upgrade",
        "ServeSettings": "http",
        "ServiceError": "_client",
        "Taken": "_client",
        "app_of_environment": "_run",
        "check": "_run",
        "create_app": "http",
        "replay_state": "upgrade",
        "run": "_run",
    },
)

__all__ = [
    "Address",
    "Client",
    "Limits",
    "Replayed",
    "ServeSettings",
    "ServiceError",
    "Taken",
    "app_of_environment",
    "check",
    "create_app",
    "replay_state",
    "run",
]
