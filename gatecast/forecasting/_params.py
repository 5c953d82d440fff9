"""Settings of estimators: declared once, read and changed by name, and saved with a model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import Field, asdict, dataclass, field, fields
from typing import Any, Self

import numpy as np

from gatecast._types import InputError
from gatecast.network import (
    architecture_of,
    load_keras_model,
    output_from_json,
    output_to_json,
)
from gatecast.training import Training


@dataclass(frozen=True)
class SavedForm:
    """How the value of a setting becomes plain dictionaries, lists, numbers and strings, and back.

    Attributes:
        write: of a value.
        read: of what `write` made.
    """

    write: Callable[[Any], Any]
    read: Callable[[Any], Any]


def _write_plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    if value is None or isinstance(value, str | bool | int | float):
        return value
    # Names may come as a list, a tuple, or an index of columns.
    content = [_write_plain(each) for each in value]
    return {"tuple": content} if isinstance(value, tuple) else content


def _read_plain(content: Any) -> Any:
    return tuple(content["tuple"]) if isinstance(content, dict) else content


def _write_network(value: Any) -> Any:
    # `isinstance(..., keras.Model)` would load Keras.
    return value if isinstance(value, str) else {"keras": architecture_of(value).keras_model}


def _read_network(content: Any) -> Any:
    return load_keras_model(content["keras"]) if isinstance(content, dict) else content


PLAIN = SavedForm(_write_plain, _read_plain)
TRAINING = SavedForm(asdict, lambda content: Training(**content))
OUTPUT = SavedForm(output_to_json, output_from_json)
NETWORK = SavedForm(_write_network, _read_network)


def setting(default: Any, saved: SavedForm = PLAIN) -> Any:
    """A setting of an estimator: its default, and how it is saved where it is no plain value."""
    return field(default=default, metadata={"saved": saved})


class Params:
    """What has its settings as the fields of a dataclass, with scikit-learn's manners.

    A subclass is a dataclass with keywords only, whose `__post_init__` refuses what cannot be.
    """

    def get_params(self, deep: bool = True) -> dict[str, Any]:  # noqa: FBT001, FBT002 (scikit-learn)
        """The settings and their values."""
        return {name: getattr(self, name) for name in self._declared()}

    def set_params(self, **params: Any) -> Self:
        """Change settings; as in scikit-learn.

        Raises:
            InputError: for an unknown name or a value out of range; nothing is changed then.
        """
        for name in params:
            if name not in self._declared():
                raise InputError(f"{name!r} is not a setting; known: {', '.join(self._declared())}")
        checked = type(self)(**self.get_params() | params)
        for name in params:
            setattr(self, name, getattr(checked, name))
        return self

    def to_json(self) -> dict[str, Any]:
        """The settings in the form in which they are saved."""
        return {name: form.write(getattr(self, name)) for name, form in self.saved_forms().items()}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Self:
        """The estimator whose settings `to_json` wrote."""
        forms = cls.saved_forms()
        return cls(**{name: forms[name].read(value) for name, value in content.items()})

    @classmethod
    def saved_forms(cls) -> dict[str, SavedForm]:
        """Name of a setting -> how it is saved."""
        return {name: each.metadata.get("saved", PLAIN) for name, each in cls._declared().items()}

    def __repr__(self) -> str:
        changed = (
            f"{name}={getattr(self, name)!r}"
            for name, each in self._declared().items()
            if not _is_default(getattr(self, name), each)
        )
        return f"{type(self).__name__}({', '.join(changed)})"

    @classmethod
    def _declared(cls) -> dict[str, Field[Any]]:
        """Name -> field of every setting."""
        return {each.name: each for each in fields(cls) if each.init}  # type: ignore[arg-type]


def _is_default(value: Any, declared: Field[Any]) -> bool:
    usual = declared.default
    return value is usual or (type(value) is type(usual) and bool(value == usual))
