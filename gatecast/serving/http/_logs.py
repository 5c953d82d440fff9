"""One line of JSON for each request, on standard error."""

from __future__ import annotations

import json
import logging
import traceback
from typing import Any

_LOG = logging.getLogger("gatecast.serving")


def log_request(line: dict[str, Any]) -> None:
    """Write what became of a request: never its body, nor its key."""
    _LOG.info(json.dumps(line))


def log_fault(request_id: str, error: Exception) -> None:
    """Write the traceback of what should not have happened."""
    trace = "".join(traceback.format_exception(error))
    line = {"id": request_id, "fault": trace}
    _LOG.error(json.dumps(line))


def show_logs() -> None:
    """Let the lines of this process appear on standard error."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(message)s"))
    _LOG.handlers = [handler]
    _LOG.setLevel(logging.INFO)
    _LOG.propagate = False
