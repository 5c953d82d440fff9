"""What the OpenAPI document promises, asked with whatever it allows and much that it does not."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import schemathesis
from http_service import live
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from starlette.types import ASGIApp as App
from starlette.types import Receive, Scope, Send

CHECKS = [
    schemathesis.checks.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
QUICK, SLOW = 5, 100
SETTINGS = settings(
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=[*HealthCheck],
)


@pytest.fixture(scope="module")
def contract(tmp_path_factory: pytest.TempPathFactory) -> Iterator[schemathesis.BaseSchema]:
    folder: Path = tmp_path_factory.mktemp("served")
    with live(folder, "integer", "stateful") as service:
        found = schemathesis.openapi.from_asgi("/openapi.json", running(service.app))
        # A stream has no end.
        yield found.exclude(path_regex="/events$")


def running(app: App) -> App:
    """An app that is neither started nor stopped for each request, as Schemathesis would."""

    async def asked(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            await app(scope, receive, send)
            return
        for moment in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{moment}.complete"})

    return asked


def test_no_request_breaks_the_contract(contract: schemathesis.BaseSchema):
    ask(contract, QUICK)


@pytest.mark.slow
def test_many_requests_do_not_break_the_contract(contract: schemathesis.BaseSchema):
    ask(contract, SLOW)


def ask(contract: schemathesis.BaseSchema, examples: int) -> None:
    """Requests of every route, as the document has them and otherwise."""
    for found in contract.get_all_operations():
        operation = found.ok()
        for mode in GenerationMode:

            @given(operation.as_strategy(generation_mode=mode), st.booleans())
            @settings(SETTINGS, max_examples=examples)
            def check(case: schemathesis.Case, known: bool) -> None:  # noqa: FBT001
                parameters = case.path_parameters or {}
                if known and "model" in parameters:
                    # One that there is.
                    parameters["model"] = "integer"
                case.call_and_validate(checks=CHECKS)

            # A route that takes nothing cannot be asked otherwise.
            with suppress(*([Unsatisfiable] if mode == GenerationMode.NEGATIVE else [])):
                check()
