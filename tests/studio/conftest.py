"""Studios that answer in this process."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from postgres_databases import postgres, postgres_url
from small_runs import FinishedRun, finish
from small_studio import LiveStudio, live_studio

__all__ = ["postgres", "postgres_url"]


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[LiveStudio]:
    """Empty, without keys."""
    with live_studio(f"sqlite:///{tmp_path / 'studio.db'}") as found:
        yield found


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> FinishedRun:
    """A run that was carried out."""
    return finish(tmp_path_factory.mktemp("run"))
