"""What routes share: who may use them, any id in a path, and the forecasts that are asked for."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import quote, unquote

from fastapi import APIRouter, Depends, Request
from fastapi.routing import APIRoute
from starlette.routing import Match
from starlette.types import Scope

from gatecast._types import InputError
from gatecast.serving.engine import ForecastRequest
from gatecast.serving.http._security import allowed
from gatecast.serving.http._service import service_of
from gatecast.serving.http._settings import Limits
from gatecast.serving.http.routes import _answers as answers
from gatecast.serving.store import Permission


class IdRoute(APIRoute):
    """A route that cuts a path at its slashes before it decodes what is between them.

    So `a%2Fb` is the id "a/b", and not two parts of a path.
    """

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Whether a request is for this route, and the parameters in its path."""
        raw = scope.get("raw_path")
        path = quote(scope["path"]) if raw is None else raw.decode("latin-1")
        found, child = super().matches({**scope, "path": path.partition("?")[0]})
        if found == Match.NONE:
            return found, child
        before: dict[str, Any] = child["path_params"]
        try:
            decoded = {name: unquote(value, errors="strict") for name, value in before.items()}
        except UnicodeDecodeError:
            return Match.NONE, {}
        return found, {**child, "path_params": decoded}


def router(tag: str, permission: Permission) -> APIRouter:
    """Routes of a theme that need a key with a permission."""
    return APIRouter(
        tags=[tag],
        dependencies=[Depends(allowed(permission))],
        responses=answers.PROBLEMS,
        route_class=IdRoute,
    )


@dataclass(frozen=True)
class Ahead:
    """How far to forecast, and with which intervals.

    Attributes:
        h: rows; the model's own number if None.
        level: of intervals, in percent.
    """

    h: int | None
    level: tuple[float, ...]

    def of(self, unique_id: str) -> ForecastRequest:
        """The same of a series."""
        return ForecastRequest(unique_id, self.h, self.level)


def ahead_of(limits: Limits, h: int | None, level: tuple[float, ...]) -> Ahead:
    """The parameters `h` and `level` of a request.

    Raises:
        InputError: for those that are beyond the limits of the service.
    """
    if h is not None and h > limits.h:
        raise InputError(f"h is {h:,}, at most {limits.h:,} rows are forecast")
    if len(level) > limits.levels:
        raise InputError(f"{len(level)} levels, at most {limits.levels} are forecast at once")
    if not all(math.isfinite(each) and 1 <= each < 100 for each in level):  # noqa: PLR2004 (percent)
        raise InputError("level must lie between 1 and 100 (percent)")
    return Ahead(h, level)


async def _ahead(request: Request, level: answers.Levels = (), h: answers.H = None) -> Ahead:
    return ahead_of(service_of(request).settings.limits, h, tuple(level))


AskedAhead = Annotated[Ahead, Depends(_ahead)]
"""The parameters `h` and `level` of a request, within the limits of the service."""
