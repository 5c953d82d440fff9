"""All routes of the studio, by theme; their paths do not begin with /studio."""

from __future__ import annotations

from gatecast.studio.pages import (
    _compare,
    _files,
    _frame,
    _live,
    _login,
    _look,
    _result,
    _runs,
    _shared,
    _start,
)
from gatecast.studio.pages.common import static_routes

ROUTERS = (
    static_routes,
    _login.routes,
    _start.routes,
    _files.routes,
    _look.routes,
    _frame.routes,
    _runs.routes,
    _compare.routes,
    _shared.routes,
    _shared.results,
    _result.routes,
    _live.routes,
)
