"""Modules that are loaded when they are first used."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import Any


class _Lazy(ModuleType):
    def __getattr__(self, name: str) -> Any:
        return getattr(import_module(self.__name__), name)


def lazy(name: str) -> Any:
    """A stand-in for a module; the first attribute that is read imports it.

    For libraries that take long to load and that not every process needs.

    Args:
        name: of the module, as `import` takes it.
    """
    return _Lazy(name)
