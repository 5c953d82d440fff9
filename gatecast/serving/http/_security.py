"""Who may do what, and how often."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from fastapi import Request
from starlette.concurrency import run_in_threadpool

from gatecast.serving import store
from gatecast.serving.http._problems import ProblemError
from gatecast.serving.http._service import Service, service_of
from gatecast.serving.store import Key, Permission

# A key that was looked up counts so long; then a revoked one is refused.
_KEY_SECONDS = 1.0
_KEYS_KEPT = 1000
_BURST_SECONDS = 10
_SCHEME = "bearer "


@dataclass
class Gate:
    """Keys that were looked up lately, and how many requests each may still make."""

    _keys: OrderedDict[str, tuple[float, Key | None]] = field(default_factory=OrderedDict)
    _buckets: dict[str, tuple[float, float]] = field(default_factory=dict)

    async def key(self, service: Service, text: str) -> Key | None:
        """What a key allows, as it was at most a second ago."""
        now = time.monotonic()
        known = self._keys.get(text)
        if known is None or now - known[0] > _KEY_SECONDS:
            known = (now, await run_in_threadpool(_look_up, service, text))
            self._keys[text] = known
            while len(self._keys) > _KEYS_KEPT:
                self._keys.popitem(last=False)
        return known[1]

    def admit(self, name: str, per_second: float) -> None:
        """Count a request of a key (a token bucket).

        Raises:
            ProblemError: if there have been too many.
        """
        now = time.monotonic()
        full = per_second * _BURST_SECONDS
        left, since = self._buckets.get(name, (full, now))
        left = min(full, left + (now - since) * per_second)
        if left < 1:
            wait = max(1, round((1 - left) / per_second))
            raise ProblemError(
                HTTPStatus.TOO_MANY_REQUESTS,
                f"more than {per_second:g} requests a second",
                {"Retry-After": str(wait)},
            )
        self._buckets[name] = (left - 1, now)


def _look_up(service: Service, text: str) -> Key | None:
    with service.database.reading() as connection:
        return store.key_of(connection, text)


def allowed(permission: Permission) -> Callable[[Request], Coroutine[Any, Any, None]]:
    """A dependency that lets a request pass only with a key for it.

    Args:
        permission: that the route needs, for the model in its path.
    """

    async def check(request: Request) -> None:
        service = service_of(request)
        gate: Gate = request.app.state.gate
        if not service.settings.auth:
            gate.admit("", service.settings.limits.per_second)
            return
        text = request.headers.get("authorization", "")
        if not text.lower().startswith(_SCHEME):
            raise _unauthorized("a key is needed: Authorization: Bearer KEY")
        key = await gate.key(service, _key_text(text))
        if key is None or not key.valid:
            raise _unauthorized("the key is not known, has expired or was revoked")
        request.scope["gatecast.key"] = key
        gate.admit(key.name, service.settings.limits.per_second)
        model = request.path_params.get("model")
        if not key.allows(permission, model):
            what = f"{permission} model {model!r}" if model else permission
            raise ProblemError(HTTPStatus.FORBIDDEN, f"key {key.name!r} may not {what}")

    return check


async def holds(request: Request) -> bool:
    """Whether the key that a request came with is still valid, as it was at most a second ago.

    Raises:
        StoreError: if the database fails.
    """
    service = service_of(request)
    if not service.settings.auth:
        return True
    gate: Gate = request.app.state.gate
    key = await gate.key(service, _key_text(request.headers.get("authorization", "")))
    return key is not None and key.valid


def sees(request: Request, model: str) -> bool:
    """Whether the key of a request is valid for a model; without keys all are."""
    key: Key | None = request.scope.get("gatecast.key")
    return key is None or key.allows("read", model)


def sees_all(request: Request) -> None:
    """Let a request pass only with a key for all models.

    Raises:
        ProblemError: if its key is for some.
    """
    key: Key | None = request.scope.get("gatecast.key")
    if key is not None and key.models is not None:
        raise ProblemError(
            HTTPStatus.FORBIDDEN, f"key {key.name!r} is for some models, and this tells of all"
        )


def _key_text(header: str) -> str:
    return header[len(_SCHEME) :].strip()


def _unauthorized(detail: str) -> ProblemError:
    return ProblemError(HTTPStatus.UNAUTHORIZED, detail, {"WWW-Authenticate": "Bearer"})
