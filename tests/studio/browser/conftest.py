"""A real server, a real browser, and visitors."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser
from studio_process import StudioProcess
from visitors import Visitor

Come = Callable[..., Visitor]


@pytest.fixture(scope="session")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StudioProcess]:
    """One studio for all tests that leave it as it was."""
    found = StudioProcess(tmp_path_factory.mktemp("studio"))
    found.start()
    yield found
    found.stop()


@pytest.fixture
def come(browser: Browser) -> Iterator[Come]:
    """Lets visitors of an origin come; when the test ends, what they noticed must be nothing."""
    visitors: list[Visitor] = []

    def new(origin: str, **settings: Any) -> Visitor:
        visitors.append(Visitor.of(browser, origin, **settings))
        return visitors[-1]

    yield new
    for visitor in visitors:
        visitor.context.close()
    for visitor in visitors:
        visitor.check()


@pytest.fixture
def visitor(come: Come, studio: StudioProcess) -> Visitor:
    """One visitor of the studio."""
    return come(studio.origin)


@pytest.fixture
def own_studio(tmp_path: Path) -> Iterator[StudioProcess]:
    """A studio for a test that stops it or fills it."""
    found = StudioProcess(tmp_path)
    found.start()
    yield found
    found.stop()
