"""Forecasts as a service: it sees each observation once, forecasts at once, and loses nothing.

Models come in as artefacts, and observations over HTTP. These are an append-only log in a database,
the truth; the state of each series is a small record derived from it. `store` keeps both, `engine`
moves states on and forecasts from them. A `Client` talks to a service from afar.
"""

from typing import TYPE_CHECKING

from gatecast._lazy import lazy_names

if TYPE_CHECKING:
    from gatecast.serving._client import Client, ServiceError, Taken

__getattr__ = lazy_names(
    __name__, {"Client": "_client", "ServiceError": "_client", "Taken": "_client"}
)

__all__ = ["Client", "ServiceError", "Taken"]
