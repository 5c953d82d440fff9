"""Routes whose paths may hold any id, also one with a slash."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, unquote

from fastapi.routing import APIRoute
from starlette.routing import Match
from starlette.types import Scope


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
