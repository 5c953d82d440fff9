"""Running the service: one process, or several on one database."""

from __future__ import annotations

import json
import os
import signal
import socket
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI
from uvicorn.supervisors import Multiprocess

from gatecast._types import InputError
from gatecast.serving import store
from gatecast.serving.engine import served_of
from gatecast.serving.http import Limits, ServeSettings, create_app, show_logs
from gatecast.serving.store import Database, StoreError
from gatecast.training import use_compilation_cache, use_synchronous_dispatch

# Workers are started by import: what they need comes in the environment.
_VARIABLE = "GATECAST_SERVE"
_STOP_SECONDS = 20


@dataclass(frozen=True)
class Address:
    """Where to listen.

    Attributes:
        host: name or number.
        port: 0 for a free one.
        workers: processes.
        opens: what there is to open in a browser, and its path.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 1
    opens: Mapping[str, str] = field(default_factory=dict)


def check(settings: ServeSettings, workers: int = 1) -> None:
    """Open all that the service needs once, so that what is wrong is told before it starts.

    Raises:
        InputError: saying what is wrong and what to do.
    """
    database = Database(settings.state)
    if workers > 1 and database.one_writer:
        raise InputError(
            "SQLite has one writer: use --workers 1, or --state postgresql://... for several"
        )
    for name, path in settings.models.items():
        served_of(name, path.read_bytes(), adaptive=settings.adaptive)
    try:
        database.upgrade()
        with database.reading() as connection:
            keys, models = store.keys(connection), store.models(connection)
    except StoreError as error:
        cause = str(error.__cause__.orig if hasattr(error.__cause__, "orig") else error)  # type: ignore[union-attr]
        raise InputError(f"{database.shown}: {' '.join(cause.split())}") from None
    finally:
        database.close()
    if not (models or settings.models or settings.addons):
        raise InputError(f"{database.shown} holds no model: name one, as in gatecast serve MODEL")
    if settings.auth and not keys:
        raise InputError(
            f"there is no key yet: make one with `gatecast key add NAME --can write --state "
            f"{database.shown}`, or use --no-auth on this machine"
        )


def run(settings: ServeSettings, address: Address, tell: Callable[[str], object]) -> None:
    """Serve until the process is told to stop.

    Args:
        settings: how.
        address: where.
        tell: a function that tells the user a line.

    Raises:
        InputError: if the address cannot be used.
    """
    listening = _bound(address)
    port = listening.getsockname()[1]
    options: dict[str, Any] = {
        "log_level": "warning",
        "access_log": False,
        "server_header": False,
        "timeout_graceful_shutdown": _STOP_SECONDS,
    }
    base = f"http://{address.host}:{port}"
    tell(f"Gatecast serves {base} (documentation at /docs); Ctrl-C stops it")
    for what, path in address.opens.items():
        tell(f"{what}: {base}{path}")
    if address.workers == 1:
        config = uvicorn.Config(lambda: _app_of(settings), factory=True, **options)
        server = uvicorn.Server(config)
        # Ctrl-C is how it is stopped; all has been closed when it comes here.
        with suppress(KeyboardInterrupt):
            server.run(sockets=[listening])
        return
    os.environ[_VARIABLE] = _to_json(settings)
    config = uvicorn.Config(
        "gatecast.serving:app_of_environment", factory=True, workers=address.workers, **options
    )
    Multiprocess(config, [listening]).run()


def app_of_environment() -> FastAPI:
    """The app of a worker, from the settings that `run` left in the environment."""
    return _app_of(_from_json(os.environ[_VARIABLE]))


def _app_of(settings: ServeSettings) -> FastAPI:
    """The app of a process that does nothing but serve."""
    if settings.log:
        show_logs()
    use_compilation_cache()
    # One thread runs JAX, and waits for it.
    use_synchronous_dispatch()
    app = create_app(settings)
    _on_stop(app.state.service.stopping.set)
    return app


def _on_stop(function: Callable[[], object]) -> None:
    """Call a function once the process is told to stop.

    The server would wait for streams of events, which end only then.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        before = signal.getsignal(number)

        def told(got: int, frame: Any, before: Any = before) -> None:
            function()
            before(got, frame)

        signal.signal(number, told)


def _bound(address: Address) -> socket.socket:
    try:
        kind, protocol = socket.SOCK_STREAM, socket.IPPROTO_TCP
        found = socket.getaddrinfo(address.host, address.port, type=kind, proto=protocol)
        # Without its protocol asyncio would not switch off Nagle's delay, 40 ms of each answer.
        listening = socket.socket(found[0][0], kind, protocol)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(found[0][4])
        listening.listen(2048)
    except OSError as error:
        raise InputError(
            f"{address.host}:{address.port} cannot be listened on: {error.strerror}; choose "
            "another --port, or 0 for a free one"
        ) from None
    listening.set_inheritable(True)
    return listening


def _to_json(settings: ServeSettings) -> str:
    models = {name: str(path.resolve()) for name, path in settings.models.items()}
    return json.dumps(asdict(settings) | {"models": models})


def _from_json(text: str) -> ServeSettings:
    content = json.loads(text)
    models = {name: Path(path) for name, path in content["models"].items()}
    return ServeSettings(**content | {"models": models, "limits": Limits(**content["limits"])})
