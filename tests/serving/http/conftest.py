"""Services that answer in this process."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from http_service import LiveService, TestClient, live


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveService]:
    """Serves a model of each kind that the tests need, without keys."""
    folder: Path = tmp_path_factory.mktemp("served")
    with live(folder, "stateful", "targets", "futr", "integer", "words") as found:
        yield found


@pytest.fixture(scope="module")
def client(service: LiveService) -> TestClient:
    """Asks it."""
    return service.client
