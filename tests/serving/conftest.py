"""Databases for the tests of the service."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from postgres_databases import postgres, postgres_url

from gatecast.serving.store import Database

__all__ = ["postgres", "postgres_url"]


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'state.db'}"


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest) -> str:
    """Of an empty database of each kind."""
    found: str = request.getfixturevalue(f"{request.param}_url")
    return found


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    """Empty, of each kind, with its tables."""
    found = Database(url)
    found.upgrade()
    yield found
    found.close()
