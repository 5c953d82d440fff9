"""The database of a service."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from gatecast._lazy import lazy
from gatecast._types import InputError

if TYPE_CHECKING:
    from gatecast.serving import store
else:
    store = lazy("gatecast.serving.store")


@contextmanager
def opened(url: str) -> Iterator[store.Database]:
    """The database; what it cannot do is told in one line."""
    try:
        database = store.Database(url)
    except ModuleNotFoundError as error:
        raise InputError(f"{error.name} is not installed: pip install 'gatecast[serve]'") from None
    try:
        yield database
    except store.StoreError as error:
        raise InputError(f"{database.shown}: {error}") from None
    finally:
        database.close()
