"""Settings as scikit-learn has them: keywords of a constructor, read and changed by name."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from typing import Any, Self

from gatecast._types import InputError


class Parameters(ABC):
    """What keeps each keyword of its constructor as an attribute of the same name."""

    def get_params(self, deep: bool = True) -> dict[str, Any]:  # noqa: FBT001, FBT002 (scikit-learn)
        """The constructor's keywords and their values."""
        return {name: getattr(self, name) for name in inspect.signature(type(self)).parameters}

    def set_params(self, **params: Any) -> Self:
        """Change settings; as in scikit-learn.

        Raises:
            InputError: for an unknown name or a value out of range.
        """
        for name, value in params.items():
            if name not in self.get_params():
                raise InputError(
                    f"{name!r} is not a setting; known: {', '.join(self.get_params())}"
                )
            setattr(self, name, value)
        self._check()
        return self

    def __repr__(self) -> str:
        changed = (f"{name}={value!r}" for name, value in self._changed.items())
        return f"{type(self).__name__}({', '.join(changed)})"

    @property
    def _changed(self) -> dict[str, Any]:
        """The settings that are not the usual ones."""
        defaults = inspect.signature(type(self)).parameters
        return {
            name: value
            for name, value in self.get_params().items()
            if value is not defaults[name].default and value != defaults[name].default
        }

    @abstractmethod
    def _check(self) -> None:
        """Raise an `InputError` that names the first setting that cannot be."""
