"""Pages of runs: how far they are, what they found, side by side, and by a link."""

from gatecast.studio.pages.runs._compare import routes as compare
from gatecast.studio.pages.runs._result import routes as results
from gatecast.studio.pages.runs._runs import routes as runs
from gatecast.studio.pages.runs._shared import results as shared_results
from gatecast.studio.pages.runs._shared import routes as shared

__all__ = ["compare", "results", "runs", "shared", "shared_results"]
