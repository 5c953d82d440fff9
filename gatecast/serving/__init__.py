"""Forecasts as a service: it sees each observation once, forecasts at once, and loses nothing.

Models come in as artefacts, and observations over HTTP. These are an append-only log in a database,
the truth; the state of each series is a small record derived from it. `store` keeps both, `engine`
moves states on and forecasts from them, `http` is what the world sees.
"""

from typing import TYPE_CHECKING

from gatecast._lazy import lazy_names

if TYPE_CHECKING:
    from gatecast.serving._run import Address, app_of_environment, check, run
    from gatecast.serving.http import Limits, ServeSettings, create_app

__getattr__ = lazy_names(
    __name__,
    {
        "Address": "_run",
        "Limits": "http",
        "ServeSettings": "http",
        "app_of_environment": "_run",
        "check": "_run",
        "create_app": "http",
        "engine": "engine",
        "http": "http",
        "run": "_run",
        "store": "store",
    },
)

__all__ = [
    "Address",
    "Limits",
    "ServeSettings",
    "app_of_environment",
    "check",
    "create_app",
    "run",
]
