"""All routes of the studio, by theme; their paths do not begin with /studio."""

from __future__ import annotations

from gatecast.studio.pages._live import routes as live
from gatecast.studio.pages._login import routes as login
from gatecast.studio.pages.common import static_routes
from gatecast.studio.pages.data import files, frame, look, start
from gatecast.studio.pages.runs import compare, results, runs, shared, shared_results

ROUTERS = (
    static_routes,
    login,
    start,
    files,
    look,
    frame,
    runs,
    compare,
    shared,
    shared_results,
    results,
    live,
)
