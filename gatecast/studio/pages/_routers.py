"""All routes of the studio, by theme; their paths do not begin with /studio."""

from __future__ import annotations

from gatecast.studio.pages import _frame, _login, _look, _start, _static

ROUTERS = (
    _static.routes,
    _login.routes,
    _start.routes,
    _look.routes,
    _frame.routes,
)
